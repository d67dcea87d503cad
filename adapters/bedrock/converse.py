"""`bedrock.converse`: whole bodies."""

from typing import Any, ClassVar

from msgspec.structs import replace

from chatnorm.canonical import (
    NO_MESSAGE,
    NO_USAGE,
    AudioPart,
    ChatResponse,
    Choice,
    ErrorInfo,
    ErrorKind,
    FilePart,
    ImagePart,
    Message,
    OpaquePart,
    Part,
    TextPart,
    VideoPart,
)
from chatnorm.classify import header_map, restate, retry_after
from chatnorm.dialect import Dialect, Fields, Notices, note
from chatnorm.errors import word
from chatnorm.tables import camel

from .stream import ConverseTrack
from .wire import Block, Body, Event

KINDS: dict[ErrorKind, str] = {
    "authentication": "ExpiredToken InvalidSignature MissingAuthenticationToken UnrecognizedClient",
    "permission": "AccessDenied",
    "invalid_request": "Serialization Validation",
    "quota": "ServiceQuotaExceeded",
    "not_found": "ResourceNotFound UnknownOperation",
    "timeout": "ModelTimeout",
    "rate_limit": "Throttling",
    "server": "ModelError ModelStreamError InternalServer",
    "overloaded": "ModelNotReady ServiceUnavailable",
}
CLASSES = {f"{name}Exception": kind for kind, names in KINDS.items() for name in names.split()}
"""Classes of exceptions; as members of a stream they begin in lower case."""

NO_KEY = ("api key is valid", "token has expired", "token included in the request is expired")
"""Words of a denial that is about the key, and not about what it may do."""


class Runtime(Dialect):
    """What the service says around the answer of any model."""

    ERRORS = {**CLASSES, **{name[:1].lower() + name[1:]: kind for name, kind in CLASSES.items()}}
    REQUEST_ID_HEADERS: ClassVar[tuple[str, ...]] = ("x-amzn-requestid", "x-amz-request-id")
    SERVICE_TIER_HEADERS, ERROR_TYPE_HEADERS = ("x-amzn-bedrock-service-tier",), ("x-amzn-errortype",)

    def unwrap(self, body: Any) -> tuple[Any, dict[str, Any]]:
        """botocore and the front door write the names of an error with capitals."""
        body, envelope = super().unwrap(body)
        if isinstance(body, dict) and not self.has_answer(body):
            body = lowered(body)
            if isinstance(body.get("error"), dict):
                body["error"] = lowered(body["error"])
        return body, envelope

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """botocore puts the facts of the HTTP answer beside the error."""
        held = body.get("ResponseMetadata") if isinstance(body, dict) else None
        http = Fields(body.pop("ResponseMetadata") if isinstance(held, dict) else {})
        told, headers = http.peek("HTTPStatusCode"), http.peek("HTTPHeaders")
        if status is None and type(told) is int and told >= 400:
            status = told
        info = super().error(body, status)
        said = (info.message or "").lower()
        if info.status == 429 or "throttlingexception" in map(str.lower, map(str, (info.code, info.type))):
            if "per day" in said:
                info = restate(info, self.codes, kind="quota")
            elif info.kind == "context_length":  # the tokens are those of all requests together
                info = restate(info, self.codes, kind="rate_limit")
        elif info.kind == "permission" and any(words in said for words in NO_KEY):
            info = restate(info, self.codes, kind="authentication")
        info = replace(info, request_id=http.text("RequestId") or info.request_id)
        if isinstance(headers, dict) and info.retry_after is None:
            info = replace(info, retry_after=retry_after(header_map(headers)))
        return replace(info, extra={**info.extra, "ResponseMetadata": http.rest()}) if http.rest() else info


