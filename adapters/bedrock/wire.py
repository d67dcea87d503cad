"""The wire of Bedrock's Converse, whole and streamed; what a part is on it."""

from typing import Any, Literal

from msgspec import Raw, field

from chatnorm.canonical import (
    AudioPart,
    Citation,
    FilePart,
    ImagePart,
    Part,
    ReasoningPart,
    ServerToolCall,
    ServerToolResult,
    Source,
    Span,
    SpanUnit,
    TextPart,
    ToolCall,
    VideoPart,
)
from chatnorm.dialect import Fields
from chatnorm.tables import Count, Wire, verbatim_text, whole


class Amazon(Wire, rename="camel"):
    pass


class Thoughts(Amazon):  # content[].reasoningContent.reasoningText
    LEVEL = "reasoning_text"
    text: str | None = None
    signature: str | None = None


class Reasoning(Amazon):  # content[].reasoningContent
    LEVEL = "reasoning"
    reasoning_text: Thoughts | None = None
    redacted_content: str | None = None

    def part(self) -> ReasoningPart:
        thoughts, extra = self.reasoning_text or Thoughts(), self.extra()
        if rest := thoughts.extra():
            extra["reasoningText"] = rest
        sealed, signature = self.redacted_content, thoughts.signature
        return ReasoningPart(thoughts.text, False, sealed, signature=signature, extra=extra)


class ToolUse(Amazon):  # content[].toolUse
    LEVEL = "tool_use"
    tool_use_id: str | None = None
    name: str | None = None
    input: Raw = Raw(b"")
    type: Literal["server_tool_use", "tool_use"] | None = None

    def part(self) -> ToolCall | ServerToolCall:
        kind = ServerToolCall if self.type == "server_tool_use" else ToolCall
        return kind(self.name, verbatim_text(self.input), id=self.tool_use_id, extra=self.extra())


class ToolResult(Amazon):  # content[].toolResult
    LEVEL = "tool_result"
    tool_use_id: str | None = None
    content: list[dict[str, Any]] | None = None
    status: str | None = None
    type: str | None = None

    def part(self) -> ServerToolResult:
        id, status, data = self.tool_use_id, self.status, self.content
        one = Fields(data[0] if data and len(data) == 1 else {})
        text = one.text("text")
        if one.rest():  # more than just text
            text = None
        failed = {"error": True, "success": False}.get(status or "")
        data = data if text is None else None
        return ServerToolResult(id, self.type, status, failed, text, data, extra=self.extra())


class Piece(Amazon):  # …citationsContent.content[], …citations[].sourceContent[]
    LEVEL = "piece"
    text: str | None = None


UNITS: dict[str, SpanUnit | None] = {
    "web": None,
    "documentChar": "char",
    "documentPage": "page",
    "documentChunk": "chunk",
    "searchResultLocation": "block",
}
"""Kind of a place in a source → what its positions count; in a search result, the blocks of its content."""


class Cited(Amazon):  # content[].citationsContent.citations[]
    LEVEL = "citation"
    title: str | None = None
    source: str | None = None
    source_content: list[Piece] | None = None
    location: dict[str, Any] | None = None

    def citation(self) -> Citation:
        """The source's span is in the source."""
        extra, id, span = self.extra(), self.source, None
        quoted = joined(self.source_content, "sourceContent", extra)
        f = Fields(self.location or {})
        kind = next((name for name in UNITS if isinstance(f.peek(name), dict)), None)
        place = Fields(f.object(kind or ""))
        url, index, unit = place.text("url"), place.peek("documentIndex"), UNITS.get(kind or "")
        if unit is not None:
            start, end = place.whole("start"), place.whole("end")
            span = None if start is None and end is None else Span(start, end, unit)
        if id is None and type(index) is int:
            id = str(index)
        kept = {**f.rest(), kind: place.rest()} if kind and place.rest() else f.rest()
        if kept:
            extra["location"] = kept
        return Citation(sources=(Source(id, url, self.title, quoted, span, extra=extra),), kind=kind)


class CitedText(Amazon):  # content[].citationsContent
    LEVEL = "citations_content"
    content: list[Piece] | None = None
    citations: list[Cited] | None = None

    def part(self) -> TextPart:
        extra = self.extra()
        text = joined(self.content, "content", extra)
        return TextPart(text or "", tuple([c.citation() for c in self.citations or ()]), extra=extra)


