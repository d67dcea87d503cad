"""llama.cpp's server: OpenAI's chat grammar with timings.

Source: ggml-org/llama.cpp, `tools/server/README.md`, `tools/server/server-task.cpp` and `server-common.cpp`
(2026-08); NousResearch/hermes-agent PR 1114. No recorded body is at hand.

- `timings` are in milliseconds; `Timing` has them in seconds. `cache_n` of its counts is the part of the
  prompt that was cached, `prompt_n` the rest; `usage.prompt_tokens` has both in it.
- `system_fingerprint` is the build.
- `logprobs` is missing unless asked for; its entries have the token's number as `id`.
- The first frame of a stream has a role and a content of null; with `return_progress` others tell in
  `prompt_progress` how far the prompt is read, the last of which is kept. Usage and timings come in a frame
  without choices.
- Thoughts are in `reasoning_content`. Some forks give a call's arguments as an object.
- Errors have the HTTP status as their `code`: 503 `unavailable_error` while the model loads, 400
  `exceed_context_size_error` with `n_prompt_tokens` and `n_ctx`. In a stream they are frames; until
  2025 they came in an SSE field `error` of their own, `error: {…}`.
"""

from chatnorm.dialect import Vendor

from .anthropic import AnthropicMessages
from .openai import OpenAIResponses, completions
from .openai.chat import OpenAICopy


class LlamaCppChat(OpenAICopy):
    EXTRA = {"response": ("timings", "prompt_progress"), "logprob": ("id",)}
    TIMING_PATH = "timings"
    TIME_UNITS = 1000
    TIMING = {"prompt": "prompt_ms", "generation": "predicted_ms"}
    ERRORS = {
        "exceed_context_size_error": "context_length",
        "unavailable_error": "overloaded",
        "not_supported_error": "invalid_request",
    }


VENDOR = Vendor("llamacpp", (LlamaCppChat, OpenAIResponses, AnthropicMessages, completions(LlamaCppChat)))
