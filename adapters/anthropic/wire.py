"""The wire of Anthropic's Messages, whole and streamed; what a part is on it."""

from typing import Any, Literal, Union

from msgspec import UNSET, Raw, UnsetType, field

from chatnorm.canonical import (
    Citation,
    FilePart,
    OpaquePart,
    ReasoningPart,
    ServerToolCall,
    ServerToolResult,
    Source,
    Span,
    TextPart,
    Timing,
    ToolCall,
)
from chatnorm.dialect import Fields
from chatnorm.repair import Foreign, named
from chatnorm.tables import Count, Wire, seconds, verbatim_text, whole

METRICS = "amazon-bedrock-invocationMetrics"
"""What Amazon Bedrock tells of a run, beside the answer or in the last frame of a stream."""


def timing(extra: dict[str, Any]) -> Timing | None:
    """The latencies of a run, there in milliseconds."""
    told = Fields(held if isinstance(held := extra.get(METRICS), dict) else {})
    total, first = (seconds(told.peek(name), 1000) for name in ("invocationLatency", "firstByteLatency"))
    return None if total is None and first is None else Timing(total, first_token=first)


class Cited(Wire):  # content[].citations[]
    LEVEL = "citation"
    type: str | None = None
    cited_text: str | None = None
    document_index: int | None = None
    document_title: str | None = None
    file_id: str | None = None
    start_char_index: int | None = None
    end_char_index: int | None = None
    start_page_number: int | None = None
    end_page_number: int | None = None
    start_block_index: int | None = None
    end_block_index: int | None = None
    url: str | None = None
    title: str | None = None
    source: str | None = None

    def citation(self) -> Citation:
        """The source's span is in the document."""
        span = None
        if self.start_char_index is not None or self.end_char_index is not None:
            span = Span(self.start_char_index, self.end_char_index, "char")
        elif self.start_page_number is not None or self.end_page_number is not None:
            span = Span(self.start_page_number, self.end_page_number, "page")
        elif self.start_block_index is not None or self.end_block_index is not None:
            span = Span(self.start_block_index, self.end_block_index, "block")
        extra = self.extra()
        if self.document_index is not None:
            extra["document_index"] = self.document_index
        title = self.title
        if title is None:
            title = self.document_title
        elif self.document_title is not None:
            extra["document_title"] = self.document_title
        id = self.file_id
        if id is None:
            id = self.source  # any name that the request gave the search result
        elif self.source is not None:
            extra["source"] = self.source
        if id is None and self.document_index is not None:
            id = str(self.document_index)
        source = Source(id, self.url, title, self.cited_text, span, extra=extra)
        return Citation(sources=(source,), kind=self.type)


class Block(Wire, tag_field="type"):  # content[]
    pass


class Text(Block, tag="text"):
    LEVEL = "text"
    text: str | None = None
    citations: list[Cited] | None = None

    def part(self) -> TextPart:
        cited = tuple([c.citation() for c in self.citations]) if self.citations else ()
        return TextPart(self.text or "", cited, extra=self.extra())


class ConnectorText(Block, tag="connector_text"):  # what is said between calls of tools
    LEVEL = "connector_text"
    connector_text: str | None = None
    signature: str | None = None

    def part(self) -> TextPart:
        phase, extra = str(self.__struct_config__.tag), self.extra()
        return TextPart(self.connector_text or "", phase=phase, signature=self.signature, extra=extra)


class Thinking(Block, tag="thinking"):
    LEVEL = "thinking"
    thinking: str | None = None
    signature: str | None = None

    def part(self) -> ReasoningPart:
        return ReasoningPart(self.thinking, signature=self.signature, extra=self.extra())


class RedactedThinking(Block, tag="redacted_thinking"):
    LEVEL = "redacted_thinking"
    data: str | None = None

    def part(self) -> ReasoningPart:
        return ReasoningPart(encrypted=self.data, extra=self.extra())


class Use(Block):
    id: str | None = None
    name: str | None = None
    input: Raw = Raw(b"")
    caller: dict[str, Any] | None = None


class ToolUse(Use, tag="tool_use"):
    LEVEL = "tool_use"

    def part(self) -> ToolCall:
        return ToolCall(self.name, verbatim_text(self.input), id=self.id, extra=with_caller(self))


class ServerToolUse(Use, tag="server_tool_use"):
    LEVEL = "server_tool_use"

    def part(self) -> ServerToolCall:
        return ServerToolCall(self.name, verbatim_text(self.input), id=self.id, extra=with_caller(self))


class McpToolUse(Block, tag="mcp_tool_use"):
    LEVEL = "mcp_tool_use"
    id: str | None = None
    name: str | None = None
    server_name: str | None = None
    input: Raw = Raw(b"")

    def part(self) -> ServerToolCall:
        arguments, server = verbatim_text(self.input), self.server_name
        return ServerToolCall(self.name, arguments, None, server, id=self.id, extra=self.extra())


