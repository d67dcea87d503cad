"""Perplexity (Sonar): OpenAI's chat grammar over a search. The vendor ended it on 2026-09-27.

Source: docs.perplexity.ai (chat completions, pricing; 2026-08), the SDK `perplexityai` 0.46.1, genai-prices
47df840a, vercel/ai ed857f50f1 `packages/perplexity`, agno-agi/agno PR 6058, and recorded bodies and streams
of 2025 and 2026.

- `search_results` are the sources, with titles; `citations`, their addresses in the same order, is the older
  list. The text's `[1]` counts from one.
- A choice has both `message` and `delta`, in whole bodies too. In a stream the message is all that was said
  so far. Usage, citations and search results come in every frame; they are those so far, not to be added up.
- The last frame's `object` is `chat.completion.done`. A stream may end without `[DONE]`. One that was asked
  to be concise has frames of steps first, `chat.reasoning` and `chat.reasoning.done`.
- `reasoning_steps` are what Pro Search thought and, by `type`, what it searched or read: deltas have those
  that are new, a message all. Each is a part. Older ones stand outside the choices and are kept as they are.
- Each frame has a time of its own; the first is taken.
- `reasoning_tokens` of deep research are in neither `completion_tokens` nor the total, and are billed. They
  are added to `Usage.output_tokens`, which then contradicts the total, with a notice. `citation_tokens` and
  `num_search_queries` are billed by themselves and stay in `Usage.native`.
- `usage.cost` breaks the price down, in US dollars; it is all zero until the last frame.
- An asynchronous job holds the answer in `response`; the job stays in `extra["envelope"]`.
- `sonar-reasoning` writes its thoughts into the text, as `<think>`; see `chatnorm.handover.split_think`.
"""

from typing import Any, Literal

from chatnorm.canonical import ReasoningPart
from chatnorm.dialect import Fields, Vendor

from ..openai import Body
from ..openai.chat import OpenAICopy
from ..openai.stream import CopyTrack
from ..openai.wire import Chunk, Thought, Tokens, answers
from .responses import PerplexityResponses, Price

Completion = Literal["chat.completion", "chat.completion.chunk", "chat.completion.done"]
Reasoning = Literal["chat.reasoning", "chat.reasoning.done"]


class Counted(Tokens):  # usage
    cost: Price | None = None


class SonarBody(Body):  # the whole body
    usage: Counted | None = None


class SonarChunk(Chunk):  # one frame of a stream
    object: Completion | Reasoning | None = None  # type: ignore[assignment]
    usage: Counted | None = None


class SonarTrack(CopyTrack):
    def thought(self, n: int, part: Any, kinds: Any) -> None:
        """Steps come whole; they have a type."""
        if part.extra:
            self.whole(n, (ReasoningPart, self.begun), part)
        else:
            super().thought(n, part, kinds)


KEPT = "search_results images videos related_questions reasoning_steps type status"


class PerplexityChat(OpenAICopy):
    Wire = SonarBody
    Frame = SonarChunk
    Track = SonarTrack
    ENVELOPES = (*OpenAICopy.ENVELOPES, "response")
    EXTRA = {
        "response": (*KEPT.split(),),
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
    REASONING_LEFT_OUT = True
    CURRENCY = "USD"

    def prepare(self, wire: Any) -> None:
        """The search results stand for the citations, where these say nothing else; steps are thoughts."""
        results = wire.search_results
        if isinstance(results, list) and all(isinstance(result, dict) for result in results):
            addresses = [result.get("url") for result in results]
            if wire.citations is None or wire.citations == addresses:
                wire.citations, wire.search_results = results, None
        for answer in answers(wire):
            steps = answer.reasoning_steps
            if isinstance(steps, list) and all(isinstance(step, dict) for step in steps):
                told = [(f.text("thought"), f.rest()) for f in map(Fields, steps)]
                said = [Thought(type="reasoning.text", text=text, left=rest) for text, rest in told]
                answer.reasoning_details = [*(answer.reasoning_details or ()), *said]
                answer.reasoning_steps = None


VENDOR = Vendor("perplexity", (PerplexityChat, PerplexityResponses))
