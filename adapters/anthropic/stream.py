"""`anthropic.messages`: streams. Blocks by their index."""

from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from chatnorm.canonical import OpaquePart, ReasoningPart, ServerToolCall, TextPart, ToolCall
from chatnorm.errors import word
from chatnorm.tables import Wire, whole
from chatnorm.track import Open, Track

from .wire import METRICS, Body, ConnectorText, Delta, Fallback, Frame


class MessagesTrack(Track):
    """One stream of `anthropic.messages`: blocks by their index, one piece of one of them a frame."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.inputs: dict[int, str] = {}  # of calls, as their block began; pieces replace them
        self.given: dict[int, list[str]] = {}  # pieces for blocks that began with some already

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
                self.beside(delta)
                self.choice(0, stop_sequence=delta.stop_sequence)
                if delta.stop_reason:
                    self.stopped(delta.stop_reason, "$.delta.stop_reason")
            if wire.usage is not None:
                self.head(service_tier=wire.usage.service_tier)
                self.usage(wire.usage)
        elif kind == "message_stop":
            self.done = True
        elif kind == "error" or wire.error:
            self.fail(self.dialect.error(whole(wire)))
            return
        elif kind != "ping" and not (kind is None and METRICS in wire.extra()):
            self.note_block("opaque_part", "$", f"kept as opaque: type {word(kind)}")
            self.keep(kind or "frame", whole(wire))
            return
        self.beside(wire, self.parts.get((0, wire.index)))

    def beside(self, wire: Wire, part: Open | None = None) -> None:
        """What stands at a level and is not read. What nobody declared may mean another thing at each."""
        extra = wire.extra()
        if not extra and self.started:
            return
        for name in [*(wire.left or ())]:
            self.keep(name, extra.pop(name), part, at=wire.LEVEL)
        if part is None:
            self.head(extra=extra)
        else:
            self.update(0, part, extra=extra)

    def head(self, *, extra: dict[str, Any] | None = None, **fields: Any) -> None:
        facts = self.dialect.facts(extra) if extra else {}
        super().head(extra=extra, **{**facts, **fields})

    def message(self, body: Body) -> None:
        """The answer as it began."""
        counted, tier = body.usage, body.service_tier or None
        if counted is not None:
            tier = tier or counted.service_tier
        self.head(id=body.id or None, model=body.model or None, service_tier=tier)
        self.beside(body)
        self.choice(0, body.role or None, stop_sequence=body.stop_sequence)
        for i, block in enumerate(body.content or ()):
            self.block(block, i)
            self.stop(i)
        if counted is not None:
            before = self._usage.input_tokens
            self.usage(counted)
            if before not in (None, self._usage.input_tokens):
                self.note("conflict", "$.message.usage", "an earlier frame says otherwise; it is replaced")
        if body.stop_reason:
            self.stopped(body.stop_reason, "$.message.stop_reason")

    def stopped(self, native: str, path: str) -> None:
        for i in [*self.inputs, *self.given]:
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
            self.end(0, part, joined(part.value, pieces) if pieces else None)

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
        elif wire.connector_text is not None:
            self.text(0, self.fitting(0, i, ConnectorText().part(), i), wire.connector_text)
        elif wire.thinking is not None:
            self.text(0, self.fitting(0, i, ReasoningPart(""), i), wire.thinking)
        elif wire.signature is not None:
            self.update(0, known or self.fitting(0, i, ReasoningPart(), i), signature=wire.signature)
        elif wire.citation is not None:
            self.cite(0, self.fitting(0, i, TextPart(""), i), wire.citation.citation())
        elif wire.type == "compaction_delta":
            self.compaction(wire, self.fitting(0, i, OpaquePart("compaction", {"type": "compaction"}), i), i)
        else:
            got = f"expected a listed delta, got {word(wire.type)}"
            self.note_block("unknown_value", "$.delta.type", got)
            self.keep(wire.type or "delta", whole(wire), known)
            return
        if (part := self.parts.get((0, i))) is not None:
            self.beside(wire, part)

    def compaction(self, wire: Delta, part: Open, i: int) -> None:
        """More of a compaction. Of its content, the first piece, which mostly is all, is told at once and
        the others as the block ends; its encrypted form comes whole."""
        begun = part.value.data if isinstance(part.value.data, dict) else {"block": part.value.data}
        told: dict[str, Any] = {"content": wire.content, "encrypted_content": wire.encrypted_content}
        told = {k: v for k, v in told.items() if v is not UNSET and (v is not None or not begun.get(k))}
        before, sealed = begun.get("content"), begun.get("encrypted_content")
        if before and isinstance(before, str) and told.get("content"):
            self.given.setdefault(i, [before]).append(told.pop("content"))
        if sealed and told.get("encrypted_content", sealed) != sealed:
            self.note(
                "conflict", "$.delta.encrypted_content", "an earlier piece says otherwise; it is replaced"
            )
        self.update(0, part, data={**begun, **told})


def joined(value: Any, pieces: str) -> Any:
    """A part whose pieces were gathered."""
    if isinstance(value, OpaquePart):
        return replace(value, data={**value.data, "content": pieces})
    return replace(value, arguments=pieces)
