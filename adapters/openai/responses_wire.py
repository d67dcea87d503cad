"""The wire of OpenAI's Responses API, whole and streamed: items, each known by its `type`."""

from typing import Any, ClassVar, Literal, Union

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from chatnorm.canonical import (
    Citation,
    ImagePart,
    OpaquePart,
    Part,
    ReasoningPart,
    RefusalPart,
    ServerToolCall,
    ServerToolResult,
    Source,
    Span,
    TextPart,
    ToolCall,
)
from chatnorm.repair import FOREIGN, Foreign, json_text, named, unix_time
from chatnorm.tables import Count, Seconds, Wire, verbatim_text, whole

from .parts import tokens
from .wire import InputDetails, OutputDetails, TopLogprob


class Annotation(Wire):  # output[].content[].annotations[]
    LEVEL = "annotation"
    type: str | None = None
    url: str | None = None
    title: str | None = None
    start_index: int | None = None
    end_index: int | None = None
    file_id: str | None = None
    filename: str | None = None

    def citation(self) -> Citation:
        """The offsets count characters of the piece of text."""
        start, end, extra = self.start_index, self.end_index, self.extra()
        if self.title is not None and self.filename is not None:
            extra["filename"] = self.filename
        span = None if start is None and end is None else Span(start, end)
        source = Source(self.file_id, self.url, self.filename if self.title is None else self.title)
        return Citation(span, None, () if source == Source() else (source,), self.type, extra)


class OutputText(Wire, tag_field="type", tag="output_text"):  # output[].content[]
    LEVEL = "output_text"
    text: str | None = None
    annotations: list[Annotation] | None = None
    logprobs: list[TopLogprob] | None = None

    def part(self, item: Any, kept: dict[str, Any]) -> Part:
        cited = tuple([a.citation() for a in self.annotations]) if self.annotations else ()
        text, chances = self.text or "", tokens(self.logprobs) if self.logprobs else None
        kept.update(self.extra())
        return TextPart(text, cited, chances, item.phase, id=item.id, extra=kept)


class InputText(OutputText, tag="input_text"):
    """What was asked, which `POST /responses/compact` hands back. Nobody wrote it now."""

    def part(self, item: Any, kept: dict[str, Any]) -> Part:
        return OpaquePart("input_text", whole(self), id=item.id, extra=kept)


class Declined(Wire, tag_field="type", tag="refusal"):  # output[].content[]
    LEVEL = "refusal"
    refusal: str | None = None

    def part(self, item: Any, kept: dict[str, Any]) -> Part:
        kept.update(self.extra())
        return RefusalPart(self.refusal or "", id=item.id, extra=kept)


class Thought(Wire, tag_field="type", tag="reasoning_text"):  # output[].content[] of reasoning
    LEVEL = "thought"
    text: str | None = None

    def part(self, item: Any, kept: dict[str, Any]) -> Part:
        kept.update(self.extra())
        return ReasoningPart(self.text, isinstance(self, Summary), id=item.id, extra=kept)


class Summary(Thought, tag="summary_text"):
    """What is told of a thought."""  # output[].summary[]


class Other(Foreign, tag=FOREIGN):
    """A piece or an item of a kind that the wire does not list, kept whole."""

    SPOKEN: ClassVar[bool] = False

    def part(self, item: Any = None, kept: dict[str, Any] | None = None) -> OpaquePart:
        return replace(super().part(), id=item.id, extra=kept) if item else super().part()

    def parts(self) -> list[Part]:
        return [self.part()]


Pieces = Union[OutputText, InputText, Declined, Thought, Summary, Other]  # noqa: UP007  (read by msgspec)


def pieces_of(item: Any, wires: list[Any], kept: dict[str, Any]) -> list[Part]:
    """What an item says, piece by piece. `kept`: what the first keeps of the item."""
    made: list[Part] = []
    for wire in wires:
        made.append(wire.part(item, kept))
        kept = {}
    return made


class Item(Wire, tag_field="type"):  # output[]; by itself one that only has to go back as it came
    LEVEL = "marker"
    id: str | None = None
    status: str | None = None
    phase: ClassVar[str | None] = None
    SPOKEN: ClassVar[bool] = False
    """Whether it tells who speaks."""

    def kept(self) -> dict[str, Any]:
        """What a part keeps of the item."""
        extra = self.extra()
        if self.status is not None:
            extra["status"] = self.status
        return extra

    def parts(self) -> list[Part]:
        """The item as parts."""
        sent = whole(self)
        return [OpaquePart(sent["type"], sent, id=self.id)]


class Said(Item, tag="message"):
    LEVEL = "item"
    SPOKEN = True
    role: str | None = None
    phase: str | None = None  # type: ignore[misc]
    content: list[Pieces] | None = None

    def parts(self) -> list[Part]:
        if not self.content:
            return Item.parts(self)
        kept = self.kept()
        if self.role != "assistant" and self.role is not None:
            kept["role"] = self.role
        return pieces_of(self, self.content, kept)


class Reasoning(Item, tag="reasoning"):
    LEVEL = "item"
    summary: list[Pieces] | None = None
    content: list[Pieces] | None = None
    encrypted_content: str | None = None
    signature: str | None = None  # this and the next are OpenRouter's
    format: str | None = None

    def parts(self) -> list[Part]:
        said, hidden = [*(self.summary or ()), *(self.content or ())], self.encrypted_content or None
        sealed = hidden or self.signature or self.format
        made = pieces_of(self, said, self.kept()) if said else []
        if not made or (sealed and type(made[0]) is not ReasoningPart):
            made.insert(0, ReasoningPart(id=self.id, extra=self.kept()))
        if sealed:
            made[0] = replace(made[0], encrypted=hidden, signature=self.signature, format=self.format)
        return made


