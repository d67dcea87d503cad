"""`cohere.v2`: the second version of the chat API.

- In a stream the members of `delta.message` are single objects where a body has lists. Only the first frame
  has the lists, empty ones.
- `index` counts content items, calls and citations each by themselves. The plan has none.
- Citations come after the text or, in the mode `fast`, between its pieces.
"""

from itertools import zip_longest
from typing import Any, Literal, Union

from msgspec.structs import replace

from chatnorm.canonical import (
    NO_MESSAGE,
    NO_USAGE,
    ChatResponse,
    Choice,
    Citation,
    Message,
    Part,
    ReasoningPart,
    Source,
    Span,
    TextPart,
    TokenLogprob,
    ToolCall,
)
from chatnorm.dialect import Notices
from chatnorm.errors import word
from chatnorm.repair import Foreign, named
from chatnorm.tables import Count, W, Wire, whole
from chatnorm.track import MAX_PARTS, Track

from .shared import Cohere, Tokens, document


class CitedSource(Wire):  # message.citations[].sources[]
    LEVEL = "source"
    type: str | None = None
    id: str | None = None
    document: dict[str, Any] | None = None
    tool_output: Any = None

    def source(self) -> Source:
        """A tool's output is free, and stays as it was sent."""
        extra = self.extra()
        if self.tool_output is not None:
            extra["tool_output"] = self.tool_output
        if self.document is None:
            return Source(self.id, kind=self.type, extra=extra)
        held = document(self.document)
        rest = held.extra if held.id in (None, self.id) else {"id": held.id, **held.extra}
        if rest:
            extra["document"] = rest
        return Source(self.id, held.url, held.title, held.quoted, kind=self.type, extra=extra)


class Cited(Wire):  # message.citations[]
    LEVEL = "citation"
    start: int | None = None
    end: int | None = None
    text: str | None = None
    sources: list[CitedSource] | None = None
    type: str | None = None
    content_index: int | None = None

    def citation(self, i: int) -> Citation:
        """As one of content item `i`."""
        extra = self.extra()
        if self.content_index is not None and self.content_index != i:
            extra["content_index"] = self.content_index
        span = None if self.start is None and self.end is None else Span(self.start, self.end)
        sources = tuple([s.source() for s in self.sources]) if self.sources else ()
        return Citation(span, self.text, sources, self.type, extra)


class Text(Wire, tag_field="type", tag="text"):  # message.content[]
    LEVEL = "text"
    text: str | None = None

    def part(self) -> TextPart:
        return TextPart(self.text or "", extra=self.extra())


class Thinking(Wire, tag_field="type", tag="thinking"):  # message.content[]
    LEVEL = "thinking"
    thinking: str | None = None

    def part(self) -> ReasoningPart:
        return ReasoningPart(self.thinking or "", extra=self.extra())


Content = Union[Text, Thinking, Foreign]  # noqa: UP007  (read by msgspec)


class Function(Wire):  # message.tool_calls[].function
    LEVEL = "function"
    name: str | None = None
    arguments: str | None = None


class Call(Wire):  # message.tool_calls[]
    LEVEL = "tool_call"
    id: str | None = None
    type: Literal["function"] | None = None
    function: Function | None = None

    def part(self) -> ToolCall:
        function, extra = self.function or Function(), self.extra()
        if rest := function.extra():
            extra["function"] = rest
        return ToolCall(function.name, function.arguments, id=self.id, extra=extra)


class Said(Wire):  # message
    LEVEL = "message"
    role: str | None = None
    content: list[Content] | None = None
    tool_plan: str | None = None
    tool_calls: list[Call] | None = None
    citations: list[Cited] | None = None


class Likely(Wire):  # logprobs[]: a chunk of text
    LEVEL = "logprob"
    text: str | None = None
    token_ids: list[int] | None = None
    logprobs: list[float] | None = None

    def tokens(self) -> list[TokenLogprob]:
        """Its tokens. Of several nobody says which text is whose: the first keeps the chunk as sent."""
        pairs = [*zip_longest(self.token_ids or (), self.logprobs or ())] or [(None, None)]
        if len(pairs) == 1:
            return [TokenLogprob(self.text, pairs[0][1], None, pairs[0][0], extra=self.extra())]
        found = [TokenLogprob(None, logprob, None, id) for id, logprob in pairs]
        return [replace(found[0], extra=whole(self)), *found[1:]]


class Body(Wire):  # the whole body
    LEVEL = "response"
    BENDS = {"id": named}
    id: str | None = None
    finish_reason: str | None = None
    message: Said | None = None
    usage: Tokens | None = None
    logprobs: list[Likely] | None = None


