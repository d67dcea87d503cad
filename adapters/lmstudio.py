"""LM Studio: a server on one's own machine, in OpenAI's chat grammar. Its REST API v0 adds to it.

Source: lmstudio-ai/docs 4694b138 (2026, `4_api/2_rest/v0.md`, `0_root/api-changelog.md`),
lmstudio-ai/lmstudio-bug-tracker#601, #618, #2085; no recorded body of this grammar is at hand.

- `stats` of the REST API v0 has durations in seconds, speeds and the engine's own word for why it stopped
  (`eosFound`, `maxPredictedTokensReached` …); `finish_reason` is OpenAI's. At the compatible route it is
  empty.
- `model_info` and `runtime` tell what ran.
- A path or method that does not exist is HTTP 200 with `error` as a text, also where a stream was asked for.
"""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import ChatResponse, ErrorInfo, Timing
from chatnorm.classify import restate
from chatnorm.dialect import Notices, Vendor
from chatnorm.tables import Wire

from .openai import Body, OpenAIChat
from .openai.stream import ChatTrack
from .openai.wire import Chunk


class Stats(Wire):  # stats
    LEVEL = "stats"
    time_to_first_token: float | None = None
    generation_time: float | None = None


class LMStudioBody(Body):  # the whole body
    stats: Stats | None = None


class LMStudioChunk(Chunk):  # one frame of a stream
    stats: Stats | None = None


class LMStudioTrack(ChatTrack):
    def frame(self, wire: Any) -> None:
        timing = measured(wire)
        super().frame(wire)
        self.head(timing=timing)


class LMStudioChat(OpenAIChat):
    Wire = LMStudioBody
    Frame = LMStudioChunk
    Track = LMStudioTrack
    EXTRA = {
        "response": ("model_info", "runtime"),
        "stats": (
            "tokens_per_second",
            "stop_reason",
            "draft_model",
            "total_draft_tokens_count",
            "accepted_draft_tokens_count",
            "rejected_draft_tokens_count",
            "ignored_draft_tokens_count",
        ),
    }

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        timing = measured(body)
        response = super().response(body, notices)
        return response if response is None or timing is None else replace(response, timing=timing)

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        info = super().error(body, status)
        strayed = (info.message or "").startswith("Unexpected endpoint or method")
        return restate(info, self.codes, kind="invalid_request") if strayed else info


def measured(wire: Any) -> Timing | None:
    """The durations; what else stands with them is kept."""
    stats, wire.stats = wire.stats, None
    if stats is not None and (kept := stats.extra()):
        wire.left = {**(wire.left or {}), "stats": kept}
    if stats is None or stats.generation_time is None:
        return None
    return Timing(generation=stats.generation_time, first_token=stats.time_to_first_token)


VENDOR = Vendor("lmstudio", (LMStudioChat,))
