"""The door: what it takes, what only the caller knows, what it raises."""

import json
import pickle
from typing import Any

import pytest
from conftest import FIXTURES

import chatnorm
from chatnorm import ChatResponse, DecodeError, MisuseError, StrictError, UnknownVendorError, VendorError
from chatnorm.canonical import RateLimit

BODY: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1741880483,
    "model": "m-1",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello."}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}


def sent(**changes: Any) -> bytes:
    return json.dumps({**BODY, **changes}).encode()


def test_the_value() -> None:
    response = chatnorm.normalize(sent(), "openai")
    assert (response.text, response.finish_reason, response.outcome) == ("Hello.", "stop", "complete")
    assert (response.vendor, response.dialect, response.id) == ("openai", "openai.chat", "chatcmpl-1")
    assert response.notices == ()
    assert response.supplied == ()


@pytest.mark.parametrize(
    ("name", "vendor"),
    [
        ("openai", "openai"),
        ("openai.chat", None),
        ("openrouter", "openrouter"),
        ("openrouter:openai.chat", "openrouter"),
        ("openrouter.ai", "openrouter"),
        ("openai_speakeasy", "openai"),
    ],
)
def test_who_is_claimed(name: str, vendor: str | None) -> None:
    response = chatnorm.normalize(sent(), name)
    assert (response.vendor, response.dialect) == (vendor, "openai.chat")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("opnai", "no adapter named 'opnai'\nhint: did you mean 'openai'?"),
        ("zzzzzz", "no adapter named 'zzzzzz'"),
        ("../openai", "no adapter named '../openai'"),
        ("openai:anthropic.messages", "no adapter named 'openai:anthropic.messages'"),
        ("openai.", "no adapter named 'openai.'"),
        ("os.path", "no adapter named 'os.path'"),
    ],
)
def test_unknown_vendor(name: str, message: str) -> None:
    with pytest.raises(UnknownVendorError) as caught:
        chatnorm.normalize(sent(), name)
    assert str(caught.value).startswith(message)
    assert caught.value.name == name
    assert isinstance(caught.value, LookupError)


@pytest.mark.parametrize("vendor", [5, ["openai"], b"openai"])
def test_vendor_of_another_type(vendor: Any) -> None:
    with pytest.raises(MisuseError, match=f"expected a vendor's name, got {type(vendor).__name__}"):
        chatnorm.normalize(sent(), vendor)


def test_model_is_used_where_the_body_has_none() -> None:
    response = chatnorm.normalize(sent(model=None), "openai", model="asked")
    assert (response.model, response.supplied) == ("asked", ("model",))
    response = chatnorm.normalize(sent(), "openai", model="asked")
    assert (response.model, response.supplied) == ("m-1", ())


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Request-Id": "req_1", "x-ratelimit-limit-tokens": "100", "x-ratelimit-reset-tokens": "1m2.5s"},
        [
            ("x-request-id", "req_1"),
            ("X-RateLimit-Limit-Tokens", "100"),
            ("x-ratelimit-reset-tokens", "1m2.5s"),
        ],
        [
            (b"x-request-id", b"req_1"),
            (b"x-ratelimit-limit-tokens", b"100"),
            (b"x-ratelimit-reset-tokens", b"1m2.5s"),
        ],
    ],
)
def test_headers(headers: Any) -> None:
    response = chatnorm.normalize(sent(), "openai", headers=headers)
    assert response.request_id == "req_1"
    assert response.rate_limits == (RateLimit("tokens", 100, None, 62.5),)
    assert response.supplied == ("request_id", "rate_limits")


def test_an_id_in_the_body_wins() -> None:
    response = chatnorm.normalize(sent(request_id="body"), "openai", headers={"x-request-id": "header"})
    assert (response.request_id, response.supplied) == ("body", ())


def test_service_tier_from_a_header() -> None:
    body = b'{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}]}'
    response = chatnorm.normalize(body, "gemini", headers={"x-gemini-service-tier": "standard"})
    assert (response.service_tier, response.supplied) == ("standard", ("service_tier",))


