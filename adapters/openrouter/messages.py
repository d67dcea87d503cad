"""OpenRouter, Messages.

Source: a stream of 2026 recorded in 0xPlaygrounds/rig.

- `provider`, who served the answer, is a member of the message. A stream may end with `[DONE]`.
"""

from typing import Any

from chatnorm.canonical import ChatResponse
from chatnorm.dialect import Notices

from ..anthropic import AnthropicMessages
from ..anthropic.stream import MessagesTrack
from .routed import Routed


class OpenRouterMessagesTrack(MessagesTrack):
    def head(self, *, extra: dict[str, Any] | None = None, **fields: Any) -> None:
        if extra and isinstance(extra.get("provider"), str):
            fields["served_by"] = extra.pop("provider")
        super().head(extra=extra, **fields)


class OpenRouterMessages(Routed, AnthropicMessages):
    Track = OpenRouterMessagesTrack
    EXTRA = {"response": ("provider",)}
    USAGE = {**AnthropicMessages.USAGE, "cost": "cost"}

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        response = super().response(body, notices)
        if response is None or not isinstance(served_by := response.extra.get("provider"), str):
            return response
        extra = {name: held for name, held in response.extra.items() if name != "provider"}
        return response.replace(served_by=served_by, extra=extra)
