"""SiliconFlow: open models behind OpenAI's chat grammar.

Source: docs.siliconflow.com (chat completions; en/faqs/error-code; read 2026-08), the 403 for a paid model
as quoted in err.dmxapi.cn id 1150; Portkey-AI/gateway 669825cb, `src/providers/siliconflow`.

- Errors are flat: a number, a message and `data`, mostly null. Some are OpenAI's.
- An unknown model is a 400; an account without money is a 403, told by its words alone.
- The id of a request is in a header of its own.
- `finish_reason` may be `eos`.
"""

from typing import Any

from chatnorm.canonical import ErrorInfo
from chatnorm.classify import restate
from chatnorm.dialect import Vendor

from .anthropic import AnthropicMessages
from .openai import OpenAIChat, completions


class SiliconFlowChat(OpenAIChat):
    REQUEST_ID_HEADERS = ("x-siliconcloud-trace-id",)
    FINISH = {**OpenAIChat.FINISH, "eos": "stop"}
    ERRORS = {"20012": "not_found"}

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """Missing money is told by words only."""
        info = super().error(body, status)
        if info.kind == "permission" and "balance is insufficient" in (info.message or ""):
            return restate(info, self.codes, kind="quota")
        return info


VENDOR = Vendor("siliconflow", (SiliconFlowChat, AnthropicMessages, completions(SiliconFlowChat)))
