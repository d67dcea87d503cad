"""`gemini.generate`: whole bodies."""

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec.structs import replace

from chatnorm.canonical import (
    NO_MESSAGE,
    NO_USAGE,
    ChatResponse,
    Choice,
    ErrorInfo,
    ErrorKind,
    FinishReason,
    Message,
    OpaquePart,
    Part,
    ReasoningPart,
    ServerToolCall,
    ServerToolResult,
    Source,
    TextPart,
    ToolCall,
)
from chatnorm.classify import duration, restate
from chatnorm.dialect import Dialect, Fields, Notices, note
from chatnorm.errors import word
from chatnorm.repair import json_text, unix_time
from chatnorm.tables import camel, verbatim_text, whole

from .parts import cite, ground, logprobs, media
from .stream import GenerateTrack
from .wire import Body, Candidate, Feedback, Piece

FINISH_NUMBERS = ("FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER")
"""The finish words by their number in the services' protocol buffers, as far as the two services agree."""


OUTCOMES = {"OUTCOME_OK": False, "1": False, "OUTCOME_FAILED": True, "2": True}
OUTCOMES |= {"OUTCOME_DEADLINE_EXCEEDED": True, "3": True}
"""Whether a code's outcome, by word or number, is a failure."""


REASONS: Mapping[str, ErrorKind] = {
    "API_KEY_INVALID": "authentication",
    "RATE_LIMIT_EXCEEDED": "rate_limit",
    "QUOTA_EXHAUSTED": "quota",
    "INSUFFICIENT_G1_CREDITS_BALANCE": "quota",
    "MODEL_CAPACITY_EXHAUSTED": "overloaded",
    "MODEL_CAPACITY_EXCEEDED": "overloaded",
}
"""What `error.details[].reason` says more than the status does; all but the first of Code Assist."""


