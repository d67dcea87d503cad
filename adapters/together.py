"""Together AI: OpenAI's chat grammar with traces of the completions grammar before it.

Source: the SDKs `together` 3.1.1 and togethercomputer/together-python PR 153, togethercomputer/openapi PR 27,
docs.together.ai (2026-08), vercel/ai ed857f50f1 `packages/togetherai`, and recorded bodies and streams of
2024 to 2026.

- `finish_reason` may be `eos`.
- `seed` of a choice is an integer beyond 2**53. `prompt` is a list, mostly empty; streams do not have it.
- A choice of a stream has the text twice, in `text` and in the delta. Its `logprobs` are one number, and
  `token_id` beside the delta's text says which token that is; without logprobs the number is dropped.
- Logprobs of whole bodies are parallel lists.
- Cached tokens are `usage.cached_tokens`. Thoughts are in `reasoning`, older ones in `reasoning_content`.
- Errors are OpenAI's, or `error` is a text; beside it may stand `model`, `job_id`, `request_id`.
"""

from typing import Any

from chatnorm.dialect import Vendor

from .openai import Alternative, completions
from .openai.chat import OpenAICopy
from .openai.stream import CopyTrack
from .openai.wire import Chunk, Logprobs


class Piece(Alternative):  # choices[] of a frame
    logprobs: Logprobs | float | None = None  # type: ignore[assignment]


class TogetherChunk(Chunk):  # one frame of a stream
    choices: list[Piece] | None = None  # type: ignore[assignment]


class TogetherTrack(CopyTrack):
    def alternative(self, wire: Any, i: int) -> None:
        """The number stands for the text of the delta, as in the parallel lists of a whole body."""
        delta, chance, token, said = wire.delta, wire.logprobs, None, None
        if delta is not None:
            token, said, delta.token_id = delta.token_id, delta.content, None
        if type(chance) is float:
            wire.logprobs = Logprobs(tokens=[said], token_logprobs=[chance], token_ids=[token])
        if not wire.text or wire.text == said:
            wire.text = None
        super().alternative(wire, i)


class TogetherChat(OpenAICopy):
    Frame = TogetherChunk
    Track = TogetherTrack
    EXTRA = {
        "response": ("prompt", "warnings"),
        "choice": ("seed", "text", "top_logprobs"),
        "message": ("token_id",),
    }
    EXEMPT = {**OpenAICopy.EXEMPT, "$.choices[].delta.token_id": "whole bodies do not number their pieces"}
    PASSING = (*OpenAICopy.PASSING, "text", "token_id")
    FINISH = {**OpenAICopy.FINISH, "eos": "stop"}

    def prepare(self, wire: Any) -> None:
        wire.prompt = wire.prompt or None


VENDOR = Vendor("together", (TogetherChat, completions(TogetherChat)))
