"""SambaNova Cloud: OpenAI's chat grammar, with measurements in the usage.

Source: `sambanova` 1.13.0, BerriAI/litellm PR 11971, lobehub/lobehub#12845, portkey-ai/gateway 669825cb
`src/providers/sambanova`; no recorded body is at hand.

- `created` has a fraction; its seconds are taken, and the number stays in `extra`.
- The usage has times (seconds; `start_time` and `end_time` since 1970) and rates (tokens a second). The time
  to the first token and the whole latency are in `timing` as well.
- `choices` may be missing in chunks. An error may be plain text.
"""

from chatnorm.dialect import Vendor

from .openai.chat import OpenAICopy


class SambaNovaChat(OpenAICopy):
    EXTRA = {
        "message": ("channel",),
        "usage": (
            "time_to_first_token",
            "time_to_first_token_graph",
            "total_latency",
            "completion_tokens_per_sec",
            "completion_tokens_after_first_per_sec",
            "completion_tokens_after_first_per_sec_first_ten",
            "completion_tokens_after_first_per_sec_graph",
            "total_tokens_per_sec",
            "start_time",
            "end_time",
            "is_last_response",
            "stop_reason",
            "acceptance_rate",
        ),
    }
    TIMING = {"total": "total_latency", "first_token": "time_to_first_token"}


VENDOR = Vendor("sambanova", (SambaNovaChat,))
