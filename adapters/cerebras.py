"""Cerebras: OpenAI's chat grammar with durations.

Source: the SDK `cerebras-cloud-sdk` 1.91.0 (2026), inference-docs.cerebras.ai (errors, rate limits),
vercel/ai ed857f50f1 `packages/cerebras`, and recorded bodies of 2025 and 2026.

- `time_info` has durations in seconds, and a `created` that is finer than the body's. The total is the
  server's own and more than the sum of the others.
- `content` is missing beside tool calls. Thoughts are in `reasoning`.
- Usage and durations come in the last frame of a stream, which has choices.
- Errors are flat. In a stream they are under `error`, beside a `status_code`.
"""

from chatnorm.dialect import Vendor

from .openai.chat import OpenAICopy


class CerebrasChat(OpenAICopy):
    EXTRA = {
        "response": ("time_info",),
        "choice": ("reasoning_logprobs",),
        "message": ("tokens",),
        "usage": ("image_tokens",),
    }
    GROWING = (*OpenAICopy.GROWING, "reasoning_logprobs")
    TIMING_PATH = "time_info"
    TIMING = {
        "total": "total_time",
        "queue": "queue_time",
        "prompt": "prompt_time",
        "generation": "completion_time",
    }
    ERRORS = {
        "wrong_api_key": "authentication",
        "queue_exceeded": "overloaded",
        "too_many_requests_error": "rate_limit",
        "token_quota_exceeded": "rate_limit",  # so many tokens a minute, hour or day
        "too_many_tokens_error": "rate_limit",
    }


VENDOR = Vendor("cerebras", (CerebrasChat,))
