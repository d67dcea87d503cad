"""Whatever comes in: only our own exceptions leave, and they tell no payload."""

import json
import traceback
from contextlib import suppress
from typing import Any

import pytest
from conftest import FIXTURES, by_vendor
from hypothesis import given
from hypothesis import strategies as st
from laws import leaves

import chatnorm
from chatnorm.goldens import cases

SPEAKERS = ("openai", "atoma", "openrouter", "log10", "anthropic", "gemini", "canonical", None)
CASES = [case for case in cases(FIXTURES) if case.whole]

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
WORDS = (
    "choices message content usage error id model candidates parts text type tool_calls function arguments"
    " delta created data response promptFeedback input prompt_tokens usageMetadata finish_reason stop_reason"
    " logprobs \x7fleft left"
)
NAMES = st.sampled_from(WORDS.split()) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=30,
)


def survived(body: Any, speaker: str | None) -> chatnorm.ChatResponse | None:
    try:
        response = chatnorm.normalize(body, speaker, on_error="return")
    except chatnorm.ChatnormError:
        return None
    chatnorm.encode(response, "canonical")
    repr(response)
    assert response.outcome
    response.usage.billable()
    return response


@given(VALUES, st.sampled_from(SPEAKERS))
def test_any_json(value: Any, speaker: str | None) -> None:
    survived(json.dumps(value), speaker)
    survived(json.dumps(value).encode(), speaker)
    if isinstance(value, dict | list):
        survived(value, speaker)


@given(st.binary(max_size=200), st.sampled_from(SPEAKERS))
def test_any_bytes(body: bytes, speaker: str | None) -> None:
    survived(body, speaker)
    assert chatnorm.decode_error(body, None if speaker == "canonical" else speaker).kind
    for line in chatnorm.normalize_many(body, speaker):
        assert chatnorm.encode(line, "canonical") if isinstance(line, chatnorm.ChatResponse) else line.kind


@given(st.sampled_from(CASES), st.data())
def test_a_fixture_with_one_value_replaced(case: Any, data: st.DataObject) -> None:
    try:
        body = json.loads(case.wire.read_bytes())
    except ValueError:
        return
    paths = [path for path, _ in leaves(body)]
    if not paths:
        return
    path = data.draw(st.sampled_from(paths))
    path = path[: data.draw(st.integers(1, len(path)))]
    target = body
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = data.draw(VALUES)
    survived(json.dumps(body), case.speaker)


BATCH = "custom_id key processed_time response result error body status_code request_id type message"
LINES = st.dictionaries(
    st.sampled_from(BATCH.split()),
    VALUES | st.dictionaries(st.sampled_from(BATCH.split()), VALUES, max_size=4),
    max_size=5,
)


@given(LINES, st.sampled_from(SPEAKERS))
def test_any_batch_line(line: Any, speaker: str | None) -> None:
    (found,) = chatnorm.normalize_many([json.dumps(line)], speaker)
    if isinstance(found, chatnorm.ChatResponse):
        assert (
            chatnorm.normalize(chatnorm.encode(found, "canonical"), "canonical", on_error="return") == found
        )
    else:
        assert found.kind == "decode"


@given(st.sampled_from(CASES), st.integers(0, 4000))
def test_a_fixture_cut_short(case: Any, length: int) -> None:
    body = case.wire.read_bytes()
    if length >= len(body.rstrip()) or case.name in ("error-html", "error-not-json"):
        return
    with pytest.raises(chatnorm.DecodeError):
        chatnorm.normalize(body[:length], case.speaker)


@pytest.mark.parametrize("speaker", SPEAKERS)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 50_000,
        b'{"choices":' * 5_000,
        b'{"content":' + b"[" * 5_000,
        b'{"a":' + b'{"a":' * 400 + b"1" + b"}" * 401,
        b'{"created": 1e400, "choices": []}',
        b'{"created": NaN, "choices": []}',
        b'{"created": ' + b"9" * 5_000 + b', "choices": []}',
        b'{"id": "\\ud800", "choices": []}',
        b'{"usage": {"prompt_tokens": 99999999999999999999999999}, "choices": []}',
        b" " * 1_000_000,
        b'{"choices": [' + b"{}," * 20_000 + b"{}]}",
        b'{"content": [' + b'{"type":"x"},' * 20_000 + b'{"type":"text"}], "stop_reason": "x"}',
        b'{"choices":[{"message":{"content":"' + b"x" * 1_000_000 + b'"}}]}',
        b'{"message": "", "": 0}',
        b'{"usageMetadata": true, "\\u007fleft": null, "usage": 7, "choices": [{}]}',
        b'{"usage": {"\\u007fleft": 7, "new": 1}, "choices": [{"\\u007fleft": {"\\u007fleft": [1]}}]}',
        b'{"content": [{"type": "fallback", "from": {"model": {"\\u007fleft": true}}}], "stop_reason": "x"}',
    ],
    ids=range(17),
)
def test_hostile_bytes(body: bytes, speaker: str | None) -> None:
    survived(body, speaker)


OUT_OF_RANGE = ("NaN", "Infinity", "-Infinity", "1e400", "-1E+999", "9" * 5_000)


