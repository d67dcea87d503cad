"""llama.cpp's server: OpenAI's chat grammar with timings.

Source: ggml-org/llama.cpp, `tools/server/README.md`, `tools/server/server-task.cpp` and `server-common.cpp`
(2026-08); NousResearch/hermes-agent PR 1114. No recorded body is at hand.

- `timings` are in milliseconds; `Timing` has them in seconds. `cache_n` of its counts is the part of the
  prompt that was cached, `prompt_n` the rest; `usage.prompt_tokens` has both in it.
- `system_fingerprint` is the build.
- `logprobs` is missing unless asked for; its entries have the token's number as `id`.
- The first frame of a stream has a role and a content of null; with `return_progress` others tell in
  `prompt_progress` how far the prompt is read, the last of which is kept. Usage and timings come in a frame
  without choices.
- Thoughts are in `reasoning_content`. Some forks give a call's arguments as an object.
- Errors have the HTTP status as their `code`: 503 `unavailable_error` while the model loads, 400
  `exceed_context_size_error` with `n_prompt_tokens` and `n_ctx`. In a stream they are frames.
"""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import ChatResponse, Timing
from chatnorm.dialect import Notices, Vendor
from chatnorm.tables import Wire, whole

from .openai import Body, OpenAIChat
from .openai.stream import ChatTrack
from .openai.wire import Chunk


class Timings(Wire):  # timings
    LEVEL = "timings"
    prompt_ms: float | None = None
    predicted_ms: float | None = None


class LlamaCppBody(Body):  # the whole body
    timings: Timings | None = None


class LlamaCppChunk(Chunk):  # one frame of a stream
    timings: Timings | None = None


class LlamaCppTrack(ChatTrack):
    def frame(self, wire: Any) -> None:
        timing = measured(wire)
        super().frame(wire)
        self.head(timing=timing)


class LlamaCppChat(OpenAIChat):
    Wire = LlamaCppBody
    Frame = LlamaCppChunk
    Track = LlamaCppTrack
    EXTRA = {
        "response": ("prompt_progress",),
        "timings": (
            "cache_n",
            "prompt_n",
            "prompt_per_token_ms",
            "prompt_per_second",
            "predicted_n",
            "predicted_per_token_ms",
            "predicted_per_second",
            "draft_n",
            "draft_n_accepted",
        ),
        "logprob": ("id",),
    }
    ERRORS = {
        "exceed_context_size_error": "context_length",
        "unavailable_error": "overloaded",
        "not_supported_error": "invalid_request",
    }

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        timing = measured(body)
        response = super().response(body, notices)
        return response if response is None or timing is None else replace(response, timing=timing)


def measured(wire: Any) -> Timing | None:
    """The durations in seconds; in `extra` they stay as sent."""
    timings, wire.timings = wire.timings, None
    if timings is None:
        return None
    wire.left = {**(wire.left or {}), "timings": whole(timings)}
    prompt, writing = timings.prompt_ms, timings.predicted_ms
    return None if prompt is None or writing is None else Timing(None, None, prompt / 1000, writing / 1000)


VENDOR = Vendor("llamacpp", (LlamaCppChat,))
