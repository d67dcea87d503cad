"""`python -m benchmarks [FOLDER]`: what `normalize` costs, against parsing the same bytes.

Bodies are the fixtures, and those in FOLDER: `*.wire.json` with a `.toml` beside it, or a
`manifest.jsonl`. All variants run interleaved on one body, in turned order every other round; the
minimum per body and variant is kept. A figure is the median over bodies of the ratio; `p90` the same at
nine tenths; `mixed` the ratio of total times with all bodies in random order, `kept` the same with all
results kept alive; `÷ json` is against `json.loads`; `decode` is the typed msgspec decode alone. Only
ratios of one run can be compared, and nothing is asserted.
"""

import gc
import json
import os
import random
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

import msgspec

import chatnorm
from chatnorm import readers
from chatnorm.readers import reader
from chatnorm.tables import camel

parse: Callable[[bytes], Any]
try:
    import orjson

    PARSER, parse = "orjson.loads", orjson.loads
except ImportError:
    PARSER, parse = "json.loads", json.loads

ROUNDS = 12
ROOT = Path(__file__).parents[1]
READ_AS = {"groq.chat": "openai.chat", "mistral.chat": "openai.chat"}  # recordings tell them apart


class Case(NamedTuple):
    """A body that is read as an answer, and how."""

    speaker: str
    body: bytes
    way: str  # plain, respelled or repaired
    decode: Callable[[bytes], Any]  # the typed decode that took it; the untyped one if none did


def found(folder: Path, kind: str = "response", ending: str = "json") -> Iterator[tuple[str, str, bytes]]:
    """Vendor, dialect and bytes of every body, or stream, in a folder."""
    manifest = folder / "manifest.jsonl"
    for line in manifest.read_text().splitlines() if manifest.exists() else ():
        case = json.loads(line)
        if case["kind"] == kind and case["file"].endswith(ending):
            dialect = READ_AS.get(case["dialect"], case["dialect"])
            yield case["vendor"], dialect, (folder / case["file"]).read_bytes()
    for path in sorted(folder.glob(f"**/*.wire.{ending}")):
        about = path.with_name(path.name.replace(f".wire.{ending}", ".toml"))
        told = re.search(r'^dialect = "(.+)"', about.read_text() if about.exists() else "", re.M)
        if told:
            yield path.parent.name, told[1], path.read_bytes()


def speaker_of(vendor: str, grammar: str) -> str | None:
    """The name to read a body under: its vendor's, or the bare grammar's; None without an adapter."""
    for name in (f"{vendor}:{grammar}", grammar):
        try:
            reader(name)
        except chatnorm.UnknownVendorError:
            continue
        return name
    return None


def case(speaker: str, body: bytes) -> Case | None:
    """A body as a case; None if it is no answer."""
    dialect = reader(speaker)
    try:
        response = chatnorm.normalize(body, speaker, on_error="return")
    except chatnorm.DecodeError:
        return None
    if response.error is not None:
        return None
    for way, spelling in (("plain", dialect._plain), ("respelled", dialect._respelled)):
        try:
            if spelling is not None:
                spelling[0](body)
                return Case(speaker, body, way, spelling[0])
        except msgspec.DecodeError:
            pass
    return Case(speaker, body, "repaired", msgspec.json.decode)


def keyed(value: Any, key_of: Callable[[str], str | None]) -> Any:
    """A JSON value with every key changed, or left out where `key_of` gives None."""
    if isinstance(value, dict):
        return {new: keyed(item, key_of) for key, item in value.items() if (new := key_of(key)) is not None}
    return [keyed(item, key_of) for item in value] if isinstance(value, list) else value


def kept(own: set[str], key: str) -> str | None:
    """A key that is not a vendor's own."""
    return None if key in own else key


def remade(cases: list[Case], way: str, change: Callable[[Any], Any]) -> list[Case]:
    """The cases with their bodies changed, as far as they are then read in that way."""
    made = []
    for old in cases:
        body = msgspec.json.encode(change(json.loads(old.body)))
        new = case(old.speaker, body) if body != old.body else None
        if new is not None and new.way == way:
            made.append(new)
    return made


