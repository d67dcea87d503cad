"""MiniMax: OpenAI's chat grammar and Anthropic's messages, with failures beside them.

Source: platform.minimax.io/docs/api-reference (text-post, text-chat, text-anthropic-api, errorcode; read
through copies of 2026), MiniMax-AI/MiniMax-01#37, MiniMax-AI/MiniMax-M2.5#2, GCWing/OpenBitFun PR 792,
mozilla-ai/any-llm#1185; no recorded body is at hand.

- A failure is HTTP 200 with `base_resp.status_code` other than 0, and `choices` null or missing. 1002 and
  2045 are of the rate, 2056 of a plan's window, 1008 of the account. `1039`, "token limit", is documented as
  one to try again.
- A stream ends with a whole body in one frame, which repeats the text and has the only usage; the usage of
  the chunks before is all zeros and says nothing.
- `role` may be "" in deltas. Thoughts are in `reasoning_content`, in `reasoning_details` or, between
  `<think>` tags, in the content.
- `input_sensitive` and `output_sensitive` say that a filter found something, and not that it cut the answer.
- Errors with an HTTP status of their own have the code at the end of the message, in brackets.
- As messages, an answer has `base_resp` and `service_tier` beside it. The counts of `message_start` are not
  final, and may all be zero.
"""

import re
from typing import Any

from chatnorm.canonical import ChatResponse, ErrorInfo
from chatnorm.classify import restate
from chatnorm.dialect import Dialect, Notices, Vendor

from .anthropic import AnthropicMessages
from .openai.chat import OpenAICopy

CODE = re.compile(r"\((\d{4})\)$")


class MiniMax(Dialect):
    """What both grammars have in common: failures."""

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
        "insufficient_balance_error": "quota",
        "new_sensitive_error": "content_policy",
    }

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        info = super().error(body, status)
        told = CODE.search(info.message or "") if info.code is None else None
        return info if told is None else restate(info, self.codes, code=told[1])


class MiniMaxChat(MiniMax, OpenAICopy):
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

    def prepare(self, wire: Any) -> None:
        """A failure is put where others have it."""
        state = wire.base_resp
        if isinstance(state, dict) and state.get("status_code") and not wire.error:
            wire.error, wire.base_resp = state, None


class MiniMaxMessages(MiniMax, AnthropicMessages):
    EXTRA = {"response": ("base_resp",), "frame": ("service_tier",)}

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        state = body.base_resp
        if not isinstance(state, dict) or not state.get("status_code"):
            return super().response(body, notices)
        body.base_resp, body.content = None, body.content or []
        response = super().response(body, notices)
        return response and response.replace(error=self.error({"base_resp": state}), end="failed")


VENDOR = Vendor("minimax", (MiniMaxChat, MiniMaxMessages))
