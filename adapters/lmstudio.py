"""LM Studio: a server on one's own machine, in OpenAI's chat grammar. Its REST API v0 adds to it.

Source: lmstudio-ai/docs 4694b138 (2026, `4_api/2_rest/v0.md`, `0_root/api-changelog.md`),
lmstudio-ai/lmstudio-bug-tracker#601, #618, #2085; no recorded body of this grammar is at hand.

- `stats` of the REST API v0 has durations in seconds, speeds and the engine's own word for why it stopped
  (`eosFound`, `maxPredictedTokensReached` …); `finish_reason` is OpenAI's. At the compatible route it is
  empty.
- `model_info` and `runtime` tell what ran.
- A path or method that does not exist is HTTP 200 with `error` as a text, also where a stream was asked for.
"""

from typing import Any

from chatnorm.canonical import ErrorInfo
from chatnorm.classify import restate
from chatnorm.dialect import Vendor

from .anthropic import AnthropicMessages
from .openai import OpenAIResponses, completions
from .openai.chat import OpenAICopy


class LMStudioChat(OpenAICopy):
    EXTRA = {"response": ("stats", "model_info", "runtime")}
    TIMING_PATH = "stats"
    TIMING = {"generation": "generation_time", "first_token": "time_to_first_token"}

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        info = super().error(body, status)
        strayed = (info.message or "").startswith("Unexpected endpoint or method")
        return restate(info, self.codes, kind="invalid_request") if strayed else info


VENDOR = Vendor("lmstudio", (LMStudioChat, OpenAIResponses, AnthropicMessages, completions(LMStudioChat)))
