"""OpenRouter: a router over many vendors, speaking OpenAI's chat grammar with additions at every level.

Source: OpenRouterTeam/typescript-sdk cb9393a89 (2026-08-22) and dadea2366 (2025-08-21, the first one),
`openrouter` 1.3.84 for Python, openrouter.ai/docs, and recorded bodies of 2025 and 2026.

- `finish_reason` is translated to OpenAI's words; `native_finish_reason` is the upstream's own.
- `reasoning` and `reasoning_details` hold the same thoughts.
- `provider` names who answered. In one kind of broken body it holds the whole completion instead.
- An error may come with HTTP 200: alone, beside `choices: []`, or inside a choice. Its `code` is the
  HTTP status it stands for. `choices` may be null without any error.
- `error_type`, in the `metadata` of an error or beside a failed answer of Responses, is a word of OpenRouter,
  the same in all grammars, and says more than the code. Its `image_not_found`, a 404, is about no model.
- A 403 may be a guardrail's or a rule's that the answer broke (`alignment`): the metadata, or the router's
  stages, tell it from one of the key.
- A failure in a frame that names its `provider` is that upstream's, a rate limit too.
- `debug` comes in a frame for each upstream that was tried; the second is kept as `debug_2`.
- `usage.cost` is in US dollars (1 credit = 1 dollar); with the caller's own upstream key (`is_byok`) it is
  only the fee.
- SDK objects are camelCase; they drop `provider`, `native_finish_reason`, annotations and body errors.
"""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import ChatResponse, ErrorInfo, ErrorKind
from chatnorm.classify import restate
from chatnorm.dialect import Dialect, Fields, Notices, Vendor, note

from .anthropic import AnthropicMessages
from .openai import OpenAIChat, OpenAIResponses, completions
from .openai.stream import ChatTrack

VERDICTS = ("reasons", "flagged_input", "patterns", "alignment")
"""What the metadata of an error hold where a filter, a guardrail or a rule has judged."""

TYPES: dict[ErrorKind, str] = {
    "context_length": "max_tokens_exceeded token_limit_exceeded string_too_long",
    "invalid_request": "payload_too_large invalid_request invalid_prompt precondition_failed unprocessable",
    "authentication": "authentication",
    "quota": "payment_required",
    "overloaded": "provider_overloaded provider_unavailable",
    "not_found": "not_found",
    "content_policy": "refusal",
    "server": "server",
}
"""Kind of error → those values of `error_type` that are no one else's."""


class Routed(Dialect):
    """What both grammars have: the bill, and how failures are told."""

    CURRENCY = "USD"
    COST_DETAILS = ("cost_details", "is_byok")
    EXTRA = {"usage": ("cost", *COST_DETAILS)}
    ERRORS = {word: kind for kind, words in TYPES.items() for word in words.split()}

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """`error_type` and what else is beside the code say more than it."""
        info = super().error(body, status)
        metadata = held if isinstance(held := info.extra.get("metadata"), dict) else {}
        own = metadata.get("error_type") or Fields(body if isinstance(body, dict) else {}).peek("error_type")
        if isinstance(own, str):
            kind, code = ("invalid_request" if own == "image_not_found" else None), info.code
            new = restate(info, self.codes, type=own, kind=kind, code=None if own in self.codes else code)
            info = replace(new, type=info.type or own, code=code)
        match Fields(info.extra).peek("openrouter_metadata"):
            case {"pipeline": [*_, {"type": "guardrail", "data": {"action": "blocked"}}]}:
                return restate(info, self.codes, kind="content_policy")
        if any(map(metadata.get, VERDICTS)) and not info.retryable:
            return restate(info, self.codes, kind="content_policy")
        return of_upstream(info, metadata.get("provider_name"))


def of_upstream(info: ErrorInfo, upstream: Any) -> ErrorInfo:
    """A failure at the upstream, if one is named: another may serve the request."""
    return replace(info, scope="provider") if upstream and info.retryable else info


class OpenRouterResponses(Routed, OpenAIResponses):
    EXTRA = {"response": ("error_type",)}
    USAGE = {**OpenAIResponses.USAGE, "cost": "cost"}

    def failure(self, body: Any) -> ErrorInfo | None:
        return super().failure(body) and self.error({"error": body.error, "error_type": body.error_type})


class OpenRouterTrack(ChatTrack):
    def frame(self, wire: Any) -> None:
        debug, wire.debug = wire.debug, None
        super().frame(wire)
        if debug is not None:
            self.keep("debug", debug)
        self.failure = self.failure and of_upstream(self.failure, wire.provider)


class OpenRouterChat(Routed, OpenAIChat):
    Track = OpenRouterTrack
    ENVELOPES = (*OpenAIChat.ENVELOPES, "provider")
    EXTRA = {
        "response": ("openrouter_metadata", "user_id", "alignment", "safeguard_results", "debug"),
        "message": ("model",),
        "usage": ("server_tool_use_details",),
    }
    USAGE = {**OpenAIChat.USAGE, "cost": "cost", "tools": "server_tool_use_details"}
    TOOLS = ("web_search_requests",)  # `tool_calls_requested` and `tool_calls_executed` count them again
    RATE_LIMIT_HEADERS = "x-ratelimit-{field}"

    def read_value(self, body: Any, notices: Notices) -> ChatResponse:
        """A broken body may hold the answer in the place of the upstream's name."""
        if isinstance(body, dict) and isinstance(body.get("provider"), dict):
            note(notices, "coerced", "$.provider", "read object as the whole response")
        return super().read_value(body, notices)


class OpenRouterMessages(Routed, AnthropicMessages):
    USAGE = {**AnthropicMessages.USAGE, "cost": "cost"}


SPEAKS = (OpenRouterChat, OpenRouterResponses, OpenRouterMessages, completions(OpenRouterChat))

VENDOR = Vendor("openrouter", SPEAKS)
