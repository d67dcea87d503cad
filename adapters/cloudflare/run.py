"""`cloudflare_workers.run`: a text in `response`, and calls beside it."""

from typing import Any

from msgspec import Raw, json

from chatnorm.canonical import NO_USAGE, ChatResponse, Choice, Message, Part, TextPart, ToolCall
from chatnorm.dialect import Dialect, Notices
from chatnorm.repair import json_text
from chatnorm.tables import Count, Wire, verbatim_text
from chatnorm.track import Track


class Function(Wire):  # tool_calls[].function
    LEVEL = "function"
    name: str | None = None
    arguments: Raw = Raw(b"")


class Call(Function):  # tool_calls[]
    LEVEL = "tool_call"
    id: str | None = None
    type: str | None = None
    index: int | None = None
    function: Function | None = None

    def part(self, place: int) -> ToolCall:
        """`place`: among the calls; the index is kept where it is another."""
        extra, function = self.extra(), self.function
        if self.type not in (None, "", "function"):
            extra["type"] = self.type
        if self.index not in (None, place):
            extra["index"] = self.index
        if function is not None and (rest := function.extra()):
            extra["function"] = rest
        name, sent = self.name, arguments(self.arguments)
        if function is not None:
            name, sent = name or function.name, arguments(function.arguments) if sent is None else sent
        return ToolCall(name or None, sent, id=self.id or None, extra=extra)


class Tokens(Wire):  # usage
    LEVEL = "usage"
    NATIVE = True
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None
    prompt_tokens_details: "Details | None" = None


class Details(Wire):  # usage.prompt_tokens_details
    LEVEL = "input_details"
    cached_tokens: Count | None = None


class Body(Wire):  # the whole body, and each frame of a stream
    LEVEL = "response"
    response: Any = None
    tool_calls: list[Call] | None = None
    usage: Tokens | None = None
    finish_reason: str | None = None
    p: Any = None


def arguments(raw: Raw) -> str | None:
    """Arguments as sent: a text is the JSON itself."""
    text = verbatim_text(raw)
    return json.decode(text) if text is not None and text.startswith('"') else text


def said(response: Any) -> str:
    """The text of `response`."""
    if response is None or isinstance(response, str):
        return response or ""
    return json_text(response)


def told(response: Any, usage: Any) -> bool:
    """Whether a body with other names in it is of this grammar; logs have a `response` as well."""
    return usage is not None or not isinstance(response, dict | list)


class RunTrack(Track):
    """One stream of `cloudflare_workers.run`. Keys: the kind of part; of a call, its index."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.calls = 0

    def frame(self, wire: Body) -> None:
        if extra := wire.extra():
            self.head(extra=extra)
        elif not self.started:
            self.head()
        self.choice(0)
        if text := said(wire.response):
            self.text(0, self.fitting(0, TextPart, TextPart(""), 0), text)
        for call in wire.tool_calls or ():
            self.call(call)
        if wire.usage is not None:
            self.usage(wire.usage)
        if wire.finish_reason:
            finish = self.dialect.listed(wire.finish_reason, self.notices, "$.finish_reason")
            self.finish(0, finish, wire.finish_reason)

    def call(self, wire: Call) -> None:
        """A call, or a piece of one."""
        key = self.calls if wire.index is None else wire.index
        known = self.parts.get((0, key))
        part = wire.part(self.calls if known is None else key)
        if known is not None:
            self.update(0, known, id=part.id, name=part.name, extra=part.extra)
            self.text(0, known, part.arguments or "")
        elif part != NOTHING:
            self.calls += 1
            self.start(0, key, part, 1)


NOTHING = ToolCall()
"""What closes a call."""

NAMES = {"response", "tool_calls", "usage", "finish_reason", "p"}
"""All names of a body."""


class WorkersRun(Dialect):
    """`cloudflare_workers.run`."""

    name = "cloudflare_workers.run"
    Wire = Body
    Frame = Body
    Track = RunTrack
    TEXTS = ("response", "arguments")
    PASSING = ("p",)
    EXEMPT = {"$.p": "padding of streams, so that the size of a frame does not tell the text"}
    FRAME_MARKS = ("response", "tool_calls", "usage", "finish_reason", "p")
    ANSWER = ("response", "tool_calls")
    ENVELOPES = ("result",)
    MARKS = ()
    HINTS = (*["response"] * 3, *["finish_reason", "tool_calls"] * 2)  # others have no two with `response`
    EXTRA = {"usage": ("neurons",)}
    FINISH = {
        "stop": "stop",
        "length": "length",
        "model_length": "length",
        "tool_calls": "tool_calls",
        "error": "error",
    }
    USAGE = {
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "total_tokens": "total_tokens",
        "cache_read_tokens": "prompt_tokens_details.cached_tokens",
    }
    ERRORS = {
        "3003": "invalid_request",
        "3006": "invalid_request",
        "3007": "timeout",
        "3008": "timeout",
        "3023": "permission",
        "3036": "quota",
        "3039": "invalid_request",
        "3040": "overloaded",
        "3041": "permission",
        "3042": "not_found",
        "5004": "invalid_request",
        "5005": "invalid_request",
        "5007": "not_found",
        "5016": "permission",
        "5018": "permission",
        "5019": "invalid_request",
    }

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        if body.tool_calls is None and (
            body.response is None or (body.left and not told(body.response, body.usage))
        ):
            return None
        text, native, finish = said(body.response), body.finish_reason or None, None
        parts: list[Part] = [TextPart(text)] if text else []
        parts += [call.part(i) for i, call in enumerate(body.tool_calls or ())]
        if native is not None:
            finish = self.listed(native, notices, "$.finish_reason")
        kept = {"response": body.response} if isinstance(body.response, dict | list) else {}
        return ChatResponse(
            self.vendor,
            self.name,
            choices=(Choice(0, Message(None, tuple(parts), kept), finish, native),),
            usage=NO_USAGE if body.usage is None else self.usage_of(body.usage, notices),
            extra=body.extra(),
            notices=tuple(notices) if notices else (),
        )

    def has_answer(self, body: Any) -> bool:
        if not super().has_answer(body) or body.get("tool_calls") is not None:
            return super().has_answer(body)
        others = {name for name, value in body.items() if value is not None} - NAMES
        return not others or told(body.get("response"), body.get("usage"))
