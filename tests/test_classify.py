"""From what a vendor says went wrong to what a caller can do."""

from typing import Any

import pytest

from chatnorm import classify
from chatnorm.canonical import RateLimit

CODES: Any = {
    "too_long": "context_length",
    "nope": "authentication",
    "bad": "invalid_request",
    "slow": "rate_limit",
    "broken": "server",
    "closed": "permission",
}


@pytest.mark.parametrize(
    ("status", "words", "message", "kind"),
    [
        (401, ("too_long",), None, "authentication"),  # the status is clear
        (400, ("too_long",), None, "context_length"),
        (400, ("bad",), "This model's maximum context length is 8192", "context_length"),
        (400, (None, "bad"), "Bad thing", "invalid_request"),
        (400, (), None, "invalid_request"),
        (403, (), "Your location is not supported", "region"),
        (403, (), None, "permission"),
        (404, (), None, "not_found"),
        (429, (), "You exceeded your current quota", "quota"),
        (429, ("slow",), "x", "rate_limit"),
        (500, ("too_long",), None, "context_length"),
        (500, (), "api key", "server"),
        (529, (), None, "overloaded"),
        (599, (), None, "server"),
        (401, (), "ExceededBudget: the team is over its budget", "quota"),
        (418, (), None, "invalid_request"),
        (418, ("nope",), None, "authentication"),
        (429, (), "Too many tokens, please wait before trying again.", "rate_limit"),
        (429, ("slow",), "Tokens per minute limit - too many tokens processed", "rate_limit"),
        (400, (), "Range of input length should be [1, 6000]", "context_length"),
        (500, (), "Context size has been exceeded.", "context_length"),
        (500, ("broken",), "Requested input length 99 exceeds the maximum", "context_length"),
        (500, ("broken",), "it was flagged", "server"),
        (400, (), "Output blocked by content filtering policy", "content_policy"),
        (403, ("closed",), "Content violates usage guidelines.", "content_policy"),
        (403, ("closed",), "No.", "permission"),
        (429, (), "This would exceed your account's monthly spend limit.", "quota"),
        (None, (), "Model m is currently loading", "overloaded"),
        (None, (), "CUDA error: no kernel", "server"),
        (None, ("slow",), None, "rate_limit"),
        (None, (429, "nope"), None, "authentication"),
        (None, (), "Request timed out", "timeout"),
        (None, ("bad",), None, "invalid_request"),
        (None, (), None, "unknown"),
    ],
)
def test_kind(status: int | None, words: Any, message: str | None, kind: str) -> None:
    assert classify.kind_of(status, words, message, CODES) == kind


