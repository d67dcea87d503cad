"""The command line, as transcripts: command, output, exit code."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES
from test_api import ERROR, sent

import chatnorm
from chatnorm.cli import main


def run(*arguments: str, stdin: bytes = b"", capsys: Any, monkeypatch: Any) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    try:
        code = main(list(arguments))
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def shell(capsys: Any, monkeypatch: Any) -> Any:
    return lambda *arguments, stdin=b"": run(*arguments, stdin=stdin, capsys=capsys, monkeypatch=monkeypatch)


def test_a_body_from_standard_input(shell: Any) -> None:
    for arguments in (("normalize", "--from", "openai"), ("normalize", "-", "--from", "openai", "--compact")):
        code, out, err = shell(*arguments, stdin=sent())
        assert (code, err) == (0, "")
        assert json.loads(out) == json.loads(
            chatnorm.encode(chatnorm.normalize(sent(), "openai"), "canonical")
        )
    assert out.count("\n") == 1


def test_a_body_from_a_file(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_bytes(sent(model=None, brand_new=1))
    code, out, err = shell("normalize", str(file), "--from", "openai", "--model", "asked")
    assert code == 0
    assert json.loads(out)["supplied"] == ["model"]
    assert err == "info: unknown_field at $.brand_new: kept in extra\n"


def test_a_failure(shell: Any) -> None:
    code, out, _ = shell("normalize", "--from", "openai", "--status", "429", stdin=ERROR)
    assert code == 1
    assert json.loads(out)["error"]["kind"] == "rate_limit"


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "err"),
    [
        (
            ("normalize",),
            b'{"a": 1}',
            3,
            "chatnorm: $: expected a body of a known grammar, got keys 'a'\nhint: ",
        ),
        (("detect",), b'{"a": 1}', 3, "chatnorm: nothing in the body speaks for any grammar"),
        (
            ("normalize", "--from", "opnai"),
            b"{}",
            2,
            "chatnorm: no adapter named 'opnai'\nhint: did you mean",
        ),
        (("normalize", "nowhere.json", "--from", "openai"), b"", 2, "chatnorm: nowhere.json: No such file"),
        (("normalize", "--from", "openai"), b"nope", 3, "chatnorm: openai.chat: byte"),
        (
            ("normalize", "--from", "openai", "--strict"),
            sent(created="x"),
            4,
            "chatnorm: strict: unknown_value",
        ),
        (("nonsense",), b"", 2, "usage: chatnorm"),
        ((), b"", 2, "usage: chatnorm"),
    ],
)
def test_refusals(shell: Any, arguments: Any, stdin: bytes, code: int, err: str) -> None:
    found, out, said = shell(*arguments, stdin=stdin)
    assert (found, out) == (code, "")
    assert said.startswith(err)


def test_detect(shell: Any) -> None:
    assert shell("detect", stdin=sent()) == (0, "openai.chat 1.0\n", "")
    both = b'{"choices": [], "content": "x"}'
    assert shell("detect", "-", stdin=both) == (0, "openai.chat 0.5\nanthropic.messages 0.1\n", "")
    code, out, _ = shell("normalize", stdin=sent())
    assert (code, json.loads(out)["dialect"]) == (0, "openai.chat")


def test_many_bodies(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_bytes(sent() + b"\n{\n" + sent() + b"\n")
    code, out, err = shell("normalize", str(file), "--from", "openai")
    assert code == 3
    assert err == "chatnorm: body 2: openai.chat: byte 2: expected JSON, got JSON cut short\n"
    values = [json.loads(line) for line in out.splitlines()]
    assert [value["schema"] for value in values] == [
        "chatnorm.response/1",
        "chatnorm.error/1",
        "chatnorm.response/1",
    ]
    code, out, err = shell("normalize", "--lines", stdin=ERROR + b"\n" + sent())
    assert (code, len(out.splitlines()), err) == (1, 2, "")
    code, out, err = shell("normalize", "--lines", "--summary", stdin=sent())
    assert (code, out) == (2, "")
    assert "--summary is about one body" in err


def test_schema(shell: Any) -> None:
    code, out, _ = shell("schema")
    schema = json.loads(out)
    assert code == 0
    fields = schema["$defs"]["ChatResponse"]["properties"]
    assert set(chatnorm.ChatResponse.__struct_fields__) <= set(fields)
    assert fields["schema"] == {"enum": ["chatnorm.response/1"]}


def test_vendors(shell: Any) -> None:
    assert shell("vendors") == (0, "\n".join(chatnorm.vendors()) + "\n", "")


def test_help_lists_the_exit_codes(shell: Any) -> None:
    for arguments in (("--help",), ("normalize", "--help")):
        code, out, _ = shell(*arguments)
        assert code == 0
        assert "exit codes:" in out
        assert "4  --strict refuses" in out
    assert shell("--version") == (0, f"chatnorm {chatnorm.__version__}\n", "")


SUMMARY = """\
outcome   tool_calls (finish: tool_calls, sent as 'tool_use')
from      anthropic · anthropic.messages
model     claude-opus-4-5-20251101
usage     734 in, 218 out
choice 0  2 reasoning, 1 text, 2 tool_call
call      get_forecast({"city":"Bergen","day":"saturday"})
call      find_table({"city":"Bergen","party":4,"seating":"indoor"})