def with_unknown(body: Any) -> Any:
    """A body with a new field in each of its first five objects, outer ones first."""
    level = [body]
    left = 5
    while level and left:
        inner: list[Any] = []
        for value in level:
            inner += value.values() if isinstance(value, dict) else value
            if isinstance(value, dict) and left:
                value["brand_new"] = "a value"
                left -= 1
        level = [value for value in inner if isinstance(value, dict | list)]
    return body


def tenfold(body: Any) -> Any:
    """A body with ten times as long texts and ten times as many items."""
    if isinstance(body, dict):
        return {key: tenfold(value) for key, value in body.items()}
    if isinstance(body, list):
        return body * 10 if body and isinstance(body[0], dict | list) else body
    return body * 10 if isinstance(body, str) and len(body) > 40 else body


def times(variants: list[Callable[[], Any]]) -> list[float]:
    """Seconds of each variant: the best of all rounds, the variants taking turns."""
    best = [float("inf")] * len(variants)
    for variant in variants:
        variant()
    start = perf_counter()
    variants[0]()
    loops = max(1, int(150e-6 / max(perf_counter() - start, 1e-7)))
    order = list(enumerate(variants))
    for _ in range(ROUNDS):
        order.reverse()
        for i, variant in order:
            start = perf_counter()
            for _ in range(loops):
                variant()
            best[i] = min(best[i], (perf_counter() - start) / loops)
    return best


def forget() -> None:
    """Forget the fields that were learned from other bodies, many of which are odd on purpose."""
    readers._speakers.clear()


def measured(case: Case) -> list[float]:
    """Seconds of `normalize`, of the parser, of `json.loads` and of the typed decode."""
    forget()
    body, variants = case.body, (parse, json.loads, case.decode)
    return times([partial(chatnorm.normalize, body, case.speaker), *(partial(v, body) for v in variants)])


def mixed(cases: list[Case], size: int) -> tuple[float, float]:
    """The ratio of total times over bodies in random order: results dropped, and results kept."""
    traffic = random.Random(1).choices(cases, k=size)
    ours = [partial(chatnorm.normalize, case.body, case.speaker) for case in traffic]
    theirs = [partial(parse, case.body) for case in traffic]
    spent: dict[tuple[bool, bool], float] = {}
    for keep in (False, True) * 3:
        for calls in (ours, theirs):
            gc.collect()
            start = perf_counter()
            results = [call() if keep else call() is None for call in calls]
            spent[keep, calls is ours] = min(perf_counter() - start, spent.get((keep, calls is ours), 1e9))
            del results
    return spent[False, True] / spent[False, False], spent[True, True] / spent[True, False]


def row(title: str, cases: list[Case]) -> None:
    """Print the figures of these bodies."""
    if not cases:
        print(f"{title:34}{0:5}  no bodies")
        return
    spent = [measured(case) for case in cases]
    ratios = [ours / theirs for ours, theirs, _, _ in spent]
    slow = median(ours / std for ours, _, std, _ in spent)
    typed = median(decode / theirs for _, theirs, _, decode in spent)
    high = quantiles(ratios, n=10)[-1] if len(ratios) > 1 else ratios[0]
    figures = (median(ratios), high, *mixed(cases, 10_000), slow, typed)
    print(f"{title:34}{len(cases):5}" + "".join(f"{figure:9.2f}" for figure in figures), flush=True)


