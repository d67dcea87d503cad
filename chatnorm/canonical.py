"""The canonical value: what every vendor's answer becomes.

Frozen structs that hold what the vendor said and nothing else. `None` means "not said", `0` means "zero
was said". Sequences are tuples. `extra` holds what nobody here understands, at its own level, under its
wire key: a name that an adapter declares in the grammar's own spelling, any other as sent. Its values are
plain JSON. A caller who puts a cycle into an `extra` leaks it: these structs are not tracked by the
garbage collector.
"""

# No `from __future__ import annotations` here: msgspec would resolve every string again at first use.
from collections.abc import Callable
from typing import Any, Literal, Union

import msgspec
from msgspec import Struct

from .errors import DecodeError, NoticeKind, Severity

RESPONSE_SCHEMA = "chatnorm.response/1"
ERROR_SCHEMA = "chatnorm.error/1"

FinishReason = Literal[
    "stop",
    "length",
    "tool_calls",
    "content_filter",
    "refusal",
    "pause",
    "cancelled",
    "error",
    "unknown",
]
End = Literal["whole", "terminated", "finished", "cut", "failed", "pending", "cancelled"]
Outcome = Literal[
    "failed",
    "pending",
    "cancelled",
    "interrupted",
    "blocked",
    "refused",
    "truncated",
    "paused",
    "tool_calls",
    "empty",
    "complete",
    "unknown",
]
ErrorKind = Literal[
    "authentication",
    "permission",
    "quota",
    "rate_limit",
    "overloaded",
    "timeout",
    "context_length",
    "invalid_request",
    "not_found",
    "content_policy",
    "region",
    "server",
    "stream_cut",
    "decode",
    "unknown",
]
ErrorScope = Literal["request", "key", "model", "provider"]
SpanUnit = Literal["char", "byte", "utf16", "page", "block", "chunk"]
ToolCallKind = Literal["function", "custom", "legacy"]
UsageStatus = Literal["reported", "partial", "absent"]

# The only strings a repr shows; every other one is shown as its length.
_SHOWN = {"vendor", "dialect", "id", "model", "role", "kind", "status", "unit", "end", "severity", "path"}
_SHOWN |= {"what", "finish_reason", "native_finish_reason", "scope", "currency", "identity", "call_id"}
_SHOWN |= {"item_id", "media_type", "request_id"}


def _brief(name: str, value: object) -> str:
    if isinstance(value, str):
        return repr(value) if name in _SHOWN and len(value) <= 80 else f"<{len(value)} chars>"
    if isinstance(value, dict):
        return f"<{len(value)} keys>"
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, tuple) and value and not isinstance(value[0], Struct):
        return f"<{len(value)} items>"
    return repr(value)


