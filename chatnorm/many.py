"""Many bodies: logs of them, and the lines of vendors' batch results.

A batch line wraps one body in what the batch adds to it. The shapes are few and shared, so that they are told
by their names here and not by vendor.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from .api import Strict, normalize
from .canonical import ChatResponse, ErrorInfo
from .errors import DecodeError, StrictError
from .inputs import NOT_JSON, JsonText, json_text

_NOTHING = Raw(b"")


class _Line(Struct):
    """What tells the line of a batch from a bare body."""

    custom_id: Raw = _NOTHING
    key: Raw = _NOTHING
    processed_time: Raw = _NOTHING
    batch_request_id: Raw = _NOTHING
    response: Raw = _NOTHING
    result: Raw = _NOTHING
    batch_result: Raw = _NOTHING
    error: Raw = _NOTHING


class _Answered(Struct):
    """`response`, where a batch repeats the HTTP answer."""

    body: Raw = _NOTHING
    status_code: int | None = None
    request_id: str | None = None


class _Result(Struct):
    """`result`, where a batch says how the request ended."""

    type: str | None = None
    message: Raw = _NOTHING
    error: Raw = _NOTHING


class _Batched(Struct):
    """`batch_result`, where the answer stands under the name of its kind."""

    response: dict[str, Raw] | None = None
    error: Raw = _NOTHING


_line = msgspec.json.Decoder(_Line)
_answered = msgspec.json.Decoder(_Answered)
_result = msgspec.json.Decoder(_Result)
_batched = msgspec.json.Decoder(_Batched)


def normalize_many(
    bodies: Any, vendor: str | None = None, *, model: str | None = None, strict: Strict = False
) -> Iterator[ChatResponse | ErrorInfo]:
    """One value for each body, in order: the response or, for what cannot be read, an `ErrorInfo` of kind
    `decode` that says why. A failure that a body reports is in `response.error`.

    `bodies`: JSON lines (bytes, text, or an open file; blank lines are passed over), or an iterable of
    anything that `normalize` takes. The result lines of batches are opened: the body within is read, and what
    stood around it is in `extra["envelope"]`, the caller's own id among it. Requests that a batch cancelled
    give a response whose `end` is `cancelled`, those that it let expire one that failed with `timeout`.
    `vendor`, `model`, `strict`: as for `normalize`, for every body.

    Raises `UnknownVendorError` and `MisuseError` for what is the caller's slip.
    """
    for body in _bodies(bodies):
        try:
            response = _read(json_text(body), vendor, model, strict)
        except (DecodeError, StrictError) as error:
            yield ErrorInfo("decode", str(error), vendor=vendor)
        else:
            yield response


def _bodies(bodies: Any) -> Iterator[Any]:
    if isinstance(bodies, bytes | bytearray | memoryview):
        bodies = bytes(bodies).split(b"\n")
    elif isinstance(bodies, str):
        bodies = bodies.split("\n")
    elif isinstance(bodies, Mapping):
        bodies = (bodies,)
    found: Iterable[Any] = bodies
    return (body for body in found if not isinstance(body, bytes | str) or body.strip())


class _Opened(Struct):
    """A batch line taken apart."""

    body: bytes | None
    envelope: dict[str, Any]
    status: int | None = None
    request_id: str | None = None
    ended: str | None = None


def _read(text: JsonText, vendor: str | None, model: str | None, strict: Strict) -> ChatResponse:
    opened = _opened(text)
    if opened is None:
        return normalize(text, vendor, model=model, strict=strict, on_error="return")
    if opened.body is None:
        response = ChatResponse(vendor, end="cancelled")
        if opened.ended == "expired":
            info = ErrorInfo("timeout", retryable=True, type=opened.ended, vendor=vendor)
            response = ChatResponse(vendor, error=info, end="failed")
    else:
        response = normalize(
            opened.body, vendor, status=opened.status, model=model, strict=strict, on_error="return"
        )
    if response.request_id is None and opened.request_id is not None:
        response = response.replace(request_id=opened.request_id)
    return response.replace(extra={**response.extra, "envelope": opened.envelope})


def _opened(text: JsonText) -> _Opened | None:
    """What a batch line holds; None if it is none, and then a body by itself."""
    try:
        line = _line.decode(text)
        if not any(map(_said, (line.custom_id, line.key, line.processed_time, line.batch_request_id))):
            return None
        if _said(line.batch_result):
            batched = _batched.decode(line.batch_result)
            for kind, body in (batched.response or {}).items():
                return _Opened(bytes(body), _around(text, "batch_result", "response", kind))
            if _said(batched.error):
                return _Opened(_failure(batched.error), _around(text, "batch_result", "error"))
        if _said(line.result):
            result = _result.decode(line.result)
            if _said(result.message):
                return _Opened(bytes(result.message), _around(text, "result", "message"))
            if _said(result.error):
                return _Opened(bytes(result.error), _around(text, "result", "error"))
            if result.type in ("canceled", "expired"):
                return _Opened(None, _around(text), ended=result.type)
        if _said(line.response):
            held = _answered.decode(line.response)
            if _said(held.body):
                around = _around(text, "response", "body")
                return _Opened(bytes(held.body), around, held.status_code, held.request_id)
            return _Opened(bytes(line.response), _around(text, "response"))
        if _said(line.error):
            return _Opened(_failure(line.error), _around(text, "error"))
    except NOT_JSON:
        pass  # reading it as a body tells what is wrong
    return None


def _failure(error: Raw) -> bytes:
    """The body of an error that a line holds bare."""
    return b'{"error":' + bytes(error) + b"}"


def _said(raw: Raw) -> bool:
    return bytes(memoryview(raw)[:5]) not in (b"", b"null", b"{}")


def _around(text: JsonText, *path: str) -> dict[str, Any]:
    """What a line holds beside the value at `path`."""
    around: dict[str, Any] = msgspec.json.decode(text)
    inner = around
    for name in path[:-1]:
        inner = inner[name]
    for name in path[-1:]:
        del inner[name]
    return {name: value for name, value in around.items() if value is not None and value != {}}
