"""`anthropic.complete`: the old text completions, whole and streamed."""

from typing import Any, Literal

from chatnorm.canonical import ChatResponse, Choice, Message, TextPart
from chatnorm.dialect import Dialect, Notices
from chatnorm.errors import word
from chatnorm.repair import named
from chatnorm.tables import Wire, whole
from chatnorm.track import Track


class Answer(Wire):  # what a body and a frame share
    LEVEL = "response"
    BENDS = {"id": named, "model": named}
    id: str | None = None
    model: str | None = None
    completion: str | None = None
    stop_reason: str | None = None
    stop: str | None = None
    log_id: str | None = None
    truncated: bool | None = None  # version 2023-01-01

    def kept(self) -> dict[str, Any]:
        """What to keep of the answer."""
        extra = self.extra()
        if self.truncated is not None:
            extra["truncated"] = self.truncated
        return extra


class Body(Answer):  # the whole body
    type: Literal["completion"] | None = None


class Frame(Answer):  # one frame of a stream
    type: str | None = None
    error: Any = None


class CompleteTrack(Track):
    """One stream of `anthropic.complete`: a frame has one piece of the text. In version 2023-01-01, whose
    frames have `truncated`, it has all of the text so far."""

    said = ""

    def frame(self, wire: Frame) -> None:
        kind = wire.type or self.event or "completion"
        if wire.error:
            self.fail(self.dialect.error(whole(wire)))
        elif kind == "completion":
            self.answer(wire)
        elif kind != "ping":
            self.note_block("opaque_part", "$", f"kept as opaque: type {word(kind)}")
            self.keep(kind, whole(wire))

    def answer(self, wire: Frame) -> None:
        """More of the answer."""
        native = wire.stop_reason or None
        self.head(
            id=wire.id or None, model=wire.model or None, request_id=wire.log_id or None, extra=wire.kept()
        )
        self.choice(0, stop_sequence=wire.stop)
        text = wire.completion
        if text or (text is not None and native is not None):
            part = self.fitting(0, 0, TextPart(""))
            if wire.truncated is None:
                self.text(0, part, text)
            elif text.startswith(self.said):
                self.text(0, part, text[len(self.said) :])
            else:
                self.end(0, part, TextPart(text))
            if wire.truncated is not None:
                self.said, self.silent = text, True
        if native is not None:
            self.finish(0, self.dialect.listed(native, self.notices, "$.stop_reason"), native)


class AnthropicComplete(Dialect):
    """`anthropic.complete`."""

    name = "anthropic.complete"
    Wire = Body
    Frame = Frame
    Track = CompleteTrack
    FRAME_MARKS = ("type", "completion", "stop_reason")
    TEXTS = ("completion",)
    ANSWER = ("completion", "stop_reason")
    MARKS = (
        "type=completion",
        "completion= ",  # a logger has objects under that name; an answer begins with a space
        "stop_reason=stop_sequence",
        "stop_reason=max_tokens",
        "log_id",
    )
    HINTS = ("completion", "stop", "truncated")
    EXTRA = {"response": ("exception", "amazon-bedrock-invocationMetrics")}
    FINISH = {"stop_sequence": "stop", "max_tokens": "length"}
    USAGE = {}
    REQUEST_ID_HEADERS = ("request-id", "x-request-id", "x-amzn-requestid")
    RATE_LIMIT_HEADERS = "anthropic-ratelimit-{what}-{field}"

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        text, native, finish = body.completion, body.stop_reason or None, None
        if text is None and native is None:
            return None
        if native is not None:
            finish = self.listed(native, notices, "$.stop_reason")
        message = Message(None, () if text is None else (TextPart(text),))
        return ChatResponse(
            self.vendor,
            self.name,
            body.id or None,
            body.model or None,
            None,
            (Choice(0, message, finish, native, body.stop),),
            request_id=body.log_id or None,
            extra=body.kept(),
            notices=tuple(notices) if notices else (),
        )