class BedrockConverse(Runtime):
    """`bedrock.converse`."""

    name = "bedrock.converse"
    Wire = Body
    Frame = Event
    Track = ConverseTrack
    FRAMING = "eventstream"
    FRAME_MARKS = tuple(name for name in Event.__struct_fields__ if name != "left")
    EXEMPT = {
        f"$.{camel(name)}.p": "padding of streams, so that the size of a frame does not tell the text"
        for name in Event.__struct_fields__
    }
    TEXTS, PASSING = ("text", "input"), ("p",)
    SPELLING = "camel"
    ANSWER = ("output", "stopReason")
    MARKS: ClassVar[tuple[str, ...]] = (
        "output={",
        "additionalModelResponseFields",
        "ResponseMetadata",
        "message=The model returned the following errors",
        "message=This model doesn't support",
        "message=Too many tokens",
        "originalStatusCode",
        "messageStart",
        "contentBlockStart",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
    )
    HINTS = ("stopReason", "metrics", "trace", "serviceTier", "performanceConfig", "Error", "Message")
    EXTRA = {
        "response": ("metrics", "performanceConfig"),
        "media": ("format", "error", "context", "citations"),
        "usage": ("serverToolUsage", "pydantic_ai_gateway"),
        "metadata": ("metrics", "performanceConfig"),
        "event": tuple(name[:1].lower() + name[1:] for name in CLASSES),
    }
    FINISH = {
        "end_turn": "stop",
        "stop_sequence": "stop",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "tool_use": "tool_calls",
        "guardrail_intervened": "content_filter",
        "content_filtered": "content_filter",
        "malformed_model_output": "error",
        "malformed_tool_use": "error",
    }
    USAGE = {
        "input_tokens": "input_tokens + cache_read + cache_write",
        "output_tokens": "output_tokens",
        "total_tokens": "total_tokens",
        "cache_read_tokens": "cache_read",
        "cache_write_tokens": "cache_write",
        "cache_write_5m_tokens": "cache_details[5m]",
        "cache_write_1h_tokens": "cache_details[1h]",
    }
    USAGE_ROWS = ("ttl", "input_tokens")
    SPINE = ("response", "part")

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        output, native = body.output, body.stop_reason or None
        if output is None and native is None:
            return None
        extra, message = body.extra(), NO_MESSAGE
        if output is not None:
            if rest := output.extra():
                extra["output"] = rest
            if (said := output.message) is not None:
                parts: list[Part] = []
                for i, block in enumerate(said.content or ()):
                    self.part(block, parts, i, notices)
                message = Message(said.role or None, tuple(parts), said.extra())
        finish = model = stop = tier = request_id = None
        if native is not None:
            try:
                finish = self.FINISH[native]
            except KeyError:
                finish = self.unlisted(native, notices, "$.stopReason")
        if body.trace is not None:
            extra["trace"] = body.trace
            model = Fields(Fields(body.trace).object("promptRouter")).text("invokedModelId")
        more = body.additional_model_response_fields
        if more is not None:
            extra["additionalModelResponseFields"] = more
            f = Fields(more if isinstance(more, dict) else {})
            stop = f.text("stop_sequence") or Fields(f.object("delta")).text("stop_sequence")
        if body.service_tier is not None:
            tier = body.service_tier.type
            if rest := body.service_tier.extra():
                extra["serviceTier"] = rest
        if body.http is not None:
            f = Fields(body.http)
            request_id = f.text("RequestId")
            if rest := f.rest():
                extra["ResponseMetadata"] = rest
        counted = body.usage
        return ChatResponse(
            self.vendor,
            self.name,
            None,
            model,
            None,
            (Choice(0, message, finish, native, stop),),
            NO_USAGE if counted is None else self.usage_of(counted, notices),
            tier,
            request_id=request_id,
            extra=extra,
            notices=tuple(notices) if notices else (),
        )

    def part(self, wire: Block, parts: list[Part], i: int, notices: Notices) -> None:
        """One of the content blocks. It holds one thing; if it held several, several result."""
        left = wire.left
        if wire.text is not None:
            bent = {"text": left.pop("text")} if left and "text" in left else {}
            parts.append(TextPart(wire.text, extra=bent))
        if wire.reasoning_content is not None:
            parts.append(wire.reasoning_content.part())
        if wire.tool_use is not None:
            parts.append(wire.tool_use.part())
        if wire.tool_result is not None:
            parts.append(wire.tool_result.part())
        if wire.citations_content is not None:
            parts.append(wire.citations_content.part())
        if wire.image is not None:
            parts.append(wire.image.part(ImagePart))
        if wire.audio is not None:
            parts.append(wire.audio.part(AudioPart))
        if wire.video is not None:
            parts.append(wire.video.part(VideoPart))
        if wire.document is not None:
            parts.append(wire.document.part(FilePart))
        for name, data in left.items() if left else ():
            path = f"$.output.message.content[{i}]"
            said = f"{path}.{name}", "unknown_field"
            notices[:] = [n for n in notices if (n.path, n.kind) != said]  # said at once
            note(notices, "opaque_part", path, f"kept as opaque: type {word(name)}")
            parts.append(OpaquePart(name, {name: data}))

    def framed(self, body: dict[str, Any], name: str | None) -> dict[str, Any]:
        """Gateways hand on the payload alone; its members tell what it is."""
        if self._frame_marks.isdisjoint(body):
            for event, member in FLATTENED:
                if member in body:
                    return {event: body}
        return body


FLATTENED = (
    ("contentBlockStart", "start"),
    ("contentBlockDelta", "delta"),
    ("contentBlockStop", "contentBlockIndex"),
    ("messageStop", "stopReason"),
    ("metadata", "usage"),
    ("messageStart", "role"),
)
"""Event → the member by which its payload is known."""


CAPITALS = {"Error": "error", "Code": "code", "Message": "message"}


def lowered(sent: dict[str, Any]) -> dict[str, Any]:
    """An object without capitals in its names for the error, its code and its message."""
    return {(new if (new := CAPITALS.get(k, k)) not in sent else k): v for k, v in sent.items()}
