"""OpenRouter: a router over many vendors, speaking OpenAI's chat grammar with additions at every level.

Source: OpenRouterTeam/typescript-sdk cb9393a89 (2026-08-22) and dadea2366 (2025-08-21, the first one),
`openrouter` 1.3.84 for Python, openrouter.ai/docs, and recorded bodies of 2025 and 2026.

- `finish_reason` is translated to OpenAI's words; `native_finish_reason` is the upstream's own.
- `reasoning` and `reasoning_details` hold the same thoughts.
- `provider` names who answered. In one kind of broken body it holds the whole completion instead.
- An error may come with HTTP 200: alone, beside `choices: []`, or inside a choice. Its `code` is the
  HTTP status it stands for. `choices` may be null without any error.
- `usage.cost` is in US dollars (1 credit = 1 dollar); with the caller's own upstream key (`is_byok`) it is
  only the fee.
- SDK objects are camelCase; they drop `provider`, `native_finish_reason`, annotations and body errors.
"""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import ChatResponse, ErrorInfo
from chatnorm.classify import restate
from chatnorm.dialect import Dialect, Notices, Vendor, note

from .openai import OpenAIChat, OpenAIResponses


class Billed(Dialect):
    """What both grammars bill."""

    CURRENCY = "USD"
    COST_DETAILS = ("cost_details", "is_byok")
    EXTRA = {"usage": ("cost", *COST_DETAILS)}


class OpenRouterResponses(Billed, OpenAIResponses):
    USAGE = {**OpenAIResponses.USAGE, "cost": "cost"}


class OpenRouterChat(Billed, OpenAIChat):
    ENVELOPES = (*OpenAIChat.ENVELOPES, "provider")
    EXTRA = {
        "response": ("openrouter_metadata", "user_id", "alignment", "safeguard_results"),
        "message": ("model",),
        "usage": ("server_tool_use_details",),
    }
    USAGE = {**OpenAIChat.USAGE, "cost": "cost", "tools": "server_tool_use_details"}
    TOOLS = ("web_search_requests",)  # `tool_calls_requested` and `tool_calls_executed` count them again
    RATE_LIMIT_HEADERS = "x-ratelimit-{field}"
    ERRORS = {
        "max_tokens_exceeded": "context_length",
        "token_limit_exceeded": "context_length",
        "string_too_long": "context_length",
        "payload_too_large": "invalid_request",
        "authentication": "authentication",
        "payment_required": "quota",
        "provider_overloaded": "overloaded",
        "provider_unavailable": "overloaded",
        "invalid_request": "invalid_request",
        "invalid_prompt": "invalid_request",
        "not_found": "not_found",
        "unprocessable": "invalid_request",
        "refusal": "content_policy",
        "server": "server",
    }

    def read_value(self, body: Any, notices: Notices) -> ChatResponse:
        """A broken body may hold the answer in the place of the upstream's name."""
        if isinstance(body, dict) and isinstance(body.get("provider"), dict):
            note(notices, "coerced", "$.provider", "read object as the whole response")
        return super().read_value(body, notices)

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """`metadata` says more than the code, which is an HTTP status."""
        info = super().error(body, status)
        metadata = info.extra.get("metadata")
        if not isinstance(metadata, dict):
            return info
        if isinstance(metadata.get("error_type"), str) and info.type is None:
            info = restate(info, self.codes, type=metadata["error_type"])
        if metadata.get("reasons") or metadata.get("flagged_input"):
            return restate(info, self.codes, kind="content_policy")
        if metadata.get("provider_name") and info.retryable:  # another upstream may serve it
            return replace(info, scope="provider")
        return info


VENDOR = Vendor("openrouter", (OpenRouterChat, OpenRouterResponses))
