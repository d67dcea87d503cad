"""Which grammar a body is written in, told from the body alone.

Every grammar says in `MARKS` which names speak for it, and how loudly; here they are only weighed. All are
written down once more in the adapters' index, so that no adapter is imported for a look. Of the body just the
top level is parsed, and what stands in `error`, in the envelopes of SDKs and logs, in the first frame of a
stream, or, where that leaves doubt, in the first item of a list.
"""

from binascii import a2b_base64
from contextlib import suppress
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw, Struct

from .canonical import ERROR_SCHEMA, RESPONSE_SCHEMA
from .dialect import Dialect
from .inputs import NOT_JSON, JsonText, json_text, mended, without_mark
from .registry import grammars, index, load, own
from .tables import spellings

MARK = 5
"""What a name weighs that hardly any other grammar has, in tenths."""

HINT = 1
"""What a name weighs that others have as well, in tenths."""

ANSWERS = 0.5
"""Score that answers have at least, and most errors do not reach."""

FRAMES = 1000
"""How many lines of a stream are looked at."""

_DEEPEST = 6
_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_ARRAY = msgspec.json.Decoder(list[Raw])
_TEXT = msgspec.json.Decoder(str)

Scores = dict[str, int]
Marks = dict[str, list[tuple[bytes, str, int]]]


class Detection(Struct, frozen=True):
    """What a body looks like. It never names a vendor: many speak the same grammar."""

    dialect: str
    """The grammar, a name of `dialects()`; `"canonical"` for our own JSON."""
    score: float
    """From 0 to 1: the weight of the marks that were found. Answers have 0.5 or more, most errors less."""
    runners_up: tuple[tuple[str, float], ...] = ()
    """The other grammars that some mark speaks for, with their scores, best first."""


def detect(body: Any) -> Detection | None:
    """The grammar of a body, or of the first frame of a stream; `None` if nothing speaks for any.

    `body`: as for `normalize`. Raises `MisuseError` for something that is no body at all.
    """
    found = ranked(body)
    return Detection(*found[0], tuple(found[1:])) if found else None


def foreign(body: Any, dialect: str) -> str | None:
    """The grammar that a body plainly is of, if that is not this one; `None` if it may be this one.

    `dialect`: one of another distribution's is never doubted, since nothing here knows its marks.
    """
    found = ranked(body)
    if not found or found[0][1] < ANSWERS or dialect not in grammars():
        return None
    claim = dict(found).get(dialect, 0.0)
    return found[0][0] if claim < ANSWERS else None


def ranked(body: Any) -> list[tuple[str, float]]:
    """The grammars that some mark of a body speaks for, with their scores, best first."""
    text = without_mark(json_text(body))
    scores = _scores(text) or _streamed(text) or _scores(mended(text)[0])
    best = sorted(scores, key=lambda dialect: (-scores[dialect], dialect)) if len(scores) > 1 else scores
    return [(dialect, min(scores[dialect], 10) / 10) for dialect in best]


@lru_cache(1)
def _marks() -> tuple[Marks, frozenset[str], frozenset[str]]:
    """Name → what its value begins with, the grammar, the weight; the names of envelopes; and of lists whose
    first item is looked into."""
    marks = index().MARKS
    listed = frozenset(name.partition("[].")[0] for name in marks if "[]." in name)
    return marks, frozenset(index().ENVELOPES), listed


def gathered() -> tuple[Marks, set[str], set[str]]:
    """The marks, envelopes and names of the grammars that our own adapters speak, from their tables. Imports
    all of them."""
    marks: Marks = {}
    envelopes: set[str] = set()

    def enter(dialect: str, names: tuple[str, ...], weight: int) -> None:
        for mark in names:
            name, _, value = mark.partition("=")
            start = (value if value in ("", "{", "[") else f'"{value}').encode()
            for spelling in spellings(name):
                marks.setdefault(spelling, []).append((start, dialect, weight))

    enter("canonical", (f"schema={RESPONSE_SCHEMA}", f"schema={ERROR_SCHEMA}"), 4 * MARK)
    # our own adapters only: a body must not make us import what other distributions brought
    spoken = [dialect for vendor in own() for dialect in load(vendor).speaks]
    for cls in dict.fromkeys(cls for dialect in spoken for cls in dialect.__mro__):
        if issubclass(cls, Dialect):
            envelopes.update(vars(cls).get("ENVELOPES", ()))
            for table, weight in (("MARKS", MARK), ("HINTS", HINT)):
                enter(getattr(cls, "name", ""), vars(cls).get(table, ()), weight)
    return marks, envelopes, {dialect.name for dialect in spoken}


def _scores(text: Any, depth: int = 0) -> Scores:
    """How loudly each grammar is spoken for by a JSON text."""
    try:
        found = _OBJECT.decode(text)
    except msgspec.ValidationError:
        return _within(text, depth) if depth < _DEEPEST else {}
    except NOT_JSON:
        return {}
    scores = _weighed(found)
    for name in _marks()[2].intersection(found) if _open(scores) else ():
        with suppress(IndexError, *NOT_JSON):
            first = _OBJECT.decode(_ARRAY.decode(found[name])[0])
            _add(scores, _weighed(first, f"{name}[]."))
    if max(scores.values(), default=0) >= MARK:
        return scores
    if "error" in found:
        with suppress(*NOT_JSON):
            _add(scores, _weighed(_OBJECT.decode(found["error"]), "error."))
    for name in _marks()[1].intersection(found) if depth < _DEEPEST else ():
        inner = _scores(found[name], depth + 1)
        if max(inner.values(), default=0) > max(scores.values(), default=0):
            scores = inner
    return scores


def _add(scores: Scores, more: Scores) -> None:
    for dialect, weight in more.items():
        scores[dialect] = scores.get(dialect, 0) + weight


def _open(scores: Scores) -> bool:
    """Whether one more mark might decide."""
    first, second = sorted((0, 0, *scores.values()))[:-3:-1]
    return first - second < 2 * MARK


def _weighed(found: dict[str, Raw], prefix: str = "") -> Scores:
    """The scores of the names of one object."""
    marks, scores = _marks()[0], Scores()
    for key, raw in found.items():
        known = marks.get(prefix + key if prefix else key)
        if known is not None:
            begin = bytes(memoryview(raw)[:40])
            for start, dialect, weight in known:
                if begin.startswith(start):
                    said = HINT if begin == b"null" else weight
                    scores[dialect] = scores[dialect] + said if dialect in scores else said
    return scores


def _within(text: Any, depth: int) -> Scores:
    """The scores of the first object in an array, or of the JSON in a string, as it is or in base64."""
    with suppress(ValueError, *NOT_JSON):
        inner = _TEXT.decode(text)
        return _scores(inner, depth + 1) or _scores(a2b_base64(inner), depth + 1)
    with suppress(*NOT_JSON):
        items = _ARRAY.decode(text)
        scores = _scores(items[0], depth + 1) if items else {}
        for _, dialect, weight in _marks()[0]["[]"] if scores else ():
            scores[dialect] = scores.get(dialect, 0) + weight
        return scores
    return {}


def _streamed(text: JsonText) -> Scores:
    """The scores of the first frame of a stream, be it of events or of lines."""
    raw = text.encode("utf-8", "replace") if isinstance(text, str) else bytes(text)
    for line in raw.split(b"\n", FRAMES)[:FRAMES]:
        if line.startswith((b"data:", b"{")) and (scores := _scores(line.removeprefix(b"data:"), 1)):
            return scores
    return {}
