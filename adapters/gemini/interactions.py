"""`gemini.interactions`: whole bodies."""

from collections.abc import Mapping
from typing import Any, ClassVar

from chatnorm.canonical import NO_USAGE, ChatResponse, Choice, ErrorInfo, ErrorKind, Message, Part
from chatnorm.dialect import Dialect, Notices
from chatnorm.repair import unix_time

from .generate import GeminiGenerate
from .interactions_stream import PENDING, InteractionsTrack
from .interactions_wire import Body, Frame, ModelOutput

CODES: dict[str, ErrorKind] = {
    "invalid_request": "invalid_request",
    "too_many_requests": "rate_limit",
    "gateway_timeout": "timeout",
    "service_unavailable": "overloaded",
    **{name.lower(): kind for name, kind in GeminiGenerate.ERRORS.items()},
}
"""The words of its own errors; those of the front door are in capitals."""

OWN = ("resource_exhausted", "gateway_timeout", "deadline_exceeded")
"""Those of them that no other grammar has."""

ASKED = """
agent agent_config cached_content environment generation_config input labels previous_interaction_id
response_format response_mime_type response_modalities safety_settings system_instruction tools webhook_config
"""
"""What is told of the request."""

INPUT = ("input_tokens", "tool_use_tokens")
KINDS = ("text", "audio", "image", "video", "document")
"""Kinds of content that are counted, the last of them in the input only."""


class GeminiInteractions(Dialect):
    """`gemini.interactions`."""

    name = "gemini.interactions"
    Wire = Body
    Frame = Frame
    Track = InteractionsTrack
    FRAME_MARKS = ("event_type", "interaction", "step", "delta")
    TEXTS = ("text", "arguments")
    ANSWER = ("steps", "outputs", "status")
    MARKS = (
        "object=interaction",
        "steps",
        "interaction",
        "role=model",
        *[f"event_type={begin}" for begin in ("interaction.", "step.", "content.", "error")],
        *[f'error.code={code}"' for code in OWN],
    )
    HINTS = ("outputs", "updated", *[f'error.code={code}"' for code in CODES])
    EXTRA = {
        "response": (*ASKED.split(), "updated", "continuation_ids", "continuation_token", "environment_id"),
        "model_output": ("error",),
        "media": ("resolution", "processing", "channels", "sample_rate", "rate"),
        "call": ("server_name", "search_type", "retrieval_type"),
        "result": ("server_name",),
        "given": ("content", "call_id", "name", "result", "is_error"),
        "usage": (
            "initial_input_tokens",
            "cached_tokens_by_modality",
            "raw_prompt_token",
            "model_invocation_token_counts",
            "non_grounding_model_invocation_token_counts",
        ),
        "delta": ("resolution", "channels", "sample_rate", "search_type", "retrieval_type", "server_name"),
        "frame": ("continuation_token", "step_usage"),
    }
    FINISH = {
        "completed": "stop",
        "requires_action": "tool_calls",
        "incomplete": "length",
        "budget_exceeded": "length",
        "requires_continuation": "pause",
        "failed": "error",
        "cancelled": "cancelled",
    }
    USAGE = {
        "input_tokens": "total_input_tokens + total_tool_use_tokens",
        "output_tokens": "total_output_tokens + total_thought_tokens",
        "total_tokens": "total_tokens",
        "cache_read_tokens": "total_cached_tokens",
        "tool_input_tokens": "total_tool_use_tokens",
        "reasoning_tokens": "total_thought_tokens",
        **{f"input_{k}_tokens": " + ".join(f"{what}_by_modality[{k}]" for what in INPUT) for k in KINDS},
        **{f"output_{k}_tokens": f"output_tokens_by_modality[{k}]" for k in KINDS[:-1]},
        "tools": "runs",
    }
    USAGE_ROWS = ("modality", "tokens")
    ERRORS: ClassVar[Mapping[str, ErrorKind]] = {**GeminiGenerate.ERRORS, **CODES}
    EXEMPT = {
        **{f"$.output_{kind}": "the SDK's: once more" for kind in ("text", "image", "audio", "video")},
        "$.event_id": "a place in a stream, to go on from",
    }
    REQUEST_ID_HEADERS = ()
    SERVICE_TIER_HEADERS = ("x-gemini-service-tier",)

    front_door: GeminiGenerate | None = None

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        native, finish = body.status or None, None
        if body.steps is None and body.outputs is None and native is None:
            return None
        created, extra = self.about(body)
        parts: list[Part] = []
        for step in (*(body.steps or ()), *(body.outputs or ())):
            parts += step.parts() if isinstance(step, ModelOutput) else [step.part()]
        pending = native in PENDING
        if pending:
            extra["status"], native = native, None
        elif native is not None:
            finish = self.listed(native, notices, "$.status")
        error = self.failure(body) if native == "failed" else None
        counted = body.usage
        return ChatResponse(
            self.vendor,
            self.name,
            body.id or None,
            body.model or None,
            created,
            (Choice(0, Message(body.role or None, tuple(parts)), finish, native),),
            NO_USAGE if counted is None else self.usage_of(counted, notices),
            body.service_tier,
            extra=extra,
            notices=tuple(notices) if notices else (),
            error=error,
            end="failed" if error else "pending" if pending else "whole",
        )

    def about(self, body: Body) -> tuple[int | None, dict[str, Any]]:
        """When an interaction was created, and what else to keep of it."""
        extra, created = body.extra(), None
        if body.created is not None:
            created = unix_time(body.created)
            extra["created"] = body.created
        if body.errors and body.status != "failed":  # remarks
            extra["errors"] = body.errors
        return created, extra

    def failure(self, body: Body) -> ErrorInfo:
        """Why an interaction failed: it says so itself, or one of its steps does."""
        told = (held for step in body.steps or () if (held := getattr(step, "error", None)))
        return self.error({"errors": body.errors} if body.errors else {"error": next(told, None)})

    def is_whole(self, body: Any) -> bool:
        return super().is_whole(body) and not self._frame_marks.intersection(body)

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """The front door is that of generateContent."""
        if self.front_door is None:
            self.front_door = GeminiGenerate(self.vendor)
            self.front_door.codes = self.codes
        return self.front_door.error(body, status)
