"""`anthropic.messages`: streams. Blocks by their index."""

from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from chatnorm.canonical import OpaquePart, ReasoningPart, ServerToolCall, TextPart, ToolCall
from chatnorm.errors import word
from chatnorm.tables import whole
from chatnorm.track import Track

from .wire import Body, Delta, Fallback, Frame


class MessagesTrack(Track):
    """One stream of `anthropic.messages`: blocks by their index, one piece of one of them a frame."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.inputs: dict[int, str] = {}  # of calls, as their block began; pieces replace them
        self.given: dict[int, list[str]] = {}  # pieces for calls that began with more than an empty input

    def frame(self, wire: Frame) -> None:
        kind, delta = wire.type or self.event, wire.delta
        if kind == "content_block_delta" and delta is not None:
            self.delta(delta, wire.index or 0)
        elif kind == "content_block_start" and wire.content_block is not None:
            self.block(wire.content_block, wire.index or 0)
        elif kind == "content_block_stop":
            self.stop(wire.index or 0)
        elif kind == "message_start" and wire.message is not None:
            self.message(wire.message)
        elif kind == "message_delta":
            if delta is not None:
                self.head(extra=delta.extra())
                self.choice(0, stop_sequence=delta.stop_sequence)
                if delta.stop_reason:
                    self.stopped(delta.stop_reason, "$.delta.stop_reason")
            self.head(extra=wire.extra())
            if wire.usage is not None:
                self.usage(wire.usage)
        elif kind == "message_stop":
            self.head(extra=wire.extra())
            self.done = True
        elif kind == "error" or wire.error:
            self.fail(self.dialect.error(whole(wire)))
        elif kind != "ping":
            self.note_block("opaque_part", "$", f"kept as opaque: type {word(kind)}")
            self.keep(kind or "frame", whole(wire))

    def message(self, body: Body) -> None:
        """The answer as it began."""
        counted = body.usage
        tier = None if counted is None else counted.service_tier
        self.head(id=body.id or None, model=body.model or None, service_tier=tier, extra=body.extra())
        self.choice(0, body.role or None, stop_sequence=body.stop_sequence)
        for i, block in enumerate(body.content or ()):
            self.block(block, i)
            self.stop(i)
        if counted is not None:
            self.usage(counted)
        if body.stop_reason:
            self.stopped(body.stop_reason, "$.message.stop_reason")

    def stopped(self, native: str, path: str) -> None:
        for i in list(self.inputs):
            self.stop(i)
        self.finish(0, self.dialect.listed(native, self.notices, path), native)

    def block(self, wire: Any, i: int) -> None:
        """A block as it began. One that stands in its place already is complete."""
        if i in self.inputs or i in self.given:
            self.stop(i)
        value = wire.part()
        if type(value) in (ToolCall, ServerToolCall):
            sent = value.arguments or ""
            if sent.strip("{} \n") == "":
                self.inputs[i] = sent
                value = replace(value, arguments=None)
            else:
                self.given[i] = []
        elif (
            isinstance(wire, Fallback) and isinstance(wire.to, dict) and isinstance(wire.to.get("model"), str)
        ):
            self.head(model=wire.to["model"])
        self.start(0, i, value, i)

    def stop(self, i: int) -> None:
        """A block is complete."""
        part, begun = self.parts.get((0, i)), self.inputs.pop(i, "")
        if part is not None:
            self.text(0, part, begun)
            pieces = "".join(self.given.pop(i, ()))
            self.end(0, part, replace(part.value, arguments=pieces) if pieces else None)

    def delta(self, wire: Delta, i: int) -> None:
        """More of a block."""
        known = self.parts.get((0, i))
        if wire.text is not None:
            self.text(0, self.fitting(0, i, TextPart(""), i), wire.text)
        elif wire.partial_json is not None:
            part = known if known is not None and hasattr(known.value, "arguments") else None
            part = part or self.fitting(0, i, ToolCall(), i)
            if i in self.given:
                self.given[i].append(wire.partial_json)
            elif wire.partial_json:
                self.inputs.pop(i, None)
                self.text(0, part, wire.partial_json)
        elif wire.thinking is not None:
            self.text(0, self.fitting(0, i, ReasoningPart(""), i), wire.thinking)
        elif wire.signature is not None:
            self.update(0, known or self.fitting(0, i, ReasoningPart(), i), signature=wire.signature)
        elif wire.citation is not None:
            self.cite(0, self.fitting(0, i, TextPart(""), i), wire.citation.citation())
        elif wire.type == "compaction_delta":
            told = {"content": wire.content, "encrypted_content": wire.encrypted_content}
            data = {key: value for key, value in told.items() if value is not UNSET}
            part = self.fitting(0, i, OpaquePart("compaction", {"type": "compaction"}), i)
            begun = part.value.data if isinstance(part.value.data, dict) else {"block": part.value.data}
            self.update(0, part, data={**begun, **data})
        else:
            got = f"expected a listed delta, got {word(wire.type)}"
            self.note_block("unknown_value", "$.delta.type", got)
            self.keep(wire.type or "delta", whole(wire), known)
            return
        extra = wire.extra()
        if extra and (part := self.parts.get((0, i))) is not None:
            self.update(0, part, extra=extra)