class GeminiGenerate(Dialect):
    """`gemini.generate`."""

    name = "gemini.generate"
    Wire = Body
    Frame = Body
    Track = GenerateTrack
    TEXTS = ("text",)
    SPELLING = "camel"
    ANSWER = ("candidates", "promptFeedback", "usageMetadata")
    MARKS = ("candidates", "promptFeedback", "usageMetadata", "error.status")
    HINTS = ("modelVersion", "responseId", "error.details", "[]")
    ENVELOPES = ("response",)
    EXTRA = {
        "response": ("modelStatus", "envelope"),
        "choice": (
            "finishMessage",
            "safetyRatings",
            "urlContextMetadata",
            "avgLogprobs",
            "tokenCount",
            "continuationToken",
        ),
        "logprobs": ("logProbabilitySum",),
        "part": ("videoMetadata", "mediaResolution", "partMetadata", "speechMetadata", "mediaProcessing"),
        "function_call": ("partialArgs", "willContinue"),
        "prompt_feedback": ("safetyRatings",),
    }
    FINISH: ClassVar[Mapping[str, FinishReason]] = {
        "STOP": "stop",
        "MAX_TOKENS": "length",
        "SAFETY": "content_filter",
        "RECITATION": "content_filter",
        "LANGUAGE": "content_filter",  # an unsupported language
        "BLOCKLIST": "content_filter",
        "PROHIBITED_CONTENT": "content_filter",
        "SPII": "content_filter",
        "MODEL_ARMOR": "content_filter",
        "IMAGE_SAFETY": "content_filter",
        "IMAGE_PROHIBITED_CONTENT": "content_filter",
        "IMAGE_RECITATION": "content_filter",
        "PUP_LIMITED_DISABLED": "content_filter",
        "ESCALATION": "content_filter",
        "MALFORMED_FUNCTION_CALL": "error",
        "MALFORMED_RESPONSE": "error",
        "UNEXPECTED_TOOL_CALL": "error",
        "TOO_MANY_TOOL_CALLS": "error",
        "MISSING_THOUGHT_SIGNATURE": "error",
        "NO_IMAGE": "error",
        "IMAGE_OTHER": "error",
        "CONTINUATION": "pause",
        "OTHER": "unknown",
        "FINISH_REASON_UNSPECIFIED": "unknown",
    }
    USAGE = {
        "input_tokens": "prompt_token_count + tool_use_prompt_token_count",
        "output_tokens": "candidates_token_count + thoughts_token_count",
        "total_tokens": "total_token_count",
        "cache_read_tokens": "cached_content_token_count",
        "tool_input_tokens": "tool_use_prompt_token_count",
        "reasoning_tokens": "thoughts_token_count",
        "input_text_tokens": "prompt_tokens_details[TEXT] + tool_use_prompt_tokens_details[TEXT]",
        "input_audio_tokens": "prompt_tokens_details[AUDIO] + tool_use_prompt_tokens_details[AUDIO]",
        "input_image_tokens": "prompt_tokens_details[IMAGE] + tool_use_prompt_tokens_details[IMAGE]",
        "input_video_tokens": "prompt_tokens_details[VIDEO] + tool_use_prompt_tokens_details[VIDEO]",
        "input_document_tokens": "prompt_tokens_details[DOCUMENT] + tool_use_prompt_tokens_details[DOCUMENT]",
        "output_text_tokens": "candidates_tokens_details[TEXT]",
        "output_audio_tokens": "candidates_tokens_details[AUDIO]",
        "output_image_tokens": "candidates_tokens_details[IMAGE]",
        "output_video_tokens": "candidates_tokens_details[VIDEO]",
    }
    USAGE_PATH = "$.usageMetadata"
    USAGE_KINDS = ("MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT")
    ERRORS = {
        "INVALID_ARGUMENT": "invalid_request",
        "FAILED_PRECONDITION": "invalid_request",
        "OUT_OF_RANGE": "invalid_request",
        "UNAUTHENTICATED": "authentication",
        "PERMISSION_DENIED": "permission",
        "NOT_FOUND": "not_found",
        "RESOURCE_EXHAUSTED": "rate_limit",
        "CANCELLED": "unknown",
        "INTERNAL": "server",
        "UNAVAILABLE": "overloaded",
        "DEADLINE_EXCEEDED": "timeout",
    }
    EXEMPT = {
        "$.sdk_http_response": "the Python SDK's: the headers of the HTTP answer",
        "$.automatic_function_calling_history": "the Python SDK's: the calls that it ran itself",
        "$.parsed": "the Python SDK's: the text once more",
    }
    REQUEST_ID_HEADERS = ()
    SERVICE_TIER_HEADERS = ("x-gemini-service-tier",)
    SPINE = ("response", "candidate", "part")

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        extra = body.extra()
        wires, counted, feedback = body.candidates or (), body.usage_metadata, body.prompt_feedback
        if body.candidates is None and counted is None and feedback is None and not body.error:
            return None
        sources: list[Source] = []
        choices = []
        for i, wire in enumerate(wires):
            choices.append(self.candidate(wire, i, sources, notices))
        created = tier = None
        blocked, told = self.feedback(feedback, extra) if feedback is not None else (None, None)
        if not wires and blocked is None and not body.error:
            note(notices, "missing", "$.candidates", "expected at least one candidate")
        if body.create_time is not None:
            created = unix_time(body.create_time)
            extra["createTime"] = body.create_time  # finer than whole seconds
        if counted is not None:
            tier = counted.service_tier or counted.traffic_type
        error = None
        if body.error:
            error = self.error({"error": body.error})
        return ChatResponse(
            self.vendor,
            self.name,
            body.response_id or None,
            body.model_version or None,
            created,
            tuple(choices),
            NO_USAGE if counted is None else self.usage_of(counted, notices),
            tier,
            None,
            None,
            None,
            tuple(sources),
            extra,
            tuple(notices) if notices else (),
            error,
            "failed" if error else "whole",
            blocked,
            told,
        )

    def feedback(self, wire: Feedback, extra: dict[str, Any]) -> tuple[str | None, str | None]:
        """Why the prompt was blocked, and the words on that."""
        blocked, rest = None, wire.extra()
        if wire.block_reason in (0, "BLOCK_REASON_UNSPECIFIED", "BLOCKED_REASON_UNSPECIFIED"):
            rest["blockReason"] = wire.block_reason
        elif wire.block_reason is not None:
            blocked = str(wire.block_reason)
        if rest:
            extra["promptFeedback"] = rest
        return blocked, wire.block_reason_message

    def is_whole(self, body: Any) -> bool:
        return (
            False  # a frame is a whole body, and an end without a finish reason is the same trouble in both
        )

    def candidate(self, wire: Candidate, i: int, sources: list[Source], notices: Notices) -> Choice:
        """One of `candidates`."""
        extra, content = wire.extra(), wire.content
        parts: list[Part] = []
        message = NO_MESSAGE
        if content is not None:
            places = []  # of each wire part among ours
            for j, piece in enumerate(content.parts or ()):
                places.append(len(parts))
                self.part(piece, parts, i, j, notices)
            if wire.grounding_metadata:
                ground(wire.grounding_metadata, parts, places, sources, extra)
            if wire.citation_metadata:
                cite(wire.citation_metadata, parts, extra)
            message = Message(content.role or None, tuple(parts), content.extra())
        elif wire.grounding_metadata or wire.citation_metadata:
            ground(wire.grounding_metadata or {}, parts, [], sources, extra)
            cite(wire.citation_metadata or {}, parts, extra)
        finish, native = None, wire.finish_reason
        if native is not None:
            if type(native) is int:
                extra["finishReason"] = native
                native = FINISH_NUMBERS[native] if 0 <= native < len(FINISH_NUMBERS) else native
            native = str(native)
            try:
                finish = self.FINISH[native]
            except KeyError:
                finish = self.unlisted(native, notices, f"$.candidates[{i}].finishReason")
            if finish == "stop":
                for part in parts:
                    if type(part) is ToolCall:
                        finish = "tool_calls"
        chances = None
        if wire.logprobs_result is not None:
            chances = logprobs(wire.logprobs_result, extra)
        index = i if wire.index is None else wire.index
        return Choice(index, message, finish, native, None, chances, None, extra)

    def part(self, wire: Piece, parts: list[Part], i: int, j: int, notices: Notices) -> None:
        """One of a candidate's parts. A wire part holds one thing; if it held several, several result."""
        extra, signature = wire.extra(), wire.thought_signature
        if (
            wire.text
            and wire.thought is None
            and wire.function_call is None
            and wire.inline_data is None
            and wire.file_data is None
            and wire.executable_code is None
            and wire.code_execution_result is None
            and wire.tool_call is None
            and wire.tool_response is None
            and wire.function_response is None
            and wire.audio_transcription is None
        ):
            parts.append(TextPart(wire.text, signature=signature, extra=extra))
            return
        before = len(parts)
        if wire.thought is not None and (wire.text is None or not wire.thought):
            extra["thought"] = wire.thought
        if wire.text is not None:
            if wire.thought:
                parts.append(ReasoningPart(wire.text, True, signature=signature, extra=extra))
            elif wire.text or signature is not None or extra:
                seal = signature if wire.function_call is None else None  # it is on one part only
                parts.append(TextPart(wire.text, signature=seal, extra=extra))
                extra = {}
        call = wire.function_call
        if call is not None:
            kept, seal = {**extra, **call.extra()}, signature or call.thought_signature
            parts.append(
                ToolCall(call.name, verbatim_text(call.args), id=call.id, signature=seal, extra=kept)
            )
        for member, blob in (("inlineData", wire.inline_data), ("fileData", wire.file_data)):
            if blob is not None and wire.thought:  # a picture drawn while thinking is no answer
                kept = {**extra, member: whole(blob)}
                parts.append(ReasoningPart(None, True, signature=signature, extra=kept))
            elif blob is not None:
                parts.append(media(blob, signature, extra))
        code = wire.executable_code
        if code is not None:
            sent = {"language": code.language, "code": code.code}
            text = json_text({key: value for key, value in sent.items() if value is not None})
            kept = {**extra, **code.extra()}
            parts.append(ServerToolCall("executableCode", text, id=code.id, signature=signature, extra=kept))
        ran = wire.code_execution_result
        if ran is not None:
            word_ = None if ran.outcome is None else str(ran.outcome)
            if type(ran.outcome) is int:
                extra = {**extra, "outcome": ran.outcome}
            failed = OUTCOMES.get(word_ or "")
            kept = {**extra, **ran.extra()}
            parts.append(
                ServerToolResult(
                    ran.id,
                    "codeExecutionResult",
                    word_,
                    failed,
                    ran.output,
                    signature=signature,
                    extra=kept,
                )
            )
        hosted = wire.tool_call
        if hosted is not None:
            kept, args = {**extra, **hosted.extra()}, verbatim_text(hosted.args)
            parts.append(
                ServerToolCall(hosted.tool_type, args, id=hosted.id, signature=signature, extra=kept)
            )
        given = wire.tool_response
        if given is not None:
            kept = {**extra, **given.extra()}
            parts.append(
                ServerToolResult(
                    given.id, given.tool_type, data=given.response, signature=signature, extra=kept
                )
            )
        for member in ("function_response", "audio_transcription"):
            data = getattr(wire, member)
            if data is not None:
                block = {camel(member): data}
                parts.append(OpaquePart(camel(member), block, signature=signature, extra=extra))
        if len(parts) == before and signature is not None and not extra:
            parts.append(ReasoningPart(None, signature=signature))  # of a step that Vertex does not show
        elif len(parts) == before and extra:
            unknown = next(iter(extra), None)
            path = f"$.candidates[{i}].content.parts[{j}]"
            notices[:] = [n for n in notices if not n.path.startswith(f"{path}.")]  # said at once
            note(notices, "opaque_part", path, f"kept as opaque: type {word(unknown)}")
            parts.append(OpaquePart(unknown, extra, signature=signature))

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """`error.details[]` holds the wait, as a duration, and what the status leaves open. The message
        always speaks of a quota: that of a minute is over soon, that of a day is not."""
        info = super().error(body, status)
        details = info.extra.get("details")
        quotas = []
        for item in details if isinstance(details, list) else ():
            f = Fields(item if isinstance(item, dict) else {})
            wait, kind = duration(f.text("retryDelay")), REASONS.get(f.text("reason") or "")
            if wait is not None:
                info = replace(info, retry_after=wait)
            if kind is not None:
                info = restate(info, self.codes, kind=kind)
            told = f.take("violations", list) or ()
            quotas += [str(violation.get("quotaId")) for violation in told if isinstance(violation, dict)]
        if any("PerDay" in quota for quota in quotas):  # the wait that is stated with it is much too short
            info = restate(info, self.codes, kind="quota")
        elif any("PerMinute" in quota for quota in quotas):
            info = restate(info, self.codes, kind="rate_limit")
        if any("PerModel" in quota for quota in quotas):
            info = replace(info, scope="model")
        return info