ABSENT = Raw(b"")
string = msgspec.json.Decoder(str).decode

FORMS: dict[str, Any] = {"function_call": "function", "custom_tool_call": "custom"}
"""Calls of the client's own tools."""

CLIENT = (*FORMS, "computer_call", "local_shell_call", "shell_call", "apply_patch_call")
"""Calls that the client runs, where they do not say otherwise."""

GIVEN = ("outputs", "results", "output", "tools", "result", "error")
"""Where an item says what its tool gave."""

FAILED = {"completed": False, "failed": True}
"""Whether a status says that a tool failed."""


class Tool(Item):
    """A tool's call, what it gave or, where the vendor runs it, both."""

    LEVEL = "tool"
    call_id: str | None = None
    name: str | None = None
    arguments: Raw = ABSENT
    input: Raw = ABSENT
    action: Raw = ABSENT
    operation: Raw = ABSENT
    actions: Raw = ABSENT

    def parts(self) -> list[Part]:
        kind, extra, status, own = self.__class__.__name__, self.extra(), self.status, self.id
        place, made, by = extra.get("environment"), extra.get("result"), extra.get("execution")
        away = isinstance(place, dict) and place.get("type") not in (None, "local")
        drawn = kind == "image_generation_call" and isinstance(made, str)
        over = drawn or kind.endswith("_output")
        client = kind in FORMS or (not away and (kind in CLIENT or (by == "client" and not over)))
        text, id = self.asked(extra, over), self.call_id or None
        if (client or drawn) and status is not None:
            extra["status"] = status
        if client:
            name = self.name or (None if kind in FORMS else kind)
            return [ToolCall(name, text, FORMS.get(kind, "function"), own, id=id, extra=extra)]
        if drawn:
            return [ImagePart(data=extra.pop("result"), id=own, extra=extra)]
        failed = True if "error" in extra else FAILED.get(status or "")
        data = next((extra.pop(key) for key in GIVEN if key in extra), None)
        given, name = ((data, None) if isinstance(data, str) else (None, data)), self.name or kind
        if self.name is not None:
            extra["type"] = kind
        if over:
            return [ServerToolResult(id, name, status, failed, *given, id=own, extra=extra)]
        if id is not None and own is not None:
            extra["id"] = own
        server = extra.pop("server_label") if isinstance(extra.get("server_label"), str) else None
        call = ServerToolCall(name, text, status, server, id=id or own, extra=extra)
        return [call] if data is None else [call, ServerToolResult(id or own, name, None, failed, *given)]

    def asked(self, extra: dict[str, Any], over: bool) -> str | None:
        """The arguments of a call that is not over; others go to `extra`, as JSON text."""
        found = None
        for name in ("arguments", "input", "action", "operation", "actions"):
            if (raw := getattr(self, name)) is ABSENT or (text := verbatim_text(raw)) is None:
                continue
            text = string(text) if text[0] == '"' else text
            if found is None and not over:
                found = text
            else:
                extra[name] = text
        for name in ("code", "queries") if found is None and not over else ():
            if name in extra:
                return json_text({name: extra.pop(name)})
        return found


TOOLS = """web_search_call x_search_call file_search_call code_interpreter_call tool_search_call program
    mcp_call mcp_list_tools mcp_approval_request image_generation_call multi_agent_call function_call_output
    custom_tool_call_output computer_call_output program_output local_shell_call_output
    shell_call_output apply_patch_call_output tool_search_output multi_agent_call_output"""
MARKERS = ("compaction", "mcp_approval_response", "additional_tools", "configuration_update")
KINDS: dict[str, Any] = {
    name: msgspec.defstruct(name, [], bases=(Item if name in MARKERS else Tool,), tag=name)
    for name in (*CLIENT, *TOOLS.split(), *MARKERS)
}
"""Items that differ in nothing but their type."""

ALL: Any = (Said, Reasoning, *KINDS.values(), Other)
Items: Any = Union[ALL]  # noqa: UP007  (read by msgspec)


class Tokens(Wire):  # usage
    LEVEL = "usage"
    NATIVE = True
    input_tokens: Count | None = None
    input_tokens_details: InputDetails | None = None
    output_tokens: Count | None = None
    output_tokens_details: OutputDetails | None = None
    total_tokens: Count | None = None


class Answer(Wire):  # the whole body; in frames `response`
    LEVEL = "response"
    BENDS = {"id": named, "model": named, "created_at": unix_time}
    id: str | None = None
    object: Literal["response", "response.compaction"] | None = None
    created_at: Seconds | float | None = None
    model: str | None = None
    status: str | None = None
    output: list[Items] | None = None
    usage: Tokens | None = None
    service_tier: str | None = None
    error: Any = None


class Event(Wire):  # one frame of a stream
    LEVEL = "frame"
    type: str | None = None
    response: Answer | None = None
    output_index: int | None = None
    item_id: str | None = None
    item: Items | None = None
    content_index: int | None = None
    summary_index: int | None = None
    delta: Any = None
    logprobs: list[TopLogprob] | None = None
    annotation: Annotation | None = None