# Failures


ERROR = b'{"error":{"message":"Slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}'


def test_a_failure_is_raised() -> None:
    with pytest.raises(VendorError) as caught:
        chatnorm.normalize(ERROR, "openai", status=429, headers={"retry-after": "7", "x-request-id": "r"})
    info = caught.value.info
    assert (info.kind, info.retryable, info.scope, info.status) == ("rate_limit", True, "key", 429)
    assert (info.message, info.code, info.type) == ("Slow down", "rate_limit_exceeded", "requests")
    assert (info.retry_after, info.request_id, info.vendor) == (7.0, "r", "openai")
    assert caught.value.response is None
    assert str(caught.value) == "openai reports a failure: rate_limit, status 429"
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.info == info
    assert str(again) == str(caught.value)


def test_a_failure_is_returned() -> None:
    response = chatnorm.normalize(ERROR, "openai", on_error="return")
    assert (response.outcome, response.end, response.choices) == ("failed", "failed", ())
    assert response.error is not None
    assert response.error.kind == "rate_limit"


def test_what_came_with_a_failure() -> None:
    body = sent(error={"code": 502, "message": "Upstream"})
    with pytest.raises(VendorError) as caught:
        chatnorm.normalize(body, "openrouter", status=200)
    assert caught.value.info.status == 502
    assert caught.value.response is not None
    assert caught.value.response.text == "Hello."
    assert caught.value.response.usage.total_tokens == 5


@pytest.mark.parametrize(
    ("body", "message", "extra"),
    [
        (b"", None, {}),
        (b"  \n", None, {}),
        (b"upstream connect error", "upstream connect error", {}),
        (b"<html><h1>502</h1></html>", None, {"body": "<html><h1>502</h1></html>"}),
        ("Gateway", "Gateway", {}),
        (b'"text"', "text", {}),
        (b"[1]", None, {"detail": 1}),
        (b"[]", None, {"detail": []}),
        (b"{}", None, {}),
        (b"\xff\xfe", "\ufffd\ufffd", {}),
    ],
)
def test_an_error_status_is_an_error_whatever_the_body(body: Any, message: str, extra: Any) -> None:
    response = chatnorm.normalize(body, "openai", status=503, on_error="return")
    assert response.error is not None
    assert (response.error.kind, response.error.status) == ("overloaded", 503)
    assert (response.error.message, response.error.extra) == (message, extra)


def test_an_error_status_beside_an_answer() -> None:
    response = chatnorm.normalize(sent(), "openai", status=500, on_error="return")
    assert (response.text, response.outcome, response.end) == ("Hello.", "failed", "failed")
    response = chatnorm.normalize(b'{"choices": 5}', "openai", status=500, on_error="return")
    assert response.error is not None
    response = chatnorm.normalize(b'{"content": 5}', "anthropic", status=500, on_error="return")
    assert response.outcome == "failed"


def test_what_a_failed_request_used_up() -> None:
    """It is billed, whoever knows the status."""
    used = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
    body = json.dumps({"usage": used, "error": {"message": "stopped by a rule"}})
    for status in (None, 403):
        response = chatnorm.normalize(body, "openrouter", status=status, on_error="return")
        assert (response.usage.input_tokens, response.usage.output_tokens) == (9, 4)
        assert response.error is not None
        assert response.error.extra == {}
    odd = '{"usage": {"prompt_tokens": [1]}, "error": {"message": "m"}}'
    assert chatnorm.normalize(odd, "cohere.v2", status=400, on_error="return").error.extra["usage"]  # type: ignore[union-attr]


