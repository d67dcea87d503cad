"""The command line: `chatnorm normalize`, `stream`, `detect`, `vendors`, `schema`.

Canonical JSON goes to standard output, everything said about it to standard error.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from . import __version__
from .api import encode, normalize
from .assemble import Assembler
from .canonical import ChatResponse, ErrorInfo, Usage
from .detect import detect
from .encode import canonical_json
from .errors import ChatnormError, MisuseError, StrictError, UnknownVendorError
from .events import TEXTS, Failed
from .framing import FRAMINGS
from .many import normalize_many
from .registry import vendors
from .stream import decode_stream

READ, FAILURE, MISUSE, UNREADABLE, REFUSED = 0, 1, 2, 3, 4

EXIT_CODES = f"""\
exit codes:
  {READ}  the body or the stream was read
  {FAILURE}  it was read, and it reports a failure or was cut (the value is printed all the same)
  {MISUSE}  wrong arguments, no such vendor, no such file
  {UNREADABLE}  it is no JSON, no stream, or not of this grammar
  {REFUSED}  --strict refuses a repair that was needed
"""


def main(argv: list[str] | None = None) -> int:
    """Run a command line; gives the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has gone; nothing is left to be said
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READ
    except OSError as error:
        print(f"chatnorm: {error.filename}: {error.strerror}", file=sys.stderr)
        return MISUSE
    except ChatnormError as error:
        print(f"chatnorm: {error}", file=sys.stderr)
        return _code(error)
    return code


def _code(error: ChatnormError) -> int:
    if isinstance(error, StrictError):
        return REFUSED
    return MISUSE if isinstance(error, UnknownVendorError | MisuseError) else UNREADABLE


def _parser() -> argparse.ArgumentParser:
    page: Any = {"epilog": EXIT_CODES, "formatter_class": argparse.RawDescriptionHelpFormatter}
    parser = argparse.ArgumentParser(
        prog="chatnorm", description="Any LLM vendor's chat response as one canonical value.", **page
    )
    parser.add_argument("--version", action="version", version=f"chatnorm {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    body = argparse.ArgumentParser(add_help=False)
    body.add_argument("file", nargs="?", default="-", help="the body; - is standard input")

    sender = argparse.ArgumentParser(add_help=False)
    sender.add_argument(
        "--from",
        dest="vendor",
        metavar="VENDOR",
        help="who sent it, or its grammar (family.grammar); else the grammar is told from the body",
    )
    sender.add_argument("--model", help="the model asked, used if the body names none")
    sender.add_argument("--strict", action="store_true", help="refuse what needs a repair")

    command = commands.add_parser(
        "normalize",
        help="print the canonical value of a response body",
        description="Print the canonical value of a response body as JSON.",
        parents=[body, sender],
        **page,
    )
    command.add_argument("--status", type=int, help="the HTTP status it came with")
    command.add_argument(
        "--lines",
        action="store_true",
        help="a body on every line, or a batch's results; the default for files called .jsonl or .ndjson",
    )
    command.add_argument("--compact", action="store_true", help="print the value on one line")
    command.add_argument("--summary", action="store_true", help="print a few lines for people instead")
    command.set_defaults(run=_normalize)

    command = commands.add_parser(
        "stream",
        help="print the events of a stream",
        description="Print the events of a streamed response as they come, one JSON object a line.",
        parents=[body, sender],
        **page,
    )
    command.add_argument("--framing", choices=FRAMINGS, help="how frames are told apart; else the bytes tell")
    command.add_argument("--collect", action="store_true", help="print the value they add up to instead")
    command.add_argument(
        "--summary",
        action="store_true",
        help="print a few lines for people instead; on a terminal, what is said as it comes",
    )
    command.set_defaults(run=_stream)

    command = commands.add_parser(
        "detect",
        help="tell the grammar of a body",
        description="Print the grammar of a body and how sure that is, then the runners-up.",
        parents=[body],
        **page,
    )
    command.set_defaults(run=_detect)

    command = commands.add_parser("vendors", help="list the vendors that can be read")
    command.set_defaults(run=_vendors)

    command = commands.add_parser("schema", help="print the JSON Schema of the canonical value")
    command.set_defaults(run=_schema)
    return parser


def _normalize(arguments: argparse.Namespace) -> int:
    if arguments.lines or arguments.file.endswith((".jsonl", ".ndjson")):
        return _lines(arguments)
    response = normalize(
        _body(arguments),
        arguments.vendor,
        status=arguments.status,
        model=arguments.model,
        strict=arguments.strict,
        on_error="return",
    )
    if arguments.summary:
        _show(response)
    else:
        _print(response, arguments.compact)
    return READ if response.error is None else FAILURE


def _print(response: ChatResponse, compact: bool = False) -> None:
    text = encode(response, "canonical")
    print((text if compact else msgspec.json.format(text, indent=2)).decode())
    for notice in response.notices:
        print(f"{notice.severity}: {notice.kind} at {notice.path}: {notice.detail}", file=sys.stderr)


def _stream(arguments: argparse.Namespace) -> int:
    assembler = Assembler()
    live = arguments.summary and _at_terminal()
    code = READ
    events = decode_stream(
        _pieces(arguments),
        arguments.vendor,
        model=arguments.model,
        strict=arguments.strict,
        framing=arguments.framing,
    )
    place = None
    for event in events:
        assembler.add(event)
        if not arguments.collect and not arguments.summary:
            print(canonical_json(event).decode(), flush=True)
        elif live and isinstance(event, TEXTS):
            at = (event.choice, event.part)
            print("\n" * (place not in (None, at)) + event.text, end="", flush=True)
            place = at
        if isinstance(event, Failed):
            code = UNREADABLE if event.error.kind == "decode" else FAILURE
            print(f"chatnorm: {event.error.kind}: {event.error.message or 'no message'}", file=sys.stderr)
    if arguments.collect:
        _print(assembler.response())
    elif arguments.summary:
        print("\n\n" if place else "", end="")
        _show(assembler.response(), text=not live)
    return code


def _at_terminal() -> bool:
    return sys.stdout.isatty()


def _pieces(arguments: argparse.Namespace) -> Iterator[bytes]:
    """What has come so far, and so on."""
    with sys.stdin.buffer if arguments.file == "-" else open(arguments.file, "rb") as source:
        while piece := source.read1(65536):  # type: ignore[union-attr]
            yield piece


def _lines(arguments: argparse.Namespace) -> int:
    """One line of output for every body, whatever it is; the exit code is of the worst."""
    for name in ("summary", "status"):
        if getattr(arguments, name):
            raise MisuseError(f"--{name} is about one body, and this is a file of many")
    code = READ
    with sys.stdin.buffer if arguments.file == "-" else open(arguments.file, "rb") as bodies:
        values = normalize_many(bodies, arguments.vendor, model=arguments.model, strict=arguments.strict)
        for number, value in enumerate(values, 1):
            print(canonical_json(value).decode())
            if isinstance(value, ErrorInfo):
                print(f"chatnorm: body {number}: {value.message}", file=sys.stderr)
                code = UNREADABLE
            elif value.error is not None:
                code = code or FAILURE
    return code


def _detect(arguments: argparse.Namespace) -> int:
    found = detect(_body(arguments))
    if found is None:
        print("chatnorm: nothing in the body speaks for any grammar", file=sys.stderr)
        return UNREADABLE
    for dialect, score in ((found.dialect, found.score), *found.runners_up):
        print(f"{dialect} {score}")
    return READ


def _body(arguments: argparse.Namespace) -> bytes:
    return sys.stdin.buffer.read() if arguments.file == "-" else Path(arguments.file).read_bytes()


def _vendors(arguments: argparse.Namespace) -> int:
    print("\n".join(vendors()))
    return READ


def _schema(arguments: argparse.Namespace) -> int:
    schema = msgspec.json.schema(ChatResponse)
    print(msgspec.json.format(msgspec.json.encode(schema), indent=2).decode())
    return READ


def _show(response: ChatResponse, *, text: bool = True) -> None:
    rows, said = summary(response)
    said = said if text else None
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:  # the extra `cli` is not installed
        print("\n".join(f"{name:<9} {shown}" for name, shown in rows))
        print(f"\n{said}\n" if said else "", end="")
        return
    console = Console(markup=False, highlight=False, emoji=False, soft_wrap=True)
    for name, shown in rows:
        console.print(Text.assemble((f"{name:<9}", _STYLES.get(name, "bold")), f" {shown}"))
    if said:
        console.print(f"\n{said}")


_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "dim"}


