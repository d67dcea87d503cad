"""Log10: not a model vendor but a log of other vendors' answers, as OpenAI chat completions of 2024.

Source: log10-io/log10ts 946d5a1 (2024-12), log10-io/log10py ecdd2f6 (2024-06), `log10-io` 0.16.1,
read as source and run on bodies made by hand.

- SDK objects are camelCase; `model` is of any type.
- A log record holds the answer in `response`, as an object or as JSON text, beside the request; lists of
  records and SDK results wrap that again. The record stays in `extra["envelope"]`. A `failed` record
  reports its failure, a `started` one has no answer yet.
- What lies in `response` is rebuilt by the logger: `created` 0 or in milliseconds, counts of -1 for
  unknown, any `object`, the source vendor's finish words, tool arguments as a Python `repr`, `delta`
  beside `message`, `text` or `function_call` on the choice instead of a message.
"""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import ChatResponse, Choice, Message, TextPart, ToolCall
from chatnorm.dialect import Fields, Notices, Vendor, note
from chatnorm.repair import arguments

from .openai import Alternative, Body, OpenAIChat


class Stored(Body):  # the whole body
    object: str | None = None  # type: ignore[assignment]  # any word


class Log10Chat(OpenAIChat):
    Wire = Stored
    HINTS = ("orig_module", "failure_kind")
    ENVELOPES = (*OpenAIChat.ENVELOPES, "completion", "Completion", "completions", "object", "response")
    EXTRA = {"choice": ("text", "function_call")}
    FINISH = {
        **OpenAIChat.FINISH,
        "end_turn": "stop",  # Anthropic's words, from its streams
        "stop_sequence": "stop",
        "max_tokens": "length",  # Gemini's too, in lower case
        "tool_use": "tool_calls",
        "safety": "content_filter",
        "recitation": "content_filter",
        "blocklist": "content_filter",
        "prohibited_content": "content_filter",
        "spii": "content_filter",
        "malformed_function_call": "error",
    }

    ERRORS = {  # names of exceptions
        "AuthenticationError": "authentication",
        "PermissionDeniedError": "permission",
        "NotFoundError": "not_found",
        "BadRequestError": "invalid_request",
        "RateLimitError": "rate_limit",
        "APITimeoutError": "timeout",
        "APIConnectionError": "server",
        "InternalServerError": "server",
    }

    def read_value(self, body: Any, notices: Notices) -> ChatResponse:
        """What the record says of its answer: it failed, it is still awaited, it was not kept."""
        inner, envelope = self.unwrap(body)
        if isinstance(inner, dict) and not self.has_answer(inner) and inner.get("status"):
            envelope, response = {**envelope, **inner}, ChatResponse(self.vendor, self.name)
            if inner["status"] == "started":
                response = response.replace(end="pending")
            elif inner["status"] != "failed":
                note(notices, "missing", "$.response", "expected a response")
                response = response.replace(notices=tuple(notices))
            response = response.replace(extra={"envelope": envelope})
        else:
            response = super().read_value(body, notices)
        if envelope.get("status") != "failed":
            return response
        f = Fields(envelope)
        fault = {"message": f.text("failure_reason"), "type": f.text("failure_kind")}
        info, envelope = self.error({"error": fault}), f.rest()
        return response.replace(error=info, end="failed", extra={**response.extra, "envelope": envelope})

    def response(self, body: Stored, notices: Notices) -> ChatResponse | None:  # type: ignore[override]
        response = super().response(body, notices)
        if response is None or body.object in (None, "", "chat.completion"):
            return response
        return response.replace(extra={**response.extra, "object": body.object})

    def choice(self, wire: Alternative, i: int, notices: Notices) -> Choice:
        """`text` and `function_call` on the choice stand for a message."""
        choice = super().choice(wire, i, notices)
        extra = dict(choice.extra)
        parts = list(choice.message.parts)
        if isinstance(extra.get("text"), str) and not parts:
            parts.append(TextPart(extra.pop("text")))
        if isinstance(call := extra.get("function_call"), dict) and call.get("name"):
            f = Fields(extra.pop("function_call"))
            name, sent, kept = f.text("name"), f.take("arguments", str, dict), f.rest()
            text = arguments(sent, kept, f"$.choices[{i}].function_call", notices)
            parts.append(ToolCall(name, text, "legacy", extra=kept))
        if len(parts) == len(choice.message.parts):
            return choice
        message = Message(choice.message.role, tuple(parts), choice.message.extra)
        return replace(choice, message=message, extra=extra)


VENDOR = Vendor("log10", (Log10Chat,))
