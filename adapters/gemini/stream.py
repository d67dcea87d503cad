"""`gemini.generate`: streams.

- Every frame is a whole body: its parts are increments, the rest is the newest value. Nothing marks the end;
  a finish reason may be followed by more frames.
- Text goes on with the part before it, unless one of the two carries a signature.
- Vertex can stream a call's arguments, value by value under their JSON paths; the call is over with an empty
  one, with the next part, or with the stream.
"""

import re
from typing import Any

import msgspec
from msgspec.structs import replace

from chatnorm.canonical import ReasoningPart, Source, TextPart, ToolCall
from chatnorm.dialect import Fields
from chatnorm.repair import json_text, unix_time
from chatnorm.track import Open, Track

from .parts import cite, ground
from .wire import Body, Candidate, Tokens

STEPS = re.compile(r"""\.([^.\[\]]+)|\[(\d+)\]|\[['"](.*?)['"]\]""")
VALUES = ("stringValue", "numberValue", "boolValue")
LIVE = 65_536
"""Characters of arguments that are told while they are written; the rest is told at the end."""


class Written:
    """A call whose arguments come value by value, each under its JSON path."""

    def __init__(self, part: Open) -> None:
        self.part = part
        self.root: Any = {}
        self.told = ""
        self.closers = 1  # characters at the end of the JSON that more values may displace
        self.open_path: list[Any] | None = None  # of a text that goes on

    def take(self, pieces: Any) -> list[Any]:
        """Put values in their places; the pieces that have none."""
        odd = []
        for piece in pieces if isinstance(pieces, list) else [pieces]:
            sent = Fields(piece if isinstance(piece, dict) else {})
            path = [int(n) if n else a or b for a, n, b in STEPS.findall(str(sent.peek("jsonPath")))]
            value = next((told for name in VALUES if (told := sent.peek(name)) is not None), None)
            if not path or not self.put(path, value, path == self.open_path and isinstance(value, str)):
                odd.append(piece)
                continue
            self.open_path = path if sent.peek("willContinue") and isinstance(value, str) else None
            self.closers = len(path) + (self.open_path is not None)
        return odd

    def put(self, path: list[Any], value: Any, more: bool) -> bool:
        """Put one value in its place; whether there is one."""
        place = self.root
        for i, step in enumerate(path):
            if not isinstance(place, list if isinstance(step, int) else dict):
                return False
            new = step == len(place) if isinstance(place, list) else step not in place
            gap = isinstance(place, list) and step > len(place)
            if gap or (new and any(isinstance(further, int) and further for further in path[i + 1 :])):
                return False
            if new and isinstance(place, list):
                place.append(None)
            known = place[step] if isinstance(place, list) else place.get(step)
            if i == len(path) - 1:
                place[step] = known + value if more and isinstance(known, str) else value
            elif known is None:
                place[step] = [] if isinstance(path[i + 1], int) else {}
            place = place[step]
        return True

    def fresh(self, *, over: bool = False) -> str | None:
        """What the arguments are longer by; None if they are not what was told and more."""
        if not over and (len(self.told) > LIVE or not self.root):
            return ""
        text = json_text(self.root)
        text = text if over else text[: -self.closers]
        before, self.told = self.told, text
        if text.startswith(before):
            return text[len(before) :]
        self.told = before if over else "\0"  # they went back: told at the end
        return None


