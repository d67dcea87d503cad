"""Whatever a caller has in hand → JSON text.

Everything that is not text becomes JSON bytes first, so that there is one way to read a body and every
form of it gives the same value. Objects are recognised by what they can do, never by import.
"""

import math
import re
from binascii import a2b_base64
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

from .errors import DecodeError, MisuseError

JsonText = bytes | bytearray | memoryview | str

_ABSENT_NAMES = ("Unset", "Omit", "NotGiven")
"""Class names of the sentinels with which generated SDKs mark a field that was not there."""

ABSENT_TEXT = "~?~unset~?~sentinel~?~"
"""How such a sentinel prints when an SDK's own serialiser is bypassed."""

CO_COROUTINE = 0x80
"""As in `inspect`, which is slow to load."""

_DUMPS = ("model_dump", "to_dict", "as_dict", "dict")
"""Methods by which SDK objects give a plain mapping, in the order tried."""


def json_text(body: Any) -> JsonText:
    """`body` as JSON text.

    Takes text as it is; mappings, lists and SDK objects (pydantic, dataclass, attrs, msgspec, anything
    with `model_dump`, `to_dict` or `as_dict`) are written as JSON; of an HTTP client's response it takes
    the content. Raises `MisuseError` for anything else.
    """
    if isinstance(body, bytes | bytearray | memoryview | str):
        return body
    if not isinstance(body, dict | list):
        content = _http_content(body)
        if content is not None:
            return content
        body = plain(body)
    try:
        return msgspec.json.encode(body, enc_hook=plain)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        pass  # what msgspec cannot write (giant integers, lone surrogates, other keys) goes the slow way
    import json  # only for what msgspec cannot write

    return json.dumps(tidy(body), ensure_ascii=True, separators=(",", ":"))


_JSON = msgspec.json.Decoder()
_OBJECT = msgspec.json.Decoder(dict[str, Any])
NOT_JSON = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What msgspec raises for text that it cannot read; of its own type only the first."""


def parsed(text: JsonText) -> tuple[Any, Exception | None]:
    """Any JSON as plain values, or why it is none."""
    try:
        return _JSON.decode(text), None
    except NOT_JSON as error:
        return None, error


def unsealed(frame: Any) -> Any:
    """What a transport's frame holds: of `{"chunk": {"bytes": …}}`, or just the inner object, what is there
    in base64; of `{"…Exception": {…}}` an error. Any other frame is itself."""
    if not isinstance(frame, dict):
        return frame
    held = frame.get("chunk", frame)
    sealed = held.get("bytes") if isinstance(held, dict) else None
    if isinstance(sealed, str):
        with suppress(ValueError, *NOT_JSON):
            return _OBJECT.decode(a2b_base64(sealed))
    for name, held in frame.items():
        if name.endswith("Exception") and isinstance(held, dict):
            return {"error": {**{key: value for key, value in held.items() if key != "p"}, "code": name}}
    return frame


def utf8(text: JsonText) -> bytes:
    """The text as bytes of its own."""
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else bytes(text)


def http_facts(body: Any, status: int | None, headers: Any) -> tuple[int | None, Any]:
    """Status and headers: the caller's or, without those, of the HTTP response that `body` is."""
    if not _is_http(body):
        return status, headers
    return body.status_code if status is None else status, body.headers if headers is None else headers


def _is_http(value: Any) -> bool:
    return type(getattr(value, "status_code", None)) is int and hasattr(type(value), "content")


def _http_content(value: Any) -> bytes | None:
    """What an HTTP client's response holds; None if this is no such object. It is never read from here."""
    if not _is_http(value):
        if isinstance(getattr(value, "status", None), int) and callable(getattr(value, "read", None)):
            flags = getattr(getattr(value.read, "__code__", None), "co_flags", 0)
            wait = "await " if flags & CO_COROUTINE else ""
            raise _unread(value, f"{wait}response.read()")
        return None
    # one client reads from the network when asked for the content, the other raises
    with suppress(RuntimeError):
        content = None if getattr(value, "_content", None) is False else value.content
        if isinstance(content, bytes):
            return content
    raise _unread(value, "response.read(), or await response.aread(), and then response.content")


def _unread(value: Any, line: str) -> MisuseError:
    name = type(value).__name__
    return MisuseError(f"expected a body, got {name} that is not read yet", hint=f"pass {line}")


def plain(value: Any) -> Any:
    """A foreign object as something JSON can say: a mapping, or None for an SDK's absent-sentinel."""
    if type(value).__name__ in _ABSENT_NAMES:
        return None
    if isinstance(value, Mapping):
        return dict(value)
    for name in _DUMPS:
        dump = getattr(value, name, None)
        if callable(dump) and not isinstance(value, type):
            if name == "model_dump":
                with suppress(TypeError):  # what does not fit its own types is read here, not warned of
                    return dump(warnings=False)
            return dump()
    if hasattr(type(value), "__dataclass_fields__"):
        return {name: getattr(value, name) for name in type(value).__dataclass_fields__}
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value)
    if hasattr(type(value), "__attrs_attrs__"):
        return {a.name: getattr(value, a.name) for a in type(value).__attrs_attrs__}
    if callable(getattr(value, "read", None)):
        raise _unread(value, "what its read() gives")
    raise MisuseError(
        f"expected bytes, text, a mapping or an SDK object, got {type(value).__name__}",
        hint="pass the body: response.content, or its parsed JSON",
    )


