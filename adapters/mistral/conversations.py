"""`mistral.conversations`: the answers of the Conversations API, whole and streamed."""

from collections.abc import Iterable
from typing import Any, Literal, Union

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from chatnorm.canonical import (
    NO_USAGE,
    ChatResponse,
    Choice,
    Citation,
    FilePart,
    ImagePart,
    Message,
    OpaquePart,
    Part,
    ReasoningPart,
    ServerToolCall,
    ServerToolResult,
    Source,
    TextPart,
    ToolCall,
)
from chatnorm.dialect import Fields, Notices
from chatnorm.errors import word
from chatnorm.repair import Foreign, unix_time
from chatnorm.tables import Count, Wire, verbatim_text, whole
from chatnorm.track import Open, Track

from .shared import Flat

IMAGES = ("png", "jpg", "jpeg", "webp", "gif")
"""Types of files that are pictures."""


class Text(Wire, tag_field="type", tag="text"):  # outputs[].content[]
    LEVEL = "text"
    text: str | None = None

    def part(self) -> TextPart:
        return TextPart(self.text or "", extra=self.extra())


class Thinking(Wire, tag_field="type", tag="thinking"):  # outputs[].content[]
    LEVEL = "thinking"
    thinking: str | list[dict[str, Any]] | None = None
    signature: str | None = None

    def part(self) -> ReasoningPart:
        extra, sent = self.extra(), self.thinking or ()
        text = sent if isinstance(sent, str) else "".join([said(item, extra) for item in sent])
        return ReasoningPart(text, signature=self.signature or None, extra=extra)


def said(item: dict[str, Any], extra: dict[str, Any]) -> str:
    """The text of a piece of a thought; `extra` takes what else is in it, such as references."""
    f = Fields(item)
    text = f.text("text") or ""
    if f.peek("type") == "text":
        f.take("type")
    if rest := f.rest():
        extra.setdefault("thinking", []).append(rest)
    return text


class Picture(Wire, tag_field="type", tag="image_url"):  # outputs[].content[]
    LEVEL = "picture"
    image_url: str | dict[str, Any] | None = None

    def part(self) -> ImagePart:
        held, extra = self.image_url, self.extra()
        f = Fields(held if isinstance(held, dict) else {"url": held})
        url = f.text("url")
        return ImagePart(url=url, extra={**extra, "image_url": rest} if (rest := f.rest()) else extra)


class Document(Wire, tag_field="type", tag="document_url"):  # outputs[].content[]
    LEVEL = "document"
    document_url: str | None = None
    document_name: str | None = None

    def part(self) -> FilePart:
        return FilePart(url=self.document_url, name=self.document_name, extra=self.extra())


class Made(Wire, tag_field="type", tag="tool_file"):  # outputs[].content[]
    LEVEL = "made"
    file_id: str | None = None
    file_name: str | None = None
    file_type: str | None = None

    def part(self) -> ImagePart | FilePart:
        """A file that a tool made. Its type is mostly just the ending of a name."""
        sent, extra = self.file_type or "", self.extra()
        kind = ImagePart if sent.lower().removeprefix("image/") in IMAGES else FilePart
        form = sent if "/" in sent else None
        if form is None and sent:
            extra["file_type"] = sent
        return kind(file_id=self.file_id, name=self.file_name, media_type=form, extra=extra)


class Reference(Wire, tag_field="type", tag="tool_reference"):  # outputs[].content[]
    LEVEL = "reference"
    tool: str | None = None
    title: str | None = None
    url: str | None = None

    def citation(self) -> Citation:
        """As one of the text before it."""
        source = Source(url=self.url, title=self.title, kind=self.tool, extra=self.extra())
        return Citation(sources=(source,), kind="tool_reference")

    def part(self) -> OpaquePart:
        """Where there is no text before it."""
        return OpaquePart("tool_reference", whole(self))


Content = Union[Text, Thinking, Picture, Document, Made, Reference, Foreign]  # noqa: UP007  (read by msgspec)


