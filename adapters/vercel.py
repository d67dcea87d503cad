"""Vercel AI Gateway: a router over many vendors, speaking OpenAI's chat grammar.

Source: bodies of 2026 recorded in charmbracelet/fantasy 30a5f02b and 836e1e07,
`providertests/testdata/TestVercelCommon`; vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions
(2026-07-27); vercel/ai `packages/gateway/src/errors/create-gateway-error.ts`.

- `provider_metadata` of the message, in a stream of the last delta, holds what upstream and gateway tell; in
  Anthropic's grammar it is at the top of the body, or of the frame before the last:
  `gateway.routing.finalProvider` names who answered, after attempts elsewhere.
- `reasoning` and `reasoning_details` hold the same thoughts, as OpenRouter's do.
- `usage.cost` is in US dollars, what the gateway charges for the tokens; `market_cost` is the list price. A
  `surcharge_cost`, of which `provider_allowlist_cost` is a part, comes with `gateway_cost`: the sum of both,
  which the caller pays; it is the cost then. The metadata repeat all as texts, and the upstream's own usage.
- For Gemini `completion_tokens` leaves the thoughts out, and so does the total. Where they are more than it,
  they are added, with a notice; the price says that this is right.
- `generationId` repeats the id. A stream's usage comes in the last frame with a choice.
"""

from typing import Any

from chatnorm.dialect import Vendor

from .anthropic import AnthropicMessages
from .openai import OpenAIResponses
from .openai.chat import OpenAICopy
from .openai.wire import answers

SURCHARGES = ("surcharge_cost", "provider_allowlist_cost")


class VercelChat(OpenAICopy):
    EXTRA = {
        "response": ("generationId",),
        "message": ("provider_metadata",),
        "usage": (
            "cost",
            "is_byok",
            "cost_details",
            "market_cost",
            "cache_creation_input_tokens",
            *SURCHARGES,
            "gateway_cost",
        ),
    }
    USAGE = {
        **OpenAICopy.USAGE,
        "cost": "gateway_cost | cost",
        "cache_write_tokens": "prompt_tokens_details.cache_write_tokens | cache_creation_input_tokens",
    }
    REASONING_LEFT_OUT = True
    CURRENCY = "USD"
    COST_DETAILS = ("cost_details", "market_cost", *SURCHARGES, "is_byok")

    def prepare(self, wire: Any) -> None:
        """The upstream that answered is named in its place in the grammar."""
        for answer in answers(wire):
            wire.provider = wire.provider or served(answer.provider_metadata)


def served(metadata: Any) -> str | None:
    """Who answered in the end."""
    match metadata:
        case {"gateway": {"routing": {"finalProvider": str(name)}}}:
            return name
    return None


class VercelMessages(AnthropicMessages):
    EXTRA = {"response": ("provider_metadata",), "frame": ("provider_metadata",)}

    def facts(self, extra: dict[str, Any]) -> dict[str, Any]:
        name = served(extra.get("provider_metadata"))
        return super().facts(extra) | ({"served_by": name} if name else {})


VENDOR = Vendor("vercel", (VercelChat, OpenAIResponses, VercelMessages))