class Media(Amazon):  # content[].image, .audio, .video, .document
    LEVEL = "media"
    name: str | None = None
    source: dict[str, Any] | None = None

    def part(self, kind: type[ImagePart | AudioPart | VideoPart | FilePart]) -> Part:
        extra, f = self.extra(), Fields(self.source or {})
        data, stored = f.text("bytes"), Fields(f.object("s3Location"))
        url, kept = stored.text("uri"), f.rest()
        if stored.rest():
            kept["s3Location"] = stored.rest()
        if kept:
            extra["source"] = kept
        return kind(data=data, url=url, name=self.name, extra=extra)


class Block(Amazon):  # output.message.content[]
    LEVEL = "block"
    text: str | None = None
    reasoning_content: Reasoning | None = None
    tool_use: ToolUse | None = None
    tool_result: ToolResult | None = None
    citations_content: CitedText | None = None
    image: Media | None = None
    audio: Media | None = None
    video: Media | None = None
    document: Media | None = None


class Said(Amazon):  # output.message
    LEVEL = "message"
    role: str | None = None
    content: list[Block] | None = None


class Output(Amazon):  # output
    LEVEL = "output"
    message: Said | None = None


class Written(Amazon):  # usage.cacheDetails[]
    LEVEL = "usage_row"
    ttl: str | None = None
    input_tokens: Count | None = None


class Tokens(Amazon):  # usage
    LEVEL = "usage"
    NATIVE = True
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    total_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_write_input_tokens: Count | None = None
    cache_read_input_token_count: Count | None = None
    cache_write_input_token_count: Count | None = None
    cache_details: list[Written] | None = None

    @property
    def cache_read(self) -> int | None:
        """From either counter."""
        read = self.cache_read_input_tokens
        return self.cache_read_input_token_count if read is None else read

    @property
    def cache_write(self) -> int | None:
        """From either counter."""
        written = self.cache_write_input_tokens
        return self.cache_write_input_token_count if written is None else written


class Tier(Amazon):  # serviceTier
    LEVEL = "service_tier"
    type: str | None = None


class Body(Amazon):  # the whole body
    LEVEL = "response"
    output: Output | None = None
    stop_reason: str | None = None
    usage: Tokens | None = None
    trace: dict[str, Any] | None = None
    additional_model_response_fields: Any = None
    service_tier: Tier | None = None
    http: dict[str, Any] | None = field(default=None, name="ResponseMetadata")


class Padded(Amazon):  # every event of a stream
    p: str | None = None  # padding against measuring lengths


class MessageStart(Padded):
    LEVEL = "message_start"
    role: str | None = None


class Begun(Amazon):  # contentBlockStart.start
    LEVEL = "block_start"
    tool_use: ToolUse | None = None
    tool_result: ToolResult | None = None
    image: Media | None = None


class BlockStart(Padded):
    LEVEL = "content_block_start"
    content_block_index: int | None = None
    start: Begun | None = None


class MoreInput(Amazon):  # contentBlockDelta.delta.toolUse
    LEVEL = "tool_use_delta"
    input: str | None = None


class MoreThoughts(Amazon):  # contentBlockDelta.delta.reasoningContent
    LEVEL = "reasoning_delta"
    text: str | None = None
    signature: str | None = None
    redacted_content: str | None = None


class Delta(Amazon):  # contentBlockDelta.delta
    LEVEL = "delta"
    text: str | None = None
    tool_use: MoreInput | None = None
    tool_result: list[dict[str, Any]] | None = None
    reasoning_content: MoreThoughts | None = None
    citation: Cited | None = None
    image: Media | None = None


class BlockDelta(Padded):
    LEVEL = "content_block_delta"
    content_block_index: int | None = None
    delta: Delta | None = None


class BlockStop(Padded):
    LEVEL = "content_block_stop"
    content_block_index: int | None = None


class MessageStop(Padded):
    LEVEL = "message_stop"
    stop_reason: str | None = None
    additional_model_response_fields: Any = None


class Metadata(Padded):
    LEVEL = "metadata"
    usage: Tokens | None = None
    trace: dict[str, Any] | None = None
    service_tier: Tier | None = None


class Event(Amazon):  # one frame of a stream: an object with one member
    LEVEL = "event"
    message_start: MessageStart | None = None
    content_block_start: BlockStart | None = None
    content_block_delta: BlockDelta | None = None
    content_block_stop: BlockStop | None = None
    message_stop: MessageStop | None = None
    metadata: Metadata | None = None
    error: Any = None


def joined(pieces: list[Piece] | None, name: str, extra: dict[str, Any]) -> str | None:
    """The text of a list of texts; `extra` keeps the list where it is not just one text."""
    if not pieces:
        return None
    if len(pieces) > 1 or pieces[0].left:
        extra[name] = [whole(piece) for piece in pieces]
    texts = [piece.text for piece in pieces if piece.text is not None]
    return "".join(texts) if texts else None
