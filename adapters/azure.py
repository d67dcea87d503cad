"""Azure OpenAI and Azure AI inference, GitHub Models among it: OpenAI's chat grammar with a filter's
verdicts.

Source: learn.microsoft.com (Azure OpenAI REST reference, content filtering, content streaming; read through
copies of 2025 and 2026), `@azure/openai` 1.0.0-beta.13, `azure-ai-inference` 1.0.0b9,
docs.github.com/github-models, and recorded bodies of 2024 to 2026.

- `content_filter_results` has a verdict for each category: `filtered`, with a `severity` or `detected`.
  `error` among them: the filter itself failed, and the answer is unfiltered. `{}` says nothing.
- A filtered answer has no `message`. A filtered prompt is HTTP 400, in one recording 200, with the verdicts
  in `error.innererror`.
- A stream begins with a frame that has no choices, empty names and `created` 0, but the verdicts on the
  prompt. Each frame has the verdicts on a stretch of the text, the last often `{}`: of each category the
  gravest stands.
- With the asynchronous filter, frames without `delta` judge text that was sent before, even after the finish
  reason; `content_filter_offsets` says how far.
- Of 2023 are `prompt_annotations`, and `finish_details` in place of the finish reason; and of the extensions
  for data of one's own, whose answers have the object `extensions.chat.completion`, in streams with `.chunk`.
- Error codes are words or HTTP statuses as text. The models of others keep the habits of their servers.
- `latency_checkpoint` (in no documentation) is in the usage, in streams beside it; milliseconds.
"""

from typing import Any, Literal

from chatnorm.canonical import Choice
from chatnorm.dialect import Notices, Vendor

from .anthropic import AnthropicMessages
from .openai import Body, OpenAIChat, OpenAIResponses, completions
from .openai.stream import ChatTrack
from .openai.wire import Chunk

Whole = Literal["chat.completion", "extensions.chat.completion"]
Piece = Literal[Whole, "chat.completion.chunk", "extensions.chat.completion.chunk"]
SEVERITY = {"low": 1, "medium": 2, "high": 3}


def gravity(verdict: Any) -> tuple[bool, bool, int]:
    """How grave a verdict is."""
    told = verdict if isinstance(verdict, dict) else {}
    return bool(told.get("filtered")), bool(told.get("detected")), SEVERITY.get(str(told.get("severity")), 0)


class AzureBody(Body):  # the whole body
    object: Whole | None = None  # type: ignore[assignment]


class AzureChunk(Chunk):  # one frame of a stream
    object: Piece | None = None  # type: ignore[assignment]


class AzureTrack(ChatTrack):
    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.verdicts: dict[int, dict[str, Any]] = {}

    def choice(self, number: int, role: str | None = None, *, extra: Any = None, **told: Any) -> None:
        found = extra.get("content_filter_results") if extra else None
        if extra and isinstance(found, dict):
            known = self.verdicts.setdefault(number, {})
            for category, verdict in found.items():
                known[category] = max(known.get(category, verdict), verdict, key=gravity)
            extra = {**extra, "content_filter_results": dict(known)}
        super().choice(number, role, extra=extra, **told)


class AzureChat(OpenAIChat):
    Wire, Frame, Track = AzureBody, AzureChunk, AzureTrack
    MARKS = ("prompt_filter_results", "error.innererror")
    EXTRA = {
        "response": ("prompt_filter_results", "prompt_annotations", "latency_checkpoint"),
        "choice": (
            "content_filter_results",
            "content_filter_result",
            "content_filter_offsets",
            "content_filter_raw",
            "finish_details",
            "enhancements",
            "matched_stop",
        ),
        "message": ("context", "end_turn"),
        "usage": ("latency_checkpoint", "audio_prompt_tokens"),
    }
    FINISH = {**OpenAIChat.FINISH, "max_tokens": "length"}  # of `finish_details`
    ERRORS = {
        "DeploymentNotFound": "not_found",
        "OperationNotSupported": "invalid_request",
        "unknown_model": "not_found",
        "unavailable_model": "not_found",
        "RateLimitReached": "rate_limit",
        "tokens_limit_reached": "context_length",  # GitHub's, HTTP 413
        "ResponsibleAIPolicyViolation": "content_policy",
    }
    REQUEST_ID_HEADERS = ("x-request-id", "apim-request-id")

    def choice(self, wire: Any, i: int, notices: Notices) -> Choice:
        """`finish_details` says why it stopped, and at what."""
        details = wire.finish_details
        if isinstance(details, dict) and wire.finish_reason is None:
            kind = details.get("type")
            wire.finish_reason = kind if isinstance(kind, str) else None
            wire.stop_reason = details.get("stop")
        return super().choice(wire, i, notices)


SPEAKS = (AzureChat, OpenAIResponses, AnthropicMessages, completions(AzureChat))

VENDOR = Vendor("azure", SPEAKS, otel_provider="azure.ai.openai")
