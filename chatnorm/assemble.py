"""Events → the canonical value, and the value → events. Knows no dialect.

Pieces are kept in lists and joined when the value is asked for, so that the cost is linear.
"""

from binascii import Error as NotBase64
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from .canonical import NO_USAGE, ChatResponse, Choice, End, ErrorInfo, Message, Notice, Part, Usage
from .errors import MisuseError
from .events import (
    DELTAS,
    ArgumentsDelta,
    ChoiceUpdated,
    CitationAdded,
    DataDelta,
    Ended,
    Event,
    Failed,
    Finished,
    Noticed,
    PartEnded,
    PartStarted,
    PartUpdated,
    ReasoningDelta,
    RefusalDelta,
    ResponseUpdated,
    Started,
    TextDelta,
    UsageReported,
    emptied,
)


class _Draft:
    """A part in the making."""

    __slots__ = ("citations", "data", "order", "pieces", "transcript", "value")

    def __init__(self, order: int, value: Part) -> None:
        self.order = order
        self.value: Any = value
        self.pieces: list[str] = []  # of the text or, of a call, of the arguments
        self.data: list[str] = []
        self.transcript: list[str] = []
        self.citations: list[Any] = []

    def part(self) -> Part:
        """The part as far as it is known."""
        value, changes = self.value, {}
        if self.pieces:
            name = "arguments" if hasattr(value, "arguments") else "text"
            changes[name] = (getattr(value, name) or "") + "".join(self.pieces)
        if self.data:
            name = "encrypted" if hasattr(value, "encrypted") else "data"
            changes[name] = _base64([getattr(value, name) or "", *self.data])
        if self.transcript:
            changes["transcript"] = (value.transcript or "") + "".join(self.transcript)
        if self.citations:
            changes["citations"] = (*value.citations, *self.citations)
        return replace(value, **changes) if changes else value  # type: ignore[no-any-return]


def _parts(drafts: list[_Draft]) -> tuple[Part, ...]:
    with suppress(AttributeError, TypeError):
        return tuple([draft.part() for draft in drafts])
    raise MisuseError("expected events of the kind of their part, got others")


def _base64(pieces: list[str]) -> str:
    """Pieces of base64 as one; they are decoded only where one before the last is padded."""
    if any(piece.endswith("=") for piece in pieces[:-1]):
        try:
            whole = b"".join([a2b_base64(piece) for piece in pieces])
            return b2a_base64(whole, newline=False).decode()
        except NotBase64:
            pass  # then it is none, and stays as sent
    return "".join(pieces)


class _ChoiceDraft:
    """A choice in the making."""

    __slots__ = ("extra", "finish", "logprobs", "message_extra", "refusal_logprobs", "role", "stop_sequence")

    def __init__(self) -> None:
        self.role: str | None = None
        self.stop_sequence: str | None = None
        self.finish: Finished | None = None
        self.logprobs: list[Any] | None = None
        self.refusal_logprobs: list[Any] | None = None
        self.extra: dict[str, Any] = {}
        self.message_extra: dict[str, Any] = {}