class Piece(Wire):  # delta.message.content
    LEVEL = "piece"
    type: str | None = None
    text: str | None = None
    thinking: str | None = None


class More(Wire):  # delta.message
    LEVEL = "message"
    role: str | None = None
    content: Piece | list[Any] | None = None
    tool_plan: str | None = None
    tool_calls: Call | list[Any] | None = None
    citations: Cited | list[Any] | None = None


class Delta(Wire):  # delta of a frame
    LEVEL = "delta"
    message: More | None = None
    finish_reason: str | None = None
    usage: Tokens | None = None
    error: Any = None


class Frame(Wire):  # one frame of a stream
    LEVEL = "frame"
    type: str | None = None
    id: str | None = None
    index: Count | None = None
    delta: Delta | None = None
    logprobs: Likely | None = None


EVENTS = frozenset(
    {"message-start", "content-start", "content-delta", "content-end", "tool-plan-delta"}
    | {"tool-call-start", "tool-call-delta", "tool-call-end", "citation-start", "citation-end"}
    | {"message-end", "debug"}
)

MESSAGES = ["invalid api token", "no api key supplied", "invalid request: ", "too many tokens: "]
MESSAGES += ["You are past the per", "You are using a Trial key", "trial token rate limit"]
MESSAGES += ["Maximum billing reached"]
"""Begins of the messages of errors, as the page on errors lists them."""

PLAN = MAX_PARTS
"""Place of the plan: after the content items, before the calls."""


def home(wire: Cited, kinds: dict[int, type[Part]]) -> int | None:
    """Where a citation is: in the plan, in the content item that it names, else in the first of its kind.
    `kinds`: what the content items are."""
    if wire.type == "PLAN":
        return PLAN
    kind = ReasoningPart if wire.type == "THINKING_CONTENT" else TextPart
    told = wire.content_index or 0
    return told if kinds.get(told) is kind else next((i for i, k in kinds.items() if k is kind), None)


