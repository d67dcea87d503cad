"""What a stream says, piece by piece. The events of a stream rebuild the whole value, see `assemble`.

`choice` is the number of the alternative. `part` is a key, unique within the choice and not a position:
`PartStarted.order` gives the place. The first event is `Started`; the last, and only the last, is `Ended` or
`Failed`. A field that is `None` (or empty) in an update is as it was.
"""

# No `from __future__ import annotations` here: msgspec would resolve every string again at first use.
from typing import Any, Union

from msgspec.structs import replace

from .canonical import (
    Canonical,
    Citation,
    End,
    ErrorInfo,
    FinishReason,
    Notice,
    Part,
    RateLimit,
    ReasoningPart,
    RefusalPart,
    Source,
    TextPart,
    Timing,
    TokenLogprob,
    Usage,
)

EVENT_SCHEMA = "chatnorm.event/1"


class _Event(Canonical, frozen=True, tag_field="event"):
    pass


class _Head(_Event, frozen=True, kw_only=True):
    """Fields of `ChatResponse`, under their names."""

    id: str | None = None
    model: str | None = None
    created: int | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None
    served_by: str | None = None
    request_id: str | None = None
    sources: tuple[Source, ...] = ()
    """All sources so far."""
    prompt_block: str | None = None
    prompt_block_message: str | None = None
    timing: Timing | None = None
    rate_limits: tuple[RateLimit, ...] = ()
    supplied: tuple[str, ...] | None = None
    """All that came from the caller or the headers so far."""
    extra: dict[str, Any] = {}
    """Keys that are new or changed."""


class Started(_Head, frozen=True, tag="started", kw_only=True):
    """The stream began."""

    vendor: str | None = None
    """The vendor the caller named."""
    dialect: str | None = None
    """The grammar that is read."""


class ResponseUpdated(_Head, frozen=True, tag="response_updated", kw_only=True):
    """Fields of the response that are new or changed."""


class ChoiceUpdated(_Event, frozen=True, tag="choice_updated"):
    """A choice began, or fields of it are new or changed."""

    choice: int
    role: str | None = None
    """The vendor's word for who speaks."""
    stop_sequence: str | None = None
    """The stop text that matched."""
    logprobs: tuple[TokenLogprob, ...] | None = None
    """Further log probabilities of the text's tokens."""
    refusal_logprobs: tuple[TokenLogprob, ...] | None = None
    """Further log probabilities of the refusal's tokens."""
    extra: dict[str, Any] = {}
    """Keys of the choice's `extra` that are new or changed."""
    message_extra: dict[str, Any] = {}
    """Keys of the message's `extra` that are new or changed."""


class PartStarted(_Event, frozen=True, tag="part_started"):
    """A part began."""

    choice: int
    part: int
    order: int
    """Its place: parts stand in this order, and those of the same order as they began."""
    value: Part
    """What is known of it so far, but for the text (of a call, the arguments): deltas tell all of that."""


class TextDelta(_Event, frozen=True, tag="text_delta"):
    """More of a `TextPart`'s text."""

    choice: int
    part: int
    text: str


class ReasoningDelta(_Event, frozen=True, tag="reasoning_delta"):
    """More of a `ReasoningPart`'s text."""

    choice: int
    part: int
    text: str


class RefusalDelta(_Event, frozen=True, tag="refusal_delta"):
    """More of a `RefusalPart`'s text."""

    choice: int
    part: int
    text: str


class ArgumentsDelta(_Event, frozen=True, tag="arguments_delta"):
    """More of a call's `arguments`, as sent: seldom JSON by itself."""

    choice: int
    part: int
    text: str


class DataDelta(_Event, frozen=True, tag="data_delta"):
    """More of a media part's content, or of a reasoning part's `encrypted` form."""

    choice: int
    part: int
    data: str | None = None
    """More base64, a whole number of bytes."""
    transcript: str | None = None
    """More of what is said in it."""


class CitationAdded(_Event, frozen=True, tag="citation_added"):
    """One more citation of a `TextPart`."""

    choice: int
    part: int
    citation: Citation


class PartUpdated(_Event, frozen=True, tag="part_updated", kw_only=True):
    """Fields of a part that came late."""

    choice: int
    part: int
    id: str | None = None
    name: str | None = None
    signature: str | None = None
    encrypted: str | None = None
    status: str | None = None
    format: str | None = None
    expires_at: int | None = None
    output: str | None = None
    data: Any = None
    extra: dict[str, Any] = {}
    """Keys that are new or changed."""


class PartEnded(_Event, frozen=True, tag="part_ended"):
    """A part is complete, as far as the wire tells."""

    choice: int
    part: int
    value: Part | None = None
    """The whole part, where the wire repeats it: it replaces what the deltas gave."""


class Finished(_Event, frozen=True, tag="finished"):
    """The model stopped. Usage and late facts may follow; a later one replaces this."""

    choice: int
    finish_reason: FinishReason | None = None
    native_finish_reason: str | None = None


class UsageReported(_Event, frozen=True, tag="usage_reported"):
    """Tokens used: the whole of what has been reported so far, never an increment."""

    usage: Usage


class Noticed(_Event, frozen=True, tag="noticed"):
    """Something was unknown, bent or contradictory."""

    notice: Notice


class Ended(_Event, frozen=True, tag="ended"):
    """The end: `terminated` by the wire's own mark, `finished` without one, or `whole` for a body that came
    in one piece where a stream was expected."""

    end: End


class Failed(_Event, frozen=True, tag="failed"):
    """The end: the vendor reports a failure, or the stream broke (`stream_cut`, `decode`)."""

    error: ErrorInfo


TEXTS = (TextDelta, ReasoningDelta, RefusalDelta, ArgumentsDelta)
"""Events that lengthen a text."""

DELTAS: dict[type, Any] = {TextPart: TextDelta, ReasoningPart: ReasoningDelta, RefusalPart: RefusalDelta}
"""Kind of part → the event that lengthens its text; of calls it is `ArgumentsDelta`."""


def emptied(part: Any) -> tuple[Any, str]:
    """A part without the text that deltas tell, and that text."""
    name = "text" if type(part) in DELTAS else "arguments"
    text = getattr(part, name, None)
    return (replace(part, **{name: ""}), text) if text else (part, "")


Event = Union[  # noqa: UP007
    Started,
    ResponseUpdated,
    ChoiceUpdated,
    PartStarted,
    TextDelta,
    ReasoningDelta,
    RefusalDelta,
    ArgumentsDelta,
    DataDelta,
    CitationAdded,
    PartUpdated,
    PartEnded,
    Finished,
    UsageReported,
    Noticed,
    Ended,
    Failed,
]
