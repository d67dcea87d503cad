"""`cohere.v1`: the first version of the chat API.

- A stream is of JSON lines or, if the request asked for them, of events. The last frame repeats the whole
  answer, which has the last word; some servers leave all but the usage out of it.
- The pieces of a call are followed by the complete calls, whose arguments are spelled otherwise.
- Bodies of 2023 count in `token_count`; those of 2024 have both.
"""

from typing import Any

from msgspec import Raw

from chatnorm.canonical import (
    NO_USAGE,
    ChatResponse,
    Choice,
    Citation,
    Message,
    Part,
    Source,
    Span,
    TextPart,
    ToolCall,
)
from chatnorm.dialect import Notices
from chatnorm.errors import word
from chatnorm.tables import Count, Wire, verbatim_text, whole
from chatnorm.track import Track

from .shared import Cohere, Tokens, document


class Cited(Wire):  # citations[]
    LEVEL = "citation"
    start: int | None = None
    end: int | None = None
    text: str | None = None
    document_ids: list[str] | None = None
    type: str | None = None

    def citation(self, known: dict[str | None, Source]) -> Citation:
        """`known`: the documents, by their ids."""
        span = None if self.start is None and self.end is None else Span(self.start, self.end)
        sources = tuple([known.get(id) or Source(id) for id in self.document_ids or ()])
        return Citation(span, self.text, sources, self.type, self.extra())


class Call(Wire):  # tool_calls[]
    LEVEL = "tool_call"
    name: str | None = None
    parameters: Raw = Raw(b"")

    def part(self) -> ToolCall:
        return ToolCall(self.name, verbatim_text(self.parameters), extra=self.extra())


class Meta(Tokens):  # meta, token_count
    prompt_tokens: Count | None = None
    response_tokens: Count | None = None
    total_tokens: Count | None = None


class Body(Wire):  # the whole body
    LEVEL = "response"
    response_id: str | None = None
    text: str | None = None
    generation_id: str | None = None
    finish_reason: str | None = None
    tool_calls: list[Call] | None = None
    citations: list[Cited] | None = None
    documents: list[dict[str, Any]] | None = None
    meta: Meta | None = None
    token_count: Meta | None = None


class CallPiece(Wire):  # tool_call_delta of a frame
    LEVEL = "tool_call_delta"
    index: Count | None = None
    name: str | None = None
    parameters: str | None = None
    text: str | None = None


class Frame(Wire):  # one frame of a stream
    LEVEL = "frame"
    is_finished: bool | None = None
    event_type: str | None = None
    text: str | None = None
    generation_id: str | None = None
    documents: list[dict[str, Any]] | None = None
    citations: list[Cited] | None = None
    tool_call_delta: CallPiece | None = None
    tool_calls: list[Call] | None = None
    finish_reason: str | None = None
    response: Body | None = None


EVENTS = frozenset(
    {"stream-start", "search-queries-generation", "search-results", "text-generation", "stream-end"}
    | {"citation-generation", "tool-calls-chunk", "tool-calls-generation", "debug"}
)


