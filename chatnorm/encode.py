"""Canonical value → JSON of its own, and whether two values say the same."""

import json
from typing import Any

import msgspec

from .canonical import Canonical, ChatResponse, ErrorInfo
from .tables import folded

_encoder = msgspec.json.Encoder()


def canonical_json(value: ChatResponse | ErrorInfo) -> bytes:
    """The canonical JSON: defaults left out, `schema` first, `outcome` last. `normalize(…, "canonical")`
    reads it back."""
    text = _encoder.encode(value)
    if isinstance(value, ChatResponse):
        text = text[:-1] + f',"outcome":"{value.outcome}"}}'.encode()
    return text


def same(a: ChatResponse, b: ChatResponse) -> bool:
    """Whether two responses say the same, however they were sent.

    Leaves out `notices` and `end`. Arguments of tool calls are compared as JSON. In foreign JSON
    (`extra`, `native` and the like) a null counts as absent, and snake_case and camelCase names as one.
    """
    return bool(_folded(a) == _folded(b))


_IGNORED = ("notices", "end")


def _folded(value: Any, key: str = "") -> Any:
    if isinstance(value, Canonical):
        skipped = _IGNORED if isinstance(value, ChatResponse) else ()
        names = [name for name in value.__struct_fields__ if name not in skipped]
        kind: Any = type(value)
        return kind, [_folded(getattr(value, name), name) for name in names]
    if isinstance(value, tuple | list):
        return [_folded(item) for item in value]
    if isinstance(value, dict):
        names = {folded(str(k)): _folded(v) for k, v in value.items() if v is not None}
        given = sum(v is not None for v in value.values())
        return names if len(names) == given else {k: _folded(v) for k, v in value.items()}
    if key == "arguments" and isinstance(value, str):
        return _arguments(value)
    return (type(value) is bool, value)


def _arguments(text: str) -> Any:
    try:
        return json.dumps(msgspec.json.decode(text), sort_keys=True)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return text