def summary(response: ChatResponse) -> tuple[list[tuple[str, str]], str | None]:
    """What people want to know first, as named rows: what came, how it ended, what it cost; and the text."""
    finish = response.finish_reason or "not said"
    native = response.native_finish_reason
    rows: list[tuple[str, str]] = [
        ("outcome", f"{response.outcome} (finish: {finish}" + (f", sent as {native!r})" if native else ")")),
        ("from", " · ".join(filter(None, (response.vendor, response.dialect, response.served_by)))),
        ("model", response.model or "not said"),
        ("usage", _usage(response.usage)),
    ]
    for choice in response.choices:
        kinds = Counter(part.__struct_config__.tag for part in choice.message.parts)
        parts = ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "nothing"
        rows.append((f"choice {choice.index}", parts))
    rows += [("call", f"{call.name}({call.arguments or ''})") for call in response.tool_calls]
    if response.error is not None:
        error = response.error
        again = "may succeed later" if error.retryable else "will not succeed unchanged"
        rows.append(("error", f"{error.kind} ({error.scope}; {again}): {error.message or 'no message'}"))
    rows += [(n.severity, f"{n.kind} at {n.path}: {n.detail}") for n in response.notices]
    return rows, response.text


def _usage(usage: Usage) -> str:
    if usage.status == "absent":
        return "not reported"
    details = {
        "cache read": usage.cache_read_tokens,
        "cache write": usage.cache_write_tokens,
        "reasoning": usage.reasoning_tokens,
    }
    shown = [f"{_known(usage.input_tokens)} in", f"{_known(usage.output_tokens)} out"]
    shown += [f"{tokens} {name}" for name, tokens in details.items() if tokens]
    if usage.cost is not None:
        shown.append(f"{usage.cost.amount} {usage.cost.currency or ''}".strip())
    return ", ".join(shown)


def _known(tokens: int | None) -> str:
    return "unknown" if tokens is None else str(tokens)