BODIES: list[tuple[Any, dict[str, Any]]] = [
    (
        {"error": {"message": "m", "type": "t", "param": "p", "code": "c"}},
        {"message": "m", "type": "t", "param": "p", "code": "c"},
    ),
    ({"error": {"message": "m", "code": 429}}, {"message": "m", "code": 429, "status": 429}),
    ({"error": {"message": "m", "code": "400"}}, {"message": "m", "code": "400", "status": 400}),
    ({"error": "text"}, {"message": "text"}),
    ({"error": "text", "error_type": "t"}, {"message": "text", "type": "t"}),
    ({"code": "c", "error": "text"}, {"message": "text", "code": "c"}),
    ({"object": "error", "message": "m", "type": "t", "code": 40}, {"message": "m", "type": "t", "code": 40}),
    ({"detail": "text"}, {"message": "text"}),
    (
        {"detail": [{"loc": ["a"], "msg": "m", "type": "t"}]},
        {"message": "m", "type": "t", "extra": {"loc": ["a"]}},
    ),
    ({"detail": {"error": "x"}}, {"message": "x"}),
    (
        {"title": "Slow down", "detail": "text", "status": 429},
        {"message": "text", "status": 429, "extra": {"title": "Slow down"}},
    ),
    (
        {"error": "Too Many Requests", "message": "m"},
        {"message": "m", "extra": {"error": "Too Many Requests"}},
    ),
    ({"error": {"object": "error", "message": "m"}}, {"message": "m"}),
    ({"error": {"message": "m", "retry_after": 5}}, {"message": "m", "retry_after": 5.0}),
    ({"message": "m", "resets_in_seconds": 1.5}, {"message": "m", "retry_after": 1.5}),
    ({"message": "m", "retry_after": -1}, {"message": "m", "extra": {"retry_after": -1}}),
    ({"error_code": 17, "error_msg": "m"}, {"message": "m", "code": 17}),
    ({"base_resp": {"status_code": 1008, "status_msg": "m"}}, {"message": "m", "code": 1008}),
    (
        {"base_resp": {"status_code": 0}, "message": "m"},
        {"message": "m", "extra": {"base_resp": {"status_code": 0}}},
    ),
    (
        {"success": False, "errors": [{"code": 7, "message": "m"}]},
        {"message": "m", "code": 7, "extra": {"success": False}},
    ),
    (
        {"fault": {"faultstring": "m", "detail": {"errorcode": "c"}}},
        {"message": "m", "extra": {"detail": {"errorcode": "c"}}},
    ),
    (
        {"tpe": "t", "errors": [{"description": "m", "key": "k"}]},
        {"message": "m", "type": "t", "extra": {"key": "k"}},
    ),
    (
        [{"error": {"code": 403, "message": "m", "status": "PERMISSION_DENIED"}}],
        {"message": "m", "code": 403, "type": "PERMISSION_DENIED", "status": 403},
    ),
    (
        {"type": "error", "error": {"type": "t", "message": "m"}, "request_id": "r"},
        {"message": "m", "type": "t", "request_id": "r"},
    ),
    (
        {"code": 1, "reason": "R", "message": "m", "metadata": {}},
        {"message": "m", "code": 1, "extra": {"reason": "R", "metadata": {}}},
    ),
    (
        {"errors": [{"message": "a"}, {"message": "b"}]},
        {"message": "a", "extra": {"errors": [{"message": "a"}, {"message": "b"}]}},
    ),
    ({"error": {"x": 1}, "x": 2}, {"extra": {"x": 1, "body": {"x": 2}}}),
    ({"error": True}, {"extra": {"error": True}}),
    ({"errorCode": "c", "errorMessage": "m"}, {"message": "m", "code": "c"}),
    (
        {"__type": "a.b#SlowException:http://c/", "Message": "m"},
        {"type": "SlowException", "extra": {"__type": "a.b#SlowException:http://c/", "Message": "m"}},
    ),
    ({"__type": "SlowException", "message": "m"}, {"type": "SlowException", "message": "m"}),
    ({"__type": "x", "type": "t"}, {"type": "t", "extra": {"__type": "x"}}),
    ({"Output": {"__type": "x"}, "Version": "1"}, {"type": "x", "extra": {"Version": "1"}}),
    ("text", {"message": "text"}),
    (5, {"extra": {"detail": 5}}),
    ({"error": {"message": {"deep": 1}}}, {"extra": {"message": {"deep": 1}}}),
]


@pytest.mark.parametrize(("body", "facts"), BODIES)
def test_read_error(body: Any, facts: dict[str, Any]) -> None:
    info = classify.read_error(body, status=None, codes={})
    names = ("message", "type", "param", "code", "status", "request_id", "retry_after", "extra")
    found = {name: getattr(info, name) for name in names}
    assert found == {**dict.fromkeys(names), "extra": {}, **facts}


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Limit 30000, used 29937. Please try again in 644ms. See the docs.", 0.644),
        ("Please try again in 9m38.016s.", 578.016),
        ("Try again in 2 seconds.", 2.0),
        ("Please retry after 26 seconds", 26.0),
        ("please try again after 1 seconds", 1.0),
        ("Please retry in 56.185908122s.", 56.185908),
        ("Please wait 46 seconds before retrying", 46.0),
        ("Resets in 9h22m20s", 33_740.0),
        ("try again in 1 hour and 30 minutes", 5_400.0),
        ("Retry in 5 min, 3 secs", 303.0),
        ("try again in 20 milliseconds", 0.02),
        ("try again in 1 day", 86_400.0),
        ("try again later", None),
        ("wait 3 miles", None),
        ("a limit of 60 s", None),
        (None, None),
    ],
)
def test_a_wait_in_words(message: str | None, seconds: float | None) -> None:
    assert classify.worded_wait(message) == seconds


