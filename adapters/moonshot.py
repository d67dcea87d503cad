"""Moonshot AI (Kimi): OpenAI's chat grammar and Anthropic's messages.

Source: platform.kimi.ai/docs/api (errors, messages) and platform.moonshot.ai/docs (2026), vercel/ai
ed857f50f1 `packages/moonshotai`, earendil-works/pi#2017, MoonshotAI/Kimi-K2#129; no recorded body is at hand.

- In streams of K2 and older models the usage is in `choices[0].usage` of the last chunk, in those of K3
  beside the choices, and may be in both: it is one report. `cached_tokens` is among its totals.
- Chunks may lack `object`.
- Calls of the vendor's own functions (`$web_search`) have the type `builtin_function`; the client answers
  them by sending the arguments back, so they are calls like others.
- Errors have a `type` and no code. HTTP 429 is a rate limit, an overload or an empty account, by the type; a
  prompt that is too long is told by the message.
- As messages, the usage has the counts of both grammars, which say the same; those of `message_start` do not
  know yet what the cache held. `message_delta` may come without a `delta`: nothing then says why it ended.
"""

from typing import Any

from chatnorm.canonical import ErrorInfo
from chatnorm.classify import restate
from chatnorm.dialect import Vendor

from .anthropic import AnthropicMessages
from .openai import Body, OpenAIChat
from .openai.stream import ChatTrack


class MoonshotTrack(ChatTrack):
    def alternative(self, wire: Any, i: int) -> None:
        """The usage may be in a choice."""
        counted, wire.usage = wire.usage, None
        super().alternative(wire, i)
        told = self.dialect.fitted({"usage": counted}, Body, f"$.choices[{i}]", self.notices).usage
        if told is not None:
            self.usage(told)


class MoonshotChat(OpenAIChat):
    Track = MoonshotTrack
    EXTRA = {"choice": ("usage",)}
    ERRORS = {
        "invalid_authentication_error": "authentication",
        "incorrect_api_key_error": "authentication",
        "permission_denied_error": "permission",
        "resource_not_found_error": "not_found",
        "exceeded_current_quota_error": "quota",
        "rate_limit_reached_error": "rate_limit",
        "engine_overloaded_error": "overloaded",
        "unexpected_output": "server",
    }

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """Only the message tells that the prompt is too long."""
        info = super().error(body, status)
        told = info.message or ""
        if info.kind == "invalid_request" and ("model token limit" in told or "token length too" in told):
            return restate(info, self.codes, kind="context_length")
        return info


class MoonshotMessages(AnthropicMessages):
    EXTRA = {"usage": ("prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens")}
    USAGE = {**AnthropicMessages.USAGE, "total_tokens": "total_tokens"}
    ERRORS = MoonshotChat.ERRORS


VENDOR = Vendor("moonshot", (MoonshotChat, MoonshotMessages), price_provider="moonshotai")