class Canonical(Struct, frozen=True, gc=False, omit_defaults=True):
    """What all canonical structs share. Its repr shows ids, words, counts and lengths, never text."""

    def __repr__(self) -> str:
        names, defaults = self.__struct_fields__, self.__struct_defaults__
        given = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
        shown = [
            f"{name}={_brief(name, value)}"
            for name in names
            if (value := getattr(self, name)) not in (None, (), {}) and value != given.get(name)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


class Notice(Canonical, frozen=True):
    """A remark about something unknown, bent, contradictory or lost."""

    kind: NoticeKind
    """What it is about."""
    severity: Severity
    """`info`: nothing was touched. `warning`: something was bent or contradicts. `error`: mended or lost."""
    path: str
    """JSON path of the place on the wire, `$` being the body."""
    detail: str
    """What was done, for people; never holds payload text."""


# Parts ------------------------------------------------------------------------------------------------


class Span(Canonical, frozen=True):
    """A stretch of text or of a document. Offsets are as sent, never converted."""

    start: int | None
    """First position, as sent. `None` if not given."""
    end: int | None
    """Last position, as sent (the vendor says whether it is included). `None` if not given."""
    unit: SpanUnit = "char"
    """What the offsets count."""


class Source(Canonical, frozen=True):
    """A document, page or search result that an answer rests on."""

    id: str | None = None
    """The vendor's id or index of the source, as text."""
    url: str | None = None
    """Address, as sent."""
    title: str | None = None
    """Title, as sent."""
    quoted: str | None = None
    """Text quoted from the source."""
    span: Span | None = None
    """Where in the source the quoted text stands."""
    score: float | None = None
    """The vendor's confidence, in the vendor's own scale."""
    kind: str | None = None
    """The vendor's word for what sort of source this is."""
    extra: dict[str, Any] = {}
    """What the wire holds besides, under its wire keys."""


class Citation(Canonical, frozen=True):
    """A statement of the answer with the sources it rests on."""

    span: Span | None = None
    """Where in the answer; `None`: the whole part that holds the citation."""
    text: str | None = None
    """The cited stretch of the answer, where the wire repeats it."""
    sources: tuple[Source, ...] = ()
    """What the stretch rests on."""
    kind: str | None = None
    """The vendor's word for the form of citation."""
    extra: dict[str, Any] = {}
    """What the wire holds besides, under its wire keys."""


class TokenLogprob(Canonical, frozen=True):
    """One token of the answer with its log probability."""

    token: str | None = None
    """The token's text. `None` if not given (some SDKs drop it)."""
    logprob: float | None = None
    """Natural logarithm of its probability, as sent (some vendors send -9999 for "very unlikely")."""
    utf8: tuple[int, ...] | None = None
    """The token's UTF-8 bytes."""
    token_id: int | None = None
    """The token's number in the vocabulary."""
    top: "tuple[TokenLogprob, ...]" = ()
    """The likeliest tokens at this place."""
    extra: dict[str, Any] = {}
    """What the wire holds besides, under its wire keys."""


class _Part(Canonical, frozen=True, tag_field="type", kw_only=True):
    """What every part has."""

    id: str | None = None
    """The vendor's id of this part. `None` if it has none."""
    signature: str | None = None
    """The vendor's opaque seal on exactly this part; must go back unchanged, never merged or made."""
    extra: dict[str, Any] = {}
    """What the wire holds besides, under its wire keys."""


class TextPart(_Part, frozen=True, tag="text"):
    """Visible text."""

    text: str
    """The text, as sent."""
    citations: tuple[Citation, ...] = ()
    """What stretches of it rest on."""
    logprobs: tuple[TokenLogprob, ...] | None = None
    """Log probabilities of its tokens, where the wire gives them per part."""
    phase: str | None = None
    """The vendor's word for the phase of the answer this text belongs to (commentary, final …)."""


class ReasoningPart(_Part, frozen=True, tag="reasoning"):
    """One block of the model's thinking."""

    text: str | None = None
    """The thoughts. `None` or empty if the vendor keeps them to itself."""
    summary: bool = False
    """Whether the text is a summary of the thoughts instead of the thoughts."""
    encrypted: str | None = None
    """The thoughts in a form only the vendor can read; must go back unchanged."""
    format: str | None = None
    """The vendor's word for the form of the block."""


class RefusalPart(_Part, frozen=True, tag="refusal"):
    """The model declines, in its own words."""

    text: str
    """What it says."""


class ToolCall(_Part, frozen=True, tag="tool_call"):
    """The model asks the client to run a tool."""

    name: str | None = None
    """The tool's name."""
    arguments: str | None = None
    """JSON text, exactly as sent (an object on the wire is given as JSON text); free text if
    `kind` is `custom`. `None` if the wire has none. May be broken or cut short: see `valid`."""
    kind: ToolCallKind = "function"
    """`custom`: the arguments are free text. `legacy`: the older single call without an id."""
    item_id: str | None = None
    """The id of the item that carries the call, where the wire has one beside the call's id."""

    def parse(self) -> Any:
        """The arguments as a JSON value; no arguments at all (`None` or empty text) give `{}`.

        Raises `DecodeError` if they are not JSON, and for a `custom` call, whose arguments are text.
        """
        if self.kind == "custom":
            raise DecodeError(expected="JSON arguments", got="a custom call", path="arguments")
        if not self.arguments or not self.arguments.strip():
            return {}
        offset: int | None = None
        try:
            return msgspec.json.decode(self.arguments)
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            offset = _offset(error)
        raise DecodeError(expected="JSON", got="other text", path="arguments", offset=offset)

    @property
    def valid(self) -> bool:
        """Whether `parse` gives a value."""
        try:
            self.parse()
        except DecodeError:
            return False
        return True


def _offset(error: Exception) -> int | None:
    digits = str(error).rpartition("(byte ")[2].rstrip(")")
    return int(digits) if digits.isdigit() else None


class ServerToolCall(_Part, frozen=True, tag="server_tool_call"):
    """A tool call that the vendor runs itself. Never among `tool_calls`: the client must not run it."""

    name: str | None = None
    """The tool's name."""
    arguments: str | None = None
    """JSON text, exactly as sent. `None` if the wire has none."""
    status: str | None = None
    """The vendor's word for how far the call is."""
    server: str | None = None
    """The name of the remote server that runs it, where the wire names one."""


class ServerToolResult(_Part, frozen=True, tag="server_tool_result"):
    """What a tool run by the vendor gave."""

    call_id: str | None = None
    """The `id` of the `ServerToolCall` it answers."""
    name: str | None = None
    """The tool's name or the vendor's word for the form of result."""
    status: str | None = None
    """The vendor's word for the outcome."""
    is_error: bool | None = None
    """Whether the tool failed; a command that ran and returned an error is a result, no failure.
    `None` if the wire does not say."""
    output: str | None = None
    """The result's text, where it is just text."""
    data: Any = None
    """The result as sent, where it is more than text."""


class _MediaPart(_Part, frozen=True, kw_only=True):
    data: str | None = None
    """The content as sent, mostly base64."""
    url: str | None = None
    """Where the content is; may be a `data:` url."""
    file_id: str | None = None
    """The vendor's id of the file that holds it."""
    media_type: str | None = None
    """The content's media type."""
    name: str | None = None
    """The file's name."""


class ImagePart(_MediaPart, frozen=True, tag="image"):
    """A picture."""


class AudioPart(_MediaPart, frozen=True, tag="audio"):
    """Sound. Its transcript is not part of the message's `text`."""

    transcript: str | None = None
    """What is said in it."""
    expires_at: int | None = None
    """Unix seconds until which the vendor keeps it for later turns."""


class VideoPart(_MediaPart, frozen=True, tag="video"):
    """A film."""


class FilePart(_MediaPart, frozen=True, tag="file"):
    """Any other file."""


class OpaquePart(_Part, frozen=True, tag="opaque"):
    """A block kept whole: one that nobody here knows, or one that only has to go back as it came."""

    kind: str | None = None
    """The vendor's word for it."""
    data: Any = None
    """The block as sent."""


Part = Union[  # noqa: UP007  (a runtime union of forward-free structs, read by msgspec)
    TextPart,
    ReasoningPart,
    RefusalPart,
    ToolCall,
    ServerToolCall,
    ServerToolResult,
    ImagePart,
    AudioPart,
    VideoPart,
    FilePart,
    OpaquePart,
]


class Message(Canonical, frozen=True):
    """One answer of the model: a role and ordered parts."""

    role: str | None = None
    """The vendor's word for who speaks."""
    parts: tuple[Part, ...] = ()
    """Everything said, in order: the only truth. The properties below are views of it."""
    extra: dict[str, Any] = {}
    """What the wire holds besides, under its wire keys."""

    @property
    def text(self) -> str | None:
        """All visible text, joined without a separator. `None` if there is no text part."""
        return _joined([p.text for p in self.parts if type(p) is TextPart])

    @property
    def reasoning(self) -> str | None:
        """All readable thoughts, joined without a separator. `None` if there are none."""
        return _joined([p.text for p in self.parts if type(p) is ReasoningPart and p.text])

    @property
    def refusal(self) -> str | None:
        """The refusal's text. `None` if the model did not decline in words."""
        return _joined([p.text for p in self.parts if type(p) is RefusalPart])

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls that the client is asked to run, in order."""
        return tuple(p for p in self.parts if type(p) is ToolCall)


def _joined(pieces: list[str]) -> str | None:
    return "".join(pieces) if pieces else None


NO_MESSAGE = Message()
"""The message of a choice that has none."""


class Choice(Canonical, frozen=True):
    """One alternative answer."""

    index: int
    """Its number; its place in the list where the wire gives none."""
    message: Message = NO_MESSAGE
    """What was said."""
    finish_reason: FinishReason | None = None
    """Why the model stopped, in our words. `None` if the wire says nothing; `unknown` for a word that
    no table lists."""
    native_finish_reason: str | None = None
    """The vendor's own word for it."""
    stop_sequence: str | None = None
    """The stop text that matched."""
    logprobs: tuple[TokenLogprob, ...] | None = None
    """Log probabilities of the text's tokens."""
    refusal_logprobs: tuple[TokenLogprob, ...] | None = None
    """Log probabilities of the refusal's tokens."""
    extra: dict[str, Any] = {}
    """What the wire holds besides, under its wire keys."""


# Usage ------------------------------------------------------------------------------------------------


class Cost(Canonical, frozen=True):
    """Money, as the vendor states it."""

    amount: int | float | None
    """What this vendor charges. An upstream that bills the caller itself is not in it; see `details`."""
    currency: str | None = None
    """ISO 4217 code, where the vendor's documentation settles it."""
    estimated: bool = False
    """Whether the vendor calls it an estimate."""
    details: dict[str, Any] = {}
    """The vendor's break-down, as sent."""


class Billable(Canonical, frozen=True):
    """Tokens of one price: a row of `Usage.billable()`."""

    kind: str
    """`input`, `cache_read`, `cache_write`, `cache_write_5m`, `cache_write_1h`, `output`, `reasoning`,
    or `input_`/`output_` with `text`, `audio`, `image`, `video`, `document`."""
    tokens: int
    """Tokens."""


class UsageRow(Canonical, frozen=True):
    """The figures of one model or pass, where a wire bills several."""

    kind: str | None
    """The vendor's word for the pass."""
    model: str | None
    """The model billed. `None` if not named."""
    included: bool | None
    """Whether the parents include it. `None` if the figures do not tell. What is not included comes on
    top of the parents; the vendor says whether it is billed."""
    usage: "Usage"
    """Its figures."""


class Usage(Canonical, frozen=True):
    """Tokens used. Parents include their children: `input_tokens` includes cache reads, cache writes
    and tool prompts, `output_tokens` includes reasoning. Every figure is in tokens; `None` means that
    the vendor did not report it."""

    input_tokens: int | None = None
    """Everything the model read, cached or not."""
    output_tokens: int | None = None
    """Everything the model wrote, thoughts included."""
    total_tokens: int | None = None
    """The total as the vendor reports it; see `computed_total`."""
    cache_read_tokens: int | None = None
    """Input served from the vendor's cache; in `input_tokens`."""
    cache_write_tokens: int | None = None
    """Input written to the vendor's cache; in `input_tokens`."""
    cache_write_5m_tokens: int | None = None
    """Of `cache_write_tokens`, those kept for five minutes."""
    cache_write_1h_tokens: int | None = None
    """Of `cache_write_tokens`, those kept for an hour."""
    tool_input_tokens: int | None = None
    """Results of vendor-run tools that were fed back; in `input_tokens`."""
    reasoning_tokens: int | None = None
    """Thoughts; in `output_tokens`."""
    input_text_tokens: int | None = None
    """Of `input_tokens`, text."""
    input_audio_tokens: int | None = None
    """Of `input_tokens`, sound."""
    input_image_tokens: int | None = None
    """Of `input_tokens`, pictures."""
    input_video_tokens: int | None = None
    """Of `input_tokens`, film."""
    input_document_tokens: int | None = None
    """Of `input_tokens`, documents."""
    output_text_tokens: int | None = None
    """Of `output_tokens`, text."""
    output_audio_tokens: int | None = None
    """Of `output_tokens`, sound."""
    output_image_tokens: int | None = None
    """Of `output_tokens`, pictures."""
    output_video_tokens: int | None = None
    """Of `output_tokens`, film."""
    accepted_prediction_tokens: int | None = None
    """Of `output_tokens`, those taken from a predicted output."""
    rejected_prediction_tokens: int | None = None
    """Of `output_tokens`, predicted ones that were thrown away and are billed all the same."""
    server_tool_calls: dict[str, int] | None = None
    """How often the vendor ran each of its own tools, under the wire's keys in snake_case."""
    cost: Cost | None = None
    """What the vendor says it costs."""
    rows: tuple[UsageRow, ...] = ()
    """One row per model or pass, where the wire bills several; never added to the parents."""
    identity: str | None = None
    """The sum of the vendor's own counters that held: to the reported total or, where none is
    reported, to the inclusive input. `None` if there was nothing to add up or no sum holds."""
    native: dict[str, Any] | None = None
    """The vendor's usage object as sent, in a dict of its own; `null`s may be left out. `None` if it sent
    none."""

    @property
    def computed_total(self) -> int | None:
        """`input_tokens + output_tokens`; `None` if one is unknown."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return self.input_tokens + self.output_tokens

    @property
    def residual(self) -> int | None:
        """`total_tokens - computed_total`: tokens that the vendor counts and does not explain.
        `None` if one of them is unknown; anything but 0 left a `conflict` notice."""
        computed = self.computed_total
        return None if computed is None or self.total_tokens is None else self.total_tokens - computed

    @property
    def uncached_input_tokens(self) -> int | None:
        """`input_tokens` without the cache reads and writes that were reported. `None` if the input is
        unknown or the figures contradict each other."""
        if self.input_tokens is None:
            return None
        rest = self.input_tokens - (self.cache_read_tokens or 0) - (self.cache_write_tokens or 0)
        return rest if rest >= 0 else None

    @property
    def status(self) -> UsageStatus:
        """`reported`: input and output are known. `absent`: no figure is. `partial`: anything between."""
        if self.input_tokens is not None and self.output_tokens is not None:
            return "reported"
        figures = (getattr(self, name) for name in FIGURES)
        return "absent" if all(figure is None for figure in figures) else "partial"

    def billable(self) -> tuple[Billable, ...]:
        """The tokens as disjoint rows that add up to `input_tokens` and `output_tokens`.

        Zero and unknown rows are left out. Kinds of media are split off the input only where nothing
        was cached, since no vendor says which of them the cache held; and a child that is larger than
        what is left of its parent stays in the parent.
        """
        writes = {
            "cache_write_5m": self.cache_write_5m_tokens,
            "cache_write_1h": self.cache_write_1h_tokens,
        }
        if sum(n or 0 for n in writes.values()) != (self.cache_write_tokens or 0):
            writes = {"cache_write": self.cache_write_tokens}
        cached = {"cache_read": self.cache_read_tokens, **writes}
        media = {f"input_{kind}": getattr(self, f"input_{kind}_tokens") for kind in _INPUT_MEDIA}
        spoken = {f"output_{kind}": getattr(self, f"output_{kind}_tokens") for kind in _OUTPUT_MEDIA}
        children = cached if any(cached.values()) else media
        rows = _split("input", self.input_tokens, children)
        rows += _split("output", self.output_tokens, {"reasoning": self.reasoning_tokens, **spoken})
        return tuple(rows)

    def __reduce__(self) -> tuple[Any, ...]:
        return Usage, tuple(getattr(self, name) for name in self.__struct_fields__)


# What is stored for `native` may be the wire's own struct: a third of the dict's size, and no dict to make.
# JSON and comparison take it as the object it is, and whoever looks gets a dict.
_stored_native: Any = vars(Usage)["native"]


def _native(usage: Usage) -> Any:
    value = _stored_native.__get__(usage)
    return msgspec.to_builtins(value) if isinstance(value, Struct) else value


Usage.native = property(_native)  # type: ignore[assignment]

_INPUT_MEDIA = ("audio", "image", "video", "document")
_OUTPUT_MEDIA = ("audio", "image", "video")
FIGURES = tuple(name for name in Usage.__struct_fields__ if name.endswith("_tokens"))
"""The token counts of `Usage`, which are its leading fields."""


def _split(parent: str, whole: int | None, children: dict[str, int | None]) -> list[Billable]:
    rows = []
    rest = whole or 0
    for kind, tokens in children.items():
        if tokens and tokens <= rest:
            rows.append(Billable(kind, tokens))
            rest -= tokens
    return ([Billable(parent, rest)] if rest else []) + rows


NO_USAGE = Usage()
"""The usage of a response that reports none."""


# The answer -------------------------------------------------------------------------------------------


class ErrorInfo(Canonical, frozen=True, tag_field="schema", tag=ERROR_SCHEMA):
    """A failure, as the vendor reports it and as a caller can act on it."""

    kind: ErrorKind = "unknown"
    """What went wrong, in our words."""
    message: str | None = None
    """The vendor's words."""
    retryable: bool = False
    """Whether the same request may succeed later."""
    scope: ErrorScope = "request"
    """The smallest thing to change for another try: the request, the key, the model, the provider."""
    status: int | None = None
    """HTTP status: the caller's if it is an error's, else the one the body repeats. `None` for a failure
    inside a stream, whose status was another."""
    code: str | int | None = None
    """The vendor's code, as sent."""
    type: str | None = None
    """The vendor's type of error."""
    param: str | None = None
    """The request's parameter at fault."""
    retry_after: float | None = None
    """Seconds to wait, where header or body say so."""
    request_id: str | None = None
    """The vendor's id of the request, from body or header."""
    in_stream: bool = False
    """Whether it came in a stream, or is the stream's own trouble."""
    vendor: str | None = None
    """Who reports it, as the caller named it."""
    extra: dict[str, Any] = {}
    """What the body holds besides, under its wire keys."""


class RateLimit(Canonical, frozen=True):
    """One allowance, from the headers."""

    what: str | None
    """What is counted, in the vendor's word (`requests`, `tokens` …). `None` if the headers do not say."""
    limit: int | None = None
    """The whole allowance."""
    remaining: int | None = None
    """What is left of it."""
    reset_after: float | None = None
    """Seconds until it is whole again."""


class Timing(Canonical, frozen=True):
    """Seconds, as the vendor measured them."""

    total: float | None = None
    """From request to answer."""
    queue: float | None = None
    """Waiting."""
    prompt: float | None = None
    """Reading the prompt."""
    generation: float | None = None
    """Writing the answer."""
    first_token: float | None = None
    """Until the first token."""


class ChatResponse(Canonical, frozen=True, tag_field="schema", tag=RESPONSE_SCHEMA):
    """One chat response, whoever sent it."""

    vendor: str | None = None
    """The vendor the caller named. `None` if it named only a dialect."""
    dialect: str | None = None
    """The grammar that was read."""
    id: str | None = None
    """The vendor's id of the response."""
    model: str | None = None
    """The model that answered, as the vendor names it."""
    created: int | None = None
    """When, in whole Unix seconds."""
    choices: tuple[Choice, ...] = ()
    """The alternative answers; most often one."""
    usage: Usage = NO_USAGE
    """Tokens used. Always there: its `status` is `absent` if nothing was reported."""
    service_tier: str | None = None
    """The vendor's word for the class of service."""
    system_fingerprint: str | None = None
    """The vendor's mark of its serving configuration."""
    served_by: str | None = None
    """Who really answered, where a router says so."""
    request_id: str | None = None
    """The vendor's id of the request, from body or header."""
    sources: tuple[Source, ...] = ()
    """What the answer as a whole rests on."""
    extra: dict[str, Any] = {}
    """What the wire holds besides, under its wire keys."""
    notices: tuple[Notice, ...] = ()
    """Remarks on everything that was unknown, bent or contradictory."""
    error: ErrorInfo | None = None
    """The failure that the vendor reports in or beside the answer."""
    end: End = "whole"
    """How the answer ended: `whole` (one body), or how its stream did."""
    prompt_block: str | None = None
    """The vendor's word for why it blocked the prompt."""
    prompt_block_message: str | None = None
    """The vendor's words on that."""
    timing: Timing | None = None
    """Durations, in seconds."""
    rate_limits: tuple[RateLimit, ...] = ()
    """Allowances, from the headers."""
    supplied: tuple[str, ...] = ()
    """Names of the fields whose values came from the caller or the headers, not the body; those of the
    failure as `error.retry_after`."""
    raw: bytes | None = None
    """The body as it was read, in UTF-8; base64 in our JSON. `None` unless asked for with `keep_raw`."""

    @property
    def message(self) -> Message:
        """The message of choice 0; an empty one if there is no choice."""
        return self.choices[0].message if self.choices else NO_MESSAGE

    @property
    def text(self) -> str | None:
        """Visible text of choice 0."""
        return self.message.text

    @property
    def reasoning(self) -> str | None:
        """Readable thoughts of choice 0."""
        return self.message.reasoning

    @property
    def refusal(self) -> str | None:
        """Refusal of choice 0."""
        return self.message.refusal

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls of choice 0 that the client is asked to run."""
        return self.message.tool_calls

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why choice 0 stopped, in our words; `content_filter` if a blocked prompt left no choice."""
        if self.choices:
            return self.choices[0].finish_reason
        return None if self.prompt_block is None else "content_filter"

    @property
    def native_finish_reason(self) -> str | None:
        """Why choice 0 stopped, in the vendor's word."""
        return self.choices[0].native_finish_reason if self.choices else None

    @property
    def outcome(self) -> Outcome:
        """What became of the request, on one word: the first row that holds. Looks at choice 0. Calls in an
        answer that is `incomplete` for a reason that nobody knows may be cut short: `unknown`.

        | outcome | holds when |
        |---|---|
        | `failed` | `error` is set, or the finish reason is `error` |
        | `pending` | `end` is `pending` |
        | `cancelled` | `end` or the finish reason is `cancelled` |
        | `interrupted` | `end` is `cut` |
        | `blocked` | the finish reason is `content_filter`, or `prompt_block` is set |
        | `refused` | the finish reason is `refusal`, or there is a refusal part |
        | `truncated` | the finish reason is `length` |
        | `paused` | the finish reason is `pause` |
        | `tool_calls` | there is a tool call for the client to run |
        | `empty` | nothing to show: no text, no picture, sound, film or file |
        | `complete` | the finish reason is `stop` |
        | `unknown` | none of the above |
        """
        finish, parts = self.finish_reason, self.message.parts
        if self.error is not None or finish == "error":
            return "failed"
        if self.end == "pending":
            return "pending"
        if self.end == "cancelled" or finish == "cancelled":
            return "cancelled"
        if self.end == "cut":
            return "interrupted"
        if finish == "content_filter" or self.prompt_block is not None:
            return "blocked"
        if finish == "refusal" or any(type(p) is RefusalPart for p in parts):
            return "refused"
        if finish == "length":
            return "truncated"
        if finish == "pause":
            return "paused"
        if any(type(p) is ToolCall for p in parts):
            incomplete = finish == "unknown" and self.native_finish_reason == "incomplete"
            return "unknown" if incomplete else "tool_calls"
        if not any(isinstance(p, _MediaPart) or (type(p) is TextPart and p.text) for p in parts):
            return "empty"
        return "complete" if finish == "stop" else "unknown"

    def replace(self, **changes: Any) -> "ChatResponse":
        """A copy with these fields changed. Raises `TypeError` for a field that does not exist."""
        return msgspec.structs.replace(self, **changes)

    def map_parts(self, f: Callable[[Part], Part | None]) -> "ChatResponse":
        """A copy with `f(part)` in place of every part of every choice; `None` leaves it out."""
        choices = []
        for choice in self.choices:
            parts = tuple([new for part in choice.message.parts if (new := f(part)) is not None])
            message = msgspec.structs.replace(choice.message, parts=parts)
            choices.append(msgspec.structs.replace(choice, message=message))
        return self.replace(choices=tuple(choices))

    def row(self) -> dict[str, str | int | float | bool | None]:
        """One line of a table: the same keys in the same order for every response, and scalars only.

        `None` means unknown, `0` zero. Token figures have the names of `Usage` and count tokens. `created`
        is in Unix seconds, `error_retry_after` in seconds, `cost_amount` in `cost_currency` (an ISO 4217
        code). `text_length` and `reasoning_length` count characters and are `None` where there is no text;
        `n_tool_calls` counts the calls that the client is asked to run. These, the finish reasons and the
        outcome are about choice 0. The columns of an error are `None` if there is none. `worst_notice` is
        the gravest severity of the notices, `None` without notices. No text of the answer is in it.

        `tuple(ChatResponse().row())` gives the names of the columns.
        """
        usage, error = self.usage, self.error
        text, reasoning = self.text, self.reasoning
        severities = {notice.severity for notice in self.notices}
        return {
            "vendor": self.vendor,
            "dialect": self.dialect,
            "id": self.id,
            "request_id": self.request_id,
            "model": self.model,
            "created": self.created,
            "served_by": self.served_by,
            "service_tier": self.service_tier,
            "system_fingerprint": self.system_fingerprint,
            "outcome": self.outcome,
            "end": self.end,
            "finish_reason": self.finish_reason,
            "native_finish_reason": self.native_finish_reason,
            "usage_status": usage.status,
            **{name: getattr(usage, name) for name in FIGURES},
            "cost_amount": usage.cost and usage.cost.amount,
            "cost_currency": usage.cost and usage.cost.currency,
            "cost_estimated": usage.cost and usage.cost.estimated,
            "n_choices": len(self.choices),
            "n_tool_calls": len(self.tool_calls),
            "n_notices": len(self.notices),
            "worst_notice": next((s for s in ("error", "warning", "info") if s in severities), None),
            "text_length": None if text is None else len(text),
            "reasoning_length": None if reasoning is None else len(reasoning),
            "error_kind": error and error.kind,
            "error_status": error and error.status,
            "error_code": error and error.code,
            "error_type": error and error.type,
            "error_retryable": error and error.retryable,
            "error_retry_after": error and error.retry_after,
        }
