"""Anthropic, Messages: ordered blocks, each with what belongs to it.

Source: the SDK `anthropic` 0.125.0 (`anthropic/types`, `anthropic/types/beta`), docs.claude.com, and
recorded bodies of 2025 and 2026. Bedrock InvokeModel and Vertex send the same body.

- `usage.input_tokens` is the uncached part only: the whole input is the sum of three counters.
  `iterations` are the passes of one answer. The top level holds the `message` passes (after a hand-over the
  `fallback_message` ones); an advisor's passes and a compaction come on top and are billed as well, a pass
  that was refused before any output is not.
- A turn has several thinking blocks, each with its own signature; a block may be empty and still signed.
- Tools that Anthropic runs (`server_tool_use`, `mcp_tool_use`) are not the client's to run. Their results
  come as one object, a list or a text, and are kept as sent.
- Citations point into the source document; in the answer the whole text block is meant.
- `pause_turn` and `compaction` leave the turn unfinished: send it back to go on. `refusal` may come with no
  content at all, and from a classifier instead of the model; `stop_details` says why.
- There is no creation time; the request id is in the `request-id` header.
"""

from typing import Any, Literal, Union

from msgspec import UNSET, Raw, UnsetType, field
from msgspec.structs import replace

from chatnorm.canonical import (
    NO_USAGE,
    ChatResponse,
    Choice,
    Citation,
    FilePart,
    Message,
    OpaquePart,
    ReasoningPart,
    ServerToolCall,
    ServerToolResult,
    Source,
    Span,
    TextPart,
    ToolCall,
    Usage,
    UsageRow,
)
from chatnorm.dialect import Dialect, Notices, Vendor
from chatnorm.errors import word
from chatnorm.repair import Foreign, named
from chatnorm.tables import Count, Wire, verbatim_text, whole
from chatnorm.track import Track


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


class Delta(Wire):  # delta of a frame
    LEVEL = "delta"
    type: str | None = None
    text: str | None = None
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