class Told(Wire):
    """What an entry tells of itself, and a frame of the entry that it belongs to."""

    id: str | None = None
    model: str | None = None
    role: str | None = None
    created_at: str | None = None

    def kept(self, model: str | None, role: str | None) -> dict[str, Any]:
        """What a part keeps of its entry. `model`, `role`: those of the answer."""
        extra = self.extra()
        for name, known in (("created_at", None), ("model", model), ("role", role)):
            if (told := getattr(self, name)) is not None and told != known:
                extra[name] = told
        return extra


class Entry(Told, tag_field="type"):  # outputs[]
    LEVEL = "entry"
    object: Literal["entry"] | None = None


class Output(Entry, tag="message.output"):
    content: str | list[Content] | None = None

    def parts(self, extra: dict[str, Any]) -> list[Part]:
        """What is said; the first part keeps `extra`. References are for the text before them."""
        made: list[Any] = []
        cited: list[tuple[int, list[Citation]]] = []
        held = [Text(text=self.content)] if isinstance(self.content, str) else self.content
        for item in held or ():
            if cited and isinstance(item, Reference):
                cited[-1][1].append(item.citation())
                continue
            if isinstance(item, Text):
                cited.append((len(made), []))
            made.append(replace(item.part(), id=self.id))
        for i, citations in cited:
            made[i] = replace(made[i], citations=tuple(citations))
        first = made[0] if made else OpaquePart("message.output", {"type": "message.output"}, id=self.id)
        return [replace(first, extra={**extra, **first.extra}), *made[1:]]


class Execution(Entry, tag="tool.execution"):
    name: str | None = None
    arguments: Raw = Raw(b"")
    info: dict[str, Any] | None = None

    def parts(self, extra: dict[str, Any]) -> list[Part]:
        return [ran(self, extra), *gave(self)]


class Call(Entry, tag="function.call"):
    tool_call_id: str | None = None
    name: str | None = None
    arguments: Raw = Raw(b"")
    confirmation_status: str | None = None

    def parts(self, extra: dict[str, Any]) -> list[Part]:
        return [asked(self, extra)]


class Handoff(Entry, tag="agent.handoff"):
    def parts(self, extra: dict[str, Any]) -> list[Part]:
        return [handed(self, extra)]


def ran(wire: Any, extra: dict[str, Any]) -> ServerToolCall:
    """A tool that the service runs. `wire`: an entry, or a frame of it; so for those below."""
    return ServerToolCall(wire.name, arguments_of(wire), id=wire.id, extra=extra)


def gave(wire: Any) -> list[ServerToolResult]:
    """What it gave, if that is told."""
    return [ServerToolResult(wire.id, wire.name, data=wire.info)] if wire.info else []


def asked(wire: Any, extra: dict[str, Any]) -> ToolCall | ServerToolCall:
    """A call for the client; or one of the service's own that the client is to allow."""
    text, id, status = arguments_of(wire), wire.tool_call_id or None, wire.confirmation_status
    if status is None:
        return ToolCall(wire.name, text, item_id=wire.id, id=id, extra=extra)
    own = {} if wire.id is None else {"id": wire.id}
    return ServerToolCall(wire.name, text, status, id=id, extra={**own, **extra})


def handed(wire: Any, extra: dict[str, Any]) -> OpaquePart:
    """One agent hands over to another."""
    own = {} if wire.id is None else {"id": wire.id}
    return OpaquePart("agent.handoff", {"type": "agent.handoff", **own, **extra}, id=wire.id)


STEPS = {"tool.execution": ran, "function.call": asked, "agent.handoff": handed}
"""What is done besides talking."""


def arguments_of(wire: Any) -> str | None:
    """The arguments: a text that holds JSON, or an object."""
    text = verbatim_text(wire.arguments)
    return msgspec.json.decode(text, type=str) if text is not None and text[0] == '"' else text


class Tokens(Wire):  # usage
    LEVEL = "usage"
    NATIVE = True
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None
    connector_tokens: Count | None = None
    connectors: dict[str, Any] | None = None


