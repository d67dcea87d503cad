"""Replicate: predictions, as far as their output is text.

Source: replicate.com/docs/topics/predictions and its `lifecycle`, and `docs/reference/streaming`; `replicate`
1.0.7 for Python, `replicate/prediction.py` and `stream.py`. No documentation lists the counters that official
language models send among the metrics. No recorded body is at hand.

- A prediction tells how far it is in `status`. One that succeeded may have met its limit: nothing tells.
- The output is what the model makes of it: for language models a text, or the pieces of one.
- The model may be named by its version only, which is kept.
- A stream is of events whose data is bare text, not JSON: `output`, `logs`, and at the end `done`, `{}` or
  with a `reason`, or `error`. It has no id, status or metrics.
- A prediction that failed says why in `error`, a text, with HTTP 200; a request that did, in `detail`, and at
  a rate limit after how many seconds to come again, in `retry_after`.
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from chatnorm.canonical import (
    NO_USAGE,
    ChatResponse,
    Choice,
    End,
    Message,
    OpaquePart,
    Part,
    TextPart,
    Timing,
)
from chatnorm.dialect import Dialect, FrameReader, Notices, Vendor
from chatnorm.errors import word
from chatnorm.repair import json_text, unix_time
from chatnorm.tables import Count, Wire
from chatnorm.track import Track


class Metrics(Wire):  # metrics
    LEVEL = "metrics"
    predict_time: int | float | None = None
    total_time: int | float | None = None
    time_to_first_token: int | float | None = None
    input_token_count: Count | None = None
    output_token_count: Count | None = None


class Tokens(Wire):  # the counters of `metrics`
    LEVEL = "usage"
    NATIVE = True
    input_token_count: Count | None = None
    output_token_count: Count | None = None


class Body(Wire):  # the whole body
    LEVEL = "response"
    id: str | None = None
    model: str | None = None
    status: str | None = None
    output: Any = None
    error: Any = None
    metrics: Metrics | None = None
    created_at: str | None = None


class Frame(Wire):  # the data of one event of a stream
    LEVEL = "frame"
    data: str | None = None


ENDS: dict[str, End] = {
    "starting": "pending",
    "processing": "pending",
    "canceled": "cancelled",
    "aborted": "cancelled",
    "failed": "failed",
}
"""Status → how the answer ended; `whole` for any other."""


class PredictionTrack(Track):
    """One stream of `replicate.prediction`: events of bare text."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.logs: list[str] = []

    def frame(self, wire: Frame) -> None:
        kind, text = self.event, wire.data or ""
        told = {} if kind in ("output", "logs") else decoded(text)
        if kind is None and isinstance(told.get("event"), str):  # an event as the SDK hands it out
            kind, text = told["event"], str(told.get("data") or "")
            told = decoded(text)
        self.head()
        if kind == "output":
            self.text(0, self.fitting(0, TextPart, TextPart("")), text)
        elif kind == "logs":
            self.logs.append(text)
        elif kind == "error" or (kind is None and "detail" in told):  # a request that failed
            self.fail(self.dialect.error(told or {"error": text}))
        elif kind == "done":
            reason = told.pop("reason", None) or kind
            native = reason if isinstance(reason, str) else json_text(reason)
            self.choice(0, extra={"done": told} if told else None)
            self.finish(0, self.dialect.listed(native, self.notices, "$.reason"), native)
            self.done = True
        else:
            self.note("unknown_value", "$", f"expected a listed event, got {word(kind)}")
            self.keep(kind or "data", text)
        if self.logs and (self.done or self.failure is not None):
            self.head(extra={"logs": "".join(self.logs)})


def decoded(text: str) -> dict[str, Any]:
    """The JSON object in a text; an empty one if it is none."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return {}
    return value if isinstance(value, dict) else {}


def framed(data: bytes) -> Frame:
    """Any data is a frame."""
    return Frame(data=data.decode("utf-8", "replace"))


class ReplicatePrediction(Dialect):
    """`replicate.prediction`."""

    name = "replicate.prediction"
    Wire = Body
    Frame = Frame
    Track = PredictionTrack
    ANSWER = ("status", "output")
    MARKS = ("logs", "urls", "data_removed", "status=succeeded", "status=starting", "status=canceled")
    HINTS = ("invalid_fields",) * 3
    EXTRA = {
        "response": (
            *("version", "input", "logs", "urls", "started_at", "completed_at", "data_removed"),
            *("source", "deployment", "deadline"),
        ),
        "metrics": ("tokens_per_second",),
    }
    FINISH = {
        "succeeded": "stop",
        "done": "stop",
        "failed": "error",
        "error": "error",
        "canceled": "cancelled",
        "aborted": "cancelled",
    }
    USAGE = {
        "input_tokens": "input_token_count",
        "output_tokens": "output_token_count",
    }
    USAGE_PATH = "$.metrics"

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        status, output, metrics = body.status or None, body.output, body.metrics or Metrics()
        if status is None and output is None:
            return None
        extra, created, finish = body.extra(), None, None
        if body.created_at is not None:
            created = unix_time(body.created_at)
            extra.setdefault("created_at", body.created_at)  # finer than whole seconds
        if rest := metrics.extra():
            extra["metrics"] = rest
        end = ENDS.get(status or "", "whole")
        if end == "pending":
            extra["status"] = status
        elif status is not None:
            finish = self.listed(status, notices, "$.status")
        read, written = metrics.input_token_count, metrics.output_token_count
        tokens = Tokens(input_token_count=read, output_token_count=written)
        times = (metrics.total_time, None, None, metrics.predict_time, metrics.time_to_first_token)
        native = None if finish is None else status
        response = ChatResponse(
            self.vendor,
            self.name,
            body.id or None,
            body.model or None,
            created,
            (Choice(0, Message(None, made(output)), finish, native),),
            NO_USAGE if read is None and written is None else self.usage_of(tokens, notices),
            extra=extra,
            end=end,
            timing=None if times == (None,) * 5 else Timing(*times),
            notices=tuple(notices) if notices else (),
        )
        if end == "failed" or body.error:
            return replace(response, error=self.error({"error": body.error}), end="failed")
        return response

    def frame_reader(self, respelled: bool = False) -> FrameReader:
        return FrameReader(None, framed, frozenset())

    def has_answer(self, body: Any) -> bool:
        """The status of a failed request is a number."""
        return super().has_answer(body) and not isinstance(body.get("status"), int)


def made(output: Any) -> tuple[Part, ...]:
    """The output's text; whatever else it is, is kept whole."""
    if output is None or output in ("", []):
        return ()
    if isinstance(output, list) and all(isinstance(piece, str) for piece in output):
        output = "".join(output)
    return (TextPart(output) if isinstance(output, str) else OpaquePart("output", output),)


VENDOR = Vendor("replicate", (ReplicatePrediction,))
