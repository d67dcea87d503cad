"""vLLM: the server below many hosts, in OpenAI's chat grammar.

Source: vllm-project/vllm 002032ee (2026-09), `vllm/entrypoints/openai/chat_completion/protocol.py` and
`vllm/entrypoints/generate/base/protocol.py`, and bodies recorded from hosts of it in 2026.

- Every field that is declared is sent, as null if there is nothing. `prompt_logprobs`, `prompt_token_ids`,
  `token_ids` and their like come on request.
- `stop_reason` is the stop text that matched, or the number of the token.
- Thoughts are in `reasoning`, in older versions in `reasoning_content`, in some in both.
- `abort`: the request was taken back.
- `metrics` are in milliseconds; `Timing` has them in seconds.
- With `continuous_usage_stats` every frame has the usage so far.
- Errors have the HTTP status as their `code`, in older versions in a flat object; in a stream too.
"""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import ChatResponse, Timing
from chatnorm.dialect import Notices, Vendor
from chatnorm.tables import Wire, whole

from .openai import Body, OpenAIChat
from .openai.stream import ChatTrack
from .openai.wire import Chunk


class Metrics(Wire):  # metrics
    LEVEL = "metrics"
    queue_time_ms: float | None = None
    generation_time_ms: float | None = None
    time_to_first_token_ms: float | None = None


class VllmBody(Body):  # the whole body
    metrics: Metrics | None = None


class VllmChunk(Chunk):  # one frame of a stream
    metrics: Metrics | None = None


class VllmTrack(ChatTrack):
    def frame(self, wire: Any) -> None:
        timing = measured(wire)
        super().frame(wire)
        self.head(timing=timing)


class VllmChat(OpenAIChat):
    Wire = VllmBody
    Frame = VllmChunk
    Track = VllmTrack
    EXTRA = {
        "response": (
            "prompt_logprobs",
            "prompt_token_ids",
            "prompt_text",
            "kv_transfer_params",
            "ec_transfer_params",
        ),
        "metrics": ("mean_itl_ms", "tokens_per_second", "speculative_decoding"),
        "choice": ("token_ids", "routed_experts"),
        "input_details": ("multimodal_tokens",),
    }
    FINISH = {**OpenAIChat.FINISH, "abort": "cancelled"}

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        timing = measured(body)
        response = super().response(body, notices)
        return response if response is None or timing is None else replace(response, timing=timing)


def measured(wire: Any) -> Timing | None:
    """The durations in seconds; in `extra` they stay as sent."""
    metrics, wire.metrics = wire.metrics, None
    if metrics is None:
        return None
    wire.left = {**(wire.left or {}), "metrics": whole(metrics)}
    times = (metrics.queue_time_ms, metrics.generation_time_ms, metrics.time_to_first_token_ms)
    queue, writing, first = (None if time is None else time / 1000 for time in times)
    return Timing(None, queue, None, writing, first)


VENDOR = Vendor("vllm", (VllmChat,))
