"""Tencent Cloud's API of the Hunyuan models, `ChatCompletions` of version 2023-09-01. Its other endpoint
speaks OpenAI's grammar.

Source: `tencentcloud-sdk-python-hunyuan` 3.1.180, `hunyuan/v20230901/models.py` and `errorcodes.py`; the
examples of `tccli hunyuan ChatCompletions`; the common error codes of Tencent Cloud's API 3.0. No recorded
body is at hand.

- Names are in PascalCase. A whole body is inside `Response`; the frames of a stream are not.
- Failures come with HTTP 200, as `Error` inside `Response`. What goes wrong in the midst of an answer is an
  `ErrorMsg` beside the choices.
- `FinishReason` is "" while the stream runs. `sensitive` means that moderation stopped the answer. No word
  for an answer that met its limit is documented.
- Each frame counts the output so far. Nothing marks the end but the reason why the answer stopped.
- The request's id is in the body or, of a stream, in the header `X-TC-RequestId`.
- The first piece of a call has its id and name; the others have its index and more of its arguments.
"""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import (
    NO_USAGE,
    ChatResponse,
    Choice,
    ErrorInfo,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCall,
)
from chatnorm.classify import restate
from chatnorm.dialect import Dialect, Notices, Vendor
from chatnorm.repair import unix_time
from chatnorm.tables import Count, Seconds, Wire
from chatnorm.track import Track


class Function(Wire, rename="pascal"):  # Choices[].Message.ToolCalls[].Function
    LEVEL = "function"
    name: str | None = None
    arguments: str | None = None


class Call(Wire, rename="pascal"):  # Choices[].Message.ToolCalls[]
    LEVEL = "tool_call"
    id: str | None = None
    type: str | None = None
    index: int | None = None
    function: Function | None = None

    def part(self, place: int) -> ToolCall:
        """`place`: among the calls; the index is kept where it is another."""
        extra, function = self.extra(), self.function or Function()
        if self.type not in (None, "", "function"):
            extra["Type"] = self.type
        if self.index not in (None, place):
            extra["Index"] = self.index
        if rest := function.extra():
            extra["Function"] = rest
        return ToolCall(function.name or None, function.arguments, id=self.id or None, extra=extra)


class Said(Wire, rename="pascal"):  # Choices[].Message, Choices[].Delta
    LEVEL = "message"
    role: str | None = None
    content: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[Call] | None = None


class Chosen(Wire, rename="pascal"):  # Choices[]
    LEVEL = "choice"
    index: int | None = None
    finish_reason: str | None = None
    message: Said | None = None
    delta: Said | None = None


class Tokens(Wire, rename="pascal"):  # Usage
    LEVEL = "usage"
    NATIVE = True
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None


class Body(Wire, rename="pascal"):  # Response, and each frame of a stream
    LEVEL = "response"
    BENDS = {"created": unix_time}
    id: str | None = None
    request_id: str | None = None
    created: Seconds | None = None
    choices: list[Chosen] | None = None
    usage: Tokens | None = None
    error_msg: dict[str, Any] | None = None


class ChatTrack(Track):
    """One stream of `tencentcloud.chat`. Keys: the kind of part; of a call, its index."""

    def frame(self, wire: Body) -> None:
        known = {"id": wire.id or None, "request_id": wire.request_id or None}
        self.head(**known, created=wire.created, extra=wire.extra())
        for i, chosen in enumerate(wire.choices or ()):
            self.chosen(chosen, i)
        if wire.usage is not None:
            self.usage(wire.usage)
        if wire.error_msg:
            self.fail(self.dialect.error({"error": respelled(wire.error_msg)}))

    def chosen(self, wire: Chosen, place: int) -> None:
        """One of a frame's `Choices`."""
        n, said = place if wire.index is None else wire.index, wire.delta or wire.message or Said()
        self.choice(n, said.role or None, extra=wire.extra(), message_extra=said.extra())
        if said.reasoning_content:
            self.text(n, self.fitting(n, ReasoningPart, ReasoningPart(""), 0), said.reasoning_content)
        if said.content:
            self.text(n, self.fitting(n, TextPart, TextPart(""), 1), said.content)
        for i, call in enumerate(said.tool_calls or ()):
            key = i if call.index is None else call.index
            known = self.parts.get((n, key))
            begun = sum(isinstance(part.value, ToolCall) for part in self.parts_of(n))
            part = call.part(begun if known is None else key)
            if known is None:
                self.start(n, key, part, 2)
            else:
                self.update(n, known, id=part.id, name=part.name, extra=part.extra)
                self.text(n, known, part.arguments or "")
        if wire.finish_reason:
            finish = self.dialect.listed(wire.finish_reason, self.notices, f"$.Choices[{place}].FinishReason")
            self.finish(n, finish, wire.finish_reason)


