"""Every exception that leaves the package.

    ChatnormError
    ├── DecodeError (ValueError)      the bytes do not fit the wire
    │   └── FrameTooLargeError        a stream's frame passed its limit
    ├── EncodeError (ValueError)      the canonical value does not fit the target
    │   └── LossError                 it would, but not without loss
    ├── StrictError                   a repair was needed and `strict` refuses it
    ├── VendorError                   the vendor reports a failure
    ├── UnknownVendorError (LookupError)
    └── MisuseError (TypeError)       the caller's mistake

Messages show types, numbers and words of closed places, cut at 40 characters; never text, reasoning,
arguments, urls, ids or header values. The facts are attributes, so nobody has to parse a message.
All of them survive pickling.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .canonical import ChatResponse, ErrorInfo, Notice

NoticeKind = Literal[
    "unknown_field",
    "opaque_part",
    "unknown_value",
    "coerced",
    "conflict",
    "missing",
    "repaired",
    "dropped",
]
"""What a notice is about; `SEVERITY` says how grave each is."""

Severity = Literal["info", "warning", "error"]

SEVERITY: dict[NoticeKind, Severity] = {
    "unknown_field": "info",  # nobody declared it; kept in `extra`
    "opaque_part": "info",  # a kind of part nobody here knows; kept whole
    "unknown_value": "warning",  # a value that its place does not take; kept in `extra`
    "coerced": "warning",  # read as something near; kept as sent in `extra`
    "conflict": "warning",  # two places of the body contradict each other
    "missing": "warning",  # the grammar promises it and it is not there
    "repaired": "error",  # the JSON itself had to be mended
    "dropped": "error",  # could not be kept
}


def word(value: object) -> str:
    """A word of a closed place (a finish reason, a kind, a key), quoted and cut at 40 characters."""
    text = str(value)
    return repr(text if len(text) <= 40 else text[:39] + "…")


def keys_shown(keys: Iterable[str]) -> str:
    """The first five names of an object."""
    names = ", ".join(word(key) for key in islice(keys, 5))
    return f"keys {names}" if names else "no keys"


def seen(value: object) -> str:
    """What a JSON value is, without its content: its type, and for numbers the number."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        text = repr(value) if not isinstance(value, int) or abs(value) < 10**40 else "…"
        return f"number {text[:40]}"
    if isinstance(value, str):
        return "an empty string" if not value else "string"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list | tuple):
        return "array"
    return f"a {type(value).__name__}"


def _revive(cls: type[ChatnormError], args: tuple[Any, ...], facts: dict[str, Any]) -> ChatnormError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(facts)
    return error


class ChatnormError(Exception):
    """Root of everything this package raises."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.args, dict(self.__dict__))


class DecodeError(ChatnormError, ValueError):
    """The bytes do not fit the wire.

    `dialect`: the grammar being read, or None. `path`: JSON path of the place (`$` is the whole body).
    `offset`: byte offset in the input, or None. `expected`, `got`: what the message says.
    """

    def __init__(
        self,
        *,
        expected: str,
        got: str,
        dialect: str | None = None,
        path: str | None = None,
        offset: int | None = None,
        hint: str | None = None,
    ) -> None:
        where = [dialect] if dialect else []
        if path is not None:
            where.append(path)
        if offset is not None:
            where.append(f"byte {offset}")
        message = ": ".join([*where, f"expected {expected}, got {got}"])
        super().__init__(f"{message}\nhint: {hint}" if hint else message)
        self.dialect, self.path, self.offset = dialect, path, offset
        self.expected, self.got, self.hint = expected, got, hint


class FrameTooLargeError(DecodeError):
    """A stream's frame passed the limit on its size."""


class EncodeError(ChatnormError, ValueError):
    """The canonical value does not fit the target wire. `dialect`: the target; `path`: the place."""

    def __init__(self, reason: str, *, dialect: str | None = None, path: str | None = None) -> None:
        super().__init__(": ".join(part for part in (dialect, path, reason) if part))
        self.dialect, self.path, self.reason = dialect, path, reason


class LossError(EncodeError):
    """Writing would lose something and `strict` was asked for."""


class StrictError(ChatnormError):
    """Reading needed a repair that `strict` refuses. `notices`: those at or above the bar."""

    def __init__(self, notices: tuple[Notice, ...]) -> None:
        first = notices[0]
        more = f" (and {len(notices) - 1} more)" if len(notices) > 1 else ""
        super().__init__(f"strict: {first.kind} at {first.path}: {first.detail}{more}")
        self.notices = notices


class VendorError(ChatnormError):
    """The vendor reports a failure. `info`: what it says; `response`: what came with it, or None."""

    def __init__(self, info: ErrorInfo, response: ChatResponse | None = None) -> None:
        status = "" if info.status is None else f", status {info.status}"
        super().__init__(f"{info.vendor or 'the vendor'} reports a failure: {info.kind}{status}")
        self.info, self.response = info, response


class UnknownVendorError(ChatnormError, LookupError):
    """No adapter has this name. `name`: what was asked for; `suggestion`: the nearest name, or None."""

    def __init__(self, name: str, suggestion: str | None = None) -> None:
        message = f"no adapter named {word(name)}"
        super().__init__(f"{message}\nhint: did you mean {suggestion!r}?" if suggestion else message)
        self.name, self.suggestion = name, suggestion


class MisuseError(ChatnormError, TypeError):
    """The caller handed over something this function does not take. `hint`: the line to write."""

    def __init__(self, reason: str, hint: str | None = None) -> None:
        super().__init__(f"{reason}\nhint: {hint}" if hint else reason)
        self.reason, self.hint = reason, hint
