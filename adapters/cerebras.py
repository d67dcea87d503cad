"""Cerebras: OpenAI's chat grammar with durations.

Source: the SDK `cerebras-cloud-sdk` 1.91.0 (2026), inference-docs.cerebras.ai (errors, rate limits),
vercel/ai ed857f50f1 `packages/cerebras`, and recorded bodies of 2025 and 2026.

- `time_info` has durations in seconds, and a `created` that is finer than the body's. The total is the
  server's own and more than the sum of the others.
- `content` is missing beside tool calls. Thoughts are in `reasoning`.
- Usage and durations come in the last frame of a stream, which has choices.
- Errors are flat. In a stream they are under `error`, beside a `status_code`.
"""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import ChatResponse, Timing
from chatnorm.dialect import Notices, Vendor
from chatnorm.tables import Wire

from .openai import Body, OpenAIChat
from .openai.stream import ChatTrack
from .openai.wire import Chunk


class TimeInfo(Wire):  # time_info
    LEVEL = "time_info"
    queue_time: float | None = None
    prompt_time: float | None = None
    completion_time: float | None = None
    total_time: float | None = None


class CerebrasBody(Body):  # the whole body
    time_info: TimeInfo | None = None


class CerebrasChunk(Chunk):  # one frame of a stream
    time_info: TimeInfo | None = None


class CerebrasTrack(ChatTrack):
    def frame(self, wire: Any) -> None:
        timing = measured(wire)
        super().frame(wire)
        self.head(timing=timing)


class CerebrasChat(OpenAIChat):
    Wire = CerebrasBody
    Frame = CerebrasChunk
    Track = CerebrasTrack
    EXTRA = {
        "time_info": ("created",),
        "choice": ("reasoning_logprobs",),
        "message": ("tokens",),
        "usage": ("image_tokens",),
    }
    ERRORS = {
        "wrong_api_key": "authentication",
        "queue_exceeded": "overloaded",
        "too_many_requests_error": "rate_limit",
    }

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        timing = measured(body)
        response = super().response(body, notices)
        return response if response is None or timing is None else replace(response, timing=timing)


def measured(wire: Any) -> Timing | None:
    """The durations; what else stands with them is kept."""
    info, wire.time_info = wire.time_info, None
    if info is None:
        return None
    if kept := info.extra():
        wire.left = {**(wire.left or {}), "time_info": kept}
    return Timing(info.total_time, info.queue_time, info.prompt_time, info.completion_time)


VENDOR = Vendor("cerebras", (CerebrasChat,))
