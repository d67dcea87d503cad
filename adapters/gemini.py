"""Google Gemini, generateContent, of AI Studio and Vertex AI.

Source: the SDK `google-genai` 3.3.0 (`google/genai/types.py`, whose field notes say where the two services
differ), ai.google.dev/api/generate-content, and recorded bodies of 2024 to 2026.

- Everything is optional: default values (0, "", false, the first word of an enum) are left out. Enums come
  as words or, through some clients, as numbers.
- A `thoughtSignature` sits on any part, also on a call, a text or an empty text, and must stay on that part.
  `thought` marks a thought; that can be a picture.
- There is no finish word for tool calls, and calls often have no id.
- `promptTokenCount` includes the cache and leaves out `toolUsePromptTokenCount`; `candidatesTokenCount`
  leaves out the thoughts. The total is the sum of all four.
- Offsets of grounding count UTF-8 bytes inside one part. Those of citations are documented as bytes for
  AI Studio (`CitationSource`); for Vertex the unit is not said and read as the same.
- A blocked prompt is HTTP 200 with `promptFeedback` and no candidate.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import Raw
from msgspec.structs import replace

from chatnorm.canonical import (
    NO_MESSAGE,
    NO_USAGE,
    AudioPart,
    ChatResponse,
    Choice,
    Citation,
    ErrorInfo,
    FilePart,
    FinishReason,
    ImagePart,
    Message,
    OpaquePart,
    Part,
    ReasoningPart,
    ServerToolCall,
    ServerToolResult,
    Source,
    Span,
    TextPart,
    TokenLogprob,
    ToolCall,
    VideoPart,
)
from chatnorm.classify import duration, restate
from chatnorm.dialect import Dialect, Fields, Notices, Vendor, note
from chatnorm.errors import word
from chatnorm.repair import json_text, named, unix_time
from chatnorm.tables import Count, Wire, camel, verbatim_text, whole


class Google(Wire, rename="camel"):
    pass


class FunctionCall(Google):  # candidates[].content.parts[].functionCall
    LEVEL = "function_call"
    id: str | None = None
    name: str | None = None
    args: Raw = Raw(b"")
    thought_signature: str | None = None  # older models


class Blob(Google):  # …parts[].inlineData, …parts[].fileData
    LEVEL = "blob"
    mime_type: str | None = None
    data: str | None = None
    file_uri: str | None = None
    display_name: str | None = None


class Code(Google):  # …parts[].executableCode
    LEVEL = "code"
    id: str | None = None
    language: str | int | None = None
    code: str | None = None


class CodeResult(Google):  # …parts[].codeExecutionResult
    LEVEL = "code_result"
    id: str | None = None
    outcome: str | int | None = None
    output: str | None = None


class HostedCall(Google):  # …parts[].toolCall
    LEVEL = "hosted_call"
    id: str | None = None
    tool_type: str | None = None
    args: Raw = Raw(b"")


class HostedResult(Google):  # …parts[].toolResponse
    LEVEL = "hosted_result"
    id: str | None = None
    tool_type: str | None = None
    response: Any = None


class Piece(Google):  # candidates[].content.parts[]
    LEVEL = "part"
    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: FunctionCall | None = None
    inline_data: Blob | None = None
    file_data: Blob | None = None
    executable_code: Code | None = None
    code_execution_result: CodeResult | None = None
    tool_call: HostedCall | None = None
    tool_response: HostedResult | None = None
    function_response: Any = None
    audio_transcription: Any = None


class Content(Google):  # candidates[].content
    LEVEL = "content"
    role: str | None = None
    parts: list[Piece] | None = None


class ChosenToken(Google):  # candidates[].logprobsResult.chosenCandidates[]
    LEVEL = "logprob"
    token: str | None = None
    token_id: int | None = None
    log_probability: float | None = None


class TopTokens(Google):  # candidates[].logprobsResult.topCandidates[]
    LEVEL = "top_logprobs"
    candidates: list[ChosenToken] | None = None


class Logprobs(Google):  # candidates[].logprobsResult
    LEVEL = "logprobs"
    chosen_candidates: list[ChosenToken] | None = None
    top_candidates: list[TopTokens] | None = None


class Candidate(Google):  # candidates[]
    LEVEL = "choice"
    content: Content | None = None
    finish_reason: str | int | None = None
    index: int | None = None
    grounding_metadata: dict[str, Any] | None = None
    citation_metadata: dict[str, Any] | None = None
    logprobs_result: Logprobs | None = None


class Row(Google):  # usageMetadata.promptTokensDetails[] and its like
    LEVEL = "usage_row"
    modality: str | int | None = None
    token_count: Count | None = None


class Tokens(Google):  # usageMetadata
    LEVEL = "usage"
    NATIVE = True
    prompt_token_count: Count | None = None
    candidates_token_count: Count | None = None
    total_token_count: Count | None = None
    cached_content_token_count: Count | None = None
    prompt_tokens_details: list[Row] | None = None
    cache_tokens_details: list[Row] | None = None
    candidates_tokens_details: list[Row] | None = None
    tool_use_prompt_token_count: Count | None = None
    tool_use_prompt_tokens_details: list[Row] | None = None
    thoughts_token_count: Count | None = None
    service_tier: str | None = None
    traffic_type: str | None = None  # Vertex's class of service


class Feedback(Google):  # promptFeedback
    LEVEL = "prompt_feedback"
    block_reason: str | int | None = None
    block_reason_message: str | None = None


class Body(Google):  # the whole body, or one frame of a stream
    LEVEL = "response"
    BENDS = {"response_id": named, "model_version": named}
    candidates: list[Candidate] | None = None
    prompt_feedback: Feedback | None = None
    usage_metadata: Tokens | None = None
    model_version: str | None = None
    create_time: str | None = None
    response_id: str | None = None
    error: Any = None
    sdk_http_response: Any = None  # see `EXEMPT`
    automatic_function_calling_history: Any = None
    parsed: Any = None


FINISH_NUMBERS = ("FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER")
"""The finish words by their number in the services' protocol buffers, as far as the two services agree."""

