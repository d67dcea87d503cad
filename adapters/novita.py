"""Novita AI: open models behind OpenAI's chat grammar.

Source: a stream of 2026 recorded in pydantic/pydantic-ai 4fda38988 (through Hugging Face's router);
novita.ai/docs/guides/error (read 2026-08); Portkey-AI/gateway 669825cb, `src/providers/novita-ai`.

- Every frame has `sla_metrics`: milliseconds to the first token, and the frame's own time, which is dropped.
- `system_fingerprint` is "".
- The platform's own errors are flat, `code` repeating the HTTP status and `reason` naming the trouble: an
  empty account is a 403. Others hold a bare text in `error`, or are OpenAI's.
"""

from typing import Any

from chatnorm.canonical import ErrorInfo
from chatnorm.classify import restate
from chatnorm.dialect import Vendor

from .anthropic import AnthropicMessages
from .openai import completions
from .openai.chat import OpenAICopy


class NovitaChat(OpenAICopy):
    HINTS = ("job_id",)
    EXTRA = {"response": ("sla_metrics",), "choice": ("content_filter_results",)}
    TIMING_PATH = "sla_metrics"
    TIME_UNITS = 1000
    TIMING = {"first_token": "ttft_ms"}
    PASSING = (*OpenAICopy.PASSING, "ts_us")
    EXEMPT = {**OpenAICopy.EXEMPT, "$.sla_metrics.ts_us": "the time of the frame that holds it"}
    ERRORS = {
        "INVALID_API_KEY": "authentication",
        "NOT_ENOUGH_BALANCE": "quota",
        "MODEL_NOT_FOUND": "not_found",
        "model_access_denied": "permission",
        "RATE_LIMIT_EXCEEDED": "rate_limit",
        "TOKEN_LIMIT_EXCEEDED": "rate_limit",
        "SERVICE_NOT_AVAILABLE": "overloaded",
    }

    def prepare(self, wire: Any) -> None:
        if isinstance(metrics := wire.sla_metrics, dict):
            wire.sla_metrics = {key: value for key, value in metrics.items() if key != "ts_us"} or None

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """The `reason` says more than the status."""
        info = super().error(body, status)
        kind = self.codes.get(str(info.extra.get("reason")))
        return info if kind is None else restate(info, self.codes, kind=kind)


VENDOR = Vendor("novita", (NovitaChat, AnthropicMessages, completions(NovitaChat)))
