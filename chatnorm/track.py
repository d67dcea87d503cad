"""The part tracker: what adapters say of a stream's frames, as events.

An adapter derives a class from `Track` and writes `frame`, which is called with each frame's wire struct
and says what is in it by the methods below. Parts are named by keys of the adapter's own choice (a block's
index, or a word); here they become numbered parts, each begun once, with the deltas that belong to it.
"""

from itertools import count
from typing import Any

from msgspec.structs import replace

from .canonical import (
    NO_USAGE,
    ErrorInfo,
    FinishReason,
    Notice,
    Part,
    TokenLogprob,
)
from .errors import SEVERITY, DecodeError, NoticeKind
from .events import (
    DELTAS,
    ArgumentsDelta,
    ChoiceUpdated,
    CitationAdded,
    DataDelta,
    Event,
    Finished,
    Noticed,
    PartEnded,
    PartStarted,
    PartUpdated,
    ResponseUpdated,
    Started,
    UsageReported,
    emptied,
)
from .tables import Wire, folded_in

MAX_PARTS = 100_000
MAX_CHOICES = 1_024

_FIRST = ("id", "created")
"""Fields of the response whose first value stands: an answer has one identity."""


class Open:
    """A part that has begun."""

    __slots__ = ("ended", "number", "value")

    def __init__(self, number: int, value: Part) -> None:
        self.number = number
        self.value: Any = value
        """As it began, with what was updated."""
        self.ended = False


