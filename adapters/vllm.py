"""vLLM: the server below many hosts, in OpenAI's chat grammar.

Source: vllm-project/vllm 002032ee (2026-09), `vllm/entrypoints/openai/chat_completion/protocol.py` and
`vllm/entrypoints/generate/base/protocol.py`, and bodies recorded from hosts of it in 2026.

- Every field that is declared is sent, as null if there is nothing. `prompt_logprobs`, `prompt_token_ids`,
  `token_ids` and their like come on request.
- `stop_reason` is the stop text that matched, or the number of the token.
- Thoughts are in `reasoning`, in older versions in `reasoning_content`, in some in both.
- `abort`: the request was taken back.
- `metrics` are in milliseconds; `Timing` has them in seconds.
- With `continuous_usage_stats` every frame has the usage so far.
- Errors have the HTTP status as their `code`, in older versions in a flat object; in a stream too.
"""

from chatnorm.dialect import Vendor

from .anthropic import AnthropicMessages
from .openai import OpenAIResponses, completions
from .openai.chat import OpenAICopy


class VllmChat(OpenAICopy):
    EXTRA = {
        "response": (
            "prompt_logprobs",
            "prompt_token_ids",
            "prompt_text",
            "kv_transfer_params",
            "ec_transfer_params",
            "metrics",
        ),
        "choice": ("token_ids", "routed_experts"),
        "input_details": ("multimodal_tokens",),
    }
    TIMING_PATH = "metrics"
    TIME_UNITS = 1000
    TIMING = {
        "queue": "queue_time_ms",
        "generation": "generation_time_ms",
        "first_token": "time_to_first_token_ms",
    }
    FINISH = {**OpenAICopy.FINISH, "abort": "cancelled"}


VENDOR = Vendor("vllm", (VllmChat, OpenAIResponses, AnthropicMessages, completions(VllmChat)))
