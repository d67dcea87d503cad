"""`openai.chat`: whole bodies."""

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec.structs import force_setattr, replace

from chatnorm.canonical import (
    NO_MESSAGE,
    NO_USAGE,
    ChatResponse,
    Choice,
    Message,
    OpaquePart,
    Part,
    ReasoningPart,
    RefusalPart,
    ServerToolCall,
    ServerToolResult,
    TextPart,
    Timing,
    ToolCall,
)
from chatnorm.dialect import Dialect, Fields, Notices, note
from chatnorm.errors import word
from chatnorm.repair import arguments
from chatnorm.tables import seconds, snake, whole

from .parts import audio, chances, cite, content_parts, sources
from .stream import ChatTrack, CopyTrack
from .wire import (
    Alternative,
    Answer,
    Body,
    Call,
    Chunk,
    Thought,
)

TEXTS = "content reasoning_content reasoning arguments refusal text thinking input"
"""See `Dialect.TEXTS`."""

PLAIN = {
    "response": "id object created model choices service_tier system_fingerprint provider obfuscation p",
    "choice": "index delta",
    "message": "role content reasoning reasoning_content tool_calls",
    "tool_call": "index function",
    "function": "arguments",
}
"""See `Dialect.PLAIN`."""


class OpenAIChat(Dialect):
    """`openai.chat`, in the broad form that reads every copy of the grammar."""

    name = "openai.chat"
    Wire: ClassVar[Any] = Body
    Frame: ClassVar[Any] = Chunk
    Track = ChatTrack
    PLAIN: ClassVar[Any] = {level: (*names.split(),) for level, names in PLAIN.items()}
    FRAME_MARKS: ClassVar[tuple[str, ...]] = ("choices", "usage")
    TEXTS: ClassVar[Any] = (*TEXTS.split(),)
    PASSING: ClassVar[tuple[str, ...]] = ("created", "obfuscation", "p")
    EXEMPT = dict.fromkeys(("$.obfuscation", "$.p"), "padding of frames, so that their size does not tell")
    ANSWER = ("choices",)
    MARKS: ClassVar[Any] = ("choices", "choices[].message", "choices[].delta", "object=chat.completion")
    HINTS: ClassVar[tuple[str, ...]] = ("created", "error", "error.message", "message", "detail", "errors")
    ENVELOPES: ClassVar[tuple[str, ...]] = ("data", "create_chat_completion_response")
    EXTRA = {
        "response": ("metadata", "moderation"),
        "message": ("name", "tool_call_id"),
        "logprobs": ("text_offset",),
        "usage": ("pydantic_ai_gateway",),  # in front of any vendor: what it makes of the price
    }
    FINISH = {
        "stop": "stop",
        "length": "length",
        "tool_calls": "tool_calls",
        "function_call": "tool_calls",
        "content_filter": "content_filter",
        "error": "error",
    }
    USAGE = {
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "total_tokens": "total_tokens",
        "cache_read_tokens": "prompt_tokens_details.cached_tokens | cached_tokens | prompt_cache_hit_tokens",
        "cache_write_tokens": "prompt_tokens_details.cache_write_tokens",
        "reasoning_tokens": "completion_tokens_details.reasoning_tokens | reasoning_tokens",
        "input_text_tokens": "prompt_tokens_details.text_tokens",
        "input_audio_tokens": "prompt_tokens_details.audio_tokens",
        "input_image_tokens": "prompt_tokens_details.image_tokens",
        "input_video_tokens": "prompt_tokens_details.video_tokens",
        "output_text_tokens": "completion_tokens_details.text_tokens",
        "output_audio_tokens": "completion_tokens_details.audio_tokens",
        "output_image_tokens": "completion_tokens_details.image_tokens",
        "accepted_prediction_tokens": "completion_tokens_details.accepted_prediction_tokens",
        "rejected_prediction_tokens": "completion_tokens_details.rejected_prediction_tokens",
    }
    REASONING_BESIDE_OUTPUT = True
    RATE_LIMIT_HEADERS = "x-ratelimit-{field}-{what}"
    SPINE: ClassVar[tuple[str, ...]] = ("response", "choice", "parts", "call", "thoughts", "thought")
    REASONING: ClassVar[tuple[str, ...]] = ("reasoning", "reasoning_content")
    """Where thoughts are in a message, besides `reasoning_details`."""
    GROWING: ClassVar[tuple[str, ...]] = ("reasoning", "reasoning_content", "logprobs", "token_ids")
    """Of what stays in the `extra` of choices and messages, that which streams tell by the piece."""
    ZEROS_IN_FRAMES: ClassVar[bool] = False
    """Whether a frame's usage without any tokens only holds the place of a later one."""

    # Whole bodies

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        wires = body.choices
        if wires is None:
            if not (body.error or body.object or body.model or body.usage):
                return None
            wires = []
        if len(wires) == 1:
            choices: tuple[Choice, ...] = (self.choice(wires[0], 0, notices),)
            failure = wires[0].error
        else:
            choices, failure = self.several(wires, body.error, notices)
        counted, usage_of = body.usage, self.usage_of
        response = ChatResponse(
            self.vendor,
            self.name,
            body.id or None,
            body.model or None,
            body.created,
            choices,
            NO_USAGE if counted is None else usage_of(counted, notices),
            body.service_tier or None,
            body.system_fingerprint or None,
            body.provider or None,
            body.request_id or None,
            sources(body.citations, notices) if body.citations else (),
            body.extra(),
            tuple(notices) if notices else (),
        )
        if body.error:
            error = self.error({"error": body.error, **response.extra})
            return replace(response, error=error, end="failed", extra={})
        return replace(response, error=self.error({"error": failure}), end="failed") if failure else response

    def is_whole(self, body: Any) -> bool:
        wires = body.get("choices") if isinstance(body, dict) else None
        first = wires[0] if isinstance(wires, list) and wires else None
        return isinstance(first, dict) and "delta" not in first

    def several(self, wires: list[Alternative], error: Any, notices: Notices) -> tuple[Any, Any]:
        """No choice or several, and the first failure among them. By itself, since a comprehension slows
        down the method it stands in."""
        if not wires and not error:
            note(notices, "missing", "$.choices", "expected at least one choice, or an error")
        choices = tuple([self.choice(wire, i, notices) for i, wire in enumerate(wires)])
        return choices, next((wire.error for wire in wires if wire.error), None)

    def choice(self, wire: Alternative, i: int, notices: Notices) -> Choice:
        """One of `choices`."""
        extra = wire.extra()
        finish = native = wire.finish_reason or None
        if finish is not None:
            try:
                finish = self.FINISH[finish]
                if finish == native:
                    native = finish  # one text in memory, not two
            except KeyError:
                finish = self.unlisted(finish, notices, f"$.choices[{i}].finish_reason")
        if wire.native_finish_reason is not None:
            if native != finish:
                extra["finish_reason"] = native
            native = wire.native_finish_reason or native
        answer = wire.message
        if wire.delta is not None:
            answer = self.beside(answer, wire.delta, extra)
        stop = None if wire.stop_reason is None else stop_sequence(wire.stop_reason, extra)
        if wire.error:
            extra["error"] = wire.error
        if answer is None:
            message = NO_MESSAGE
        else:
            kept = answer.extra()
            content = answer.content
            more: Any = answer.reasoning or answer.tool_calls or answer.reasoning_content or answer.refusal
            more = more or answer.reasoning_details or answer.annotations or answer.images
            if type(content) is str and content and not (more or answer.audio or answer.function_call):
                parts: tuple[Part, ...] = (TextPart(content),)
            else:
                parts = self.parts(answer, i, kept, notices)
            role = answer.role
            role = "assistant" if role == "assistant" else role or None  # one text, not one a body
            message = Message(role, parts, kept)
        index = i if wire.index is None else wire.index
        said, refused = (None, None) if wire.logprobs is None else chances(wire.logprobs, extra)
        return Choice(index, message, finish, native, stop, said, refused, extra)

    def parts(self, answer: Answer, i: int, extra: dict[str, Any], notices: Notices) -> tuple[Part, ...]:
        """Everything a message says: thoughts, text, refusal, media, calls. What contradicts or has no
        place in them goes to `extra`."""
        content = answer.content
        parts: list[Part] = []
        if answer.reasoning or answer.reasoning_content or answer.reasoning_details:
            parts = self.thoughts(answer, i, extra, notices)
        if content:
            if type(content) is str:
                parts.append(TextPart(content))
            elif type(content) is list:
                parts += content_parts(content, f"$.choices[{i}].message.content", notices)
        for j, wire in enumerate(answer.tool_calls or ()):
            parts.append(self.call(wire, i, j, notices))
        if answer.annotations:
            cite(answer.annotations, parts, extra)
        if answer.refusal:
            parts.append(RefusalPart(answer.refusal))
        if answer.images:
            parts += content_parts(answer.images, f"$.choices[{i}].message.images", notices)
        if answer.audio and any(answer.audio.values()):
            parts.append(audio(Fields(answer.audio)))
        legacy = answer.function_call
        if legacy is not None and (legacy.name or legacy.arguments):
            kept = legacy.extra()
            text = arguments(legacy.arguments, kept, f"$.choices[{i}].message.function_call", notices)
            parts.append(ToolCall(legacy.name, text, "legacy", extra=kept))
        return tuple(parts)

    def call(self, wire: Call, i: int, j: int, notices: Notices) -> ToolCall:
        """One of a message's `tool_calls`."""
        extra, function, custom, kind = wire.extra(), wire.function, wire.custom, wire.type
        id = wire.id if wire.id != "" and wire.id != "null" else None
        if wire.index is not None and wire.index != j:
            extra["index"] = wire.index
        if kind == "mcp":
            extra["type"] = kind
        if custom is not None or function is None or kind == "custom":
            path = f"$.choices[{i}].message.tool_calls[{j}]"
            free = custom if custom is not None and (custom.name or custom.input) else None
            both = free is not None and function is not None and (function.name or function.arguments)
            if kind == ("custom" if free is None or both else "function"):
                extra["type"] = kind
                note(notices, "conflict", f"{path}.type", "the call is of the other type; kept in extra")
            if free is not None and both:
                extra["custom"] = whole(free)
                note(notices, "conflict", path, "both a function and a custom call; read as the function's")
            elif free is not None:
                if free.left:
                    extra["custom"] = free.left
                return ToolCall(free.name, free.input, "custom", id=id, extra=extra)
        if function is None:
            note(notices, "missing", path, "expected a function or a custom call")
            return ToolCall(id=id, extra=extra)
        sent = function.arguments
        if type(sent) is not str or sent[:2] == "{'" or function.left:
            kept = function.extra()
            sent = arguments(sent, kept, f"$.choices[{i}].message.tool_calls[{j}].function", notices)
            if kept:
                extra["function"] = kept
        return ToolCall(function.name, sent, id=id, extra=extra)

    def thoughts(self, answer: Answer, i: int, extra: dict[str, Any], notices: Notices) -> list[Part]:
        """The thoughts, once, however often the message repeats them."""
        if not answer.reasoning_details and not (answer.reasoning and answer.reasoning_content):
            return [ReasoningPart(answer.reasoning or answer.reasoning_content)]
        parts: list[Part] = []
        said = ""
        for j, wire in enumerate(answer.reasoning_details or ()):
            thought = self.thought(wire)
            if thought is None:
                path = f"$.choices[{i}].message.reasoning_details[{j}]"
                odd = self.odd_thought(wire, path, notices)
                said += "".join([p.text or "" for p in odd if type(p) is ReasoningPart])
                parts += odd
            else:
                parts.append(thought)
                said += thought.text or ""
        for name in self.REASONING:
            text = getattr(answer, name)
            if not text or text == said:
                continue
            if not said:
                parts.insert(0, ReasoningPart(text))
                said = text
            else:
                extra[name] = text
                path = f"$.choices[{i}].message.{name}"
                note(notices, "conflict", path, "the message holds other thoughts as well; kept in extra")
        return parts

    def thought(self, wire: Thought) -> ReasoningPart | None:
        """One of `reasoning_details`; None if it is not a usual one."""
        kind, text, summary, data = wire.type, wire.text, wire.summary, wire.data
        if kind == "reasoning.summary" and text is None:
            text = summary
        elif summary is not None or (kind != "reasoning.text" and kind != "reasoning.encrypted"):
            return None
        extra, id, signature = wire.extra(), wire.id, wire.signature
        if wire.index is not None:
            extra["index"] = wire.index
        brief = kind == "reasoning.summary"
        return ReasoningPart(text, brief, data, wire.format, id=id, signature=signature, extra=extra)

    def odd_thought(self, wire: Thought, path: str, notices: Notices) -> list[Part]:
        """One of `reasoning_details` that is a tool's, wrapped, or of an unknown kind."""
        kind, names = wire.type, ("index", "is_unknown", "format")
        extra = wire.extra() | {name: v for name in names if (v := getattr(wire, name)) is not None}
        if kind == "reasoning.server_tool_call":
            call = ServerToolCall(wire.tool_name, wire.arguments, id=wire.tool_call_id, extra=extra)
            return [call, ServerToolResult(wire.tool_call_id, wire.tool_name, output=wire.result, id=wire.id)]
        if kind == "UNKNOWN" and wire.raw is not None:  # how SDKs wrap what they do not know
            inner = self.fitted(wire.raw, Thought, f"{path}.raw", [])
            known = self.thought(inner)
            first, *rest = self.odd_thought(inner, path, notices) if known is None else [known]
            return [replace(first, extra={**first.extra, **extra}), *rest]
        note(notices, "opaque_part", path, f"kept as opaque: type {word(kind)}")
        return [OpaquePart(kind, whole(wire), id=wire.id)]

    def beside(self, answer: Answer | None, delta: Answer, extra: dict[str, Any]) -> Answer:
        """The message, where a choice has both `message` and `delta`; what differs stays in `extra`."""
        if answer is None:
            return delta
        said = whole(answer)
        if other := {key: sent for key, sent in whole(delta).items() if sent and sent != said.get(key)}:
            extra["delta"] = other
        return answer


