"""MiniMax: OpenAI's chat grammar, with failures beside it.

Source: platform.minimax.io/docs/api-reference (text-post, text-chat, errorcode; read through copies of 2026),
MiniMax-AI/MiniMax-01#37, MiniMax-AI/MiniMax-M2.5#2, GCWing/OpenBitFun PR 792, mozilla-ai/any-llm#1185; no
recorded body is at hand.

- A failure is HTTP 200 with `base_resp.status_code` other than 0, and `choices` null or missing. 1002 and
  2045 are of the rate, 2056 of a plan's window, 1008 of the account. `1039`, "token limit", is documented as
  one to try again.
- A stream ends with a whole body in one frame, which repeats the text and has the only usage; the usage of
  the chunks before is all zeros and says nothing.
- `role` may be "" in deltas. Thoughts are in `reasoning_content`, in `reasoning_details` or, between
  `<think>` tags, in the content.
- `input_sensitive` and `output_sensitive` say that a filter found something, and not that it cut the answer.
"""

from typing import Any

from chatnorm.dialect import Vendor

from .openai.chat import OpenAICopy


class MiniMaxChat(OpenAICopy):
    HINTS = ("base_resp",)
    EXTRA = {
        "response": (
            "base_resp",
            "input_sensitive",
            "output_sensitive",
            "input_sensitive_type",
            "output_sensitive_type",
            "output_sensitive_int",
        ),
        "message": ("audio_content",),
        "usage": ("total_characters",),
    }
    ZEROS_IN_FRAMES = True
    ERRORS = {
        "1000": "server",
        "1001": "timeout",
        "1002": "rate_limit",
        "1004": "authentication",
        "1008": "quota",
        "1024": "server",
        "1026": "content_policy",
        "1027": "content_policy",
        "1033": "server",
        "1039": "rate_limit",
        "1041": "rate_limit",
        "2013": "invalid_request",
        "2045": "rate_limit",
        "2049": "authentication",
        "2056": "quota",
    }

    def prepare(self, wire: Any) -> None:
        """A failure is put where others have it."""
        state = wire.base_resp
        if isinstance(state, dict) and state.get("status_code") and not wire.error:
            wire.error, wire.base_resp = state, None


VENDOR = Vendor("minimax", (MiniMaxChat,))
