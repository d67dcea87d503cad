"""Alibaba Cloud Model Studio (DashScope), the Qwen models: its OpenAI-compatible mode.

Source: alibabacloud.com/help/en/model-studio (OpenAI Chat, 2026-03-18; error messages, 2025-05-20; status
codes), vercel/ai ed857f50f1 `packages/alibaba`, anomalyco/opencode#37841, and saved bodies of 2026.

- The pieces of a call that goes on have the id "", and may have the name "".
- `prompt_tokens` includes what the cache read and, where the request asked for a cache, what it wrote
  (`cache_creation_input_tokens`); `text_tokens` of the completion includes the thoughts.
- Error codes are words of two kinds: OpenAI's, and DashScope's own with points in them. The id of the request
  stands beside the error. `insufficient_quota` is said of tokens a minute as well; the address in the message
  tells which.
- An annotation `audio_info` says in which language and mood the prompt was spoken, and is no citation;
  `seconds` of the usage is how long it was.
- DashScope's own API, under the same keys, is described in `tongyi.py`.
"""

from typing import Any

from chatnorm.canonical import ErrorInfo
from chatnorm.classify import restate
from chatnorm.dialect import Vendor
from chatnorm.tables import whole

from .anthropic import AnthropicMessages
from .openai import OpenAIResponses, completions
from .openai.chat import OpenAICopy
from .openai.wire import answers
from .tongyi import TongyiGeneration


class AlibabaChat(OpenAICopy):
    EXTRA = {
        "annotation": ("emotion", "language"),
        "input_details": ("cache_creation_input_tokens", "cache_creation", "cache_type"),
        "usage": ("seconds",),
    }
    USAGE = {
        **OpenAICopy.USAGE,
        "cache_write_tokens": OpenAICopy.USAGE["cache_write_tokens"]
        + " | prompt_tokens_details.cache_creation_input_tokens",
    }
    ERRORS = {
        "InvalidApiKey": "authentication",
        "invalid_parameter_error": "invalid_request",
        "InvalidParameter": "invalid_request",
        "UnsupportedOperation": "invalid_request",
        "InvalidURL": "invalid_request",
        "DataInspectionFailed": "content_policy",
        "data_inspection_failed": "content_policy",
        "AllocationQuota.FreeTierOnly": "quota",
        "Arrearage": "quota",
        "AccessDenied": "permission",
        "access_denied": "permission",
        "AccessDenied.Unpurchased": "permission",
        "Model.AccessDenied": "permission",
        "ModelNotFound": "not_found",
        "RequestTimeOut": "timeout",
        "Throttling": "rate_limit",
        "Throttling.RateQuota": "rate_limit",
        "Throttling.BurstRate": "rate_limit",
        "Throttling.AllocationQuota": "rate_limit",
        "limit_requests": "rate_limit",
        "limit_burst_rate": "rate_limit",
        "InternalError": "server",
        "InternalError.Algo": "server",
        "InternalError.Timeout": "timeout",
        "ServiceUnavailable": "overloaded",
        "ModelUnavailable": "overloaded",
    }

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        info = super().error(body, status)
        if info.kind == "quota" and "#token-limit" in (info.message or ""):  # so many tokens a minute
            return restate(info, self.codes, kind="rate_limit")
        return info

    def prepare(self, wire: Any) -> None:
        """What was heard stays beside the text."""
        for answer in answers(wire):
            if answer.annotations and (heard := [a for a in answer.annotations if a.type == "audio_info"]):
                answer.annotations = [a for a in answer.annotations if a.type != "audio_info"]
                answer.left = {**(answer.left or {}), "annotations": [whole(a) for a in heard]}


SPEAKS = (AlibabaChat, OpenAIResponses, AnthropicMessages, completions(AlibabaChat), TongyiGeneration)

VENDOR = Vendor("alibaba", SPEAKS)
