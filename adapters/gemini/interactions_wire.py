"""The wire of Gemini's Interactions, whole and streamed; what a part is on it."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, Union

import msgspec
from msgspec import Raw

from chatnorm.canonical import (
    AudioPart,
    Citation,
    FilePart,
    ImagePart,
    OpaquePart,
    Part,
    ReasoningPart,
    ServerToolCall,
    ServerToolResult,
    Source,
    Span,
    TextPart,
    ToolCall,
    VideoPart,
)
from chatnorm.dialect import Fields
from chatnorm.repair import Foreign, named
from chatnorm.tables import Count, Wire, verbatim_text, whole

MEDIA: dict[str | None, Any] = {"image": ImagePart, "audio": AudioPart, "video": VideoPart}
MEDIA["document"] = FilePart
"""Kind of content → what it is."""

TOOLS = ["google_search", "google_maps", "url_context", "file_search", "retrieval", "code_execution"]
TOOLS += ["processing", "mcp_server_tool"]
"""Tools that the service runs; each has a step for the call and one for the result."""


class Block(Wire, tag_field="type"):  # steps[], and content[] of some of them
    @property
    def kind(self) -> str:
        """The wire's word for it."""
        return str(self.__struct_config__.tag)


def each(base: type[Block], *kinds: str) -> list[Any]:
    """A block for each of these kinds."""
    return [msgspec.defstruct(kind, [], bases=(base,), module=__name__, tag=kind) for kind in kinds]


class Text(Block, tag="text"):
    LEVEL = "text"
    text: str | None = None
    annotations: list[dict[str, Any]] | None = None

    def part(self) -> TextPart:
        extra = self.extra()
        return TextPart(self.text or "", (*cited(self.annotations or (), extra),), extra=extra)


class Media(Block):
    LEVEL = "media"
    data: str | None = None
    uri: str | None = None
    mime_type: str | None = None
    name: str | None = None

    def part(self) -> Any:
        kind, extra = MEDIA[self.kind], self.extra()
        return kind(data=self.data, url=self.uri, media_type=self.mime_type, name=self.name, extra=extra)


CONTENT = [Text, *each(Media, "image", "audio", "video", "document"), Foreign]
if TYPE_CHECKING:
    Content = Any
else:
    Content = Union[tuple(CONTENT)]  # noqa: UP007


class ModelOutput(Block, tag="model_output"):
    LEVEL = "model_output"
    content: list[Content] | None = None

    def parts(self) -> list[Part]:
        """What is said of the step itself, and what it holds."""
        rest = self.extra()
        head: list[Part] = [OpaquePart("model_output", rest)] if rest else []
        return head + [block.part() for block in self.content or ()]


class Thought(Block, tag="thought"):
    LEVEL = "thought"
    signature: str | None = None
    summary: list[dict[str, Any]] | None = None

    def part(self) -> ReasoningPart:
        extra = self.extra()
        text = summed(self.summary or (), extra) or None
        return ReasoningPart(text, True, signature=self.signature or None, extra=extra)


class Call(Block):
    LEVEL = "call"
    id: str | None = None
    name: str | None = None
    arguments: Raw = Raw(b"")
    signature: str | None = None

    def part(self) -> ToolCall | ServerToolCall:
        text, seal, extra = verbatim_text(self.arguments), self.signature or None, self.extra()
        if self.kind == "function_call":
            return ToolCall(self.name, text, id=self.id, signature=seal, extra=extra)
        name, server = self.name or self.kind.removesuffix("_call"), extra.pop("server_name", None)
        return ServerToolCall(name, text, None, server, id=self.id, signature=seal, extra=extra)


class Result(Block):
    LEVEL = "result"
    call_id: str | None = None
    name: str | None = None
    result: Any = None
    is_error: bool | None = None
    signature: str | None = None

    def part(self) -> ServerToolResult:
        name, seal = self.name or self.kind.removesuffix("_result"), self.signature or None
        text, data = (self.result, None) if isinstance(self.result, str) else (None, self.result)
        return ServerToolResult(
            self.call_id, name, None, self.is_error, text, data, signature=seal, extra=self.extra()
        )


class Given(Block):  # what the client sent, in an interaction that was asked for again
    LEVEL = "given"

    def part(self) -> OpaquePart:
        return OpaquePart(self.kind, whole(self))