def tidy(value: Any, depth: int = 0) -> Any:
    """Plain JSON values only; floats that JSON cannot say become None."""
    if depth > 200:
        raise DecodeError(expected="at most 200 levels", got="more")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {str(key): tidy(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [tidy(item, depth + 1) for item in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return msgspec.to_builtins(bytes(value))
    return tidy(msgspec.to_builtins(value, enc_hook=plain, str_keys=True), depth + 1)


def without_sentinels(text: JsonText) -> JsonText:
    """The text with every value that is an SDK's printed sentinel as null."""
    if isinstance(text, str):
        return text.replace(f'"{ABSENT_TEXT}"', "null") if ABSENT_TEXT in text else text
    if isinstance(text, memoryview):
        text = bytes(text)
    if b"~" in text and _ABSENT_BYTES in text:  # one byte is looked for much faster than several
        return text.replace(_ABSENT_BYTES, b"null")
    return text


_ABSENT_BYTES = f'"{ABSENT_TEXT}"'.encode()


# JSON with values that JSON cannot say ------------------------------------------------------------------

# compiled when a broken text is mended, not by the import
_TOKENS = rb'(?s)"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|-?(?:NaN|Infinity)\b|-?\d[\d.eE+-]*'
_ESCAPES = (
    rb"(?s)\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\."
)
_DIGITS = 308
"""Of a number, that a float is sure to take."""


def mended(text: JsonText) -> tuple[bytes, int, int]:
    """The text with numbers that are out of JSON's range (`NaN`, `1e400`) as strings of the same spelling,
    and halves of surrogate pairs as U+FFFD; and how many of each there were."""
    raw = utf8(text)
    numbers = halves = 0

    def escape(match: re.Match[bytes]) -> bytes:
        nonlocal halves
        if len(match[0]) != 6:
            return match[0]
        halves += 1
        return b"\\ufffd"

    def half(match: re.Match[bytes]) -> bytes:
        nonlocal halves
        halves += 1
        return b"\xef\xbf\xbd"

    def token(match: re.Match[bytes]) -> bytes:
        nonlocal numbers
        found = match[0]
        if found.startswith(b'"'):
            return re.sub(_ESCAPES, escape, found) if b"\\ud" in found or b"\\uD" in found else found
        if found.lstrip(b"-")[:1].isdigit():
            try:
                if math.isfinite(float(found)) and len(found) < _DIGITS:
                    return found
            except ValueError:  # no number at all, for the parser to refuse
                return found
        numbers += 1
        return b'"' + found + b'"'

    if isinstance(text, str):
        raw = re.sub(rb"\xed[\xa0-\xbf][\x80-\xbf]", half, raw)
    return re.sub(_TOKENS, token, raw), numbers, halves


# Text that is no JSON ---------------------------------------------------------------------------------

_COMPRESSED = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\x78\x9c", "deflate"))


def head(text: JsonText, size: int = 512) -> bytes:
    """The first bytes, without white space and byte-order mark."""
    start = text[:size]
    raw = start.encode("utf-8", "replace") if isinstance(start, str) else bytes(start)
    return raw.removeprefix(b"\xef\xbb\xbf").lstrip()


def _first_bad_byte(text: JsonText) -> int | None:
    try:
        bytes(text, "utf-8", "replace") if isinstance(text, str) else bytes(text).decode()
    except UnicodeDecodeError as error:
        return error.start
    return None


def without_mark(text: JsonText) -> JsonText:
    """The text without a byte-order mark."""
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    mark = b"\xef\xbb\xbf"
    return text[len(mark) :] if bytes(text[: len(mark)]) == mark else text


def place(trouble: object) -> str:
    """The JSON path in a message of msgspec's; `$` if it names none."""
    return str(trouble).rpartition(" - at `")[2].rstrip("`") if " - at `" in str(trouble) else "$"


_EVENT_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
"""What the first line of an event stream begins with."""


def event_data(text: JsonText) -> bytes | None:
    """The first JSON object among the events of a text; `None` if it is no event stream or has none."""
    if not head(text).startswith(_EVENT_FIELDS):
        return None
    lines = utf8(text).splitlines()
    held = [line.partition(b":")[2].strip() for line in lines if line.startswith(b"data:")]
    return next((data for data in held if isinstance(parsed(data)[0], dict)), None)


def not_json(text: JsonText, trouble: Exception, *, dialect: str | None) -> DecodeError:
    """The error for text that does not parse: what it looks like instead, and where it breaks."""
    start, got, hint = head(text), "text that is not JSON", None
    offset: int | None = None
    if not start:
        got = "nothing" if not len(text) else "white space"
    elif name := next((name for magic, name in _COMPRESSED if start.startswith(magic)), None):
        got, hint = f"{name} data", "decompress the body first (HTTP clients do, unless raw bytes are read)"
    elif start.startswith(_EVENT_FIELDS):
        got, hint = "an event stream", "normalize reads whole bodies"
    elif start.startswith(b"<"):
        got = "HTML or XML"
    elif isinstance(trouble, RecursionError):
        got = "JSON nested too deep"
    elif isinstance(trouble, UnicodeDecodeError):
        got, offset = "bytes that are not UTF-8", _first_bad_byte(text)
    elif "truncated" in str(trouble):
        got, offset = "JSON cut short", len(text)
    else:
        digits = str(trouble).rpartition("(byte ")[2].rstrip(")")
        offset = int(digits) if digits.isdigit() else None
        if offset is not None and "trailing characters" in str(trouble):
            offset -= 1  # it names the byte after the first of them
            got, hint = "JSON and more after it", "of several bodies, normalize_many reads one a line"
    return DecodeError(dialect=dialect, offset=offset, expected="JSON", got=got, hint=hint)
