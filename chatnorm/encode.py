"""Canonical value → JSON of its own, and whether two values say the same."""

from typing import Any

import msgspec

from .canonical import Canonical, ChatResponse, ErrorInfo
from .events import EVENT_SCHEMA, Event
from .tables import folded

_encoder = msgspec.json.Encoder()


def canonical_json(value: ChatResponse | ErrorInfo | Event) -> bytes:
    """The canonical JSON: defaults left out, `schema` first, `outcome` last. `normalize(…, "canonical")`
    reads a response or an error back, and `msgspec` an event, as `events.Event`."""
    text = _encoder.encode(value)
    if isinstance(value, ChatResponse):
        return text[:-1] + f',"outcome":"{value.outcome}"}}'.encode()
    return text if isinstance(value, ErrorInfo) else _EVENT + text[1:]


_EVENT = f'{{"schema":"{EVENT_SCHEMA}",'.encode()


def same(a: ChatResponse, b: ChatResponse) -> bool:
    """Whether two responses say the same, however they were sent.

    Leaves out `notices`, `end` and `raw`. Arguments of tool calls are compared as JSON, none at all as `{}`.
    In foreign JSON (`extra`, `native` and the like) null and `{}` count as absent, and the snake_case and the
    camelCase form of a name are one.
    """
    return bool(_folded(a) == _folded(b))


_IGNORED = ("notices", "end", "raw")


def _folded(value: Any, key: str = "") -> Any:
    if isinstance(value, Canonical):
        skipped = _IGNORED if isinstance(value, ChatResponse) else ()
        names = [name for name in value.__struct_fields__ if name not in skipped]
        kind: Any = type(value)
        return kind, [_folded(getattr(value, name), name) for name in names]
    if isinstance(value, tuple | list):
        return [_folded(item) for item in value]
    if isinstance(value, dict):
        given = {str(k): f for k, v in value.items() if v is not None and (f := _folded(v)) != {}}
        spelled = {folded(k): v for k, v in given.items()}
        return spelled if len(spelled) == len(given) else given
    if key == "arguments" and (value is None or isinstance(value, str)):
        return _arguments(value or "{}")  # as `ToolCall.parse` takes it
    return (type(value) is bool, value)


def _arguments(text: str) -> Any:
    try:
        return msgspec.json.encode(msgspec.json.decode(text), order="sorted")
    except (msgspec.DecodeError, RecursionError, UnicodeError, OverflowError):
        return text