class MessagesTrack(Track):
    """One stream of `anthropic.messages`: blocks by their index, one piece of one of them a frame."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.inputs: dict[int, str] = {}  # of calls, as their block began; pieces replace them
        self.given: dict[int, list[str]] = {}  # pieces for calls that began with more than an empty input

    def frame(self, wire: Frame) -> None:
        kind, delta = wire.type or self.event, wire.delta
        if kind == "content_block_delta" and delta is not None:
            self.delta(delta, wire.index or 0)
        elif kind == "content_block_start" and wire.content_block is not None:
            self.block(wire.content_block, wire.index or 0)
        elif kind == "content_block_stop":
            self.stop(wire.index or 0)
        elif kind == "message_start" and wire.message is not None:
            self.message(wire.message)
        elif kind == "message_delta":
            if delta is not None:
                self.head(extra=delta.extra())
                self.choice(0, stop_sequence=delta.stop_sequence)
                if delta.stop_reason:
                    self.stopped(delta.stop_reason, "$.delta.stop_reason")
            self.head(extra=wire.extra())
            if wire.usage is not None:
                self.usage(wire.usage)
        elif kind == "message_stop":
            self.head(extra=wire.extra())
            self.done = True
        elif kind == "error" or wire.error:
            self.fail(self.dialect.error(whole(wire)))
        elif kind != "ping":
            self.note_block("opaque_part", "$", f"kept as opaque: type {word(kind)}")
            self.keep(kind or "frame", whole(wire))

    def message(self, body: Body) -> None:
        """The answer as it began."""
        counted = body.usage
        tier = None if counted is None else counted.service_tier
        self.head(id=body.id or None, model=body.model or None, service_tier=tier, extra=body.extra())
        self.choice(0, body.role or None, stop_sequence=body.stop_sequence)
        for i, block in enumerate(body.content or ()):
            self.block(block, i)
            self.stop(i)
        if counted is not None:
            self.usage(counted)
        if body.stop_reason:
            self.stopped(body.stop_reason, "$.message.stop_reason")

    def stopped(self, native: str, path: str) -> None:
        for i in list(self.inputs):
            self.stop(i)
        self.finish(0, self.dialect.listed(native, self.notices, path), native)

    def block(self, wire: Any, i: int) -> None:
        """A block as it began."""
        value = wire.part()
        if type(value) in (ToolCall, ServerToolCall):
            sent = value.arguments or ""
            if sent.strip("{} \n") == "":
                self.inputs[i] = sent
                value = replace(value, arguments=None)
            else:
                self.given[i] = []
        elif (
            isinstance(wire, Fallback) and isinstance(wire.to, dict) and isinstance(wire.to.get("model"), str)
        ):
            self.head(model=wire.to["model"])
        self.start(0, i, value, i)

    def stop(self, i: int) -> None:
        """A block is complete."""
        part, begun = self.parts.get((0, i)), self.inputs.pop(i, "")
        if part is not None:
            self.text(0, part, begun)
            pieces = "".join(self.given.pop(i, ()))
            self.end(0, part, replace(part.value, arguments=pieces) if pieces else None)

    def delta(self, wire: Delta, i: int) -> None:
        """More of a block."""
        known = self.parts.get((0, i))
        if wire.text is not None:
            self.text(0, self.fitting(0, i, TextPart(""), i), wire.text)
        elif wire.partial_json is not None:
            part = known if known is not None and hasattr(known.value, "arguments") else None
            part = part or self.fitting(0, i, ToolCall(), i)
            if i in self.given:
                self.given[i].append(wire.partial_json)
            elif wire.partial_json:
                self.inputs.pop(i, None)
                self.text(0, part, wire.partial_json)
        elif wire.thinking is not None:
            self.text(0, self.fitting(0, i, ReasoningPart(""), i), wire.thinking)
        elif wire.signature is not None:
            self.update(0, known or self.fitting(0, i, ReasoningPart(), i), signature=wire.signature)
        elif wire.citation is not None:
            self.cite(0, self.fitting(0, i, TextPart(""), i), wire.citation.citation())
        elif wire.type == "compaction_delta":
            told = {"content": wire.content, "encrypted_content": wire.encrypted_content}
            data = {key: value for key, value in told.items() if value is not UNSET}
            part = self.fitting(0, i, OpaquePart("compaction", {"type": "compaction"}), i)
            begun = part.value.data if isinstance(part.value.data, dict) else {"block": part.value.data}
            self.update(0, part, data={**begun, **data})
        else:
            got = f"expected a listed delta, got {word(wire.type)}"
            self.note_block("unknown_value", "$.delta.type", got)
            self.keep(wire.type or "delta", whole(wire), known)
            return
        extra = wire.extra()
        if extra and (part := self.parts.get((0, i))) is not None:
            self.update(0, part, extra=extra)


class AnthropicMessages(Dialect):
    """`anthropic.messages`."""

    name = "anthropic.messages"
    Wire = Body
    Frame = Frame
    Track = MessagesTrack
    FRAME_MARKS = ("type",)
    TEXTS = (b'"text"', b'"thinking"', b'"partial_json"')
    ANSWER = ("content", "stop_reason")
    MARKS = ("type=message", "type=content_block", "stop_reason", "type=error")
    HINTS = ("content", "role=assistant", "request_id")
    EXTRA = {
        "response": (
            "amazon-bedrock-invocationMetrics",
            "stop_details",
            "container",
            "context_management",
            "diagnostics",
        ),
        "citation": ("encrypted_index", "search_result_index"),
        "tool_use": ("toolset_name",),
        "usage": ("inference_geo", "speed", "fallback_credit"),
        "delta": ("stop_details", "container", "estimated_tokens"),
        "frame": ("context_management", "amazon-bedrock-invocationMetrics", "request_id"),
    }
    FINISH = {
        "end_turn": "stop",
        "stop_sequence": "stop",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "tool_use": "tool_calls",
        "pause_turn": "pause",
        "compaction": "pause",
        "refusal": "refusal",
    }
    USAGE = {
        "input_tokens": "input_tokens + cache_read_input_tokens + cache_creation_input_tokens",
        "output_tokens": "output_tokens",
        "cache_read_tokens": "cache_read_input_tokens",
        "cache_write_tokens": "cache_creation_input_tokens",
        "cache_write_5m_tokens": "cache_creation.ephemeral_5m_input_tokens",
        "cache_write_1h_tokens": "cache_creation.ephemeral_1h_input_tokens",
        "reasoning_tokens": "output_tokens_details.thinking_tokens",
        "tools": "server_tool_use",
    }
    REQUEST_ID_HEADERS = ("request-id", "x-request-id", "x-amzn-requestid")
    RATE_LIMIT_HEADERS = "anthropic-ratelimit-{what}-{field}"

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        blocks, native = body.content, body.stop_reason or None
        if blocks is None and native is None:
            return None
        parts = []
        for block in blocks or ():
            parts.append(block.part())
        finish = None
        if native is not None:
            try:
                finish = self.FINISH[native]
            except KeyError:
                finish = self.unlisted(native, notices, "$.stop_reason")
        counted, tier = body.usage, None
        if counted is None:
            usage = NO_USAGE
        else:
            tier = counted.service_tier
            usage = self.usage(counted, notices)
        message = Message(body.role or None, tuple(parts))
        choice = Choice(0, message, finish, native, body.stop_sequence)
        return ChatResponse(
            self.vendor,
            self.name,
            body.id or None,
            body.model or None,
            None,
            (choice,),
            usage,
            tier,
            extra=body.extra(),
            notices=tuple(notices) if notices else (),
        )

    def framed(self, body: dict[str, Any], name: str | None) -> dict[str, Any]:
        return body if body.get("type") or name is None else {**body, "type": name}

    def usage(self, wire: Tokens, notices: Notices) -> Usage:
        usage = self.usage_of(wire, notices)
        return self.passes(wire.iterations, usage) if wire.iterations else usage

    def passes(self, wires: list[Pass], usage: Usage) -> Usage:
        """The usage with a row for each pass, unless one plain pass is all of it.

        The parents are the sum of the `message` passes or, after a hand-over, of the `fallback_message`
        ones; passes of other kinds come on top.
        """
        if len(wires) == 1 and wires[0].type == "message":
            return usage
        figures = [self.usage_of(wire, []) for wire in wires]
        kinds = [wire.type for wire in wires]
        inside: str | None = None
        for kind in ("message", "fallback_message"):
            summed = [f for f, k in zip(figures, kinds, strict=True) if k == kind]
            total = [sum(getattr(f, n) or 0 for f in summed) for n in ("input_tokens", "output_tokens")]
            if total == [usage.input_tokens, usage.output_tokens]:
                inside = kind
        rows = [
            UsageRow(wire.type, wire.model, None if inside is None else wire.type == inside, figure)
            for wire, figure in zip(wires, figures, strict=True)
        ]
        return replace(usage, rows=tuple(rows))


VENDOR = Vendor("anthropic", (AnthropicMessages,))