def test_decode_error() -> None:
    info = chatnorm.decode_error(ERROR, "openai", status=429, headers={"retry-after-ms": "1500"})
    assert (info.kind, info.retry_after, info.vendor) == ("rate_limit", 1.5, "openai")
    info = chatnorm.decode_error(ERROR)
    assert (info.kind, info.vendor, info.status) == ("rate_limit", None, None)
    info = chatnorm.decode_error({"error": {"message": "maximum context length is 5"}}, status=400)
    assert (info.kind, info.status) == ("context_length", 400)
    assert chatnorm.decode_error(b"nope", status=401).kind == "authentication"
    assert chatnorm.decode_error(b"", status=200).kind == "unknown"
    assert chatnorm.decode_error(b"{}", "openai", status=404).kind == "not_found"


def test_where_a_wait_is_told() -> None:
    """A field before a header, a header before words."""
    worded = {"error": {"message": "Slow down. Please try again in 7.66s."}}
    assert chatnorm.decode_error(worded, "groq", status=429).retry_after == 7.66
    assert chatnorm.decode_error(worded, "groq", status=429, headers={"retry-after": "8"}).retry_after == 8.0
    stated = {"error": {**worded["error"], "retry_after": 9}}
    assert chatnorm.decode_error(stated, "groq", status=429, headers={"retry-after": "8"}).retry_after == 9.0
    frame = b'data: {"error": {"message": "Please try again in 644ms.", "code": "rate_limit_exceeded"}}\n\n'
    assert chatnorm.normalize_stream([frame], "openai", on_error="return").error.retry_after == 0.644  # type: ignore[union-attr]


@pytest.mark.parametrize("vendor", ["openai", None])
def test_a_failure_as_an_event(vendor: str | None) -> None:
    """Some answer a request for a stream with one event, whatever the status."""
    body = b'id: 1\nevent: error\n: HTTP_STATUS/429\ndata: {"error": {"message": "m", "code": "slow"}}\n\n'
    info = chatnorm.decode_error(body, vendor, status=429)
    assert (info.kind, info.message, info.code) == ("rate_limit", "m", "slow")
    assert (
        chatnorm.decode_error(b"event: error\ndata: no\n\n", vendor, status=500).message
        == "event: error\ndata: no"
    )


@pytest.mark.parametrize(
    ("case", "vendor", "like"),
    [
        ("anthropic/text-plain", "openai", "anthropic.messages"),
        ("tongyi/text-plain", "groq", "tongyi.generation"),
        ("gemini/text-plain", "groq", "gemini.generate"),
        ("openai/text-plain", "anthropic", "openai.chat"),
        ("cohere/text-plain", "mistral", "cohere.v2"),
        ("minimax/messages-text-plain", "minimax:openai.chat", "anthropic.messages"),
    ],
)
def test_a_body_of_another_grammar(case: str, vendor: str, like: str) -> None:
    """It is refused, rather than read as an answer that says nothing; so is a stream."""
    with pytest.raises(DecodeError, match=f"hint: the body looks like {like}") as raised:
        chatnorm.normalize((FIXTURES / f"{case}.wire.json").read_bytes(), vendor)
    assert raised.value.path == "$"
    with pytest.raises(DecodeError, match=f"got some that look like {like}"):
        chatnorm.normalize_stream((FIXTURES / f"{case}.wire.sse").read_bytes(), vendor)


def test_headers_that_can_be_read_once() -> None:
    """Pairs may be an iterator, also where both the class of a failure and its request's id are in them."""
    sent = iter([("x-amzn-requestid", "r1"), ("x-amzn-errortype", "ModelNotReadyException:http://x/")])
    response = chatnorm.normalize(
        b'{"message": "wait"}', "bedrock", status=429, headers=sent, on_error="return"
    )
    assert response.error is not None
    assert (response.error.type, response.error.kind, response.request_id) == (
        "ModelNotReadyException",
        "overloaded",
        "r1",
    )


# Strictness


