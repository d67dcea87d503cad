"""OpenRouter: a router over many vendors, speaking OpenAI's chat grammar with additions at every level.

Source: OpenRouterTeam/typescript-sdk cb9393a89 (2026-08-22) and dadea2366 (2025-08-21, the first one),
`openrouter` 1.3.84 for Python, openrouter.ai/docs, and recorded bodies of 2025 and 2026.

- `finish_reason` is translated to OpenAI's words; `native_finish_reason` is the upstream's own.
- `reasoning` and `reasoning_details` hold the same thoughts.
- `provider` names who answered. In one kind of broken body it holds the whole completion instead.
- An error may come with HTTP 200: alone, beside `choices: []`, or inside a choice. Its `code` is the
  HTTP status it stands for. `choices` may be null without any error.
- `error_type`, in the `metadata` of an error or beside a failed answer of Responses, is a word of OpenRouter,
  the same in all grammars, and says more than the code. Its `image_not_found`, a 404, is about no model.
- A 403 may be a guardrail's or a rule's that the answer broke (`alignment`): the metadata, or the router's
  stages, tell it from one of the key.
- A failure in a frame that names its `provider` is that upstream's, a rate limit too.
- `debug` comes in a frame for each upstream that was tried; the second is kept as `debug_2`.
- `usage.cost` is in US dollars (1 credit = 1 dollar); with the caller's own upstream key (`is_byok`) it is
  only the fee.
- SDK objects are camelCase; they drop `provider`, `native_finish_reason`, annotations and body errors.
"""

from typing import Any

from chatnorm.canonical import ChatResponse
from chatnorm.dialect import Notices, Vendor, note

from ..openai import OpenAIChat, completions
from ..openai.stream import ChatTrack
from .messages import OpenRouterMessages
from .responses import OpenRouterResponses
from .routed import COUNTED, Routed, of_upstream


class OpenRouterTrack(ChatTrack):
    def frame(self, wire: Any) -> None:
        debug, wire.debug = wire.debug, None
        super().frame(wire)
        if debug is not None:
            self.keep("debug", debug)
        self.failure = self.failure and of_upstream(self.failure, wire.provider)


class OpenRouterChat(Routed, OpenAIChat):
    Track = OpenRouterTrack
    ENVELOPES = (*OpenAIChat.ENVELOPES, "provider")
    EXTRA = {"response": ("user_id", "alignment", "safeguard_results", "debug"), "message": ("model",)}
    USAGE = {**OpenAIChat.USAGE, **COUNTED}
    RATE_LIMIT_HEADERS = "x-ratelimit-{field}"

    def read_value(self, body: Any, notices: Notices) -> ChatResponse:
        """A broken body may hold the answer in the place of the upstream's name."""
        if isinstance(body, dict) and isinstance(body.get("provider"), dict):
            note(notices, "coerced", "$.provider", "read object as the whole response")
        return super().read_value(body, notices)


SPEAKS = (OpenRouterChat, OpenRouterResponses, OpenRouterMessages, completions(OpenRouterChat))

VENDOR = Vendor("openrouter", SPEAKS)