Let me check the forecast for Saturday.
"""


def test_a_summary_without_the_extra(shell: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    file = str(FIXTURES / "anthropic" / "thinking-interleaved.wire.json")
    assert shell("normalize", file, "--summary") == (
        0,
        SUMMARY.replace("from      anthropic · ", "from      "),
        "",
    )
    _, out, _ = shell("normalize", "--summary", stdin=sent(choices=[{"message": {"content": None}}]))
    assert out.splitlines()[-1].startswith("choice 0")


def test_colours_are_for_terminals(shell: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" in shell("normalize", "--summary", stdin=sent())[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in shell("normalize", "--summary", stdin=sent(created="x"))[1]


def test_summary(shell: Any) -> None:
    file = str(FIXTURES / "anthropic" / "thinking-interleaved.wire.json")
    assert shell("normalize", file, "--from", "anthropic", "--summary") == (0, SUMMARY, "")
    code, out, _ = shell("normalize", "--from", "openai", "--summary", stdin=ERROR)
    assert code == 1
    assert "error     rate_limit (key; may succeed later): Slow down" in out
    assert "usage     not reported" in out
    body = sent(
        usage={"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}, "cost": 0.25}, odd=1
    )
    code, out, _ = shell("normalize", "--from", "openrouter", "--summary", stdin=body)
    assert "usage     5 in, unknown out, 4 cache read, 0.25 USD" in out
    assert "info      unknown_field at $.odd: kept in extra" in out
    code, out, _ = shell("normalize", "--from", "openai", "--summary", stdin=b'{"error":{"code":"x"}}')
    assert "will not succeed unchanged): no message" in out


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_bytes(sent(choices=[{"message": {"content": "x" * 300_000}}]))
    command = f"{sys.executable} -m chatnorm normalize {file} --from openai | head -c 10"
    done = subprocess.run(["bash", "-c", f"cd / && {command}"], capture_output=True, text=True)
    assert (done.stdout[:1], done.stderr) == ("{", "")


STREAM = FIXTURES / "openai" / "tool-call.wire.sse"


def test_events_of_a_stream(shell: Any) -> None:
    for arguments, stdin in (((str(STREAM),), b""), ((), STREAM.read_bytes())):
        code, out, err = shell("stream", *arguments, "--from", "openai", stdin=stdin)
        assert (code, err) == (0, "")
        lines = [json.loads(line) for line in out.splitlines()]
        assert lines[0]["event"] == "started"
        assert lines[-1] == {"schema": "chatnorm.event/1", "event": "ended", "end": "terminated"}


def test_the_value_of_a_stream(shell: Any) -> None:
    code, out, _ = shell("stream", str(STREAM), "--from", "openai", "--collect")
    response = chatnorm.normalize(out.encode(), "canonical")
    assert code == 0
    assert response == chatnorm.normalize_stream(STREAM.read_bytes(), "openai")


def test_a_stream_for_people(shell: Any, monkeypatch: Any) -> None:
    text = FIXTURES / "openai" / "text-plain.wire.sse"
    code, out, _ = shell("stream", str(text), "--summary")
    assert code == 0
    assert out.startswith("outcome")
    said = chatnorm.normalize_stream(text.read_bytes()).text or ""
    assert out.rstrip().endswith(said)
    monkeypatch.setattr("chatnorm.cli._at_terminal", lambda: True)
    code, out, _ = shell("stream", str(text), "--summary")
    assert out.startswith(f"{said}\n\noutcome")
    assert out.count(said) == 1


@pytest.mark.parametrize(
    ("stdin", "code", "told"),
    [
        (STREAM.read_bytes()[:900], 1, "chatnorm: stream_cut: the stream ended after"),
        (b'data: {"error": {"message": "busy", "code": 503}}\n\n', 1, "chatnorm: overloaded: busy\n"),
        (b"<html>", 3, "chatnorm: decode: openai.chat: expected JSON, got HTML or XML\n"),
        (b'data: {"choices": [{"finish_reason": "odd"}]}\n\n', 4, "chatnorm: strict: unknown_value at"),
    ],
)
def test_streams_that_fail(shell: Any, stdin: bytes, code: int, told: str) -> None:
    strict = ("--strict",) if code == 4 else ()
    found, out, err = shell("stream", "--from", "openai", *strict, stdin=stdin)
    assert found == code
    assert err.startswith(told)
    assert code == 4 or json.loads(out.splitlines()[-1])["event"] == "failed"
