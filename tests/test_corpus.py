"""Recorded bodies, where they stand beside the project: every reading as expected, and the laws."""

import json
from collections import Counter
from typing import Any

import corpus
import pytest
from laws import invented, vanished

import chatnorm

RECORDED = corpus.cases(corpus.DIALECTS, {"response", "error"})
SEEDS = corpus.cases(corpus.DIALECTS, {"response"}, "seeds.")
CASES = [*RECORDED, *SEEDS]


def body(case: dict[str, Any]) -> bytes:
    return (corpus.ROOT / case["file"]).read_bytes()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_reading(case: dict[str, Any]) -> None:
    response = chatnorm.normalize(body(case), corpus.speaker(case), status=case["status"], on_error="return")
    assert corpus.differences(response, case["expected"]) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_nothing_vanishes_and_nothing_is_invented(case: dict[str, Any]) -> None:
    value = json.loads(body(case))
    if case["bytes"] > 40_000:
        value = shortened(value)
    known = {"status": case["status"]}
    assert vanished(value, corpus.speaker(case), **known) == []
    assert invented(value, corpus.speaker(case), **known) == []


def shortened(value: Any) -> Any:
    """The body with long lists cut to three items: one change a leaf would take minutes."""
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    return [shortened(item) for item in value[:3]] if isinstance(value, list) else value


def test_what_was_run(corpus_lines: list[str]) -> None:
    if not CASES:
        corpus_lines.append(f"recorded bodies: absent ({corpus.ROOT} has no manifest); 0 cases run")
        return
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for case in CASES:
        response = chatnorm.normalize(
            body(case), corpus.speaker(case), status=case["status"], on_error="return"
        )
        name = f"{case['vendor']} {case['dialect']}" + (" (SDK)" * (case["framing"] == "sdk-object"))
        total[name] += 1
        right[name] += not corpus.differences(response, case["expected"])
    corpus_lines.append(f"recorded bodies read as expected: {right.total()} of {total.total()}")
    corpus_lines += [f"  {name}: {right[name]} of {total[name]}" for name in sorted(total)]
