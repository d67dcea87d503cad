"""The vendors' own SDKs read our fixtures; what chatnorm makes of their objects is held to the bytes.

`run.py [--allow-missing] [sdk …]`. Whole bodies are asked for without streaming, streams with it; which SDK
reads which fixtures is told by `CALLS` in `client.py`, and by `NODE`. Every SDK lives in a folder of its own under `.sdks/`: they pin different
versions of the same libraries. Ends with 1 if an object is read otherwise than its bytes, but for the losses
that `tests/sdks/losses.py` lists, or if an SDK is missing.
"""
# ruff: noqa: T201

import json
import os
import struct
import subprocess
import sys
import threading
from binascii import crc32
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from client import CALLS, WHOLE
from losses import LOSSES, REFUSALS, Losses, Tables

import chatnorm
from chatnorm.goldens import Case, cases
from chatnorm.tables import folded

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HOME = ROOT / ".sdks"
ABSENT = "(absent)"


class Sdk(NamedTuple):
    """A client library."""

    package: str
    speakers: dict[str, str]
    """The vendors and grammars that it reads, and how the streams end that it asks for."""
    node: bool = False

    @property
    def name(self) -> str:
        return f"{self.package} ({'npm' if self.node else 'pip'})"

    @property
    def home(self) -> Path:
        return HOME / f"{'npm' if self.node else 'pip'}-{self.package.strip('@').replace('/', '-')}"

    def install(self) -> list[str]:
        """Installs the newest version; the command that starts its client."""
        if self.node:
            self.home.mkdir(parents=True, exist_ok=True)
            (self.home / "package.json").write_text("{}")  # or npm looks for one in the folders above
            run("npm", "install", "--no-audit", "--no-fund", f"{self.package}@latest", cwd=self.home)
            return ["node", str(HERE / "client.mjs"), self.package]
        python = str(self.home / "bin" / "python")
        if not Path(python).exists():
            run(sys.executable, "-m", "venv", str(self.home))
        run(python, "-m", "pip", "install", "--quiet", "--upgrade", self.package)
        run(python, "-m", "pip", "install", "--quiet", "--editable", str(ROOT))
        return [python, str(HERE / "client.py"), self.package]


NODE = {"atoma-sdk": "atoma:openai.chat", "@openrouter/sdk": "openrouter:openai.chat"}
"""The SDKs for TypeScript."""

SDKS = (
    *(
        Sdk(
            package,
            {f"{call.vendor}:{call.dialect}": call.stream for call in CALLS if call.package == package},
        )
        for package in dict.fromkeys(call.package for call in CALLS)
    ),
    *(Sdk(package, {speaker: ".sse"}, node=True) for package, speaker in NODE.items()),
)

TYPES = {
    ".sse": "text/event-stream",
    ".ndjson": "application/x-ndjson",
    ".eventstream": "application/vnd.amazon.eventstream",
    ".json": "application/json",
}
"""Content types, by how a file ends."""


class File(NamedTuple):
    """A fixture's file that an SDK is to read."""

    case: Case
    path: Path
    body: bytes
    """What the server sends."""
    kind: str
    """Its content type."""

    @property
    def ending(self) -> str:
        return self.path.name[len(self.case.name) + 1 :]

    @property
    def id(self) -> str:
        return f"{self.case.id}/{self.ending}"

    @property
    def group(self) -> str:
        """What is counted together, and has losses of its own."""
        return self.case.speaker if self.ending == WHOLE else f"{self.case.speaker} streamed"

    def read(self) -> chatnorm.ChatResponse:
        """What chatnorm makes of the file itself."""
        door = chatnorm.normalize if self.ending == WHOLE else chatnorm.normalize_stream
        return door(self.path.read_bytes(), self.case.speaker, on_error="return")


def files(case: Case, stream: str) -> Iterator[File]:
    """What an SDK can be sent of a case: no failures that HTTP reports, and streams in its framing only."""
    if case.about.get("status", 200) >= 400 or case.error.exists():
        return
    for path in [case.wire] * case.whole + case.streams:
        body, ending = path.read_bytes(), path.suffix
        if stream == ".eventstream" and ending == ".ndjson":  # the frames without the wire
            body, ending = eventstream(body), stream
        if body and ((path == case.wire and case.whole) or ending == stream):
            yield File(case, path, body, TYPES[ending])


def eventstream(lines: bytes) -> bytes:
    """Frames `{"<event>": {…}}` as an AWS event stream; nothing if there are others among them."""
    sent = b""
    for line in filter(None, lines.split(b"\n")):
        try:
            ((event, payload),) = json.loads(line).items()
        except ValueError:
            return b""
        kind = "exception" if event.endswith("Exception") else "event"
        names = {":message-type": kind, f":{kind}-type": event, ":content-type": "application/json"}
        head = b"".join(
            struct.pack(">B", len(k)) + k.encode() + struct.pack(">BH", 7, len(v)) + v.encode()
            for k, v in names.items()
        )
        raw = json.dumps(payload).encode()
        prelude = struct.pack(">II", 16 + len(head) + len(raw), len(head))
        message = prelude + struct.pack(">I", crc32(prelude)) + head + raw
        sent += message + struct.pack(">I", crc32(message))
    return sent