STEPS = [
    ModelOutput,
    Thought,
    *each(Call, "function_call", *[f"{tool}_call" for tool in TOOLS]),
    *each(Result, *[f"{tool}_result" for tool in TOOLS]),
    *each(Given, "user_input", "function_result"),
    *CONTENT,
]
if TYPE_CHECKING:
    Step = Any
else:
    Step = Union[tuple(STEPS)]  # noqa: UP007


class Row(Wire):  # usage.input_tokens_by_modality[] and its like
    LEVEL = "usage_row"
    modality: str | None = None
    tokens: Count | None = None


class Tokens(Wire):  # usage
    LEVEL = "usage"
    NATIVE = True
    total_tokens: Count | None = None
    total_input_tokens: Count | None = None
    total_output_tokens: Count | None = None
    total_thought_tokens: Count | None = None
    total_cached_tokens: Count | None = None
    total_tool_use_tokens: Count | None = None
    input_tokens_by_modality: list[Row] | None = None
    output_tokens_by_modality: list[Row] | None = None
    tool_use_tokens_by_modality: list[Row] | None = None
    grounding_tool_count: list[dict[str, Any]] | None = None

    @property
    def runs(self) -> dict[str, Any]:
        """How often each tool was used."""
        rows = self.grounding_tool_count or ()
        return {row["type"]: row.get("count") for row in rows if isinstance(row.get("type"), str)}


class Body(Wire):  # the whole body, or `interaction` of a frame
    LEVEL = "response"
    BENDS = {"id": named, "model": named}
    id: str | None = None
    model: str | None = None
    object: Literal["interaction"] | None = None
    status: str | None = None
    role: str | None = None
    created: str | None = None
    service_tier: str | None = None
    steps: list[Step] | None = None
    outputs: list[Step] | None = None  # until May 2026
    usage: Tokens | None = None
    errors: list[Any] | None = None
    output_text: Any = None  # see `EXEMPT`
    output_image: Any = None
    output_audio: Any = None
    output_video: Any = None


class Delta(Wire):  # delta of a frame
    LEVEL = "delta"
    type: str | None = None
    text: str | None = None
    annotations: list[dict[str, Any]] | None = None
    content: dict[str, Any] | None = None
    signature: str | None = None
    arguments: Raw = Raw(b"")
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    result: Any = None
    is_error: bool | None = None
    data: str | None = None
    uri: str | None = None
    mime_type: str | None = None


class Metadata(Wire):  # metadata of a frame
    LEVEL = "metadata"
    total_usage: Tokens | None = None


class Frame(Wire):  # one frame of a stream
    LEVEL = "frame"
    event_type: str | None = None
    event_id: str | None = None  # see `EXEMPT`
    interaction: Body | None = None
    interaction_id: str | None = None
    status: str | None = None
    index: int | None = None
    step: Step | None = None
    content: Step | None = None  # until May 2026
    delta: Delta | None = None
    usage: Tokens | None = None
    metadata: Metadata | None = None
    error: Any = None


def summed(items: Iterable[dict[str, Any]], extra: dict[str, Any]) -> str:
    """The text of a thought's summary; `extra` takes what else is in it, such as pictures."""
    text = ""
    for item in items:
        f = Fields(item)
        text += f.text("text") or ""
        if f.peek("type") == "text":
            f.take("type")
        if rest := f.rest():
            extra.setdefault("summary", []).append(rest)
    return text


def cited(notes: Iterable[dict[str, Any]], extra: dict[str, Any]) -> Iterator[Citation]:
    """What annotations cite, with positions in bytes; `extra` takes those that cite nothing."""
    for note in notes:
        f = Fields(note)
        kind = f.text("type")
        if kind is not None and not kind.endswith("_citation"):
            extra.setdefault("annotations", []).append(note)
            continue
        start, end, page = f.whole("start_index"), f.whole("end_index"), f.whole("page_number")
        source = Source(
            f.text("place_id") or f.text("source"),
            f.text("url") or f.text("document_uri"),
            f.text("title") or f.text("name") or f.text("file_name"),
            span=None if page is None else Span(page, page, "page"),
            extra=f.rest(),
        )
        span = None if start is None and end is None else Span(start, end, "byte")
        yield Citation(span, sources=(source,), kind=kind)