class OpenAICopy(OpenAIChat):
    """A copy of the grammar that has things elsewhere, or durations."""

    Track = CopyTrack
    SPINE = (*OpenAIChat.SPINE, "prepare", "timing")
    TIMING: ClassVar[Mapping[str, str]] = {}
    """Figure of `Timing` → its name in the object at `TIMING_PATH`, which keeps it if it is converted."""
    TIMING_PATH: ClassVar[str] = "usage"
    TIME_UNITS: ClassVar[int] = 1
    """How many of the wire's units of time make a second."""

    def prepare(self, wire: Any) -> None:
        """Put what a body or frame says where others have it."""

    def timing(self, wire: Any) -> Timing | None:
        """The durations of a body or frame."""
        table, units = self.TIMING, self.TIME_UNITS
        box = getattr(wire, self.TIMING_PATH) if table else None
        if box is None:
            return None
        found, free = {}, type(box) is dict
        if free:
            box = {**box} if any(map(box.__contains__, table.values())) else {snake(k): box[k] for k in box}
        for figure, name in table.items():
            sent = box.get(name) if free else getattr(box, name, None)
            if sent is not None and (time := seconds(sent, units)) is not None:
                found[figure] = time
                if free and units == 1:
                    del box[name]
        if free:
            setattr(wire, self.TIMING_PATH, box or None)
        return Timing(**found) if found else None

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        self.prepare(body)
        timing, response = self.timing(body), super().response(body, notices)
        if response is not None and timing is not None:
            force_setattr(response, "timing", timing)  # nobody has it yet
        return response


def stop_sequence(sent: Any, extra: dict[str, Any]) -> str | None:
    """The stop text that matched. Token numbers, and SDKs' tagged forms, stay in `extra`."""
    if isinstance(sent, str):
        return sent
    extra["stop_reason"] = sent
    tagged = [(tag, v) for tag, v in sent.items() if v is not None] if isinstance(sent, dict) else []
    tag, value = tagged[0] if len(tagged) == 1 else ("", None)
    return value if tag.lower() == "string" and isinstance(value, str) else None
