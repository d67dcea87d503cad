"""`openai.chat`, as Workers AI speaks it."""

from typing import Any

from ..openai.chat import OpenAICopy
from .run import WorkersRun


class CloudflareChat(OpenAICopy):
    ENVELOPES = (*OpenAICopy.ENVELOPES, *WorkersRun.ENVELOPES)
    EXTRA = {**WorkersRun.EXTRA, "response": ("response",)}
    ERRORS = WorkersRun.ERRORS

    def prepare(self, wire: Any) -> None:
        """An empty `response` stands beside a stream's last counts."""
        wire.response = wire.response or None