class V1Track(Track):
    """One stream of `cohere.v1`. Keys, and places: 0 is the text, 1 the first call."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.sources: tuple[Source, ...] = ()

    def frame(self, wire: Frame) -> None:
        kind, extra, call = wire.event_type, wire.extra(), wire.tool_call_delta
        if kind not in EVENTS:
            self.note("opaque_part", "$", f"kept as opaque: type {word(kind)}")
            self.head(extra={kind or "frame": whole(wire)})
            return
        if wire.generation_id is not None:
            extra["generation_id"] = wire.generation_id
        if wire.documents:
            self.sources = tuple([document(item) for item in wire.documents])
        if extra or wire.documents or not self.started:
            self.head(sources=self.sources, extra=extra)
        if wire.tool_calls is not None:
            told = self.dialect.response(Body(text=wire.text, tool_calls=wire.tool_calls), [])
            self.settle(told.choices[0].message.parts)
        elif text := wire.text or (call.text if call is not None else None):
            self.text(0, self.fitting(0, 0, TextPart("")), text)
        if call is not None and (call.name is not None or call.parameters is not None):
            key = 1 + (call.index or 0)
            part = self.fitting(0, key, ToolCall(call.name), key)
            self.text(0, part, call.parameters or "")
            self.update(0, part, name=call.name, extra=call.extra())
        if wire.citations:
            known = {source.id: source for source in self.sources}
            part = self.fitting(0, 0, TextPart(""))
            for cited in wire.citations:
                self.cite(0, part, cited.citation(known))
        if kind == "stream-end":
            self.stop(wire.response or Body(), wire.finish_reason)

    def settle(self, told: tuple[Part, ...]) -> None:
        """What came whole replaces what came in pieces."""
        key = 0
        for part in told:
            key = key + 1 if type(part) is ToolCall else 0
            known = self.parts.get((0, key))
            if known is None:
                self.whole(0, key, part, key)
            elif not known.ended or known.value != part:
                known.value = part
                self.end(0, known, part)

    def stop(self, body: Body, native: str | None) -> None:
        """The whole answer, as far as it is there."""
        body.text = body.text or ""
        body.finish_reason = body.finish_reason or native
        told: ChatResponse = self.dialect.response(body, self.notices)
        self.head(id=told.id, sources=told.sources, extra=told.extra)
        choice, counted = told.choices[0], self.dialect.counted(body, {})
        self.settle(choice.message.parts)
        if choice.native_finish_reason is not None:
            called = any(type(part.value) is ToolCall for part in self.parts_of(0))
            plain = choice.finish_reason == "stop"
            finish = "tool_calls" if plain and called else choice.finish_reason
            self.finish(0, finish, choice.native_finish_reason)
        if counted is not None:
            self.usage(counted)
        self.done = True


class CohereV1(Cohere):
    """`cohere.v1`."""

    name = "cohere.v1"
    Wire = Body
    Frame = Frame
    Track = V1Track
    FRAMING = "ndjson"
    FRAME_MARKS = ("event_type",)
    TEXTS = ("text", "parameters")
    ANSWER = ("text", "tool_calls", "generation_id")
    MARKS = ("text", "generation_id", "chat_history", *[f"event_type={e}" for e in sorted(EVENTS)])
    HINTS = ("event_type",)
    EXTRA = {
        "response": ("is_search_required", "search_queries", "search_results", "chat_history", "prompt"),
        "tool_call": ("generation_id",),
        "usage": ("api_version", "warnings", "billed_tokens"),
        "frame": ("search_queries", "search_results", "prompt"),
    }
    USAGE = {
        "input_tokens": "tokens.input_tokens | prompt_tokens",
        "output_tokens": "tokens.output_tokens | response_tokens",
        "total_tokens": "total_tokens",
        "cache_read_tokens": "cached_tokens",
    }
    USAGE_PATH = "$.meta"

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        text, native = body.text, body.finish_reason or None
        if text is None and body.tool_calls is None and body.generation_id is None:
            return None
        extra, finish = body.extra(), None
        parts: list[Part] = []
        if body.generation_id is not None:
            extra["generation_id"] = body.generation_id
        sources = tuple([document(item) for item in body.documents]) if body.documents else ()
        cited: tuple[Citation, ...] = ()
        if body.citations:
            known = {source.id: source for source in sources}
            cited = tuple([c.citation(known) for c in body.citations])
        if text or cited:
            parts.append(TextPart(text or "", cited))
        for call in body.tool_calls or ():
            parts.append(call.part())
        if native is not None:
            finish = self.listed(native, notices, "$.finish_reason")
            if finish == "stop" and body.tool_calls:
                finish = "tool_calls"  # the grammar has no word for it
        counted = self.counted(body, extra)
        return ChatResponse(
            self.vendor,
            self.name,
            body.response_id or body.generation_id or None,
            None,
            None,
            (Choice(0, Message(None, tuple(parts)), finish, native),),
            NO_USAGE if counted is None else self.usage_of(counted, notices),
            sources=sources,
            extra=extra,
            notices=tuple(notices) if notices else (),
        )

    def counted(self, body: Body, extra: dict[str, Any]) -> Meta | None:
        """The report of usage. What is no part of it goes to `extra`."""
        meta, count = body.meta, body.token_count
        if count is None:
            return meta
        if meta is not None and meta.tokens is not None:
            extra["token_count"] = whole(count)
            return meta
        if meta is not None:
            extra["meta"] = whole(meta)
        return count

    def is_whole(self, body: Any) -> bool:
        """Frames have a text as well."""
        return super().is_whole(body) and "event_type" not in body and "eventType" not in body