class Body(Wire):  # the whole body
    LEVEL = "response"
    object: Literal["conversation.response"] | None = None
    conversation_id: str | None = None
    outputs: list[Union[Output, Execution, Call, Handoff, Foreign]] | None = None  # noqa: UP007
    usage: Tokens | None = None


class Frame(Told):  # one frame of a stream
    LEVEL = "frame"
    type: str | None = None
    conversation_id: str | None = None
    tool_call_id: str | None = None
    name: str | None = None
    arguments: Raw = Raw(b"")
    confirmation_status: str | None = None
    info: dict[str, Any] | None = None
    output_index: int | None = None
    content_index: int | None = None
    content: Union[str, Text, Thinking, Picture, Document, Made, Reference, Foreign, None] = None  # noqa: UP007
    usage: Tokens | None = None
    error: Any = None


def waiting(parts: Iterable[Any]) -> str | None:
    """The word for a stop, where all that the answer waits for is that calls are allowed."""
    statuses = {"client" if type(part) is ToolCall else getattr(part, "status", None) for part in parts}
    return "pending" if "pending" in statuses and "client" not in statuses else None


class ConversationsTrack(Track):
    """One stream of `mistral.conversations`. Keys: an entry; in a message with the index of its content."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.model: str | None = None
        self.entries: dict[Any, Open] = {}  # entry → its first part
        self.texts: dict[Any, Open] = {}  # entry → its latest text

    def frame(self, wire: Frame) -> None:
        kind = wire.type or self.event or ""
        entry, _, stage = kind.rpartition(".")
        if kind == "conversation.response.error" or wire.error:
            self.fail(self.dialect.error({k: v for k, v in whole(wire).items() if k != "type"}))
            return
        self.model = self.model or wire.model or None
        created = None if wire.created_at is None else unix_time(wire.created_at)
        self.head(id=wire.conversation_id or None, model=self.model, created=created)
        if wire.role and 0 not in self.roles:
            self.choice(0, wire.role)
        extra, key = wire.kept(self.model, self.roles.get(0)), (entry, wire.id or wire.output_index or 0)
        if stage == "done" and "created_at" in extra:
            extra["completed_at"] = extra.pop("created_at")
        elif key in self.entries:
            extra.pop("created_at", None)
        if entry == "conversation.response":
            self.answer(wire, stage, extra)
        elif entry == "message.output":
            self.message(wire, key, extra)
        elif entry in STEPS:
            self.step(wire, key, extra)
            if stage == "done":
                self.over(wire, key)
        else:
            self.note_block("opaque_part", "$", f"kept as opaque: type {word(kind)}")
            self.keep(kind or "frame", whole(wire))

    def answer(self, wire: Frame, stage: str, extra: dict[str, Any]) -> None:
        """The answer begins, or is done."""
        self.head(extra=extra)
        if wire.usage is not None:
            self.usage(wire.usage)
        if stage == "done":
            self.choice(0)
            native = waiting(part.value for part in self.parts_of(0))
            if native is not None:
                self.finish(0, self.dialect.FINISH[native], native)
            for part in self.parts_of(0):
                self.end(0, part)
            self.done = True

    def message(self, wire: Frame, key: Any, extra: dict[str, Any]) -> None:
        """More of a message: a piece of text or thoughts, or other content in one piece."""
        content = Text(text=wire.content) if isinstance(wire.content, str) else wire.content
        first, text, order = self.entries.get(key), self.texts.get(key), wire.output_index or 0
        if first is not None:
            self.update(0, first, extra=extra)
            extra = {}
        if text is not None and isinstance(content, Reference):
            self.cite(0, text, content.citation())
        elif content is not None:
            value, place, before = content.part(), (key, wire.content_index), self.begun
            value = replace(value, id=wire.id, extra={**extra, **value.extra})
            if type(value) in (TextPart, ReasoningPart):
                part = self.fitting(0, place, value, order)
            else:
                part = self.whole(0, place, value, order)
            if self.begun == before:
                self.more(part, value)
            self.entries.setdefault(key, part)
            if type(value) is TextPart:
                self.texts[key] = part

    def more(self, part: Open, value: Any) -> None:
        """Another piece of a text or of thoughts."""
        self.text(0, part, value.text)
        extra = value.extra
        if "thinking" in extra:
            extra["thinking"] = [*part.value.extra.get("thinking", ()), *extra["thinking"]]
        self.update(0, part, signature=value.signature, extra=extra)

    def step(self, wire: Frame, key: Any, extra: dict[str, Any]) -> None:
        """More of what is done besides talking."""
        value, part, status = STEPS[key[0]](wire, extra), self.entries.get(key), wire.confirmation_status
        if part is None:
            self.entries[key] = self.start(0, key, value, wire.output_index or 0)
            return
        if isinstance(value, OpaquePart):
            self.update(0, part, data={**part.value.data, **value.data})
            return
        self.text(0, part, value.arguments or "")
        if status is not None and type(part.value) is ToolCall:  # which it is not, as it turns out
            self.update(0, part, extra={"confirmation_status": status})
            status = None
        self.update(0, part, name=value.name, status=status, extra=extra)

    def over(self, wire: Frame, key: Any) -> None:
        """A step is complete."""
        self.end(0, self.entries[key])
        for result in gave(wire):
            self.whole(0, (key, "result"), result, wire.output_index or 0)


ENTRY = """
agent_id completed_at function previous_agent_id previous_agent_name next_agent_id next_agent_name
"""
"""What is kept of an entry without being read; handoffs have but that."""

NAMED = ("type", "event", "event")
"""Where the kind of a frame is; an SDK's `event` more than what speaks for others that have one."""