class Result(Block):
    LEVEL = "tool_result"
    tool_use_id: str | None = None
    content: Any = None
    is_error: bool | None = None
    caller: dict[str, Any] | None = None

    def part(self) -> ServerToolResult:
        content, failed = self.content, self.is_error
        kind = content.get("type") if type(content) is dict else None
        if failed is None and type(kind) is str:
            failed = kind.endswith("_error")
        elif failed is None and type(content) is list:  # only a result is a list
            failed = False
        text = content if type(content) is str else None
        return ServerToolResult(
            self.tool_use_id,
            str(self.__struct_config__.tag),
            None,
            failed,
            text,
            None if text is content else content,
            extra=with_caller(self),
        )


class WebSearchResult(Result, tag="web_search_tool_result"):
    pass


class WebFetchResult(Result, tag="web_fetch_tool_result"):
    pass


class CodeExecutionResult(Result, tag="code_execution_tool_result"):
    pass


class BashResult(Result, tag="bash_code_execution_tool_result"):
    pass


class TextEditorResult(Result, tag="text_editor_code_execution_tool_result"):
    pass


class ToolSearchResult(Result, tag="tool_search_tool_result"):
    pass


class McpToolResult(Result, tag="mcp_tool_result"):
    pass


class AdvisorResult(Result, tag="advisor_tool_result"):
    pass


class ContainerUpload(Block, tag="container_upload"):
    LEVEL = "container_upload"
    file_id: str | None = None

    def part(self) -> FilePart:
        return FilePart(file_id=self.file_id, extra=self.extra())


class Compaction(Block, tag="compaction"):  # earlier turns, summed up; content null: it failed
    LEVEL = "compaction"
    content: str | UnsetType | None = UNSET
    encrypted_content: str | UnsetType | None = UNSET

    def part(self) -> OpaquePart:
        return marker(self)


class Fallback(Block, tag="fallback"):  # another model takes over here
    LEVEL = "fallback"
    origin: Any = field(default=None, name="from")
    to: Any = None
    trigger: Any = None

    def part(self) -> OpaquePart:
        return marker(self)


Blocks = Union[  # noqa: UP007  (read by msgspec)
    Text,
    ConnectorText,
    Thinking,
    RedactedThinking,
    ToolUse,
    ServerToolUse,
    McpToolUse,
    WebSearchResult,
    WebFetchResult,
    CodeExecutionResult,
    BashResult,
    TextEditorResult,
    ToolSearchResult,
    McpToolResult,
    AdvisorResult,
    ContainerUpload,
    Compaction,
    Fallback,
    Foreign,
]


def with_caller(wire: Any) -> dict[str, Any]:
    """What to keep of a tool's block, with who called it."""
    extra: dict[str, Any] = wire.extra()
    if wire.caller is not None:
        extra["caller"] = wire.caller
    return extra


def marker(wire: Block) -> OpaquePart:
    """A block that only has to go back as it came."""
    return OpaquePart(str(wire.__struct_config__.tag), whole(wire))


class CacheCreation(Wire):  # usage.cache_creation
    LEVEL = "cache_creation"
    ephemeral_5m_input_tokens: Count | None = None
    ephemeral_1h_input_tokens: Count | None = None


class OutputDetails(Wire):  # usage.output_tokens_details
    LEVEL = "output_details"
    thinking_tokens: Count | None = None


class Pass(Wire):  # usage.iterations[]
    LEVEL = "pass"
    NATIVE = True
    type: str | None = None
    model: str | None = None
    input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation: CacheCreation | None = None
    output_tokens: Count | None = None
    output_tokens_details: OutputDetails | None = None
    server_tool_use: dict[str, Any] | None = None


class Tokens(Wire):  # usage
    LEVEL = "usage"
    NATIVE = True
    input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation: CacheCreation | None = None
    output_tokens: Count | None = None
    output_tokens_details: OutputDetails | None = None
    server_tool_use: dict[str, Any] | None = None
    service_tier: str | None = None
    iterations: list[Pass] | None = None


class Body(Wire):  # the whole body
    LEVEL = "response"
    BENDS = {"id": named, "model": named}
    model: str | None = None
    id: str | None = None
    type: Literal["message"] | None = None
    role: str | None = None
    content: list[Blocks] | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: Tokens | None = None
    service_tier: str | None = None  # of others; Anthropic has it in the usage


class Delta(Wire):  # delta of a frame
    LEVEL = "delta"
    type: str | None = None
    text: str | None = None
    connector_text: str | None = None
    partial_json: str | None = None
    thinking: str | None = None
    signature: str | None = None
    citation: Cited | None = None
    content: str | UnsetType | None = UNSET
    encrypted_content: str | UnsetType | None = UNSET
    stop_reason: str | None = None
    stop_sequence: str | None = None


class Frame(Wire):  # one frame of a stream
    LEVEL = "frame"
    type: str | None = None
    index: int | None = None
    delta: Delta | None = None
    content_block: Blocks | None = None
    message: Body | None = None
    usage: Tokens | None = None
    error: Any = None
