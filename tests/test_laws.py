"""The laws, over every fixture."""

import json
from functools import lru_cache
from typing import Any

import msgspec
from conftest import FIXTURES, by_vendor
from laws import FREE, differ, invented, read, respelled, vanished, with_nulls

import chatnorm
from chatnorm.dialect import Dialect
from chatnorm.goldens import Case, cases
from chatnorm.readers import reader

CASES = [case for case in cases(FIXTURES) if case.whole]


def parsed(case: Case) -> Any:
    try:
        return json.loads(case.wire.read_bytes())
    except ValueError:
        return None


JSON = [case for case in CASES if parsed(case) is not None]


def test_there_are_fixtures() -> None:
    assert len(CASES) >= 60


@by_vendor(JSON)
def test_nothing_vanishes(case: Case) -> None:
    if case.error.exists():
        return  # no value, nothing to lose
    assert vanished(parsed(case), case.speaker, **case.known()) == []


@by_vendor(JSON)
def test_nothing_is_invented(case: Case) -> None:
    assert invented(parsed(case), case.speaker, **case.known()) == []


@by_vendor(CASES)
def test_our_own_json_there_and_back(case: Case) -> None:
    response = read(case.wire.read_bytes(), case.speaker, **case.known())
    if isinstance(response, str):
        return
    text = chatnorm.encode(response, "canonical")
    assert json.loads(text).get("outcome") == response.outcome
    again = chatnorm.normalize(text, "canonical", on_error="return")
    assert again == response
    assert chatnorm.encode(again, "canonical") == text


@by_vendor(JSON)
def test_any_form_is_the_same(case: Case) -> None:
    raw, body = case.wire.read_bytes(), parsed(case)
    expected = read(raw, case.speaker, **case.known())

    class Dumped:
        def model_dump(self) -> Any:
            return body

    spaced = json.dumps(body, indent=3, ensure_ascii=True)
    forms = [raw.decode(), bytearray(raw), memoryview(raw), body, spaced]
    if isinstance(body, dict):
        forms += [Dumped(), msgspec.json.encode(respelled(body, reader(case.speaker)))]
    for form in forms:
        assert not differ(read(form, case.speaker, **case.known()), expected)


@by_vendor(JSON)
def test_null_is_nothing(case: Case) -> None:
    body = parsed(case)
    expected = read(case.wire.read_bytes(), case.speaker, **case.known())
    for form in (with_nulls(body), json.dumps(with_nulls(body))):
        assert not differ(read(form, case.speaker, **case.known()), expected)


@by_vendor(JSON)
def test_learned_fields_change_nothing(case: Case) -> None:
    """A field that comes again is read faster, and gives the same value, byte for byte."""
    body = with_fields(parsed(case))
    raw = json.dumps(body).encode()
    forgetful, dialect = pair(case.speaker)
    try:
        first = forgetful.read(raw)
    except chatnorm.DecodeError:
        return
    for _ in range(3):
        again = dialect.read(raw)
        assert chatnorm.encode(again, "canonical") == chatnorm.encode(first, "canonical")
        assert again == first


@lru_cache
def pair(speaker: str) -> tuple[Dialect, Dialect]:
    """A reader that learns nothing, and one that does."""
    known = reader(speaker)
    forgetful, other = type(known)(known.vendor), type(known)(known.vendor)
    forgetful._learn = lambda unknown: None  # type: ignore[method-assign]
    return forgetful, other


def with_fields(body: Any) -> Any:
    """The body with two new fields in each of its objects."""
    if isinstance(body, list):
        return [with_fields(item) for item in body]
    if not isinstance(body, dict) or not body:
        return body
    return {
        "zz_new": 1,
        **{key: item if key in FREE else with_fields(item) for key, item in body.items()},
        "aa_new": {"b": [2]},
    }
