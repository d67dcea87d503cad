"""OpenRouter, Messages.

Source: a stream of 2026 recorded in 0xPlaygrounds/rig.

- `provider`, who served the answer, is a member of the message. A stream may end with `[DONE]`.
"""

from typing import Any

from ..anthropic import AnthropicMessages
from .routed import Routed


class OpenRouterMessages(Routed, AnthropicMessages):
    EXTRA = {"response": ("provider",)}
    USAGE = {**AnthropicMessages.USAGE, "cost": "cost"}

    def facts(self, extra: dict[str, Any]) -> dict[str, Any]:
        named = isinstance(extra.get("provider"), str)
        return super().facts(extra) | ({"served_by": extra.pop("provider")} if named else {})
