"""Fixtures and goldens: wire bytes beside the canonical value they must give.

A case is `<vendor>/<case>.wire.json` with `<case>.toml` (dialect, status, headers, provenance) and either
`<case>.golden.json`, the canonical value printed stably, or `<case>.error.json` for input that must fail.
Beside it may stand the same answer as a stream, for which the same golden holds: `<case>.wire.sse`,
`.wire.ndjson`, `.wire.eventstream`, or `.stream.json` for one JSON array. Streams that no whole body
equals are cases of their own, without a `.wire.json`.
"""

import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from .api import encode, normalize
from .detect import gathered
from .errors import DecodeError, StrictError
from .stream import normalize_stream

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Case(Struct, frozen=True):
    """One fixture."""

    vendor: str
    """The folder's name."""
    name: str
    """The feature that the case shows."""
    wire: Path
    """The body; of a case without one, its stream."""
    about: dict[str, Any]
    """What the `.toml` says."""

    @property
    def id(self) -> str:
        """`<vendor>/<name>`."""
        return f"{self.vendor}/{self.name}"

    @property
    def golden(self) -> Path:
        """Where the canonical value is."""
        return self.wire.with_name(f"{self.name}.golden.json")

    @property
    def error(self) -> Path:
        """Where the expected failure is, for input that must fail."""
        return self.wire.with_name(f"{self.name}.error.json")

    @property
    def streams(self) -> list[Path]:
        """The same answer, streamed."""
        files = (self.wire.with_name(f"{self.name}{suffix}") for suffix in STREAMS)
        return [file for file in files if file.exists()]

    @property
    def whole(self) -> bool:
        """Whether there is a whole body."""
        return self.wire.name.endswith(".wire.json")

    @property
    def speaker(self) -> str:
        """The name to read the body under."""
        return f"{self.vendor}:{self.about['dialect']}"

    def known(self) -> dict[str, Any]:
        """What the caller of `normalize` knows besides the body."""
        return {key: self.about[key] for key in ("status", "headers", "model") if key in self.about}

    def streamed(self) -> dict[str, Any]:
        """What the caller of `normalize_stream` knows besides the stream."""
        known = {key: value for key, value in self.known().items() if key != "status"}
        if "headers" in known:  # those of the whole body
            kept = known["headers"].items()
            known["headers"] = {name: value for name, value in kept if name.lower() != "content-type"}
        return known

    def read(self) -> bytes:
        """The golden's content: what the body gives today, as a value or as a failure."""
        raw = self.wire.read_bytes()
        try:
            if self.whole:
                response = normalize(raw, self.speaker, on_error="return", **self.known())
            else:
                response = normalize_stream(raw, self.speaker, on_error="return", **self.streamed())
        except (DecodeError, StrictError) as error:
            facts = {k: v for k, v in vars(error).items() if v is not None}
            return _printed(msgspec.json.encode({"error": type(error).__name__, **facts}))
        return _printed(encode(response, "canonical"))

    def target(self, content: bytes) -> Path:
        """Where this content belongs."""
        return self.error if content.startswith(b'{\n  "error": "') else self.golden


STREAMS = (".wire.sse", ".wire.ndjson", ".wire.eventstream", ".stream.json")
"""Endings of the files that hold streams."""


def _printed(text: bytes) -> bytes:
    return msgspec.json.format(text, indent=2) + b"\n"


@lru_cache(1)
def cases(root: Path) -> tuple[Case, ...]:
    """All fixtures below `root`, in order."""
    found = []
    for toml in sorted(root.glob("*/*.toml")):
        files = (toml.with_name(f"{toml.stem}{suffix}") for suffix in (".wire.json", *STREAMS))
        wire = next((file for file in files if file.exists()), None)
        if wire is not None:
            about = tomllib.loads(toml.read_text("utf-8"))
            found.append(Case(toml.parent.name, toml.stem, wire, about))
    return tuple(found)


def orphans(root: Path) -> list[Path]:
    """Files below `root` that belong to no case."""
    stems = {case.wire.parent / case.name for case in cases(root)}
    suffixes = (".wire.json", *STREAMS, ".toml", ".golden.json", ".error.json")
    found = []
    for path in sorted(root.glob("*/*")):
        stem = next((path.name.removesuffix(s) for s in suffixes if path.name.endswith(s)), None)
        if stem is None or path.parent / stem not in stems:
            found.append(path)
    return found


# The README's support table ---------------------------------------------------------------------------

_MARK = "<!-- support table -->"
_RANK = ("recorded", "documented", "constructed")
_SHOWS = {
    "tool calls": b'"type": "tool_call"',
    "reasoning": b'"type": "reasoning"',
    "citations": b'"citations": [',
    "logprobs": b'"logprobs": [',
    "usage details": b'"cache_read_tokens": ',
}
_COLUMNS = ("whole", "stream", "error", *_SHOWS)


def support_table(root: Path) -> str:
    """Vendors and their grammars, each cell telling the best provenance among its fixtures."""
    rows: dict[tuple[str, str], dict[str, set[str]]] = {}
    for case in cases(root):
        cells = rows.setdefault((case.vendor, case.about["dialect"]), {column: set() for column in _COLUMNS})
        said = case.about["provenance"]
        if case.whole:
            cells["error" if case.about.get("status", 200) >= 400 else "whole"].add(said)
        if case.streams:
            cells["stream"].add(case.about.get("stream", said))
        golden = case.golden.read_bytes() if case.golden.exists() else b""
        for column, mark in _SHOWS.items():
            if mark in golden:
                cells[column].add(said)
    lines = [f"| vendor | grammar | {' | '.join(_COLUMNS)} |", "|---" * (len(_COLUMNS) + 2) + "|"]
    for (vendor, dialect), cells in sorted(rows.items()):
        best = [next((word[0] for word in _RANK if word in cells[column]), "–") for column in _COLUMNS]
        lines.append(f"| {vendor} | `{dialect}` | {' | '.join(best)} |")
    return "\n".join(lines)


def with_table(text: str, root: Path) -> str:
    """A README with the table below its mark made anew."""
    before, _, after = text.partition(_MARK + "\n")
    rest = after.lstrip("\n").splitlines(keepends=True)
    while rest and rest[0].startswith("|"):
        rest.pop(0)
    return f"{before}{_MARK}\n\n{support_table(root)}\n\n{''.join(rest).lstrip(chr(10))}"


# The adapters' index ----------------------------------------------------------------------------------


def index() -> str:
    """`adapters/_index.py` as it has to be, see `registry.index`."""
    marks, envelopes, names = gathered()
    lines = [
        '"""What the adapters say of their grammars, for `detect`. Written by `make table`."""',
        "# fmt: off",
        "# ruff: noqa: E501",
        "",
        f"GRAMMARS = {sorted(names)!r}",
        "",
        f"ENVELOPES = {sorted(envelopes)!r}",
        "",
        "MARKS: dict[str, list[tuple[bytes, str, int]]] = {",
        *[f"    {name!r}: {rows!r}," for name, rows in sorted(marks.items())],
        "}",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    readme = Path("README.md")
    readme.write_text(with_table(readme.read_text("utf-8"), Path("fixtures")), "utf-8")
    Path("adapters/_index.py").write_text(index(), "utf-8")
