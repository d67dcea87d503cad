"""StepFun: its own models behind OpenAI's chat grammar.

Source: platform.stepfun.com/docs/zh/api-reference/error-codes (as of 2026-07); bytedance/deer-flow PR 3456.

- Thoughts are in `reasoning` or, if the request asks for DeepSeek's form, in `reasoning_content`.
- Content that the censor blocks is HTTP 451, which elsewhere means a region.
- Errors have a message and a type, and no code.
"""

from typing import Any

from chatnorm.canonical import ErrorInfo
from chatnorm.classify import restate
from chatnorm.dialect import Vendor

from .openai import OpenAIChat


class StepFunChat(OpenAIChat):
    ERRORS = {
        "censorship_blocked": "content_policy",
        "request_params_invalid": "invalid_request",
    }

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """The type says more than the status 451."""
        info = super().error(body, status)
        if info.kind == "region" and info.type in self.codes:
            return restate(info, self.codes, kind=self.codes[info.type])
        return info


VENDOR = Vendor("stepfun", (StepFunChat,))
