"""`gemini.interactions`: streams. Steps by their index; a step that the model wrote can hold several parts.

What a delta is follows from the step that it belongs to and from its members: agents leave its type out.
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from chatnorm.canonical import AudioPart, OpaquePart, Part, ReasoningPart, ServerToolCall, TextPart, ToolCall
from chatnorm.errors import word
from chatnorm.tables import verbatim_text, whole
from chatnorm.track import Open, Track

from .interactions_wire import MEDIA, Body, Delta, Frame, Media, ModelOutput, Result, cited, summed

CALLS = (ToolCall, ServerToolCall)

PENDING = ("in_progress", "queued")
"""Words for an interaction that goes on."""


class InteractionsTrack(Track):
    """One stream of `gemini.interactions`."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.latest: dict[int, Open] = {}  # step → its part that goes on
        self.inputs: dict[int, str] = {}  # step → arguments as an object; pieces replace them
        self.results: dict[int, Result] = {}
        self.cited: set[tuple[int, bytes]] = set()
        self.pending: str | None = None

    def frame(self, wire: Frame) -> None:
        kind, i, step, extra = wire.event_type or self.event or "", wire.index or 0, wire.step, wire.extra()
        step = step or wire.content
        if wire.error or kind == "error":
            self.fail(self.dialect.error({"error": wire.error}))
            return
        if not self.started and wire.interaction is None:
            self.head()
        if wire.delta is not None:
            self.delta(wire.delta, i)
        elif step is not None:
            self.begin(step, i)
        elif kind.endswith(".stop"):
            self.stop(i)
            if "step_usage" in extra:
                self.keep("step_usage", extra.pop("step_usage"), self.latest.get(i))
        elif wire.interaction is not None:
            self.interaction(wire.interaction)
        elif kind.startswith("interaction."):
            self.head(id=wire.interaction_id or None)
            self.status(wire.status or kind.partition(".")[2])
        else:
            self.note_block("opaque_part", "$", f"kept as opaque: type {word(kind)}")
            self.keep(kind or "frame", whole(wire))
            return
        self.head(extra=extra)
        for usage in (wire.usage, None if wire.metadata is None else wire.metadata.total_usage):
            if usage is not None:
                self.usage(usage)

    def interaction(self, body: Body) -> None:
        """The interaction as it stands."""
        created, extra = self.dialect.about(body)
        id, model, tier = body.id or None, body.model or None, body.service_tier
        self.head(id=id, model=model, created=created, service_tier=tier, extra=extra)
        self.choice(0, body.role or None)
        if body.usage is not None:
            self.usage(body.usage)
        if not self.latest:
            for i, step in enumerate((*(body.steps or ()), *(body.outputs or ()))):
                self.begin(step, i)
                self.stop(i)
        if body.status:
            self.status(body.status)
        if body.status == "failed":
            self.fail(self.dialect.failure(body))

    def status(self, native: str) -> None:
        """How far the interaction is."""
        self.pending = native if native in PENDING else None
        if self.pending is None:
            self.close()
            self.finish(0, self.dialect.listed(native, self.notices, "$.status"), native)

    def begin(self, step: Any, i: int) -> None:
        """A step as it began."""
        if isinstance(step, ModelOutput):
            for part in step.parts():
                self.open(part, i)
        elif not isinstance(step, Media) or len(whole(step)) > 1:  # else the deltas tell
            part = step.part()
            if isinstance(step, Result):
                self.results[i] = step
            elif type(part) in CALLS:
                self.inputs[i] = part.arguments or ""
                part = replace(part, arguments=None)
            self.open(part, i)

    def open(self, value: Part, i: int) -> Open:
        """Another part of a step; the one before it is complete."""
        if (before := self.latest.get(i)) is not None:
            self.end(0, before)
        part = self.latest[i] = self.start(0, self.begun, value, i)
        return part

    def going(self, value: Part, i: int) -> Open:
        """The part of a step that goes on, or another if it is of another kind."""
        part = self.latest.get(i)
        return part if part is not None and type(part.value) is type(value) else self.open(value, i)

    def stop(self, i: int) -> None:
        """A step is complete."""
        part, begun, result = self.latest.get(i), self.inputs.pop(i, ""), self.results.pop(i, None)
        if part is not None:
            self.text(0, part, begun)
            self.end(0, part, None if result is None or result.part() == part.value else result.part())

    def close(self) -> None:
        """All steps are complete."""
        for i in (*self.inputs, *self.results):
            self.stop(i)

    def delta(self, wire: Delta, i: int) -> None:
        """More of a step."""
        known, extra, sent = self.latest.get(i), wire.extra(), verbatim_text(wire.arguments)
        value: Any = None if known is None else known.value
        if known is not None and type(value) is OpaquePart and value.kind != "model_output":
            more = {key: item for key, item in whole(wire).items() if key != "type"}
            self.update(0, known, data={**value.data, **more} if isinstance(value.data, dict) else more)
            return
        if i in self.results:
            part = self.result(wire, i, extra)
        elif type(value) in CALLS or sent is not None:
            part = self.call(wire, i, sent, extra)
        elif type(value) is ReasoningPart or wire.content is not None or wire.signature is not None:
            part = self.going(ReasoningPart(None, True), i)
            self.text(0, part, (wire.text or "") + summed([wire.content or {}], extra))
            if "summary" in extra:
                extra["summary"] = [*part.value.extra.get("summary", ()), *extra["summary"]]
        elif wire.text is not None or wire.annotations is not None:
            part = self.said(wire, i, extra)
        elif wire.type in MEDIA:
            part = self.media(wire, i)
        else:
            got = f"expected a listed delta, got {word(wire.type)}"
            self.note_block("unknown_value", "$.delta.type", got)
            self.keep(wire.type or "delta", whole(wire), known)
            return
        self.update(0, part, signature=wire.signature or None, extra=extra)

    def said(self, wire: Delta, i: int, extra: dict[str, Any]) -> Open:
        """More of a text, and what its stretches rest on. The same is told again as the text grows."""
        texts = (part for part in reversed(self.parts_of(0)) if type(part.value) is TextPart)
        part = next(texts, None) if wire.text is None else None
        part = part or self.going(TextPart(""), i)
        self.text(0, part, wire.text or "")
        for citation in cited(wire.annotations or (), extra):
            seen = (part.number, msgspec.json.encode(citation))
            if seen not in self.cited:
                self.cited.add(seen)
                self.cite(0, part, citation)
        told, before = extra.get("annotations"), part.value.extra.get("annotations")
        if isinstance(told, list) and isinstance(before, list):
            extra["annotations"] = before + [note for note in told if note not in before]
        return part

    def call(self, wire: Delta, i: int, sent: str | None, extra: dict[str, Any]) -> Open:
        """More of a call: a piece of its arguments, or all of them."""
        part = self.latest.get(i)
        if part is None or type(part.value) not in CALLS:
            part = self.open(ToolCall(), i)
        if sent is not None and sent.startswith('"'):
            self.inputs.pop(i, None)
            self.text(0, part, msgspec.json.decode(sent))
        elif sent is not None:
            self.inputs[i] = sent
        if extra.get("server_name") == getattr(part.value, "server", None):
            extra.pop("server_name", None)
        self.update(0, part, id=wire.id, name=wire.name)
        return part

    def result(self, wire: Delta, i: int, extra: dict[str, Any]) -> Open:
        """More of what a tool gave."""
        step, before, more = self.results[i], self.results[i].result, wire.result
        if type(before) is type(more) and isinstance(more, str | list):
            more = before + more
        step.result = before if more is None else more
        for name in ("call_id", "name", "is_error", "signature"):
            setattr(step, name, getattr(step, name) if (new := getattr(wire, name)) is None else new)
        step.left = {**(step.left or {}), **extra} or None
        so_far = step.part()
        self.update(0, self.latest[i], output=so_far.output, data=so_far.data)
        return self.latest[i]

    def media(self, wire: Delta, i: int) -> Open:
        """A picture, film or file in one piece, or more of a sound."""
        kind, part = MEDIA[wire.type], self.latest.get(i)
        goes_on = part is not None and type(part.value) is kind and wire.uri is None
        if part is None or not goes_on or not (kind is AudioPart or wire.mime_type is None):
            part = self.open(kind(url=wire.uri, media_type=wire.mime_type, name=wire.name), i)
        self.data(0, part, wire.data)
        return part

    def flush(self) -> None:
        self.close()
        if self.pending is not None:
            self.head(extra={"status": self.pending})