MODALITIES = ("MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT")
"""The kinds of content by their number."""


OUTCOMES = {"OUTCOME_OK": False, "1": False, "OUTCOME_FAILED": True, "2": True}
OUTCOMES |= {"OUTCOME_DEADLINE_EXCEEDED": True, "3": True}
"""Whether a code's outcome, by word or number, is a failure."""


class GeminiGenerate(Dialect):
    """`gemini.generate`."""

    name = "gemini.generate"
    Wire = Body
    SPELLING = "camel"
    ANSWER = ("candidates", "promptFeedback", "usageMetadata")
    MARKS = ("candidates", "promptFeedback", "usageMetadata", "error.status")
    HINTS = ("modelVersion", "responseId", "error.details", "[]")
    EXTRA = {
        "response": ("modelStatus",),
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
        blocked = told = created = tier = None
        if feedback is not None:
            told, rest = feedback.block_reason_message, feedback.extra()
            if feedback.block_reason in (0, "BLOCK_REASON_UNSPECIFIED", "BLOCKED_REASON_UNSPECIFIED"):
                rest["blockReason"] = feedback.block_reason
            elif feedback.block_reason is not None:
                blocked = str(feedback.block_reason)
            if rest:
                extra["promptFeedback"] = rest
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
            sources=tuple(sources),
            extra=extra,
            notices=tuple(notices) if notices else (),
            prompt_block=blocked,
            prompt_block_message=told,
            error=error,
            end="failed" if error else "whole",
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
        if len(parts) == before and (extra or signature is not None):
            unknown = next(iter(extra), None)
            path = f"$.candidates[{i}].content.parts[{j}]"
            notices[:] = [n for n in notices if not n.path.startswith(f"{path}.")]  # said at once
            note(notices, "opaque_part", path, f"kept as opaque: type {word(unknown)}")
            parts.append(OpaquePart(unknown, extra, signature=signature))

    def by_kind(self, rows: list[Row]) -> Mapping[str, int]:
        """Counts by modality."""
        found: dict[str, int] = {}
        for row in rows:
            kind, count = row.modality, row.token_count
            if type(kind) is int and 0 <= kind < len(MODALITIES):
                kind = MODALITIES[kind]
            if count is not None and type(kind) is str:
                found[kind] = found[kind] + count if kind in found else count
        return found

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """`error.details[]` holds the wait, as a duration, and what the status leaves open."""
        info = super().error(body, status)
        details = info.extra.get("details")
        for item in details if isinstance(details, list) else ():
            f = Fields(item if isinstance(item, dict) else {})
            wait, reason = duration(f.text("retryDelay")), f.text("reason")
            if wait is not None:
                info = replace(info, retry_after=wait)
            if reason == "API_KEY_INVALID":
                info = restate(info, self.codes, kind="authentication")
            for violation in f.take("violations", list) or ():
                quota = str(violation.get("quotaId")) if isinstance(violation, dict) else ""
                if "PerDay" in quota:  # the wait that is stated with it is much too short
                    info = restate(info, self.codes, kind="quota")
                if "PerModel" in quota:
                    info = replace(info, scope="model")
        return info


MEDIA: dict[str, type[ImagePart | AudioPart | VideoPart]] = {
    "image": ImagePart,
    "audio": AudioPart,
    "video": VideoPart,
}


def media(wire: Blob, signature: str | None, extra: dict[str, Any]) -> Part:
    """A picture, sound, film or other file, by its media type."""
    kind = MEDIA.get((wire.mime_type or "").partition("/")[0], FilePart)
    return kind(
        data=wire.data,
        url=wire.file_uri,
        media_type=wire.mime_type,
        name=wire.display_name,
        signature=signature,
        extra={**extra, **wire.extra()},
    )


def logprobs(wire: Logprobs, extra: dict[str, Any]) -> tuple[TokenLogprob, ...] | None:
    """The chosen tokens, each with the likeliest ones at its place."""
    tops = wire.top_candidates or []
    chosen = wire.chosen_candidates
    if rest := wire.extra():
        extra["logprobsResult"] = rest
    if chosen is None and not tops:
        return None
    found = []
    for i in range(max(len(chosen or ()), len(tops))):
        top = tops[i] if i < len(tops) else NO_TOKENS
        likeliest = tuple([chance(t) for t in top.candidates or ()])
        token = chance(chosen[i] if chosen and i < len(chosen) else ChosenToken(), likeliest)
        token.extra.update(top.extra())
        found.append(token)
    return tuple(found)


NO_TOKENS = TopTokens()


def chance(wire: ChosenToken, top: tuple[TokenLogprob, ...] = ()) -> TokenLogprob:
    """One token, with the likeliest ones at its place."""
    return TokenLogprob(wire.token, wire.log_probability, None, wire.token_id, top, wire.extra())


def ground(
    sent: dict[str, Any], parts: list[Part], places: list[int], sources: list[Source], extra: dict[str, Any]
) -> None:
    """Grounding: its chunks become sources of the answer, its supports citations of the parts they name.

    `places`: where each wire part stands among `parts`. A support that names no text stays in `extra`.
    """
    f = Fields(sent)
    chunks = [chunk(item) for item in f.take("groundingChunks", list) or ()]
    sources += chunks
    text_place = next((i for i, part in enumerate(parts) if type(part) is TextPart), len(parts))
    left = []
    for item in f.take("groundingSupports", list) or ():
        support = Fields(item) if isinstance(item, dict) else Fields({})
        segment = Fields(support.object("segment"))
        start, end, text = segment.whole("startIndex"), segment.whole("endIndex"), segment.text("text")
        wired = segment.whole("partIndex")  # left out for 0, and where the text is not the first part
        place = text_place if not wired else (places[wired] if 0 < wired < len(places) else len(parts))
        indices = support.take("groundingChunkIndices", list) or []
        scores = support.take("confidenceScores", list) or []
        part = parts[place] if place < len(parts) else None
        known = all(type(i) is int and 0 <= i < len(chunks) for i in indices)
        if type(part) is not TextPart or not known or len(scores) > len(indices):
            left.append(item)
            continue
        rested = [
            replace(chunks[i], score=scores[n]) if n < len(scores) else chunks[i]
            for n, i in enumerate(indices)
        ]
        span = None if start is None and end is None else Span(start, end, "byte")
        kept = {**support.rest(), **segment.rest()}
        citation = Citation(span, text, tuple(rested), "groundingSupport", kept)
        parts[place] = replace(part, citations=(*part.citations, citation))
    rest = {**f.rest(), "groundingSupports": left} if left else f.rest()
    if rest:
        extra["groundingMetadata"] = rest


def chunk(item: Any) -> Source:
    """One of `groundingChunks`: an object with one member, which says what it is."""
    if isinstance(item, dict):
        item = {camel(name): value for name, value in item.items() if value is not None}
    if not isinstance(item, dict) or len(item) != 1 or not isinstance(next(iter(item.values())), dict):
        return Source(extra=item if isinstance(item, dict) else {"groundingChunks": item})
    ((kind, held),) = item.items()
    f = Fields(held)
    url, title, text, place = (
        f.text("uri") or f.text("sourceUri"),
        f.text("title"),
        f.text("text"),
        f.text("placeId"),
    )
    page = f.peek("pageNumber")
    span = Span(page, page, "page") if type(page) is int else None
    rag = f.peek("ragChunk")
    pages = Fields(Fields(rag if isinstance(rag, dict) else {}).object("pageSpan"))
    if span is None and (first := pages.whole("firstPage")) is not None:
        span = Span(first, pages.whole("lastPage"), "page")
    return Source(place, url, title, text, span, kind=kind, extra=f.rest())


def cite(sent: dict[str, Any], parts: list[Part], extra: dict[str, Any]) -> None:
    """`citationMetadata`: sources that the text repeats. Offsets count bytes."""
    f = Fields(sent)
    place = next((i for i, part in enumerate(parts) if type(part) is TextPart), None)
    found = []
    for name in ("citations", "citationSources"):
        for item in (f.take(name, list) or ()) if place is not None else ():
            held = Fields(item) if isinstance(item, dict) else Fields({name: item})
            start, end = held.whole("startIndex"), held.whole("endIndex")
            span = None if start is None and end is None else Span(start, end, "byte")
            source = Source(url=held.text("uri"), title=held.text("title"), extra=held.rest())
            found.append(Citation(span, sources=(source,), kind=name))
    if place is not None and found:
        part: Any = parts[place]
        parts[place] = replace(part, citations=(*part.citations, *found))
    if f.rest():
        extra["citationMetadata"] = f.rest()


VENDOR = Vendor("gemini", (GeminiGenerate,), otel_provider="gcp.gemini", price_provider="google")