@pytest.mark.parametrize("spelling", OUT_OF_RANGE, ids=lambda spelling: spelling[:9])
def test_numbers_out_of_range(spelling: str) -> None:
    body = (
        f'{{"choices": [{{"message": {{"content": "NaN 1e400"}}}}], "created": {spelling}, "odd": [{spelling}],'
        f' "usage": {{"prompt_tokens": {spelling}, "completion_tokens": 7}}}}'
    )
    for form in (body, body.encode()):
        response = chatnorm.normalize(form, "openai")
        assert (response.text, response.created, response.usage.input_tokens) == ("NaN 1e400", None, None)
        assert response.usage.output_tokens == 7
        assert response.extra == {"created": spelling, "odd": [spelling]}
        assert response.usage.native == {"prompt_tokens": spelling, "completion_tokens": 7}
        assert [(n.kind, n.path) for n in response.notices] == [
            ("coerced", "$"),
            ("unknown_field", "$.odd"),
            ("unknown_value", "$.created"),
            ("unknown_value", "$.usage.prompt_tokens"),
        ]
        assert chatnorm.normalize(form) == response.replace(vendor=None)


def test_counters_beyond_64_bits() -> None:
    body = {"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": 10**30}}
    response = chatnorm.normalize(body, "openai")
    assert response.usage.input_tokens is None
    assert response.usage.native == {"prompt_tokens": 10**30}
    assert [n.kind for n in response.notices] == ["unknown_value"]
    assert chatnorm.normalize(chatnorm.encode(response, "canonical")) == response


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("\ud800 x", "\ufffd x"),
        ("\N{GRINNING FACE} \ude00", "\N{GRINNING FACE} \ufffd"),
        ("\\ud800 \ud800\ud800 \\", "\\ud800 \ufffd\ufffd \\"),
    ],
    ids=range(3),
)
def test_halves_of_surrogate_pairs(content: str, expected: str) -> None:
    body = {"choices": [{"message": {"content": content}}]}
    escaped, bare = json.dumps(body), json.dumps(body, ensure_ascii=False)
    for form in (escaped, escaped.encode(), body, bare):
        response = chatnorm.normalize(form, "openai")
        assert response.text == expected
        assert [(n.kind, n.path) for n in response.notices] == [("coerced", "$")]


@pytest.mark.parametrize(
    "body",
    [b'{"x": NaNa}', b'{"x": 1e400', b'{"x": 1e400} y', b'{"x": 1.2.3}', b'{"x": -}', b'{"x": "\\ud800}'],
)
def test_what_is_no_json_stays_none(body: bytes) -> None:
    with pytest.raises(chatnorm.DecodeError, match="expected JSON"):
        chatnorm.normalize(body, "openai")


MARK = "cAnArY-7c1e"


def marked(value: Any) -> Any:
    """The body with the mark in every leaf, kept in its type."""
    if isinstance(value, dict):
        return {key: item if key in ("type", "object") else marked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [marked(item) for item in value]
    return f"{MARK} {value}" if isinstance(value, str) else value


@by_vendor(CASES)
def test_canary(case: Any) -> None:
    """A mark in every text of the body shows in no exception, no repr and no notice."""
    raw = case.wire.read_bytes()
    try:
        body = json.dumps(marked(json.loads(raw))).encode()
    except ValueError:
        body = MARK.encode() + raw
    closed = ("finish", "reason", "role", "status", "type", "kind")
    for broken in (body, body[:-2], body.replace(b'"', b"", 1), body + b"x", body + b"\xff"):
        try:
            response = chatnorm.normalize(broken, case.speaker, strict=True, **case.known())
        except chatnorm.VendorError as error:
            shown = [str(error), "".join(traceback.format_exception(error))]
        except chatnorm.StrictError as error:
            shown = [
                str(error),
                *(n.detail for n in error.notices if not any(w in n.path.lower() for w in closed)),
            ]
            shown = shown[1:]
        except chatnorm.ChatnormError as error:
            shown = [str(error), repr(error), repr(error.args), "".join(traceback.format_exception(error))]
        else:
            shown = [n.detail for n in response.notices]
        assert not any(MARK in text for text in shown)


def enormous(value: Any) -> Any:
    """The value with numbers that no float holds."""
    if isinstance(value, list):
        return [enormous(item) for item in value]
    if isinstance(value, dict):
        return {key: enormous(item) for key, item in value.items()}
    return 10**400 if type(value) in (int, float) else value


@by_vendor(CASES)
def test_numbers_that_no_float_holds(case: Any) -> None:
    try:
        body = json.dumps(enormous(json.loads(case.wire.read_bytes())))
    except ValueError:
        return
    with suppress(chatnorm.DecodeError):
        chatnorm.normalize(body, case.speaker, on_error="return", **case.known())
        chatnorm.normalize_stream([b"data: %b\n\n" % body.encode()], case.speaker, on_error="return")


def test_frames_that_can_be_decoded_and_not_compared() -> None:
    """Somewhere below the deepest JSON that is read there are values that overflow the stack later."""
    for depth in range(850, 1005):
        held = b'{"a":' * depth + b"1" + b"}" * depth
        for vendor, frame in (
            (
                "gemini",
                b'{"candidates":[{"content":{"parts":[{"text":"x"}]},"groundingMetadata":%b}]}' % held,
            ),
            (
                "anthropic",
                b'{"type":"message_start","message":{"id":"a","content":[],"container":%b}}' % held,
            ),
        ):
            response = chatnorm.normalize_stream([b"data: %b\n\n" % frame * 2], vendor, on_error="return")
            assert response.end in ("cut", "failed")