class GenerateTrack(Track):
    """One stream of `gemini.generate`."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.latest: dict[int, Open] = {}  # choice → the part that text may go on with
        self.writing: dict[int, Written] = {}  # choice → the call being written
        self.called: set[int] = set()  # choices with a call
        self.stops: dict[int, str] = {}  # choice → the word with which it stopped, if that was a plain one
        self.sources: list[Source] = []
        self.blocked = False

    @property
    def complete(self) -> bool:
        return self.blocked or super().complete

    def frame(self, wire: Body) -> None:
        extra, counted, created, tier = wire.extra(), wire.usage_metadata, None, None
        blocked, told = (None, None)
        if wire.prompt_feedback is not None:
            blocked, told = self.dialect.feedback(wire.prompt_feedback, extra)
            self.blocked = self.blocked or blocked is not None
        if wire.create_time is not None:
            created = unix_time(wire.create_time)
            if "createTime" not in self._extra:
                extra["createTime"] = wire.create_time
        if counted is not None:
            tier = counted.service_tier or counted.traffic_type
        for i, candidate in enumerate(wire.candidates or ()):
            if not self.started:
                self.head(id=wire.response_id or None, model=wire.model_version or None)
            self.candidate(candidate, i)
        self.head(
            id=wire.response_id or None,
            model=wire.model_version or None,
            created=created,
            service_tier=tier,
            sources=tuple(self.sources),
            prompt_block=blocked,
            prompt_block_message=told,
            extra=extra,
        )
        if counted is not None:
            self.usage(counted)
        if wire.error:
            self.fail(self.dialect.error({"error": wire.error}))

    def counted(self, wire: Tokens) -> None:
        tier = wire.service_tier or wire.traffic_type
        if tier is not None:
            self.head(service_tier=tier)
        self.usage(wire)

    def candidate(self, wire: Candidate, i: int) -> None:
        """One of a frame's `candidates`."""
        grounding, cited = wire.grounding_metadata, wire.citation_metadata
        wire.grounding_metadata = wire.citation_metadata = None
        told = self.dialect.candidate(wire, i, [], self.notices)
        n, said = told.index, told.message
        self.choice(n, said.role, logprobs=told.logprobs, extra=told.extra, message_extra=said.extra)
        for part in said.parts:
            self.piece(n, part)
        if grounding or cited:
            self.rest_on(n, grounding or {}, cited or {})
        if told.native_finish_reason is not None:
            self.close_call(n)
            if told.finish_reason in ("stop", "tool_calls"):
                self.stops[n] = told.native_finish_reason
            called = n in self.stops and n in self.called
            self.finish(n, "tool_calls" if called else told.finish_reason, told.native_finish_reason)

    def piece(self, n: int, part: Any) -> None:
        """A part of a frame: more of the one before it, or another."""
        known = self.latest.get(n)
        if type(part) is ToolCall:
            self.call(n, part)
            return
        self.close_call(n)
        if type(part) in (TextPart, ReasoningPart) and part.text is not None:
            if (
                known is not None
                and type(known.value) is type(part)
                and known.value.signature == part.signature
                and (not part.extra or known.value.extra == part.extra)
            ):
                self.text(n, known, part.text)
                return
            self.begin(n, part)
            return
        self.begin(n, part)
        self.latest.pop(n)

    def begin(self, n: int, part: Any) -> Open:
        """Another part; the one before it is complete."""
        if (before := self.latest.pop(n, None)) is not None:
            self.end(n, before)
        open_text = type(part) in (TextPart, ReasoningPart) and part.text is not None
        begun = replace(part, text="") if open_text else part
        known = self.latest[n] = self.start(n, self.begun, begun)
        if open_text:
            self.text(n, known, part.text)
        else:
            self.end(n, known)
        return known

    def call(self, n: int, part: ToolCall) -> None:
        """A call, or a piece of one that is being written."""
        extra = dict(part.extra)
        pieces, goes_on = extra.pop("partialArgs", []), extra.pop("willContinue", None)
        writing = self.writing.get(n)
        if part.name is None and writing is not None:
            self.update(n, writing.part, id=part.id, signature=part.signature, extra=extra)
            self.write(n, writing, pieces)
            if not goes_on:
                self.close_call(n)
            return
        self.close_call(n)
        if (before := self.latest.pop(n, None)) is not None:
            self.end(n, before)
        if n not in self.called:
            self.called.add(n)
            if n in self.stops:  # the stop came first
                self.finish(n, "tool_calls", self.stops[n])
        if goes_on or pieces:
            known = self.start(n, self.begun, replace(part, extra=extra, arguments=None))
            writing = self.writing[n] = Written(known)
            if part.arguments and part.arguments != "{}":
                writing.root = msgspec.json.decode(part.arguments)
            self.write(n, writing, pieces)
            if not goes_on:
                self.close_call(n)
        else:
            known = self.start(n, self.begun, replace(part, arguments=None))
            self.text(n, known, part.arguments or "")
            self.end(n, known)

    def write(self, n: int, writing: Written, pieces: Any) -> None:
        """More of a call's arguments."""
        for odd in writing.take(pieces):
            self.note(
                "dropped", f"$.candidates[{n}].content.parts", "an argument has no place; kept in extra"
            )
            self.keep("partialArgs", odd, writing.part, n)
        self.text(n, writing.part, writing.fresh() or "")

    def close_call(self, n: int) -> None:
        """The call that is being written is complete."""
        writing = self.writing.pop(n, None)
        if writing is not None:
            rest = writing.fresh(over=True)
            self.text(n, writing.part, rest or "")
            whole = replace(writing.part.value, arguments=json_text(writing.root))
            self.end(n, writing.part, whole if rest is None else None)

    def rest_on(self, n: int, grounding: dict[str, Any], cited: dict[str, Any]) -> None:
        """Grounding and citations of the parts so far. What a later frame repeats is told once."""
        known = sorted((p for (number, _), p in self.parts.items() if number == n), key=lambda p: p.number)
        shadows: list[Any] = [
            replace(p.value, citations=()) if type(p.value) is TextPart else p.value for p in known
        ]
        sources: list[Source] = []
        extra: dict[str, Any] = {}
        if grounding:
            ground(grounding, shadows, list(range(len(shadows))), sources, extra)
        if cited:
            cite(cited, shadows, extra)
        self.sources += [source for source in sources if source not in self.sources]
        self.choice(n, extra=extra)
        for part, shadow in zip(known, shadows, strict=True):
            for citation in shadow.citations if type(shadow) is TextPart else ():
                if citation not in part.value.citations:
                    part.value = replace(part.value, citations=(*part.value.citations, citation))
                    self.cite(n, part, citation)

    def flush(self) -> None:
        for n in list(self.writing):
            self.close_call(n)
