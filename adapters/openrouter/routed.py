"""OpenRouter: what both grammars have."""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import ErrorInfo, ErrorKind
from chatnorm.classify import restate
from chatnorm.dialect import Dialect, Fields

COUNTED = {"cost": "cost", "tools": "server_tool_use_details"}

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
    EXTRA = {
        "response": ("openrouter_metadata",),
        "usage": ("cost", *COST_DETAILS, "server_tool_use_details"),
    }
    TOOLS = ("web_search_requests",)  # `tool_calls_requested` and `tool_calls_executed` count them again
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