class Assembler:
    """The value that the events of one stream add up to.

    `add` takes the events in order, `response` gives the value at any moment; its `end` is `cut` as long as
    the last event has not come. Raises `MisuseError` for what is no event, of a part that never began, or of
    another kind than its part.
    """

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._extra: dict[str, Any] = {}
        self._choices: dict[int, _ChoiceDraft] = {}
        self._parts: dict[tuple[int, int], _Draft] = {}
        self._usage: Usage = NO_USAGE
        self._notices: list[Notice] = []
        self._end: End = "cut"
        self._error: ErrorInfo | None = None

    def add(self, event: Event) -> None:
        """Take the next event."""
        try:
            _TAKES[type(event)](self, event)
            return
        except (KeyError, AttributeError, TypeError):
            known = type(event) in _TAKES
        told = "an event of a part that began" if known else "an event"
        raise MisuseError(f"expected {told}, got {type(event).__name__}")

    def response(self) -> ChatResponse:
        """The value so far. After a `Failed`, `error` is set, unless the stream was merely cut."""
        grouped: dict[int, list[_Draft]] = {}
        for (choice, _), draft in self._parts.items():
            grouped.setdefault(choice, []).append(draft)
        choices = []
        for number in sorted({*self._choices, *grouped}):
            known = self._choices.get(number) or _ChoiceDraft()
            parts = _parts(sorted(grouped.get(number, ()), key=lambda d: d.order))
            finish = known.finish or Finished(number)
            choices.append(
                Choice(
                    number,
                    Message(known.role, parts, dict(known.message_extra)),
                    finish.finish_reason,
                    finish.native_finish_reason,
                    known.stop_sequence,
                    None if known.logprobs is None else tuple(known.logprobs),
                    None if known.refusal_logprobs is None else tuple(known.refusal_logprobs),
                    dict(known.extra),
                )
            )
        return ChatResponse(
            **self._head,
            choices=tuple(choices),
            usage=self._usage,
            extra=dict(self._extra),
            notices=tuple(self._notices),
            error=self._error,
            end=self._end,
        )

    # One method for each kind of event

    def _headed(self, event: Any) -> None:
        names = (*_HEAD, "vendor", "dialect") if type(event) is Started else _HEAD
        for name in names:
            value = getattr(event, name)
            if value is not None and value != ():
                self._head[name] = value
        if event.supplied is not None:
            self._head["supplied"] = event.supplied
        self._extra.update(event.extra)

    def _choice(self, number: int) -> _ChoiceDraft:
        draft = self._choices.get(number)
        if draft is None:
            draft = self._choices[number] = _ChoiceDraft()
        return draft

    def _chosen(self, event: Any) -> None:
        draft = self._choice(event.choice)
        if event.role is not None:
            draft.role = event.role
        if event.stop_sequence is not None:
            draft.stop_sequence = event.stop_sequence
        if event.logprobs is not None:
            draft.logprobs = draft.logprobs or []
            draft.logprobs += event.logprobs
        if event.refusal_logprobs is not None:
            draft.refusal_logprobs = draft.refusal_logprobs or []
            draft.refusal_logprobs += event.refusal_logprobs
        draft.extra.update(event.extra)
        draft.message_extra.update(event.message_extra)

    def _started(self, event: Any) -> None:
        self._parts[event.choice, event.part] = _Draft(event.order, event.value)

    def _lengthened(self, event: Any) -> None:
        self._parts[event.choice, event.part].pieces.append(event.text)

    def _filled(self, event: Any) -> None:
        draft = self._parts[event.choice, event.part]
        if event.data is not None:
            draft.data.append(event.data)
        if event.transcript is not None:
            draft.transcript.append(event.transcript)

    def _cited(self, event: Any) -> None:
        self._parts[event.choice, event.part].citations.append(event.citation)

    def _updated(self, event: Any) -> None:
        draft = self._parts[event.choice, event.part]
        changes = {name: value for name in _LATE if (value := getattr(event, name)) is not None}
        if event.extra:
            changes["extra"] = {**draft.value.extra, **event.extra}
        draft.value = replace(draft.value, **changes)

    def _closed(self, event: Any) -> None:
        draft = self._parts[event.choice, event.part]
        if event.value is not None:
            self._parts[event.choice, event.part] = _Draft(draft.order, event.value)

    def _finished(self, event: Any) -> None:
        self._choice(event.choice).finish = event

    def _counted(self, event: Any) -> None:
        self._usage = event.usage

    def _noticed(self, event: Any) -> None:
        self._notices.append(event.notice)

    def _ended(self, event: Any) -> None:
        self._end = event.end

    def _failed(self, event: Any) -> None:
        if event.error.kind == "stream_cut":  # nobody reported a failure: the end is missing
            self._end = "cut"
        else:
            self._end, self._error = "failed", event.error


_TAKES: dict[type, Any] = {
    TextDelta: Assembler._lengthened,
    ReasoningDelta: Assembler._lengthened,
    ArgumentsDelta: Assembler._lengthened,
    RefusalDelta: Assembler._lengthened,
    Started: Assembler._headed,
    ResponseUpdated: Assembler._headed,
    ChoiceUpdated: Assembler._chosen,
    PartStarted: Assembler._started,
    DataDelta: Assembler._filled,
    CitationAdded: Assembler._cited,
    PartUpdated: Assembler._updated,
    PartEnded: Assembler._closed,
    Finished: Assembler._finished,
    UsageReported: Assembler._counted,
    Noticed: Assembler._noticed,
    Ended: Assembler._ended,
    Failed: Assembler._failed,
}

_HEAD = tuple(n for n in ResponseUpdated.__struct_fields__ if n not in ("supplied", "extra"))
_LATE = tuple(n for n in PartUpdated.__struct_fields__ if n not in ("choice", "part", "extra"))


def events_of(response: ChatResponse) -> Iterator[Event]:
    """The events of an answer that came in one piece; `Assembler` makes the same value of them."""
    head = {name: getattr(response, name) for name in _HEAD}
    yield Started(
        vendor=response.vendor,
        dialect=response.dialect,
        supplied=response.supplied or None,
        extra=response.extra,
        **head,
    )
    for choice in response.choices:
        number, said = choice.index, choice.message
        yield ChoiceUpdated(
            number,
            said.role,
            choice.stop_sequence,
            choice.logprobs,
            choice.refusal_logprobs,
            choice.extra,
            said.extra,
        )
        for i, part in enumerate(said.parts):
            begun, text = emptied(part)
            yield PartStarted(number, i, i, begun)
            if text:
                yield DELTAS.get(type(part), ArgumentsDelta)(number, i, text)
            yield PartEnded(number, i)
        if choice.native_finish_reason is not None or choice.finish_reason is not None:
            yield Finished(number, choice.finish_reason, choice.native_finish_reason)
    if response.usage != NO_USAGE:
        yield UsageReported(response.usage)
    for notice in response.notices:
        yield Noticed(notice)
    if response.error is not None:
        yield Failed(response.error)
    else:
        yield Ended(response.end)