class MistralConversations(Flat):
    """`mistral.conversations`."""

    name = "mistral.conversations"
    Wire = Body
    Frame = Frame
    Track = ConversationsTrack
    FRAME_MARKS = ("type",)
    TEXTS, PASSING = ("content", "arguments"), ("created_at",)
    ANSWER = ("outputs",)
    ENVELOPES = ("data",)
    MARKS = (
        "object=conversation.response",
        "conversation_id",
        *[f"{at}={kind}." for at in NAMED for kind in ("conversation.response", "message.output", *STEPS)],
    )
    HINTS = ("outputs", *["object=Error"] * 3)
    EXTRA = {
        "response": ("guardrails",),
        "entry": tuple(ENTRY.split()),
        "frame": (*ENTRY.split(), "message", "code"),
        "thinking": ("closed",),
        "made": ("tool",),
        "reference": ("description", "favicon", "source"),
    }
    FINISH = {"pending": "pause"}
    USAGE = {
        "input_tokens": "prompt_tokens + connector_tokens",
        "output_tokens": "completion_tokens",
        "total_tokens": "total_tokens",
        "tool_input_tokens": "connector_tokens",
        "tools": "connectors",
    }

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        if body.outputs is None:
            return None
        parts: list[Part] = []
        model = role = created = None
        for entry in body.outputs:
            if not isinstance(entry, Entry):
                parts.append(entry.part())
                continue
            model, role = model or entry.model or None, role or entry.role or None
            if created is None and entry.created_at is not None:
                created = unix_time(entry.created_at)
            parts += entry.parts(entry.kept(model, role))
        native = waiting(parts)
        finish = None if native is None else self.FINISH[native]
        return ChatResponse(
            self.vendor,
            self.name,
            body.conversation_id or None,
            model,
            created,
            (Choice(0, Message(role, tuple(parts)), finish, native),),
            NO_USAGE if body.usage is None else self.usage_of(body.usage, notices),
            extra=body.extra(),
            notices=tuple(notices) if notices else (),
        )

    def unwrap(self, body: Any) -> tuple[Any, dict[str, Any]]:
        """An SDK's chunks have the kind of the frame once more."""
        body, envelope = super().unwrap(body)
        return body, {} if envelope and envelope == {"event": body.get("type")} else envelope
