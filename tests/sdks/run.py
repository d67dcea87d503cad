"""The vendors' own SDKs read our fixtures; what chatnorm makes of their objects is held to the bytes.

`run.py [--allow-missing] [sdk …]`. Every SDK lives in a folder of its own under `.sdks/`: they pin different
versions of the same libraries. Ends with 1 if an object is read otherwise than its bytes, but for the losses
that `tests/sdks/losses.py` lists, or if an SDK is missing.
"""
# ruff: noqa: T201

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from losses import LOSSES, REFUSALS, Losses

import chatnorm
from chatnorm.goldens import Case, cases
from chatnorm.tables import folded

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HOME = ROOT / ".sdks"
ABSENT = "(absent)"


class Sdk(NamedTuple):
    """A client library: where it comes from and whose answers it reads."""

    package: str
    vendor: str
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
        run(sys.executable, "-m", "venv", str(self.home))
        run(python, "-m", "pip", "install", "--quiet", "--upgrade", self.package)
        run(python, "-m", "pip", "install", "--quiet", str(ROOT))
        return [python, str(HERE / "client.py"), self.package]


SDKS = (
    Sdk("openai", "openai"),
    Sdk("atoma-sdk", "atoma"),
    Sdk("openrouter", "openrouter"),
    Sdk("anthropic", "anthropic"),
    Sdk("google-genai", "gemini"),
    Sdk("atoma-sdk", "atoma", node=True),
    Sdk("@openrouter/sdk", "openrouter", node=True),
)


class Missing(Exception):
    """An SDK that cannot be installed, or has no chat call."""


def run(*command: str, cwd: Path = ROOT) -> None:
    """Runs a command whose output only matters if it fails."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    except FileNotFoundError:
        raise Missing(f"{command[0]} is not installed") from None
    if done.returncode:
        raise Missing(((done.stderr or done.stdout).strip() or "no output").splitlines()[-1])


class Server(ThreadingHTTPServer):
    """Answers `/<vendor>/<case>/…` with the fixture's bytes, each once: an SDK that asks again gets 409."""

    daemon_threads = True

    def __init__(self, bodies: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies = bodies


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = self.server.bodies.pop("/".join(self.path.split("/")[1:3]), None)
        self.send_response(409 if body is None else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body or b"{}")))
        self.end_headers()
        self.wfile.write(body or b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def told(sdk: Sdk, answers: list[Case]) -> list[dict[str, str]]:
    """What the SDK's client prints: its version, then an entry per fixture."""
    command = sdk.install()
    server = Server({case.id: case.wire.read_bytes() for case in answers})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    asked = "".join(f"{case.id}={case.speaker}\n" for case in answers)
    local = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONPATH": ""}
    done = subprocess.run(
        [*command, address, *([str(sdk.home)] if sdk.node else [])],
        input=asked, capture_output=True, text=True, env={**os.environ, **local}, timeout=600,
    )  # fmt: skip
    server.shutdown()
    if done.returncode:
        raise Missing(f"its client ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def plain(response: chatnorm.ChatResponse) -> dict[str, Any]:
    """The canonical JSON without what `chatnorm.same` leaves out, and without what follows from the rest."""
    value = json.loads(chatnorm.encode(response, "canonical"))
    return {key: item for key, item in value.items() if key not in ("notices", "end", "outcome")}


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


def check(sdk: Sdk, answers: list[Case]) -> int:
    """Prints what became of an SDK's objects; how many of them are wrong."""
    first, *entries = told(sdk, answers)
    losses = LOSSES.get(sdk.name, {})
    wrong: list[str] = []
    refused: Counter[str] = Counter()
    lost: dict[str, set[str]] = {}
    used: set[str] = set()
    same = but = 0
    by_id = {case.id: case for case in answers}
    for entry in entries:
        case = by_id.pop(entry["case"])
        if why := entry.get("refused"):
            refused[why] += 1
            if listed(REFUSALS.get(sdk.name, {}), case, why) is None:
                wrong.append(f"{case.id}: the SDK raised {why}, not listed: {cut(entry['why'])}")
            continue
        try:
            ours = "canonical" in entry  # and from Node, the JSON of the SDK's object
            text, speaker = (entry["canonical"], "canonical") if ours else (entry["text"], case.speaker)
            got = chatnorm.normalize(text, speaker, on_error="return")
        except (KeyError, chatnorm.ChatnormError) as error:
            wrong.append(f"{case.id}: {entry.get('unread') or f'{type(error).__name__}: {error}'}")
            continue
        expected = chatnorm.normalize(case.wire.read_bytes(), case.speaker, on_error="return")
        if chatnorm.same(expected, got):
            same += 1
            continue
        found = list(differences(plain(expected), plain(got))) or [("(no path)", "the same", "not the same")]
        before = len(wrong)
        for path, a, b in found:
            mark = marked(path, a, b)
            if (known := listed(losses, case, mark)) is None:
                wrong.append(f"{case.id}: {path}\n    expected {cut(a)}\n    got      {cut(b)}")
            else:
                used.add(known)
                lost.setdefault(mark, set()).add(case.name)
        but += len(wrong) == before
    wrong += [f"{case}: the client said nothing of it" for case in by_id]
    if len(refused) == 1 and refused.total() == len(answers):
        raise Missing(f"no chat call that works: {'; '.join(wrong[:1])}")
    print(f"{sdk.name} {first['version']}: {len(answers)} answers of {sdk.vendor}")
    print(f"  {same} same, {but} same but for the listed losses, {refused.total()} refused by the SDK")
    for why, count in refused.most_common():
        print(f"  refused: {why} ({count})")
    for mark, names in sorted(lost.items()):
        print(f"  listed: {mark} ({len(names)}: {', '.join(sorted(names)[:3])}{', …' * (len(names) > 3)})")
    for known in sorted({*losses} - used):
        print(f"  listed, and not seen any more: {known}")
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
    answers: dict[str, list[Case]] = {}
    for case in cases(ROOT / "fixtures"):
        if case.about.get("status", 200) < 400 and not case.error.exists():
            answers.setdefault(case.vendor, []).append(case)
    wrong = missing = 0
    for sdk in SDKS:
        if wanted and sdk.package not in wanted:
            continue
        try:
            wrong += check(sdk, answers[sdk.vendor])
        except (Missing, subprocess.TimeoutExpired) as reason:
            print(f"{sdk.name} missing: {reason}")
            missing += 1
    print(f"{wrong} wrong, {missing} missing")
    return int(wrong > 0 or (missing > 0 and "--allow-missing" not in arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