def test_a_status_that_repeats_is_told_once() -> None:
    info = classify.read_error({"status": 404, "message": "m"}, status=404, codes={})
    assert (info.status, info.extra) == (404, {})
    info = classify.read_error({"status": 404, "message": "m"}, status=500, codes={})
    assert (info.status, info.extra) == (500, {"status": 404})


@pytest.mark.parametrize(
    ("body", "is_error"),
    [
        ({"error": {"message": "m"}}, True),
        ({"message": "m"}, True),
        ({"errorMessage": "m"}, True),
        ([{"error": 1}], True),
        ({"__type": "x"}, True),
        ({"a": {"__type": "x"}}, True),
        ({"a": {"b": "x"}}, False),
        ({"base_resp": {"status_code": 1008}}, True),
        ({"base_resp": {"status_code": 0, "status_msg": "success"}, "id": "1"}, False),
        ({"baseResp": {"statusCode": 0}}, False),
        ({"error": None, "id": 1}, False),
        ({"error": {}}, False),
        ([], False),
        ([1], False),
        (5, False),
        ({}, False),
    ],
)
def test_is_error(body: Any, is_error: bool) -> None:
    assert classify.is_error(body) is is_error


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("20ms", 0.02),
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("34.4s", 34.4),
        ("1d", 86400.0),
        ("", None),
        (None, None),
        ("soon", None),
        ("5x", None),
        ("s5", None),
        ("9" * 400, None),
    ],
)
def test_duration(text: str | None, seconds: float | None) -> None:
    assert classify.duration(text) == seconds


DATE = "Wed, 21 Oct 2015 07:28:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT", "date": DATE}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:27:30 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"}, None),
        ({"retry-after": "2015-10-21T07:28:10Z", "date": DATE}, 10.0),
        ({"retry-after": "whenever", "date": DATE}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert classify.retry_after(headers) == seconds


def test_rate_limits() -> None:
    headers = {
        "x-limit-tokens-limit": "100",
        "x-limit-tokens-remaining": "many",
        "x-limit-input-tokens-remaining": "5",
        "x-limit-tokens-reset": "2015-10-21T07:29:00.5Z",
        "date": DATE,
        "other": "1",
    }
    assert classify.rate_limits(headers, "x-limit-{what}-{field}") == (
        RateLimit("tokens", 100, None, 60.5),
        RateLimit("input-tokens", None, 5),
    )
    assert classify.rate_limits(headers, None) == ()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2025-03-13T16:34:43Z", 1741883683.0),
        ("2025-03-13 16:34:43", 1741883683.0),
        ("2025-03-13T16:34:43.25+01:00", 1741880083.25),
        ("2025-03-13T16:34:43+0100", 1741880083.0),
        ("2025-13-13T16:34:43Z", None),
        ("yesterday", None),
    ],
)
def test_iso_time(text: str, seconds: float | None) -> None:
    assert classify.iso_time(text) == seconds


def test_header_map() -> None:
    assert classify.header_map(None) == {}
    assert classify.header_map({"A": "b"}) == {"a": "b"}
    assert classify.header_map([(b"A", b"\xe9")]) == {"a": "\xe9"}


def test_counts() -> None:
    names = {"input_tokens": "in + cached", "output_tokens": "out"}
    assert classify.counts({"in": "3", "cached": "4", "out": "x"}, names) == {"input_tokens": 7}
    assert classify.counts({"cached": "4"}, names) == {"input_tokens": 4}


def test_text_error() -> None:
    def text(body: Any) -> Any:
        return classify.text_error(body, status=None, codes={}, vendor="v")

    assert text(b" Rate limit reached ").message == "Rate limit reached"
    assert text("rate limit").kind == "rate_limit"
    long = "x" * 3000
    assert (text(long).message, text(long).extra) == (None, {"body": long})
    assert text(memoryview(b"hm")).message == "hm"
