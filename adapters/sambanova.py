"""SambaNova Cloud: OpenAI's chat grammar, with measurements in the usage.

Source: `sambanova` 1.13.0, BerriAI/litellm PR 11971, lobehub/lobehub#12845, portkey-ai/gateway 669825cb
`src/providers/sambanova`; no recorded body is at hand.

- `created` has a fraction; its seconds are taken, and the number stays in `extra`.
- The usage has times (seconds; `start_time` and `end_time` since 1970) and rates (tokens a second). The time
  to the first token and the whole latency are in `timing` as well.
- `choices` may be missing in chunks. An error may be plain text.
"""

from typing import Any

from chatnorm.canonical import ChatResponse, Timing
from chatnorm.dialect import Notices, Vendor

from .openai import OpenAIChat
from .openai.stream import ChatTrack


def timing(usage: Any) -> Timing | None:
    """The durations in a usage object."""
    whole, first = usage.total_latency, usage.time_to_first_token
    whole, first = (value if type(value) in (int, float) else None for value in (whole, first))
    return None if whole is None and first is None else Timing(total=whole, first_token=first)


class SambaNovaTrack(ChatTrack):
    def usage(self, wire: Any) -> None:
        super().usage(wire)
        self.head(timing=timing(wire))


class SambaNovaChat(OpenAIChat):
    Track = SambaNovaTrack
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

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        response = super().response(body, notices)
        measured = None if body.usage is None else timing(body.usage)
        return response if response is None or measured is None else response.replace(timing=measured)


VENDOR = Vendor("sambanova", (SambaNovaChat,))
