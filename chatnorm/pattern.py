"""A quick way to read the frames of a stretch: those that differ from the one before in little.

Most streams repeat the same bytes around each piece of text. A frame that fits the pattern of the one before
it says the same, but for what stands in the holes: the piece itself, the usage, and fields that say nothing.
"""

import re
from collections.abc import Callable
from itertools import pairwise
from operator import itemgetter
from typing import Any

import msgspec
from msgspec import Raw, Struct

from .events import TEXTS, ArgumentsDelta
from .inputs import NOT_JSON
from .track import Track

TEXT = msgspec.json.Decoder(str).decode
"""Reads one JSON string and nothing else."""

_FIELDS = msgspec.json.Decoder(dict[str, Raw]).decode
_NAMED = re.compile(rb'"name"\s*:\s*"[^"]').search
_WORD = re.compile(rb"[ !#-\[\]-~]*").fullmatch
_SCALAR = re.compile(rb'\s*(?:"([ !#-\[\]-~]*)"|(\d+)(?![\d.eE]))').match

_NUMBER = re.compile(rb"0|[1-9]\d{0,17}").fullmatch
"""A whole number that any field takes."""

Hole = tuple[int, int, Any]
"""Where it begins and ends, and what tells whether a value may stand there: `TEXT` for the text, also where
it stands once more, `None` for the usage; the others say nothing."""


class Varying(Struct, frozen=True):
    """What varies in the frames of one spelling, and can be a hole."""

    texts: tuple[bytes, ...] = ()
    """Names, in quotes and with their colon, of what frames hold a piece of text in."""
    passing: tuple[bytes, ...] = ()
    """The same of what says nothing."""
    usage: bytes = b""
    """Name of the usage object, in quotes; empty if frames hold none by itself."""
    decode: Callable[[bytes], Any] | None = None
    """Of the usage."""


class Pattern(Struct):
    """The bytes of a frame around its holes, and what it said."""

    before: bytes
    """Up to the first hole."""
    holes: tuple[tuple[Any, bytes], ...]
    """What may stand in each, and the bytes after it; none after the last."""
    after: bytes
    """After the last hole."""
    event: Any
    """Class of the event that a piece gives."""
    choice: int
    part: int
    pieces: list[str] | None
    """Where the pieces are kept as well."""
    decode: Callable[[bytes], Any] | None
    """Of the usage."""
    start: int
    """Where the text begins, with its quote, if there is no other hole."""
    rest: int
    """Bytes after the text, if there is no other hole; else 0."""
    counted: bytes = b""
    """The usage of the latest frame."""

    @classmethod
    def of(cls, data: bytes, last: bytes, event: Any, track: Track, varying: Varying) -> "Pattern | None":
        """The pattern of a frame that gave this event and, but for usage, no other; None if it has none.

        `last`: the frame before it; where both have a field that says nothing, and it differs, is a hole.
        """
        if event.__class__ not in TEXTS or (event.__class__ is ArgumentsDelta and _NAMED(data)):
            return None  # a name may begin another call
        if data.endswith(b" }"):
            data = data[:-1].rstrip() + b"}"
        literal = msgspec.json.encode(event.text)
        texts = [hole for name in varying.texts if (hole := _text(data, literal, name))]
        if not texts:
            return None
        text, holes = texts[0], {*texts}
        for name in varying.passing:
            echo, here, there = _text(data, literal, name), _passing(data, name), _passing(last, name)
            if echo is not None:
                holes.add(echo)
            elif here and there and data[here[0] : here[1]] != last[there[0] : there[1]]:
                holes.add(here)
        sent = b"" if varying.decode is None else _usage(data, varying.usage)
        if sent:
            at = data.index(sent)
            holes.add((at, at + len(sent), None))
        row = sorted(holes, key=itemgetter(0)) if len(holes) > 1 else [text]
        kinds = [kind for _, _, kind in row]
        literals = [data[end:start] for (_, end, _), (start, _, _) in pairwise(row)]
        return cls(
            data[: row[0][0]],
            tuple(zip(kinds, [*literals, b""], strict=True)),
            data[row[-1][1] :],
            event.__class__,
            event.choice,
            event.part,
            track.pieces.get(event.part),
            varying.decode,
            text[0] - 1,
            len(data) - text[1] - 1 if len(row) == 1 else 0,
            sent,
        )

    def read(self, data: bytes, track: Track) -> bool:
        """Read a frame that begins as the pattern does; whether it fits."""
        after = self.after
        if not data.endswith(after):
            data = data[:-1].rstrip() + b"}"  # padded, so that its size does not tell the text
            if not data.endswith(after):
                return False
        at, text, wire = len(self.before), None, None
        for fits, literal in self.holes:
            end = data.find(literal, at) if literal else len(data) - len(after)
            if fits is TEXT:
                try:
                    piece = TEXT(data[at - 1 : end + 1])
                except NOT_JSON:
                    return False  # more than one text stands there
                if text is None:
                    text = piece
                elif piece != text:
                    return False
            elif end <= at:
                if end < at or data[end : end + 1] != b'"':
                    return False
            elif fits is not None:
                if not fits(data[at:end]):
                    return False
            elif data[at:end] != self.counted:
                counted = data[at:end]
                try:
                    wire = self.decode(counted)  # type: ignore[misc]
                except NOT_JSON:
                    return False
                self.counted = counted
            at = end + len(literal)
        if text:
            track.events.append(self.event(self.choice, self.part, text))
            if self.pieces is not None:
                self.pieces.append(text)
        if wire is not None:
            track.counted(wire)
        return True


def _text(data: bytes, literal: bytes, name: bytes) -> Hole | None:
    """Where the text is that this literal stands for, if it is the value of this field: inside its quotes."""
    at = data.find(name)
    if at < 0 or data.find(name, at + 1) > 0:
        return None
    at += len(name)
    at += data.startswith(b" ", at)
    return (at + 1, at + len(literal) - 1, TEXT) if data.startswith(literal, at) else None


def _passing(data: bytes, name: bytes) -> Hole | None:
    """Where the value of this field is: inside its quotes, or a whole number."""
    at = data.find(name)
    found = _SCALAR(data, at + len(name)) if at >= 0 and data.find(name, at + 1) < 0 else None
    if found is None:
        return None
    if found[1] is None:
        return (*found.span(2), _NUMBER)
    return (*found.span(1), bytes.isalnum if found[1].isalnum() else _WORD)


def _usage(data: bytes, name: bytes) -> bytes:
    """The usage object of a frame; nothing if it has none, or other bytes are the same."""
    if data.find(name) < 0 or not data.startswith(b"{"):  # a body in an array, perhaps
        return b""
    sent = bytes(_FIELDS(data).get(name[1:-1].decode(), b""))
    return sent if sent[:1] == b"{" and data.count(sent) == 1 else b""
