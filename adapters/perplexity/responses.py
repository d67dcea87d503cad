"""Perplexity, Agent API: OpenAI's Responses grammar over tools of its own.

Source: vercel/ai `packages/perplexity` (`perplexity-agent-language-model.ts`, its tests and its recorded
bodies of 2026-09); prism-php/prism, a recorded stream of 2025.

- What its tools found is an item of a type of its own, beside what was asked. The text's `[7]` names a result
  by its `id`.
- A stream announces such a tool as a `function_call`, as if the client had to run it; the item that takes its
  place when done says what it was.
- `response.reasoning.…` tells what a tool does; its queries and results are those of the item. `thought` is a
  line about the progress, not what the model thought, and is kept.
- Of 2025 there are streams without indexes or items, whose last frame is the answer itself.
- Tokens written to the cache are in the input. `usage.cost` is in US dollars.
"""

from typing import Any, Union

import msgspec
from msgspec.json import encode

from chatnorm.tables import Wire

from ..openai import OpenAIResponses
from ..openai.responses_stream import ResponsesTrack
from ..openai.responses_wire import ALL, Answer, Event, Tokens, Tool

FOUND = "search_results people_search_results fetch_url_results finance_results sandbox_results"
"""Items of what its tools found."""

OWN: Any = (*ALL, *(msgspec.defstruct(name, [], bases=(Tool,), tag=name) for name in FOUND.split()))
Items: Any = Union[OWN]  # noqa: UP007  (read by msgspec)


PRICES = """input_cost output_cost cache_creation_cost cache_read_cost tool_calls_cost input_tokens_cost
    output_tokens_cost request_cost currency tool_calls_cost_details"""
"""What the total is made of, by newer names and older ones."""


class Price(Wire):  # usage.cost, in both grammars
    LEVEL = "cost"
    total_cost: int | float | None = None


class Counted(Tokens):  # usage
    cost: Price | None = None


class AgentAnswer(Answer):
    output: list[Items] | None = None
    usage: Counted | None = None


class AgentEvent(Event):
    response: AgentAnswer | None = None
    item: Items | None = None


class AgentTrack(ResponsesTrack):
    def frame(self, wire: Any) -> None:
        kind, sent = wire.type or "", wire.extra()
        if kind.startswith("response.reasoning."):
            if sent.get("thought"):
                self.keep("thought", sent["thought"])
            return
        if kind == "response.completed" and wire.response is None:
            wire, _ = self.dialect.frame_value(encode({"type": kind, "response": sent}), None, self.notices)
        super().frame(wire)


class PerplexityResponses(OpenAIResponses):
    Wire, Frame = AgentAnswer, AgentEvent  # type: ignore[assignment]
    Track = AgentTrack
    EXTRA = {
        "tool": ("contents",),
        "frame": ("id", "model", "usage", "call_id", "queries", "results", "contents", "thought"),
        "usage": ("tool_calls_details",),
        "input_details": ("cache_creation_input_tokens", "cache_read_input_tokens"),
        "cost": (*PRICES.split(),),
    }
    USAGE = {
        **OpenAIResponses.USAGE,
        "cache_write_tokens": "input_tokens_details.cache_creation_input_tokens",
        "cost": "cost.total_cost",
    }
    CURRENCY = "USD"
