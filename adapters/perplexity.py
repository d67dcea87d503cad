"""Perplexity (Sonar): OpenAI's chat grammar over a search. The vendor ended it on 2026-09-27.

Source: docs.perplexity.ai (chat completions, pricing; 2026-08), the SDK `perplexityai` 0.46.1, genai-prices
47df840a, vercel/ai ed857f50f1 `packages/perplexity`, agno-agi/agno PR 6058, and recorded bodies and streams
of 2025 and 2026.

- `search_results` are the sources, with titles; `citations`, their addresses in the same order, is the older
  list. The text's `[1]` counts from one.
- A choice has both `message` and `delta`, in whole bodies too. In a stream the message is all that was said
  so far. Usage, citations and search results come in every frame; they are those so far, not to be added up.
- The last frame's `object` is `chat.completion.done`. A stream may end without `[DONE]`.
- Each frame has a time of its own; the first is taken.
- `reasoning_tokens` of deep research are in neither `completion_tokens` nor the total, and are billed. They
  are added to `Usage.output_tokens`, which then contradicts the total, with a notice. `citation_tokens` and
  `num_search_queries` are billed by themselves and stay in `Usage.native`.
- `usage.cost` breaks the price down, in US dollars; it is all zero until the last frame.
- An asynchronous job holds the answer in `response`; the job stays in `extra["envelope"]`.
- `sonar-reasoning` writes its thoughts into the text, as `<think>`; see `chatnorm.handover.split_think`.
"""

from typing import Any, Literal

from chatnorm.dialect import Vendor
from chatnorm.tables import Wire

from .openai import Body
from .openai.chat import OpenAICopy
from .openai.wire import Chunk, Tokens

Object = Literal["chat.completion", "chat.completion.chunk", "chat.completion.done"]


class Price(Wire):  # usage.cost
    LEVEL = "cost"
    total_cost: int | float | None = None


class Counted(Tokens):  # usage
    cost: Price | None = None


class SonarBody(Body):  # the whole body
    usage: Counted | None = None


class SonarChunk(Chunk):  # one frame of a stream
    object: Object | None = None  # type: ignore[assignment]
    usage: Counted | None = None


class PerplexityChat(OpenAICopy):
    Wire = SonarBody
    Frame = SonarChunk
    ENVELOPES = (*OpenAICopy.ENVELOPES, "response")
    EXTRA = {
        "response": ("search_results", "images", "videos", "related_questions", "type", "status"),
        "message": ("reasoning_steps",),
        "usage": ("search_context_size", "citation_tokens", "num_search_queries"),
        "cost": (
            "input_tokens_cost",
            "output_tokens_cost",
            "request_cost",
            "citation_tokens_cost",
            "reasoning_tokens_cost",
            "search_queries_cost",
        ),
    }
    USAGE = {
        **OpenAICopy.USAGE,
        "output_tokens": "completion_tokens + reasoning_tokens",
        "cost": "cost.total_cost",
    }
    CURRENCY = "USD"

    def prepare(self, wire: Any) -> None:
        """The search results stand for the citations, where these say nothing else."""
        results = wire.search_results
        if isinstance(results, list) and all(isinstance(result, dict) for result in results):
            addresses = [result.get("url") for result in results]
            if wire.citations is None or wire.citations == addresses:
                wire.citations, wire.search_results = results, None


VENDOR = Vendor("perplexity", (PerplexityChat,))