def test_strict() -> None:
    odd = sent(created=1741880483.5, brand_new=1)
    assert [n.kind for n in chatnorm.normalize(odd, "openai").notices] == ["unknown_field", "coerced"]
    with pytest.raises(StrictError) as caught:
        chatnorm.normalize(odd, "openai", strict=True)
    assert [n.kind for n in caught.value.notices] == ["coerced"]
    assert str(caught.value) == (
        "strict: coerced at $.created: read number 1741880483.5 as number 1741880483"
    )
    assert pickle.loads(pickle.dumps(caught.value)).notices == caught.value.notices
    with pytest.raises(StrictError, match="and 1 more"):
        chatnorm.normalize(odd, "openai", strict="info")
    with pytest.raises(StrictError):
        chatnorm.normalize(odd, "openai", strict=frozenset({"unknown_field"}))
    chatnorm.normalize(odd, "openai", strict="error")
    chatnorm.normalize(odd, "openai", strict=frozenset({"conflict"}))
    chatnorm.normalize(sent(), "openai", strict="info")
    with pytest.raises(MisuseError, match="strict: expected"):
        chatnorm.normalize(odd, "openai", strict="loud")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        sent(created=1741880483.0),
        b"\xef\xbb\xbf" + sent(),
        b"\n\n  " + sent() + b"\n",
        sent(service_tier=None, system_fingerprint=None),
        json.dumps(BODY, sort_keys=True).encode(),
        sent(usage={"promptTokens": 3, "completion_tokens": 2, "totalTokens": 5}),
        sent(usage={"prompt_tokens": 3.0, "completion_tokens": 2, "total_tokens": 5}),
    ],
)
def test_what_is_no_repair(body: bytes) -> None:
    response = chatnorm.normalize(body, "openai", strict="info")
    assert chatnorm.same(response, chatnorm.normalize(sent(), "openai")) or "usage" in body.decode()
    assert response.usage.total_tokens == 5


# Bodies that cannot be read


@pytest.mark.parametrize(
    ("body", "message", "offset"),
    [
        (b"", "openai.chat: expected JSON, got nothing", None),
        (b"  ", "openai.chat: expected JSON, got white space", None),
        (b'{"id":', "openai.chat: byte 6: expected JSON, got JSON cut short", 6),
        (b'{"id": @}', "openai.chat: byte 7: expected JSON, got text that is not JSON", 7),
        (b"<!doctype html>", "openai.chat: expected JSON, got HTML or XML", None),
        (b"\x1f\x8b\x08abc", "openai.chat: expected JSON, got gzip data\nhint: decompress", None),
        (
            b'data: {"id":1}\n\n',
            "openai.chat: expected JSON, got an event stream\nhint: normalize reads whole",
            None,
        ),
        (
            b'{"id":1}\n{}',
            "openai.chat: byte 9: expected JSON, got JSON and more after it\nhint: of several",
            9,
        ),
        (b'{"id":"\xff"}', "openai.chat: byte 7: expected JSON, got bytes that are not UTF-8", 7),
        (b"[" * 100000, "openai.chat: expected JSON, got JSON nested too deep", None),
        (b"[1]", "openai.chat: $: expected object, got array", None),
        (b"5", "openai.chat: $: expected object, got another value", None),
        (b"{}", "openai.chat: $: expected choices, or an error, got no keys", None),
        (b'{"a":1,"b":2}', "openai.chat: $: expected choices, or an error, got keys 'a', 'b'", None),
    ],
)
def test_unreadable(body: bytes, message: str, offset: int | None) -> None:
    with pytest.raises(DecodeError) as caught:
        chatnorm.normalize(body, "openai")
    error = caught.value
    assert str(error).startswith(message)
    assert error.dialect == "openai.chat"
    assert error.__cause__ is None
    assert error.__context__ is None
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.offset, again.expected) == (str(error), error.offset, error.expected)


# Our own JSON


