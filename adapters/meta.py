"""Meta's Llama API: `/v1/chat/completions`. Its `/compat/v1` has the shape of OpenAI's.

Source: the types of the SDK `llama-api-client` 0.6.0, and of 0.1.0; llama.developer.meta.com, the pages on
JSON structured output and on rate limits; bodies and an error that users printed in 2025. No stream was seen.

- There is one answer, without a model or creation time; in 2025 without an id, too.
- The content is an object with one text or a bare text, no list. Beside calls it may be empty or missing.
- `role` is always `assistant`, and streams do not have it. Only another one is told.
- Calls have no `type`. Their arguments are text, which may be broken.
- Usage is the list `metrics`: a name, a value and a unit each. The SDK makes floats of the values.
- In a stream each frame holds one `event`, and the types demand a `delta` in it, an empty text where there is
  nothing to say. Any event may have the metrics and the reason to stop. There is an event `metrics`, too.
  Nothing marks the end; `[DONE]` may follow.
- The first piece of a call has its id and name. One without an id goes on with the call before.
- An error is a problem document: `title`, `detail` and `status`. Clients tell of OpenAI's shape as well. In a
  stream it comes as an SSE event of the name `error`.
"""

from typing import Any

from chatnorm.canonical import (
    NO_USAGE,
    ChatResponse,
    Choice,
    Message,
    Part,
    TextPart,
    ToolCall,
)
from chatnorm.dialect import Dialect, Notices, Vendor, note
from chatnorm.errors import word
from chatnorm.repair import Foreign
from chatnorm.tables import BOUND, Wire, whole
from chatnorm.track import Track


class Function(Wire):  # completion_message.tool_calls[].function
    LEVEL = "function"
    name: str | None = None
    arguments: str | None = None


class Call(Wire):  # completion_message.tool_calls[]
    LEVEL = "tool_call"
    id: str | None = None
    function: Function | None = None


class Piece(Wire):  # completion_message.content
    LEVEL = "content"
    type: str | None = None
    text: str | None = None


class Said(Wire):  # completion_message
    LEVEL = "message"
    role: str | None = None
    content: str | Piece | None = None
    stop_reason: str | None = None
    tool_calls: list[Call] | None = None


class Metric(Wire):  # metrics[]
    LEVEL = "metric"
    NATIVE = True
    metric: str | None = None
    value: int | float | None = None
    unit: str | None = None

    @property
    def count(self) -> int | None:
        """The value, if it counts something."""
        value = self.value
        return int(value) if value is not None and 0 <= value < BOUND and value == int(value) else None


class Metrics(Wire):  # the rows
    LEVEL = "usage"
    NATIVE = True
    metrics: list[Metric] | None = None


class Body(Wire):  # the whole body
    LEVEL = "response"
    id: str | None = None
    completion_message: Said | None = None
    metrics: list[Metric] | None = None


class Delta(Piece):  # event.delta
    id: str | None = None
    function: Function | None = None


class Event(Wire):  # event of a frame
    LEVEL = "event"
    event_type: str | None = None
    delta: Delta | None = None
    metrics: list[Metric] | None = None
    stop_reason: str | None = None


class Frame(Wire):  # one frame of a stream
    LEVEL = "response"
    id: str | None = None
    event: Event | None = None


EVENTS = ("start", "progress", "complete", "metrics")


def counted(rows: list[Metric]) -> Metrics:
    """The rows as the usage object."""
    bent = any(row.left for row in rows)
    return Metrics(metrics=rows, left={"metrics": [whole(row) for row in rows]} if bent else None)


def called(id: str | None, function: Function | None, extra: dict[str, Any]) -> ToolCall:
    """A call, or a piece of one."""
    function = function or Function()
    if rest := function.extra():
        extra["function"] = rest
    return ToolCall(function.name or None, function.arguments, id=id or None, extra=extra)


