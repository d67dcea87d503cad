"""Baidu Qianfan's first API, of the Wenxin (ERNIE) models:
`/rpc/2.0/ai_custom/v1/wenxinworkshop/chat/…`. Its second version speaks OpenAI's grammar.

Source: `qianfan` 0.4.12.3, `qianfan/resources/llm/chat_completion.py`, `qianfan/consts.py` and
`qianfan/extensions/openai/adapter.py`, with the mock server of its tests; error codes:
cloud.baidu.com/doc/WENXINWORKSHOP/s/tlmyncueh; logs in public repositories (2023, 2024). No recorded body is
at hand.

- The answer is a text, `result`. There is no model and one choice only.
- `finish_reason` is missing in older bodies, and `normal` in every frame of a stream: it ends nothing.
- `is_truncated` means that the answer met its limit; `need_clear_history`, that moderation found the
  conversation at fault, `ban_round` which turn of it. They say more than the reason, and are kept where
  they are true.
- A call has no id. Its arguments are a text; `thoughts` is what the model thought of it.
- Frames go on with `result`, count the output so far, and have a time each; the first is taken. The last has
  `is_end`.
- Failures come with HTTP 200, as `error_code`, a number, and `error_msg`.
"""

from typing import Any

from chatnorm.canonical import (
    NO_USAGE,
    ChatResponse,
    Choice,
    FinishReason,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCall,
)
from chatnorm.dialect import Dialect, Notices, Vendor
from chatnorm.repair import unix_time
from chatnorm.tables import Count, Seconds, Wire
from chatnorm.track import Track


class Function(Wire):  # function_call
    LEVEL = "function_call"
    name: str | None = None
    arguments: str | None = None
    thoughts: str | None = None

    def parts(self) -> list[Part]:
        parts: list[Part] = [ReasoningPart(self.thoughts)] if self.thoughts else []
        return [*parts, ToolCall(self.name or None, self.arguments, kind="legacy", extra=self.extra())]


class Tokens(Wire):  # usage
    LEVEL = "usage"
    NATIVE = True
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None


class Body(Wire):  # the whole body, and each frame of a stream
    LEVEL = "response"
    BENDS = {"created": unix_time}
    id: str | None = None
    object: str | None = None
    created: Seconds | None = None
    sentence_id: int | None = None
    is_end: bool | None = None
    result: str | None = None
    is_truncated: bool | None = None
    need_clear_history: bool | None = None
    finish_reason: str | None = None
    function_call: Function | None = None
    usage: Tokens | None = None

    def rest(self) -> dict[str, Any]:
        """What is kept beside the answer."""
        extra = self.extra()
        if self.object not in (None, "chat.completion"):
            extra["object"] = self.object
        if self.is_truncated:
            extra["is_truncated"] = True
        if self.need_clear_history:
            extra["need_clear_history"] = True
        return extra


RUNNING = "normal"
"""The reason of what goes on, and of what ended as it should."""


class ChatTrack(Track):
    """One stream of `wenxin.chat`. A call comes whole."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.native: str | None = None

    def frame(self, wire: Body) -> None:
        self.head(id=wire.id or None, created=wire.created, extra=wire.rest())
        if wire.result:
            self.text(0, self.fitting(0, TextPart, TextPart(""), 1), wire.result)
        for part in wire.function_call.parts() if wire.function_call is not None else ():
            self.whole(0, self.begun, part, 0 if type(part) is ReasoningPart else 2)
        if wire.usage is not None:
            self.usage(wire.usage)
        if self.native in (None, RUNNING):
            self.native = wire.finish_reason or self.native
        if wire.is_end:
            wire.is_truncated = self._extra.get("is_truncated")
            wire.need_clear_history = self._extra.get("need_clear_history")
            called = any(type(part.value) is ToolCall for part in self.parts_of(0))
            self.choice(0)
            self.finish(0, *self.dialect.stopped(wire, self.native, called, self.notices))
            self.done = True


class WenxinChat(Dialect):
    """`wenxin.chat`."""

    name = "wenxin.chat"
    Wire = Body
    Frame = Body
    Track = ChatTrack
    TEXTS = ("result",)
    PASSING = ("sentence_id",)
    EXEMPT = {
        "$.sentence_id": "counts the frames of a stream",
        "$.is_end": "says of a frame whether it is the last",
    }
    ANSWER = ("result",)
    MARKS = ("is_truncated", "need_clear_history", "sentence_id", "error_msg")
    HINTS = ("error_code",)
    EXTRA = {"response": ("ban_round", "flag", "search_info")}
    FINISH = {
        RUNNING: "stop",
        "stop": "stop",
        "length": "length",
        "content_filter": "content_filter",
        "function_call": "tool_calls",
    }
    USAGE = {
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "total_tokens": "total_tokens",
    }
    ERRORS = {
        "2": "overloaded",
        "4": "rate_limit",
        "6": "permission",
        "13": "authentication",
        "15": "authentication",
        "17": "quota",
        "18": "rate_limit",
        "19": "quota",
        "100": "invalid_request",
        "110": "authentication",
        "111": "authentication",
        "336000": "server",
        "336001": "invalid_request",
        "336002": "invalid_request",
        "336003": "invalid_request",
        "336004": "permission",
        "336005": "invalid_request",
        "336007": "context_length",
        "336100": "overloaded",
        "336101": "invalid_request",
        "336104": "invalid_request",
        "336105": "invalid_request",
        "336501": "rate_limit",
        "336502": "rate_limit",
    }
    REQUEST_ID_HEADERS = ("x-baidu-request-id",)
    RATE_LIMIT_HEADERS = "x-ratelimit-{field}-{what}"

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        if body.result is None:
            return None
        parts: list[Part] = [TextPart(body.result)] if body.result else []
        for part in body.function_call.parts() if body.function_call is not None else ():
            parts.insert(0 if type(part) is ReasoningPart else len(parts), part)
        called = body.function_call is not None
        finish, native = self.stopped(body, body.finish_reason or None, called, notices)
        return ChatResponse(
            self.vendor,
            self.name,
            body.id or None,
            None,
            body.created,
            (Choice(0, Message(None, tuple(parts)), finish, native),),
            NO_USAGE if body.usage is None else self.usage_of(body.usage, notices),
            extra=body.rest(),
            notices=tuple(notices) if notices else (),
        )

    def stopped(
        self, wire: Body, native: str | None, called: bool, notices: Notices
    ) -> tuple[FinishReason | None, str | None]:
        """Why the model stopped: what the flags say, under the name of the flag where there is no word."""
        finish = None if native is None else self.listed(native, notices, "$.finish_reason")
        if finish not in (None, "stop"):
            return finish, native
        if wire.need_clear_history:
            return "content_filter", native or "need_clear_history"
        if wire.is_truncated:
            return "length", native or "is_truncated"
        return ("tool_calls", native or "function_call") if called else (finish, native)


VENDOR = Vendor("wenxin", (WenxinChat,))
