"""`bedrock.converse`: streams. Events by their name; blocks by their index."""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import (
    ImagePart,
    OpaquePart,
    ReasoningPart,
    TextPart,
    ToolCall,
)
from chatnorm.errors import word
from chatnorm.tables import camel
from chatnorm.track import Track

from .wire import Begun, Body, Delta, Event, MessageStop, Metadata, Output, ToolResult


class ConverseTrack(Track):
    """One stream of `bedrock.converse`: blocks by their index. Usage comes last, but need not; nothing marks
    the end."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.results: dict[int, ToolResult] = {}

    def frame(self, wire: Event) -> None:
        more, begun, over = wire.content_block_delta, wire.content_block_start, wire.content_block_stop
        if not self.started:
            self.head()
        if more is not None:
            if more.delta is not None:
                self.delta(more.delta, more.content_block_index or 0)
        elif begun is not None:
            if begun.start is not None:
                self.begin(begun.start, begun.content_block_index or 0)
        elif over is not None:
            self.stop(over.content_block_index or 0)
        elif wire.message_start is not None:
            self.choice(0, wire.message_start.role or None, message_extra=wire.message_start.extra())
        elif wire.message_stop is not None:
            self.stopped(wire.message_stop)
        elif wire.metadata is not None:
            self.metadata(wire.metadata)
        block = more or begun or over
        if block is not None and (rest := block.extra()):
            self.head(extra={camel(block.LEVEL): rest})
        if wire.error is not None:
            self.fail(self.dialect.error(self.dialect.unwrap({"error": wire.error})[0]))
        for name, told in wire.extra().items():
            held = {key: value for key, value in told.items() if key != "p"} if isinstance(told, dict) else {}
            if name.endswith("Exception"):
                self.fail(self.dialect.error({**held, "code": name}))
            else:
                self.keep(name, held or told)

    def begin(self, wire: Begun, i: int) -> None:
        """A block as it began."""
        if wire.tool_use is not None:
            self.start(0, i, wire.tool_use.part(), i)
        elif wire.tool_result is not None:
            self.results[i] = wire.tool_result
            self.start(0, i, wire.tool_result.part(), i)
        elif wire.image is not None:
            self.start(0, i, wire.image.part(ImagePart), i)
        if rest := wire.extra():
            self.head(extra={"contentBlockStart": rest})

    def stop(self, i: int) -> None:
        """A block is complete."""
        part, result = self.parts.get((0, i)), self.results.get(i)
        if part is not None:
            self.end(0, part, result.part() if result is not None and result.content else None)

    def delta(self, wire: Delta, i: int) -> None:
        """More of a block."""
        thought, image = wire.reasoning_content, wire.image
        if wire.text is not None:
            self.text(0, self.fitting(0, i, TextPart(""), i), wire.text)
        if wire.tool_use is not None:
            known = self.parts.get((0, i))
            if known is None or not hasattr(known.value, "arguments"):
                known = self.fitting(0, i, ToolCall(), i)
            self.text(0, known, wire.tool_use.input or "")
            self.update(0, known, extra=wire.tool_use.extra())
        if thought is not None:
            known = self.fitting(0, i, ReasoningPart(None if thought.text is None else ""), i)
            self.text(0, known, thought.text or "")
            self.data(0, known, thought.redacted_content)
            self.update(0, known, signature=thought.signature, extra=thought.extra())
        if wire.tool_result is not None:
            result = self.results.setdefault(i, ToolResult())
            self.fitting(0, i, result.part(), i)
            result.content = [*(result.content or ()), *wire.tool_result]
            so_far: Any = result.part()
            self.update(0, self.parts[0, i], output=so_far.output, data=so_far.data)
        if wire.citation is not None:
            self.cite(0, self.fitting(0, i, TextPart(""), i), wire.citation.citation())
        if image is not None:
            piece: Any = image.part(ImagePart)
            known = self.fitting(0, i, replace(piece, data=None), i)
            self.data(0, known, piece.data)
            self.update(0, known, extra=piece.extra)
        for name, data in wire.extra().items():
            self.note("opaque_part", "$.contentBlockDelta.delta", f"kept as opaque: type {word(name)}")
            self.start(0, (i, self.begun), OpaquePart(name, {name: data}), i)

    def stopped(self, wire: MessageStop) -> None:
        """Why the model stopped, and what the request asked for besides."""
        more = wire.additional_model_response_fields
        told = self.dialect.response(Body(output=Output(), additional_model_response_fields=more), [])
        self.head(extra={**told.extra, **wire.extra()})
        self.choice(0, stop_sequence=told.choices[0].stop_sequence)
        if wire.stop_reason:
            finish = self.dialect.listed(wire.stop_reason, self.notices, "$.messageStop.stopReason")
            self.finish(0, finish, wire.stop_reason)

    def metadata(self, wire: Metadata) -> None:
        """What is told of the whole answer."""
        beside = Body(wire.extra(), Output(), trace=wire.trace, service_tier=wire.service_tier)
        told = self.dialect.response(beside, [])
        self.head(model=told.model, service_tier=told.service_tier, extra=told.extra)
        if wire.usage is not None:
            self.usage(wire.usage)