class MetaTrack(Track):
    """One stream of `meta.chat`. Calls by their id, the text by its class."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.call: Any = None  # the key of the last one

    def frame(self, wire: Frame) -> None:
        self.head(id=wire.id or None, extra=wire.extra())
        event = wire.event
        if event is None:
            return
        kind, native = event.event_type, event.stop_reason or None
        if kind not in EVENTS:
            self.note("unknown_value", "$.event.event_type", f"expected a listed event, got {word(kind)}")
        self.choice(0, message_extra=event.extra())
        if event.delta is not None:
            self.delta(event.delta)
        if event.metrics:
            self.usage(counted(event.metrics))
        if native is not None:
            self.finish(0, self.dialect.listed(native, self.notices, "$.event.stop_reason"), native)
        elif kind == "complete" and self.finishes[0] is None:
            self.finish(0, None, None)

    def delta(self, wire: Delta) -> None:
        """More of the text or of a call."""
        extra = wire.extra()
        if wire.type not in (None, "text", "tool_call"):
            self.note_block("opaque_part", "$.event.delta", f"kept as opaque: type {word(wire.type)}")
            self.whole(0, self.begun, Foreign(data=whole(wire)).part())
        elif wire.type == "tool_call" or wire.function is not None:
            self.piece(called(wire.id, wire.function, extra))
        elif wire.text or extra:
            part = self.fitting(0, TextPart, TextPart(""))
            self.text(0, part, wire.text or "")
            self.update(0, part, extra=extra)

    def piece(self, value: ToolCall) -> None:
        """A call as it begins, or more of its arguments."""
        if value.id is not None:
            self.call = value.id
        elif value.name is not None or self.call is None:
            self.call = self.begun
        known = self.parts.get((0, self.call))
        if known is None:
            self.start(0, self.call, value, 1)
        else:
            self.text(0, known, value.arguments or "")
            self.update(0, known, name=value.name, extra=value.extra)


class MetaChat(Dialect):
    """`meta.chat`."""

    name = "meta.chat"
    Wire = Body
    Frame = Frame
    Track = MetaTrack
    FRAME_MARKS = ("event",)
    TEXTS = ("text", "arguments")
    ANSWER = ("completion_message",)
    MARKS = ("completion_message", "event", "detail=Path '")
    FINISH = {
        "stop": "stop",
        "length": "length",
        "tool_calls": "tool_calls",
    }
    USAGE = {
        "input_tokens": "metrics[num_prompt_tokens]",
        "output_tokens": "metrics[num_completion_tokens]",
        "total_tokens": "metrics[num_total_tokens]",
    }
    USAGE_PATH = "$.metrics"
    USAGE_ROWS = ("metric", "count")
    RATE_LIMIT_HEADERS = "x-ratelimit-{field}-{what}"
    SPINE = ("response", "message")

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        said = body.completion_message
        if said is None:
            return None
        native, finish = said.stop_reason or None, None
        if native is not None:
            finish = self.listed(native, notices, "$.completion_message.stop_reason")
        return ChatResponse(
            self.vendor,
            self.name,
            body.id or None,
            choices=(Choice(0, self.message(said, notices), finish, native),),
            usage=self.usage_of(counted(body.metrics), notices) if body.metrics else NO_USAGE,
            extra=body.extra(),
            notices=tuple(notices) if notices else (),
        )

    def message(self, said: Said, notices: Notices) -> Message:
        """The text and the calls."""
        parts: list[Part] = []
        content, path = said.content, "$.completion_message.content"
        if isinstance(content, str):
            content = Piece(text=content)
        if content is not None:
            extra = content.extra()
            if content.type not in (None, "text"):
                notices[:] = [n for n in notices if not n.path.startswith(f"{path}.")]  # said at once
                note(notices, "opaque_part", path, f"kept as opaque: type {word(content.type)}")
                parts.append(Foreign(data=whole(content)).part())
            elif content.text or extra:
                parts.append(TextPart(content.text or "", extra=extra))
        for call in said.tool_calls or ():
            parts.append(called(call.id, call.function, call.extra()))
        role = said.role if said.role != "assistant" else None
        return Message(role or None, tuple(parts), said.extra())


VENDOR = Vendor("meta", (MetaChat,))
