"""Names → what reads: the dialect of a vendor, of a bare grammar, or the several of one vendor."""

import re
from typing import Any

from .canonical import ChatResponse
from .detect import ANSWERS, HINT, ranked
from .dialect import Dialect
from .errors import MisuseError, UnknownVendorError
from .inputs import JsonText
from .registry import adapters, aliases, grammars, load, own

_NAME = r"[a-z][a-z0-9_]*([.:][a-z0-9_.]+)*"

FAINT = HINT / 10
"""Score of a body with one name that many grammars have."""


class Several:
    """The grammars of a vendor that speaks more than one: the body tells which it is."""

    def __init__(self, dialects: tuple[Dialect, ...]) -> None:
        self.dialects = dialects
        self.by_name = {dialect.name: dialect for dialect in dialects}
        self._latest = dialects[0]  # tried first, since a caller mostly stays with one

    def of(self, body: Any) -> Dialect:
        """The grammar of a body, or of a stream's first frame; the vendor's first if little tells."""
        dialect, score = self._likeliest(body)
        return self.dialects[0] if dialect is None or score <= FAINT else dialect

    def told(self, body: Any) -> Dialect | None:
        """As `of`; None if nothing tells, or if it is plainly of a grammar that the vendor does not speak."""
        return self._likeliest(body)[0]

    def _likeliest(self, body: Any) -> tuple[Dialect | None, float]:
        found = ranked(body)
        name, score = next(((name, score) for name, score in found if name in self.by_name), ("", 0.0))
        return self.by_name[name] if name and (score >= ANSWERS or found[0][1] < ANSWERS) else None, score

    def read(self, text: JsonText) -> tuple[Dialect, ChatResponse]:
        """As `Dialect.read`, and the grammar that it was."""
        dialect = self._latest
        response = dialect.tried(text)
        if response is None:
            dialect = self._latest = self.of(text)
            response = dialect.read(text)
        return dialect, response


_speakers: dict[str, Dialect | Several] = {}


def speaker(name: str) -> Dialect | Several:
    """What reads the bodies that a name stands for, compiled for its vendor.

    `name`: a vendor, a dialect (`family.grammar`), both (`vendor:family.grammar`), or an alias. An alias of a
    dialect is a vendor in which nothing differs.
    Raises `UnknownVendorError`.
    """
    if not isinstance(name, str):
        raise MisuseError(f"expected a vendor's name, got {type(name).__name__}")
    found = _speakers.get(name)
    if found is None:
        found = _speakers[name] = _resolve(name)
    return found


def reader(name: str) -> Dialect:
    """As `speaker`; of several grammars the vendor's first."""
    found = speaker(name)
    return found.dialects[0] if isinstance(found, Several) else found


def _resolve(name: str) -> Dialect | Several:
    wanted, _, grammar = name.partition(":")
    claimed: str | None = None
    known = aliases()
    while (target := known.get(wanted.lower())) is not None:
        wanted, claimed = target, wanted.lower()
    if not re.fullmatch(_NAME, f"{wanted}:{grammar}" if grammar else wanted):
        raise UnknownVendorError(name, _nearest(name))
    if "." in wanted:  # a grammar: its family's file defines it; a vendor is claimed only by an alias's name
        wanted, grammar = wanted.partition(".")[0], grammar or wanted
        wanted = known.get(wanted, wanted)  # a family may be one of several in a file
    else:
        claimed = wanted
    if wanted not in own() and wanted not in adapters():
        raise UnknownVendorError(name, _nearest(name))
    speaks = load(wanted).speaks
    if not grammar and len(speaks) > 1:
        return Several(tuple(reader(f"{claimed}:{dialect.name}") for dialect in speaks))
    for dialect in speaks:
        for cls in dialect.__mro__:
            if issubclass(cls, Dialect) and vars(cls).get("name") == (grammar or dialect.name):
                return (dialect if claimed == wanted else cls)(claimed)
    raise UnknownVendorError(name, _nearest(name))


def _nearest(name: str) -> str | None:
    from difflib import get_close_matches  # only needed on a miss

    known = [*adapters(), *aliases(), *grammars()]
    return next(iter(get_close_matches(name.lower(), known, 1)), None)