class Missing(Exception):
    """An SDK that cannot be installed, or has no such call."""


def run(*command: str, cwd: Path = ROOT) -> None:
    """Runs a command whose output only matters if it fails."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    except FileNotFoundError:
        raise Missing(f"{command[0]} is not installed") from None
    if done.returncode:
        raise Missing(((done.stderr or done.stdout).strip() or "no output").splitlines()[-1])


class Server(ThreadingHTTPServer):
    """Answers `/<vendor>/<case>/<ending>/…` with the file, each once: an SDK that asks again gets 409."""

    daemon_threads = True

    def __init__(self, given: list[File]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.given = {file.id: file for file in given}


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        file = self.server.given.pop("/".join(self.path.split("/")[1:4]), None)
        body = file.body if file else b"{}"
        self.send_response(200 if file else 409)
        self.send_header("content-type", file.kind if file else "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def told(sdk: Sdk, given: list[File]) -> tuple[str, list[dict[str, Any]]]:
    """What the SDK's client prints: its version, and an entry per file."""
    command = sdk.install()
    server = Server(given)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    asked = "".join(f"{file.id}={file.case.speaker}\n" for file in given)
    local = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONPATH": ""}
    done = subprocess.run(
        [*command, address, *([str(sdk.home)] if sdk.node else [])],
        input=asked, capture_output=True, text=True, env={**os.environ, **local}, timeout=600,
    )  # fmt: skip
    server.shutdown()
    if done.returncode:
        raise Missing(f"its client ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    first, *entries = map(json.loads, done.stdout.splitlines())
    return first["version"], entries


def plain(response: chatnorm.ChatResponse) -> dict[str, Any]:
    """The canonical JSON without what `chatnorm.same` leaves out, and without what follows from the rest."""
    value = json.loads(chatnorm.encode(response, "canonical"))
    for choice in value.get("choices", ()):
        for part in choice.get("message", {}).get("parts", ()):
            if "arguments" in part:
                part["arguments"] = tight(part["arguments"])
    return {key: item for key, item in value.items() if key not in ("notices", "end", "raw", "outcome")}


def tight(text: str) -> str:
    """JSON without the white space and the escapes in which `same` finds no difference."""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        return text


def differences(a: Any, b: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Path, expected and got, for all in which two values differ."""
    inner = not {"extra", "native"} & {*path.split(".")[:-1]}  # names below these are the vendor's: one level
    if inner and ABSENT in (a, b):  # a level that is missing: each field of it by its own path
        a, b = ({} if a == ABSENT and type(b) is dict else a), ({} if b == ABSENT and type(a) is dict else b)
    if isinstance(a, dict) and isinstance(b, dict):
        left, right = ({folded(k): (k, v) for k, v in d.items() if not nothing(v)} for d in (a, b))
        for key in sorted({*left, *right}):
            name = (left.get(key) or right[key])[0]
            one, other = (side.get(key, (name, ABSENT))[1] for side in (left, right))
            yield from differences(one, other, f"{path}.{name}" if path else name)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for one, other in zip(a, b, strict=True):
            yield from differences(one, other, f"{path}[]")
    elif isinstance(a, list) and isinstance(b, list) and (gone := dropped(a, b)):
        for item in gone:
            kind = item.get("type", "") if isinstance(item, dict) else ""
            yield f"{path}[{kind}]", item, ABSENT
    elif a != b or (type(a) is bool) is not (type(b) is bool):
        yield path, a, b


def nothing(value: Any) -> bool:
    """Null, or an object of nothing but that."""
    return value is None or (isinstance(value, dict) and all(map(nothing, value.values())))


def dropped(a: list[Any], b: list[Any]) -> list[Any]:
    """The items that `a` has and `b` has not; none if that is not all in which they differ."""
    rest, gone = list(b), []
    for item in a:
        if rest and item == rest[0]:
            rest.pop(0)
        else:
            gone.append(item)
    return [] if rest else gone


def got(entry: dict[str, Any], file: File) -> chatnorm.ChatResponse:
    """What chatnorm makes of the SDK's object: read in its environment or, of Node's JSON, here."""
    if "canonical" in entry:
        return chatnorm.normalize(entry["canonical"], "canonical", on_error="return")
    if "chunks" in entry:
        return chatnorm.normalize_stream(
            map(json.loads, entry["chunks"]), file.case.speaker, on_error="return"
        )
    return chatnorm.normalize(entry["text"], file.case.speaker, on_error="return")


def check(sdk: Sdk, known: list[Case]) -> tuple[int, int]:
    """Prints what became of an SDK's objects; how many of them are wrong, and how many calls are missing."""
    groups: dict[str, list[File]] = {}
    for speaker, stream in sdk.speakers.items():
        for case in known:
            for file in files(case, stream) if case.speaker == speaker else ():
                groups.setdefault(file.group, []).append(file)
    version, entries = told(sdk, [file for given in groups.values() for file in given])
    by_id = {entry["file"]: entry for entry in entries}
    used: set[str] = set()
    wrong = missing = 0
    for group, given in groups.items():
        try:
            wrong += compare(sdk, version, group, given, by_id, used)
        except Missing as reason:
            print(f"{sdk.name} {version}, {group} missing: {reason}")
            missing += 1
    for entry in sorted({*tabled(LOSSES, sdk), *tabled(REFUSALS, sdk)} - used):
        print(f"{sdk.name}: listed, and not seen any more: {entry}")
    return wrong, missing


def tabled(tables: Tables, sdk: Sdk, group: str = "") -> Losses:
    """What is listed for one group, or for all of an SDK's."""
    merged: Losses = {}
    for name, losses in tables.get(sdk.name, {}).items():
        if not group or name in (group, group.partition(" ")[0]):
            merged.update(losses)
    return merged


def compare(
    sdk: Sdk, version: str, group: str, given: list[File], entries: dict[str, dict[str, Any]], used: set[str]
) -> int:
    """Prints what became of one group; how many are wrong. `used`: gets the entries of the tables that were."""
    losses, refusals = tabled(LOSSES, sdk, group), tabled(REFUSALS, sdk, group)
    wrong: list[str] = []
    refused: Counter[str] = Counter()
    lost: dict[str, set[str]] = {}
    same = but = 0
    for file in given:
        entry = entries.get(file.id, {"refused": "nothing", "why": "the client does not mention it"})
        if "refused" not in entry:
            try:
                one, other = file.read(), got(entry, file)
            except chatnorm.ChatnormError as error:
                entry = {"refused": f"chatnorm.{type(error).__name__}", "why": str(error)}
        if why := entry.get("refused"):
            refused[why] += 1
            if (known := listed(refusals, file.case, why)) is None:
                wrong.append(f"{file.id}: {why} raised, and not listed: {cut(entry['why'])}")
            else:
                used.add(known)
            continue
        if chatnorm.same(one, other):
            same += 1
            continue
        found = list(differences(plain(one), plain(other))) or [("(no path)", "the same", "not the same")]
        before = len(wrong)
        for path, a, b in found:
            mark = marked(path, a, b)
            if (known := listed(losses, file.case, mark)) is None:
                wrong.append(f"{file.id}: {path}\n    expected {cut(a)}\n    got      {cut(b)}")
            else:
                used.add(known)
                lost.setdefault(mark, set()).add(file.case.name)
        but += len(wrong) == before
    if len(refused) == 1 and refused.total() == len(wrong) == len(given) > 1:
        raise Missing(f"no call that works: {wrong[0]}")
    print(f"{sdk.name} {version}, {group}: {len(given)} answers")
    print(f"  {same} same, {but} same but for the listed losses, {refused.total()} refused")
    for why, count in refused.most_common():
        print(f"  refused: {why} ({count})")
    for mark, names in sorted(lost.items()):
        print(f"  listed: {mark} ({len(names)}: {', '.join(sorted(names)[:3])}{', …' * (len(names) > 3)})")
    for line in wrong:
        print(f"  WRONG {line}")
    return len(wrong)


def listed(table: Losses, case: Case, mark: str) -> str | None:
    """The entry of a table that expects this in this case."""
    for entry, names in table.items():
        alike = mark.startswith(entry[:-1]) if entry.endswith("*") else mark == entry
        if alike and (not names or case.name in names) and (entry != "*" or mark[0] not in "+~"):
            return entry
    return None


def marked(path: str, expected: Any, got: Any) -> str:
    """`path`: the SDK's object has it no more; `+path`: has it though the bytes do not; `~path`: has another."""
    return path if got == ABSENT else f"+{path}" if expected == ABSENT else f"~{path}"


def cut(value: Any) -> str:
    """The value in one line, of bearable length."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"


def main(arguments: list[str]) -> int:
    wanted = {name for name in arguments if name != "--allow-missing"}
    if unknown := wanted - {sdk.package for sdk in SDKS}:
        print(f"no SDK of this name: {', '.join(sorted(unknown))}")
        return 2
    known = list(cases(ROOT / "fixtures"))
    wrong = missing = 0
    for sdk in SDKS:
        if wanted and sdk.package not in wanted:
            continue
        try:
            found = check(sdk, known)
        except (Missing, subprocess.TimeoutExpired) as reason:
            print(f"{sdk.name} missing: {reason}")
            found = (0, 1)
        wrong, missing = wrong + found[0], missing + found[1]
    print(f"{wrong} wrong, {missing} missing")
    return int(wrong > 0 or (missing > 0 and "--allow-missing" not in arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