class Track:
    """One stream being read."""

    def __init__(
        self,
        dialect: Any,
        *,
        supplied: dict[str, Any],
        max_parts: int = MAX_PARTS,
        max_choices: int = MAX_CHOICES,
    ) -> None:
        self.dialect = dialect
        self.events: list[Event] = []
        """What has not been handed out."""
        self.notices: list[Notice] = []
        """Written by the reading of one frame; each different one becomes an event, once."""
        self.done = False
        """Whether the wire's own mark of its end was seen."""
        self.failure: ErrorInfo | None = None
        """The failure that the wire reported."""
        self.reported: ErrorInfo | None = None
        """A failure that the wire reported, where the next frame may say more of the answer."""
        self.event: str | None = None
        """The name under which the frame came, if it had one."""
        self.silent = False
        """Whether the frame being read says what is told only later. The adapter sets it."""
        self.started = False
        self.parts: dict[tuple[int, Any], Open] = {}
        self.pieces: dict[int, list[str]] = {}
        """Of the text of parts that an adapter looks at, by the part's number."""
        self.finishes: dict[int, tuple[FinishReason | None, str | None] | None] = {}
        """Of each choice seen, why it stopped; `None`: it has not."""
        self._head: dict[str, Any] = {}
        self._supplied = supplied
        self._counts: dict[str, int] = supplied.pop("usage", {})
        self.begun = 0  # parts
        self._extra: dict[str, Any] = {}
        self._choices: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}  # extra, extra of the message
        self.roles: dict[int, str] = {}
        self._of: dict[int, list[Open]] = {}  # the parts of each choice
        self._counted: Any = None
        self._usage = NO_USAGE
        self._noticed: set[tuple[str, str, str]] = set()
        self._levels: dict[tuple[Open | None, str], str | None] = {}  # where on the wire what is kept stood
        self._named: dict[tuple[Open | None, str], int] = {}  # the number from which a name may be free
        self._max_parts, self._max_choices = max_parts, max_choices

    # What adapters write

    def frame(self, wire: Any) -> None:
        """Read a frame."""
        raise NotImplementedError

    def plain(self, wire: Any) -> bool:
        """Read a frame that `PLAIN` took, if nothing in it is new but one piece; whether that was so."""
        return False

    def counted(self, wire: Any) -> None:
        """The usage in a frame."""
        self.usage(wire)

    def flush(self) -> None:
        """Say what only the proper end of the stream tells."""

    @property
    def complete(self) -> bool:
        """Whether a wire that just ends may end here."""
        return bool(self.finishes) and None not in self.finishes.values()

    # What adapters call

    def head(self, *, extra: dict[str, Any] | None = None, **fields: Any) -> None:
        """Fields of the response, as this frame has them; `None` and `()` say nothing."""
        known, changed = self._head, {}
        for name, value in fields.items():
            if value is None or value == () or known.get(name) == value:
                continue
            if name in _FIRST and name in known:
                if name == "id" and name not in self.dialect.PASSING:  # many stamp each frame with the time
                    self.note("conflict", "$.id", "a later frame says otherwise; the first stands")
                continue
            changed[name] = value
        known.update(changed)
        new = self._changed(self._extra, extra)
        if not self.started:
            self._start(changed, new)
        elif changed or new:
            if not self._supplied.keys().isdisjoint(changed):
                for name in changed:
                    self._supplied.pop(name, None)
                changed["supplied"] = tuple(self._supplied)
            self.events.append(ResponseUpdated(**changed, extra=new))

    def _start(self, fields: dict[str, Any], extra: dict[str, Any]) -> None:
        self.started = True
        for name in fields.keys() & self._supplied.keys():
            del self._supplied[name]
        if self._supplied:
            fields = {**fields, **self._supplied, "supplied": tuple(self._supplied)}
        self.events.append(
            Started(vendor=self.dialect.vendor, dialect=self.dialect.name, extra=extra, **fields)
        )

    def choice(
        self,
        number: int,
        role: str | None = None,
        *,
        stop_sequence: str | None = None,
        logprobs: tuple[TokenLogprob, ...] | None = None,
        refusal_logprobs: tuple[TokenLogprob, ...] | None = None,
        extra: dict[str, Any] | None = None,
        message_extra: dict[str, Any] | None = None,
    ) -> None:
        """Fields of a choice, as this frame has them. The first call makes the choice known."""
        seen = self._choices.get(number)
        first = seen is None
        if seen is None:
            if len(self._choices) >= self._max_choices:
                raise DecodeError(expected=f"at most {self._max_choices} choices", got="more")
            seen = self._choices[number] = ({}, {})
            self.finishes[number] = None
            self._of[number] = []
        if self.roles.get(number) == role:
            role = None
        elif role is not None:
            self.roles[number] = role
        told = self._changed(seen[0], extra)
        said = self._changed(seen[1], message_extra)
        if first or role or stop_sequence is not None or logprobs or refusal_logprobs or told or said:
            self.events.append(
                ChoiceUpdated(number, role, stop_sequence, logprobs, refusal_logprobs, told, said)
            )

    def _changed(self, known: dict[str, Any], extra: dict[str, Any] | None) -> dict[str, Any]:
        """The items of `extra` that are new or changed; `known` has them from then on. Of a field that nobody
        declared, which may well come by the piece, it is said that the last stands."""
        if not extra or known == extra:
            return {}
        new = {key: value for key, value in extra.items() if key not in known or known[key] != value}
        for i, notice in enumerate(self.notices):
            if notice.kind == "unknown_field" and notice.path.rpartition(".")[2] in new.keys() & known.keys():
                self.notices[i] = replace(notice, detail="frames differ in it; extra has the last")
        known.update(new)
        return new

    def start(self, choice: int, key: Any, value: Part, order: int = 0) -> Open:
        """Begin a part. `order`: its place among the parts of the choice. The text it began with is told as a
        delta, so that the deltas add up to the text."""
        if self.begun >= self._max_parts:
            raise DecodeError(expected=f"at most {self._max_parts} parts", got="more")
        if choice not in self._choices:
            self.choice(choice)
        value, text = emptied(value)
        part = self.parts[choice, key] = Open(self.begun, value)
        self.begun += 1
        self._of[choice].append(part)
        self.events.append(PartStarted(choice, part.number, order, value))
        self.text(choice, part, text)
        return part

    def fitting(self, choice: int, key: Any, value: Part, order: int = 0) -> Open:
        """The part of this key, begun if it is new; or one beside it, if it is of another kind."""
        known = self.parts.get((choice, key))
        if known is not None and type(known.value) is not type(value):
            key = (key, type(value))
            known = self.parts.get((choice, key))
        return known or self.start(choice, key, value, order)

    def whole(self, choice: int, key: Any, value: Part, order: int = 0) -> Open:
        """A part that came in one piece."""
        part = self.start(choice, key, value, order)
        self.end(choice, part)
        return part

    def end(self, choice: int, part: Open, value: Part | None = None) -> None:
        """A part is complete."""
        if not part.ended or value is not None:
            part.ended = True
            self.events.append(PartEnded(choice, part.number, value))

    def parts_of(self, choice: int) -> list[Open]:
        """The parts of a choice, as they began."""
        return self._of.get(choice, [])

    def text(self, choice: int, part: Open, text: str) -> None:
        """More of a part's text or, of a call, of its arguments; other parts keep it in `extra`."""
        if text:
            event = DELTAS.get(type(part.value))
            if event is None and not hasattr(part.value, "arguments"):
                self.keep("text", text, part, choice)
            else:
                self.events.append((event or ArgumentsDelta)(choice, part.number, text))

    def data(self, choice: int, part: Open, data: str | None = None, transcript: str | None = None) -> None:
        """More of a media part."""
        if data or transcript:
            self.events.append(DataDelta(choice, part.number, data or None, transcript or None))

    def cite(self, choice: int, part: Open, citation: Any) -> None:
        """One more citation."""
        self.events.append(CitationAdded(choice, part.number, citation))

    def update(self, choice: int, part: Open, **fields: Any) -> None:
        """Fields of a part that came late; `None` and what is known already say nothing."""
        extra = {k: v for k, v in (fields.pop("extra", None) or {}).items() if part.value.extra.get(k) != v}
        changed = {k: v for k, v in fields.items() if v is not None and getattr(part.value, k) != v}
        if changed or extra:
            part.value = replace(part.value, **changed, extra={**part.value.extra, **extra})
            self.events.append(PartUpdated(choice=choice, part=part.number, extra=extra, **changed))

    def finish(self, choice: int, finish: FinishReason | None, native: str | None) -> None:
        """Why a choice stopped. Its parts have ended, as far as the wire tells."""
        if choice not in self._choices:
            self.choice(choice)
        if self.finishes[choice] == (finish, native):
            return
        self.finishes[choice] = (finish, native)
        for part in self._of[choice]:
            self.end(choice, part)
        self.events.append(Finished(choice, finish, native))

    def usage(self, wire: Wire) -> None:
        """A report of usage; of each figure the latest stands, and nothing is added up."""
        self._counted = folded_in(self._counted, wire)
        usage = self.dialect.usage(self._counted, [])
        if usage != self._usage:
            self._usage = usage
            self.events.append(UsageReported(usage))

    def fail(self, error: ErrorInfo) -> None:
        """The wire reports a failure."""
        if self.failure is None:
            known = self._head.get("request_id") or self._supplied.get("request_id")
            request_id = error.request_id or known
            self.failure = replace(error, in_stream=True, status=None, request_id=request_id)

    def keep(
        self, name: str, value: Any, part: Open | None = None, choice: int = 0, at: str | None = None
    ) -> None:
        """Something that nobody here knows, in the `extra` of the response or of a part. A name that is taken
        gets a number; what is `at` a level of the wire takes the place of what was there before."""
        taken = self._extra if part is None else part.value.extra
        first = 1 if at else self._named.get((part, name), 1)
        for number in count(first):
            free = name if number == 1 else f"{name}_{number}"
            if free not in taken or (at and self._levels.get((part, free)) == at):
                break
        self._levels[part, free] = at
        if not at:
            self._named[part, name] = number + 1
        if part is None:
            self.head(extra={free: value})
        else:
            self.update(choice, part, extra={free: value})

    def note_block(self, kind: NoticeKind, path: str, detail: str) -> None:
        """Write a notice of something whole, in place of those about its fields."""
        self.notices[:] = [notice for notice in self.notices if notice.kind != "unknown_field"]
        self.note(kind, path, detail)

    def note(self, kind: NoticeKind, path: str, detail: str) -> None:
        """Write a notice."""
        self.notices.append(Notice(kind, SEVERITY[kind], path, detail))

    # What the decoder calls

    def tell(self) -> None:
        """Turn notices into events, each once."""
        if self.notices and not self.started:
            self.head()
        for notice in self.notices:
            what = (notice.kind, notice.path, notice.detail)
            if what not in self._noticed:
                self._noticed.add(what)
                self.events.append(Noticed(notice))
        self.notices.clear()

    def conclude(self) -> None:
        """The stream ended as it should."""
        self.flush()
        if self._counted is not None:
            self.dialect.usage(self._counted, self.notices)
        self.tell()
        counts = {name: n for name, n in self._counts.items() if getattr(self._usage, name) is None}
        if counts and self.started:
            self.events.append(UsageReported(replace(self._usage, **counts)))
            names = (*self._supplied, *[f"usage.{name}" for name in counts])
            self.events.append(ResponseUpdated(supplied=names))
