"""Many bodies, and the lines of batches."""

import io
import json
from typing import Any

import pytest
from test_api import ERROR, sent

import chatnorm
from chatnorm import ChatResponse, ErrorInfo, normalize_many

MESSAGE = {
    "type": "message",
    "id": "msg_1",
    "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1.50}}],
    "stop_reason": "tool_use",
}


def one(line: Any, vendor: str | None = None) -> ChatResponse:
    (found,) = normalize_many([line], vendor)
    assert isinstance(found, ChatResponse)
    return found


@pytest.mark.parametrize(
    "bodies",
    [
        sent() + b"\n\n" + sent() + b"\r\n",
        (sent() + b"\n" + sent()).decode(),
        [sent(), json.loads(sent())],
        io.BytesIO(sent() + b"\n" + sent() + b"\n"),
        io.StringIO((sent() + b"\n \n" + sent()).decode()),
        iter((sent(), sent().decode())),
    ],
)
def test_forms(bodies: Any) -> None:
    assert list(normalize_many(bodies, "openai")) == [chatnorm.normalize(sent(), "openai")] * 2


def test_one_mapping_is_one_body() -> None:
    assert list(normalize_many(json.loads(sent()))) == [chatnorm.normalize(sent())]


def test_a_bad_line() -> None:
    lines = sent() + b'\n{"choices": [\n' + ERROR + b"\n" + sent()
    good, bad, failed, again = normalize_many(lines, "openai")
    assert good == again == chatnorm.normalize(sent(), "openai")
    assert isinstance(bad, ErrorInfo)
    assert (bad.kind, bad.message) == ("decode", "openai.chat: byte 13: expected JSON, got JSON cut short")
    assert isinstance(failed, ChatResponse)
    assert failed.error is not None
    (refused,) = normalize_many([sent(created="x")], "openai", strict=True)
    assert isinstance(refused, ErrorInfo)
    assert refused.kind == "decode"


def test_slips_of_the_caller_are_raised() -> None:
    with pytest.raises(chatnorm.UnknownVendorError):
        list(normalize_many([sent()], "opnai"))
    with pytest.raises(chatnorm.MisuseError):
        list(normalize_many([7]))


def test_a_repeated_http_answer() -> None:
    body = json.loads(sent())
    line = {
        "id": "batch_req_1",
        "custom_id": "a-1",
        "response": {"status_code": 200, "request_id": "req_1", "body": body},
        "error": None,
    }
    found = one(line, "openai")
    assert found.request_id == "req_1"
    assert found.extra["envelope"] == {
        "id": "batch_req_1",
        "custom_id": "a-1",
        "response": {"status_code": 200, "request_id": "req_1"},
    }
    expected = chatnorm.normalize(body, "openai")
    assert found.replace(request_id=None, extra=expected.extra) == expected
    line["response"] = {"status_code": 429, "request_id": "req_1", "body": json.loads(ERROR)}
    failed = one(line, "openai")
    assert failed.error is not None
    assert (failed.error.kind, failed.error.status) == ("rate_limit", 429)
    expired = one({"custom_id": "a-1", "response": None, "error": {"code": "batch_expired", "message": "m"}})
    assert expired.error is not None
    assert (expired.error.code, expired.extra["envelope"]) == ("batch_expired", {"custom_id": "a-1"})


def test_a_result() -> None:
    line = json.dumps({"custom_id": "a", "result": {"type": "succeeded", "message": MESSAGE}})
    found = one(line.replace("1.5", "1.50"), "anthropic")
    assert found.tool_calls[0].arguments == '{"a": 1.50}'
    assert found.extra == {"envelope": {"custom_id": "a", "result": {"type": "succeeded"}}}
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}
    failed = one({"custom_id": "a", "result": {"type": "errored", "error": error}})
    assert failed.error is not None
    assert (failed.error.kind, failed.dialect) == ("overloaded", "anthropic.messages")
    cancelled = one({"custom_id": "a", "result": {"type": "canceled"}}, "anthropic")
    assert (cancelled.vendor, cancelled.end, cancelled.outcome) == ("anthropic", "cancelled", "cancelled")
    expired = one({"custom_id": "a", "result": {"type": "expired"}})
    assert expired.error is not None
    assert (expired.error.kind, expired.outcome) == ("timeout", "failed")
    assert expired.extra == {"envelope": {"custom_id": "a", "result": {"type": "expired"}}}


def test_an_answer_under_the_name_of_its_kind() -> None:
    body, fine = json.loads(sent()), {"code": 0, "message": ""}
    line = {"batch_request_id": "b1", "batch_result": {"response": {"chat": body}, "error": fine}}
    expected = chatnorm.normalize(body, "xai")
    found = one(line, "xai")
    assert found.replace(extra=expected.extra) == expected
    envelope = {"batch_request_id": "b1", "batch_result": {"response": {}, "error": fine}}
    assert found.extra["envelope"] == envelope
    failed = one({"batch_request_id": "b1", "batch_result": {"error": {"code": 3, "message": "No"}}}, "xai")
    assert failed.error is not None
    assert (failed.error.code, failed.error.message) == (3, "No")
    assert failed.extra["envelope"] == {"batch_request_id": "b1"}


def test_a_bare_response() -> None:
    body = {"candidates": [{"content": {"parts": [{"text": "hi"}]}}]}
    found = one({"key": "k1", "response": body})
    assert (found.text, found.dialect, found.extra) == ("hi", "gemini.generate", {"envelope": {"key": "k1"}})
    found = one({"status": "", "processed_time": "2026-01-01", "request": {"contents": []}, "response": body})
    assert found.text == "hi"
    assert found.extra["envelope"]["request"] == {"contents": []}


@pytest.mark.parametrize(
    "line",
    [
        {"custom_id": "a"},
        {"custom_id": "a", "result": 7},
        {"custom_id": "a", "result": {"type": "new"}},
        {"key": "a", "response": [1]},
        {"key": "a", "response": {"status_code": "x", "body": {}}},
    ],
)
def test_a_line_that_is_no_batchs(line: Any) -> None:
    (found,) = normalize_many([line])
    assert isinstance(found, ErrorInfo)
    assert found.kind == "decode"
    assert found.message is not None