class V2Track(Track):
    """One stream of `cohere.v2`. Keys: a content item's index, `PLAN`, and `call` with a call's index."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.kinds: dict[int, type[Part]] = {}  # of content items
        self.later: list[Cited] = []  # citations of no text, or of one that has not begun

    def frame(self, wire: Frame) -> None:
        kind, i, extra = wire.type, wire.index or 0, wire.extra()
        if kind not in EVENTS:
            self.note("opaque_part", "$", f"kept as opaque: type {word(kind)}")
            self.head(extra={kind or "frame": whole(wire)})
            return
        if extra or wire.id or not self.started:
            self.head(id=wire.id or None, extra=extra)
        if kind == "message-end":
            self.cite_later()
            self.done = True
        if wire.delta is not None:
            self.delta(wire.delta, i)
        if wire.logprobs is not None:
            self.choice(0, logprobs=tuple(wire.logprobs.tokens()))
        if kind == "content-end" or kind == "tool-call-end":
            part = self.parts.get((0, i if kind == "content-end" else ("call", i)))
            if part is not None:
                self.end(0, part)

    def delta(self, wire: Delta, i: int) -> None:
        said, native = wire.message, wire.finish_reason
        if said is not None:
            self.said(said, i)
        if rest := wire.extra():
            self.head(extra=rest)
        if native:
            self.finish(0, self.dialect.listed(native, self.notices, "$.delta.finish_reason"), native)
        if wire.usage is not None:
            self.usage(wire.usage)
        if wire.error:
            self.fail(self.dialect.error({"error": wire.error, "code": native}))

    def said(self, wire: More, i: int) -> None:
        """What a frame adds to the message."""
        rest = wire.extra()
        if wire.role or rest:
            self.choice(0, wire.role or None, message_extra=rest)
        for piece, j in self.each(wire.content, Piece, i):
            self.content(piece, j)
        if wire.tool_plan:
            self.text(0, self.fitting(0, PLAN, ReasoningPart("", format="tool_plan"), PLAN), wire.tool_plan)
        for call, j in self.each(wire.tool_calls, Call, i):
            value, known = call.part(), self.parts.get((0, ("call", j)))
            if known is None:
                self.start(0, ("call", j), value, PLAN + 1 + j)
            else:
                self.text(0, known, value.arguments or "")
                self.update(0, known, id=value.id, name=value.name, extra=value.extra)
        for cited, _ in self.each(wire.citations, Cited, i):
            if not self.cited(cited):
                self.later.append(cited)

    def each(self, sent: Any, kind: type[W], i: int) -> list[tuple[W, int]]:
        """What a frame holds in one place, with its index: an object, or a list in the first frame."""
        if type(sent) is not list:
            return [] if sent is None else [(sent, i)]
        items = [item for item in sent if isinstance(item, dict)]
        path = "$.delta.message"
        return [(self.dialect.fitted(item, kind, path, self.notices), j) for j, item in enumerate(items)]

    def content(self, wire: Piece, i: int) -> None:
        """A content item as it begins, or more of it; pieces do not say its type."""
        if wire.type not in (None, "text", "thinking"):
            self.note("opaque_part", "$.delta.message.content", f"kept as opaque: type {word(wire.type)}")
            self.start(0, i, Foreign(data=whole(wire)).part(), i)
            return
        for value, text in ((ReasoningPart(""), wire.thinking), (TextPart(""), wire.text)):
            if text is not None:
                part = self.fitting(0, i, value, i)
                self.kinds[i] = type(value)
                self.text(0, part, text)
                self.update(0, part, extra=wire.extra())

    def cited(self, wire: Cited) -> bool:
        """A citation of one of the texts; whether that has begun."""
        i = home(wire, self.kinds)
        part = self.parts.get((0, i))
        if part is None or i is None or type(part.value) is not TextPart:
            return False
        self.cite(0, part, wire.citation(i))
        return True

    def cite_later(self) -> None:
        """The citations that waited: those that are in no text go to the thoughts, or to the message."""
        held: dict[int | None, list[Any]] = {}
        for wire in self.later:
            if not self.cited(wire):
                i = home(wire, self.kinds)
                held.setdefault(i if (0, i) in self.parts else None, []).append(whole(wire))
        for i, citations in held.items():
            if i is None:
                self.choice(0, message_extra={"citations": citations})
            else:
                self.update(0, self.parts[0, i], extra={"citations": citations})


class CohereV2(Cohere):
    """`cohere.v2`."""

    name = "cohere.v2"
    Wire = Body
    Frame = Frame
    Track = V2Track
    FRAME_MARKS = ("type",)
    TEXTS = ("text", "thinking", "tool_plan", "arguments")
    ANSWER = ("message", "finish_reason")
    MARKS = ("finish_reason", *[f"type={e}" for e in sorted(EVENTS)], *[f"message={m}" for m in MESSAGES])
    HINTS = ("delta",)
    EXTRA = {"frame": ("prompt",)}
    USAGE = {
        "input_tokens": "tokens.input_tokens",
        "output_tokens": "tokens.output_tokens",
        "reasoning_tokens": "tokens.reasoning_tokens",
        "cache_read_tokens": "cached_tokens",
    }
    SPINE = ("response", "message")

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        said, native = body.message, body.finish_reason or None
        if said is None and native is None:
            return None
        message = NO_MESSAGE if said is None else self.message(said)
        finish = None if native is None else self.listed(native, notices, "$.finish_reason")
        chances = None
        if body.logprobs:
            chances = tuple([token for chunk in body.logprobs for token in chunk.tokens()])
        return ChatResponse(
            self.vendor,
            self.name,
            body.id or None,
            None,
            None,
            (Choice(0, message, finish, native, None, chances),),
            NO_USAGE if body.usage is None else self.usage_of(body.usage, notices),
            extra=body.extra(),
            notices=tuple(notices) if notices else (),
        )

    def message(self, wire: Said) -> Message:
        """What was said: the content items, the plan, the calls."""
        extra = wire.extra()
        parts: list[Any] = []
        for item in wire.content or ():
            parts.append(item.part())
        plan = len(parts)
        if wire.tool_plan:
            parts.append(ReasoningPart(wire.tool_plan, False, None, "tool_plan", extra={}))
        if wire.citations:
            self.cite(wire.citations, parts, plan, extra)
        for call in wire.tool_calls or ():
            parts.append(call.part())
        return Message(wire.role or None, tuple(parts), extra)

    def cite(self, wires: list[Cited], parts: list[Any], plan: int, extra: dict[str, Any]) -> None:
        """Citations to what they are in: the content items or, at the place `plan`, the plan."""
        kinds = {i: type(parts[i]) for i in range(plan)}
        found: dict[int, list[Citation]] = {}
        for wire in wires:
            i = home(wire, kinds)
            place = plan if i == PLAN else i
            if place is None or place == len(parts):
                extra.setdefault("citations", []).append(whole(wire))
            elif kinds.get(place) is TextPart:
                found.setdefault(place, []).append(wire.citation(place))
            else:
                parts[place].extra.setdefault("citations", []).append(whole(wire))
        for i, citations in found.items():
            parts[i] = TextPart(parts[i].text, tuple(citations), extra=parts[i].extra)

    def has_answer(self, body: Any) -> bool:
        """The message of an error is a text."""
        return super().has_answer(body) and type(body.get("message")) is not str
