"""Mistral (La Plateforme, and its models at Azure and Vertex): OpenAI's chat grammar with content in parts.

Source: the SDK `mistralai` 3.7.0 (2026), docs.mistral.ai, vercel/ai ed857f50f1 `packages/mistral` and #8012,
BerriAI/litellm PR 25078, continuedev/continue#6185, raycast/extensions#31107, and recorded bodies and streams
of 2024 to 2026.

- `content` is a text, or a list of parts: `text`, `thinking` (a list of texts, which may be empty, with
  `closed` and sometimes `signature`), `reference` (kept as opaque). In a stream it is a list while the model
  thinks and mostly a text after that.
- Calls have no `type`, or have; whole ones have an `index` as well. Arguments may be an object. A call mostly
  comes whole, in one delta with the finish reason and the usage. The SDK writes a missing id as "null".
- Cached tokens are in `num_cached_tokens`, `prompt_tokens_details` or `prompt_token_details`, or in all of
  them.
- Tokens of sound are beside `prompt_tokens`, not in it: the total is the sum of both and the output.
  `Usage.input_tokens` has both in it. `prompt_audio_seconds` is not tokens.
- `p` of a frame is padding.
- Errors are flat. `message` may be an object that holds FastAPI's list of faults. A 429 or 503 "Service tier
  capacity exceeded" is about the server, not about the key.
"""

from typing import Any

from chatnorm.canonical import ErrorInfo
from chatnorm.classify import restate
from chatnorm.dialect import Vendor

from .openai import OpenAIChat


class MistralChat(OpenAIChat):
    EXTRA = {
        "choice": ("messages", "prompt_logprobs"),
        "message": ("index", "prefix"),  # open models of others
        "usage": ("num_cached_tokens", "prompt_audio_seconds", "request_count", "service_tier"),
    }
    FINISH = {**OpenAIChat.FINISH, "model_length": "length"}
    USAGE = {
        **OpenAIChat.USAGE,
        "input_tokens": "prompt_tokens + prompt_tokens_details.audio_tokens",
        "cache_read_tokens": "prompt_tokens_details.cached_tokens | num_cached_tokens"
        " | prompt_token_details.cached_tokens",
    }
    REQUEST_ID_HEADERS = ("mistral-correlation-id", "x-request-id")
    ERRORS = {
        "rate_limited": "rate_limit",
        "invalid_model": "not_found",
        "service_tier_capacity_exceeded": "overloaded",
    }

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        if isinstance(body, dict) and isinstance(body.get("message"), dict):
            body = {**body, **body["message"], "message": None}
        info = super().error(body, status)
        full = "capacity exceeded" in (info.message or "")
        return restate(info, self.codes, kind="overloaded") if full else info


VENDOR = Vendor("mistral", (MistralChat,), otel_provider="mistral_ai")
