"""The recorded bodies that may stand beside the project, and how a reading is held against them."""

import json
import os
from pathlib import Path
from typing import Any

import chatnorm

ROOT = Path(os.environ.get("CHATNORM_CORPUS") or Path(__file__).parents[2] / "shared" / "corpus")


def cases(dialects: set[str], kinds: set[str], manifest: str = "") -> list[dict[str, Any]]:
    """Manifest lines with their expectation under `expected`; none if there are no recordings here."""
    path = ROOT / f"{manifest}manifest.jsonl"
    if not path.exists():
        return []
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    expected = [json.loads(line) for line in (ROOT / f"{manifest}expected.jsonl").read_text().splitlines()]
    assert [case["id"] for case in lines] == [e["id"] for e in expected]
    return [
        {**case, "expected": e}
        for case, e in zip(lines, expected, strict=True)
        if case["dialect"] in dialects and case["kind"] in kinds
    ]


READ_AS = {"groq.chat": "openai.chat", "mistral.chat": "openai.chat"}
"""Grammars that the recordings tell apart, since other SDKs read them, and we do not."""

DIALECTS = {*chatnorm.dialects(), *READ_AS}
"""What of the recordings can be read."""


def speaker(case: dict[str, Any]) -> str:
    """The name to read a case under: its vendor, or just its grammar where there is no adapter."""
    vendor, dialect = case["vendor"], READ_AS.get(case["dialect"], case["dialect"])
    if vendor in chatnorm.vendors():
        try:
            return f"{vendor}:{dialect}" if chatnorm.readers.reader(f"{vendor}:{dialect}") else dialect
        except chatnorm.UnknownVendorError:
            return dialect
    return dialect


def differences(response: chatnorm.ChatResponse, expected: dict[str, Any]) -> list[str]:
    """What a reading says otherwise than expected."""
    usage = response.usage
    error = response.error
    found = {
        "text": response.text or None,
        "reasoning": response.reasoning or None,
        "refusal": response.refusal or None,
        "finish": "error" if error else _common(response.finish_reason),
        "native_finish": response.native_finish_reason,
        "response_id": response.id,
        "model": response.model,
        "created": response.created,
        "n_choices": len(response.choices),
        "tool_calls": [
            {"id": call.id, "name": call.name, "arguments": _arguments(call)} for call in response.tool_calls
        ],
        "citations_n": _citations(response),
    }
    if error is not None:
        found = {"finish": "error"}
    wrong = [
        f"{key}: {value!r} is not {expected.get(key)!r}"
        for key, value in found.items()
        if not _agrees(value, expected, key)
    ]
    if error is None and isinstance(expected.get("usage"), dict):
        total = usage.total_tokens
        figures = {
            "input": usage.input_tokens,
            "output": usage.output_tokens,
            "total": usage.computed_total if total is None else total,
            "cached_input": usage.cache_read_tokens,
            "cache_write": usage.cache_write_tokens,
            "reasoning": usage.reasoning_tokens,
        }
        choices = expected.get("usage_any") or {}
        for key, value in figures.items():
            want = expected["usage"].get(key)
            if value not in choices.get(key, [want]) and want != "__skip__":
                wrong.append(f"usage.{key}: {value!r} is not {want!r}")
            elif want == "__skip__" and key in choices and value not in choices[key]:
                wrong.append(f"usage.{key}: {value!r} is not one of {choices[key]!r}")
    if isinstance(expected.get("error"), dict):
        want = expected["error"]
        if error is None:
            return [*wrong, "no error"]
        if want["status"] not in ("__skip__", error.status):
            wrong.append(f"error.status: {error.status!r} is not {want['status']!r}")
        if want["message"] not in ("__skip__", error.message):
            wrong.append("error.message differs")
        codes = {str(error.code), str(error.type)}
        accepted = expected.get("vendor_code_any") or [want["vendor_code"]]
        if want["vendor_code"] is not None and not codes & {str(code) for code in accepted}:
            wrong.append(f"error.code: {codes} are not {accepted!r}")
    return wrong


def _common(finish: str | None) -> str | None:
    return {"refusal": "content_filter", "pause": "stop"}.get(finish or "", finish)


def _agrees(value: Any, expected: dict[str, Any], key: str) -> bool:
    want = expected.get(key, "__skip__")
    if f"{key}_any" in expected and value in expected[f"{key}_any"]:
        return True
    if want == "__skip__":
        return f"{key}_any" not in expected
    return bool(value == want) or (want in ("", None) and value in ("", None))


def _arguments(call: Any) -> Any:
    if call.kind == "custom" or not call.arguments or not call.valid:
        return call.arguments or ""
    return call.parse()


def _citations(response: chatnorm.ChatResponse) -> int:
    parts = response.choices[0].message.parts if response.choices else ()
    cited = sum(len(part.citations) for part in parts if isinstance(part, chatnorm.canonical.TextPart))
    return cited or len(response.sources)