def respelled(error: dict[str, Any]) -> dict[str, Any]:
    """A failure under the names that most vendors use."""
    names = {"Msg": "message", "Message": "message", "Code": "code"}
    return {names.get(key, key): value for key, value in error.items()}


class TencentcloudChat(Dialect):
    """`tencentcloud.chat`."""

    name = "tencentcloud.chat"
    Wire = Body
    Frame = Body
    Track = ChatTrack
    TEXTS = ("Content", "ReasoningContent", "Arguments")
    ANSWER = ("Choices",)
    ENVELOPES = ("Response",)
    FRAME_MARKS = ("Choices", "Usage", "ErrorMsg")
    MARKS = ("Response", "Choices", "ErrorMsg")
    HINTS = ("RequestId", "Note")
    EXTRA = {
        "response": (
            "Note",
            "ModerationLevel",
            "SearchInfo",
            "Replaces",
            "RecommendedQuestions",
            "Processes",
        ),
        "choice": ("ModerationLevel",),
    }
    FINISH = {
        "stop": "stop",
        "tool_calls": "tool_calls",
        "sensitive": "content_filter",
    }
    USAGE = {
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "total_tokens": "total_tokens",
    }
    USAGE_PATH = "$.Usage"
    ERRORS = {
        "AuthFailure": "authentication",
        "UnauthorizedOperation": "permission",
        "RequestLimitExceeded": "rate_limit",
        "LimitExceeded": "quota",
        "InvalidParameter": "invalid_request",
        "InvalidParameterValue": "invalid_request",
        "InvalidParameterValue.Model": "not_found",
        "MissingParameter": "invalid_request",
        "UnsupportedOperation": "invalid_request",
        "UnsupportedRegion": "region",
        "ResourceNotFound": "not_found",
        "ResourceInsufficient": "quota",
        "ResourceUnavailable": "overloaded",
        "InternalError": "server",
        "FailedOperation": "server",
        "FailedOperation.EngineRequestTimeout": "timeout",
        "FailedOperation.EngineServerLimitExceeded": "rate_limit",
        "FailedOperation.FreeResourcePackExhausted": "quota",
        "FailedOperation.ResourcePackExhausted": "quota",
        "FailedOperation.ServiceNotActivated": "permission",
        "FailedOperation.ServiceStopArrears": "quota",
    }
    REQUEST_ID_HEADERS = ("x-tc-requestid",)

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        if body.choices is None:
            return None
        response = ChatResponse(
            self.vendor,
            self.name,
            body.id or None,
            None,
            body.created,
            tuple([self.choice(chosen, i, notices) for i, chosen in enumerate(body.choices)]),
            NO_USAGE if body.usage is None else self.usage_of(body.usage, notices),
            request_id=body.request_id or None,
            extra=body.extra(),
            notices=tuple(notices) if notices else (),
        )
        if body.error_msg:
            return replace(response, error=self.error({"error": respelled(body.error_msg)}), end="failed")
        return response

    def choice(self, wire: Chosen, place: int, notices: Notices) -> Choice:
        """One of `Choices`."""
        said, native, finish = wire.message or wire.delta or Said(), wire.finish_reason or None, None
        parts: list[Part] = []
        if said.reasoning_content:
            parts.append(ReasoningPart(said.reasoning_content))
        if said.content:
            parts.append(TextPart(said.content))
        parts += [call.part(i) for i, call in enumerate(said.tool_calls or ())]
        if native is not None:
            finish = self.listed(native, notices, f"$.Choices[{place}].FinishReason")
        message = Message(said.role or None, tuple(parts), said.extra())
        n = place if wire.index is None else wire.index
        return Choice(n, message, finish, native, extra=wire.extra())

    def unwrap(self, body: Any) -> tuple[Any, dict[str, Any]]:
        """A failure as other vendors spell one."""
        body, envelope = super().unwrap(body)
        if isinstance(body, dict) and isinstance(held := body.get("Error"), dict):
            rest = {key: value for key, value in body.items() if key not in ("Error", "RequestId")}
            body = {**rest, "error": respelled(held), "request_id": body.get("RequestId")}
        return body, envelope

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """Codes begin with a general word, before a point."""
        info = super().error(body, status)
        general = str(info.code).partition(".")[0]
        if info.kind == "unknown" and general in self.codes:
            info = restate(info, self.codes, kind=self.codes[general])
        return info


VENDOR = Vendor("tencentcloud", (TencentcloudChat,))