def test_canonical_json() -> None:
    response = chatnorm.normalize(sent(), "openai")
    text = chatnorm.encode(response, "canonical")
    value = json.loads(text)
    assert list(value)[:3] == ["schema", "vendor", "dialect"]
    assert (value["schema"], value["outcome"]) == ("chatnorm.response/1", "complete")
    assert chatnorm.normalize(text, "canonical") == response
    assert chatnorm.normalize(value, "canonical", headers={"a": "b"}) == response
    failed = chatnorm.normalize(ERROR, "openai", on_error="return")
    with pytest.raises(VendorError) as caught:
        chatnorm.normalize(chatnorm.encode(failed, "canonical"), "canonical")
    assert caught.value.info == failed.error
    assert chatnorm.encode(failed.error, "canonical").startswith(b'{"schema":"chatnorm.error/1"')
    again = chatnorm.normalize(chatnorm.encode(failed.error, "canonical"), "canonical", on_error="return")
    assert again.error == failed.error


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{}", "canonical: $.schema: expected 'chatnorm.response/1', got nothing"),
        (b'{"schema":"chatnorm.response/9"}', "canonical: $.schema: expected 'chatnorm.response/1', got"),
        (b'{"schema":"chatnorm.response/1","id":5}', "canonical: $.id: expected our own JSON"),
        (b"[]", "canonical: $: expected our own JSON"),
        (b"{", "canonical: byte 1: expected JSON, got JSON cut short"),
    ],
)
def test_canonical_json_of_others(text: bytes, message: str) -> None:
    with pytest.raises(DecodeError) as caught:
        chatnorm.normalize(text, "canonical")
    assert str(caught.value).startswith(message)


def test_a_dialect_that_cannot_be_written() -> None:
    response = chatnorm.normalize(sent(), "openai")
    with pytest.raises(chatnorm.EncodeError) as caught:
        chatnorm.encode(response, "openai")
    assert str(caught.value) == "openai.chat: this dialect can be read and not written"
    assert pickle.loads(pickle.dumps(caught.value)).dialect == "openai.chat"


def test_same() -> None:
    a = chatnorm.normalize(sent(), "openai")
    assert chatnorm.same(a, a.replace(notices=(chatnorm.Notice("missing", "warning", "$", "x"),), end="cut"))
    assert not chatnorm.same(a, a.replace(id="other"))
    assert not chatnorm.same(a, ChatResponse())
    assert chatnorm.same(a.replace(extra={"foo_bar": 1, "x": None}), a.replace(extra={"fooBar": 1}))
    assert not chatnorm.same(a.replace(extra={"foo_bar": 1, "fooBar": 2}), a.replace(extra={"fooBar": 2}))
    assert not chatnorm.same(a.replace(extra={"x": True}), a.replace(extra={"x": 1}))


def test_names() -> None:
    assert chatnorm.vendors() == tuple(sorted(chatnorm.vendors()))
    assert {"openai", "atoma", "openrouter", "log10", "anthropic", "gemini"} <= set(chatnorm.vendors())
    assert {"openai.chat", "anthropic.messages", "gemini.generate"} <= set(chatnorm.dialects())


class TestKeepRaw:
    @pytest.mark.parametrize("form", [bytes, bytearray, memoryview, bytes.decode])
    def test_the_body_is_kept(self, form: Any) -> None:
        for vendor in ("openai", None):
            response = chatnorm.normalize(form(sent()), vendor, keep_raw=True)
            assert response.raw == sent()
            assert type(response.raw) is bytes
            assert chatnorm.normalize(response.raw, vendor) == response.replace(raw=None)
            assert chatnorm.same(response, response.replace(raw=None))
            assert chatnorm.normalize(chatnorm.encode(response, "canonical"), "canonical") == response
            assert "raw=<" in repr(response)
        assert chatnorm.normalize(sent(), "openai").raw is None

    def test_with_a_failure(self) -> None:
        for vendor, status in (("openai", None), ("openai", 429), (None, 429)):
            with pytest.raises(VendorError) as told:
                chatnorm.normalize(ERROR, vendor, status=status, keep_raw=True)
            assert told.value.response is not None
            assert told.value.response.raw == ERROR
        response = chatnorm.normalize(b"<html>", status=502, keep_raw=True, on_error="return")
        assert response.raw == b"<html>"