def dialect_rows(name: str, cases: list[Case]) -> None:
    """All rows of one grammar."""
    plain = [case for case in cases if case.way == "plain"]
    row(f"{name}: as found", cases)
    row(f"{name}: plain", plain)
    row(f"{name}: plain, 1-4 kB", [case for case in plain if 1000 <= len(case.body) <= 4000])
    camels = remade(plain, "respelled", lambda body: keyed(body, camel))
    row(f"{name}: camelCase", camels)
    row(f"{name}: camelCase, from 1 kB", [case for case in camels if len(case.body) >= 1000])
    row(f"{name}: new fields, 5 levels", remade(plain, "repaired", with_unknown))
    extras, growth = [], []
    for case in plain:
        own = {key for keys in reader(case.speaker)._extra.values() for key in keys}
        for bare in remade([case], "plain", partial(keyed, key_of=partial(kept, own))):
            (ours, base, *_), (bare_ours, bare_base, *_) = measured(case), measured(bare)
            extras.append(ours / base / (bare_ours / bare_base))
        for large in remade([case], "plain", tenfold):
            growth.append(measured(large)[0] / measured(case)[0] * len(case.body) / len(large.body))
    single(f"{name}: own extras ÷ without", extras)
    single(f"{name}: ×10 body, time ÷ size", growth)
    for title, least in (("", 0), (", from 1 kB", 1000)):
        sizes = [memory(case) / len(case.body) for case in plain if len(case.body) >= least]
        single(f"{name}: memory ÷ body{title}", sizes)


def single(title: str, figures: list[float]) -> None:
    """Print the median and the ninth decile of a figure."""
    if len(figures) > 1:
        high = quantiles(figures, n=10)[-1]
        print(f"{title:34}{len(figures):5}{median(figures):9.2f}{high:9.2f}", flush=True)


def memory(case: Case, copies: int = 20) -> float:
    """Bytes that one value holds."""
    chatnorm.normalize(case.body, case.speaker)
    gc.collect()
    tracemalloc.start()
    kept = [chatnorm.normalize(case.body, case.speaker) for _ in range(copies)]
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size / len(kept)


def imports(modules: list[str]) -> dict[str, tuple[float, float]]:
    """Seconds of the import of each module in a fresh interpreter, and peak memory in kB after it."""
    code = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t, {})"
    peak = "open('/proc/self/status').read().split('VmHWM:')[1].split()[0]"  # getrusage shows the parent's
    best = {name: (float("inf"), float("inf")) for name in modules}
    with TemporaryDirectory() as cache:  # of bytecode, written by the first round
        env = {**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        for name in modules * 9:
            source = code.format(name, peak if sys.platform == "linux" else "0")
            told = subprocess.check_output([sys.executable, "-c", source], env=env, cwd=cache)
            seconds, size = map(float, told.split()[-2:])  # some print on import
            best[name] = (min(best[name][0], seconds), min(best[name][1], size))
    return best


def import_row() -> None:
    """Print what the import costs, against msgspec's."""
    (base, _), (ours, size) = imports(["msgspec", "chatnorm"]).values()
    shown = f"{ours * 1e3:.1f} ms, {ours / base:.2f} × import msgspec; peak RSS {size / 1024:.1f} MB"
    print(f"\nimport chatnorm: {shown}")


def main() -> None:
    """Print the table."""
    versions = f"Python {sys.version.split()[0]}, msgspec {msgspec.__version__}"
    print(f"ratios to {PARSER} on the same bytes; {versions}")
    if PARSER != "orjson.loads":
        print("orjson is not installed: the base is the standard library's parser, which is much slower")
    dialects: dict[str, list[Case]] = {}
    other = 0
    for folder in [ROOT / "fixtures", *map(Path, sys.argv[1:])]:
        for vendor, grammar, body in found(folder):
            speaker = speaker_of(vendor, grammar)
            made = case(speaker, body) if speaker else None
            if made is None:
                other += 1
            else:
                dialects.setdefault(grammar, []).append(made)
    print(f"{other} bodies left out: errors, and grammars without an adapter\n")
    print(f"{'':34}{'n':>5}{'median':>9}{'p90':>9}{'mixed':>9}{'kept':>9}{'÷ json':>9}{'decode':>9}")
    for grammar, cases in sorted(dialects.items()):
        dialect_rows(grammar, cases)
    import_row()


if __name__ == "__main__":
    main()
