"""DeepInfra: open models behind OpenAI's chat grammar.

Source: vercel/ai `packages/deepinfra/src` (`deepinfra-chat-language-model.ts` with its test,
`deepinfra-chat-error.ts`), read 2026-08; Portkey-AI/gateway 669825cb, `src/providers/deepinfra`.

- `usage.estimated_cost` is in US dollars, and an estimate.
- For Gemini and Gemma `completion_tokens` leaves the thoughts out. Where the total has them (19 + 84 + 1081 =
  1184), or they are more than it, they are added to the output; an older total that leaves them out as well
  contradicts that, with a notice.
- Inside a stream an error is `error_type` with `error_message`, the latter being an error body as JSON text.
- A request that fails validation gets FastAPI's `detail`.
"""

from contextlib import suppress
from typing import Any

import msgspec

from chatnorm.canonical import ErrorInfo
from chatnorm.dialect import Vendor

from .openai import OpenAIChat, completions


class DeepInfraChat(OpenAIChat):
    EXTRA = {"usage": ("estimated_cost",)}
    USAGE = {**OpenAIChat.USAGE, "cost": "estimated_cost"}
    REASONING_LEFT_OUT = True
    CURRENCY = "USD"
    COST_ESTIMATED = True
    ERRORS = {"validation_error": "invalid_request"}

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """The error itself may be JSON text."""
        inner: Any = None
        if isinstance(body, dict) and isinstance(body.get("error_message"), str):
            with suppress(msgspec.DecodeError, RecursionError):
                inner = msgspec.json.decode(body["error_message"])
        if isinstance(inner, dict) and inner.get("error"):
            body = {**{key: value for key, value in body.items() if key != "error_message"}, **inner}
        return super().error(body, status)


VENDOR = Vendor("deepinfra", (DeepInfraChat, completions(DeepInfraChat)))
