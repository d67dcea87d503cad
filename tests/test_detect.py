"""The grammar of a body, told from the body."""

import json
import sys
from typing import Any

import pytest
from conftest import FIXTURES, by_vendor
from corpus import DIALECTS, READ_AS, ROOT
from corpus import cases as recorded

import chatnorm
from chatnorm.goldens import cases, index
from chatnorm.readers import Several

DISGUISED = {
    "bedrock/error-model-id",
    "bedrock/error-not-ready",
    "bedrock/error-region",
    "llamacpp/completion-error-context",
    "llamacpp/completion-old-several",
    "log10/object-text-completion",
    "replicate/error-throttled",
    "xai/pending-deferred",
}
"""Fixtures that a logger or a server marked as another grammar's, or that are a mere message or id."""

CASES = [case for case in cases(FIXTURES) if case.whole and case.id not in DISGUISED]
SILENT = {
    "anthropic/error-not-json",
    "openai/error-html",
    "log10/record-finished-empty",  # a log's record without any answer
}
"""Fixtures that nothing tells the grammar of."""


@by_vendor(CASES)
def test_every_fixture(case: Any) -> None:
    found = chatnorm.detect(case.wire.read_bytes())
    if case.id in SILENT:
        assert found is None
    else:
        assert found is not None
        assert found.dialect == chatnorm.readers.reader(case.speaker).name
        assert all(0 < score <= found.score <= 1 for _, score in found.runners_up)


def test_the_index_is_fresh() -> None:
    """`make table` writes it."""
    assert (FIXTURES.parent / "adapters/_index.py").read_text("utf-8") == index()


def test_every_recording() -> None:
    kinds = {"response", "error", "stream"}
    bodies = recorded(DIALECTS, kinds) + recorded(DIALECTS, kinds, "seeds.")
    if not bodies:
        pytest.skip("no recorded bodies beside the project")
    wrong = []
    for case in bodies:
        found = chatnorm.detect((ROOT / case["file"]).read_bytes())
        expected, told = READ_AS.get(case["dialect"], case["dialect"]), "" if found is None else found.dialect
        if case["kind"] == "error":  # the failures of one family look alike
            expected, told = expected.partition(".")[0], told.partition(".")[0]
        if told != expected:
            wrong.append(case["id"])
    assert len(wrong) <= len(bodies) // 100, wrong


@pytest.mark.parametrize(
    ("body", "dialect"),
    [
        (b'{"choices": []}', "openai.chat"),
        ({"chunk": {"bytes": b'{"outputs": []}'}}, "bedrock.mistral"),
        ({"bytes": b'{ "type" : "message_start" }', "p": "ab"}, "anthropic.messages"),
        ({"chunk": {"bytes": b'{"text": "a", "is_finished": false}'}}, "bedrock.cohere"),
        ('\ufeff{"choices": []}', "openai.chat"),
        ({"choices": []}, "openai.chat"),
        (b'[{"error": {"code": 400, "status": "INVALID_ARGUMENT"}}]', "gemini.generate"),
        (b'{"type": "error", "error": {"type": "overloaded_error"}}', "anthropic.messages"),
        (b'{"error": {"message": "m", "type": "invalid_request_error"}}', "openai.chat"),
        (b'{"detail": "Not Found"}', "openai.chat"),
        (b'{"data": {"data": {"choices": []}}}', "openai.chat"),
        (json.dumps({"response": json.dumps({"choices": []})}), "openai.chat"),
        (b': wait\n\nevent: message_start\ndata: {"type": "message_start"}\n\n', "anthropic.messages"),
        (b'data: {"candidates": []}\r\n\r\n', "gemini.generate"),
        (b'{"conversation_id": "c", "outputs": []}', "mistral.conversations"),
        (b'{"outputs": [{"text": "x"}]}', "bedrock.mistral"),
        (b'{"output": [{"type": "message", "content": []}], "created_at": 5}', "openai.responses"),
        (b'{"output": {"message": {"content": []}}}', "bedrock.converse"),
        (b'{"type": "error", "error": {"code": null}, "sequence_number": 2}', "openai.responses"),
        (b'{"choices": [{"message": {}}], "object": "text_completion"}', "openai.chat"),
        (b'{"choices": [{"text": "x"}], "object": "text_completion"}', "openai.completions"),
        (b'{"choices": [], "object": "text_completion"}', "openai.completions"),
        (b'{"choices": [], "object": "chat.completion.chunk"}\n{"choices": []}\n', "openai.chat"),
        (chatnorm.encode(chatnorm.ChatResponse(id="x"), "canonical"), "canonical"),
    ],
)
def test_forms(body: Any, dialect: str) -> None:
    found = chatnorm.detect(body)
    assert found is not None
    assert found.dialect == dialect


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"x"',
        b"{",
        b"\xff",
        b'{"a": 1}',
        b"[[[[[[[[[[]]]]]]]]]]",
        b"[" * 10_000,
        b"data: x\n",
    ],
)
def test_nothing_speaks_for_any(body: bytes) -> None:
    assert chatnorm.detect(body) is None


def test_an_envelope_without_end() -> None:
    body = b'{"data": ' * 50 + b'{"choices": []}' + b"}" * 50
    assert chatnorm.detect(body) is None


def test_runners_up() -> None:
    found = chatnorm.detect(
        b'{"choices": [], "object": "chat.completion", "content": "x", "candidates": null}'
    )
    assert found == chatnorm.Detection(
        "openai.chat", 1.0, (("anthropic.messages", 0.1), ("gemini.generate", 0.1))
    )


def test_other_distributions_are_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    def listed() -> dict[str, str]:
        raise AssertionError("the entry points were read")

    monkeypatch.setattr(chatnorm.registry, "adapters", listed)
    sys.modules["chatnorm.detect"]._marks.cache_clear()  # type: ignore[attr-defined]
    assert chatnorm.detect(b'{"choices": []}') is not None


OF_SEVERAL = [c for c in cases(FIXTURES) if isinstance(chatnorm.readers.speaker(c.vendor), Several)]
ALIKE = {
    "bedrock/error-not-ready",
    "bedrock/stream-flattened",
    "cloudflare/run-stream-error-allowance",
    "cloudflare/run-stream-error-capacity",
    "cohere/error-compat-not-found",
    "huggingface/stream-error-overloaded",
    "llamacpp/completion-error-context",
}
"""Fixtures of vendors with several grammars that hold nothing which only one of these has."""


@by_vendor([c for c in OF_SEVERAL if c.id not in ALIKE])
def test_a_vendor_needs_no_grammar(case: Any) -> None:
    def outcome(read: Any, raw: bytes, name: str, known: dict[str, Any]) -> Any:
        try:
            return read(raw, name, on_error="return", **known)
        except chatnorm.DecodeError as error:
            return str(error)

    readings = [(chatnorm.normalize_stream, path, case.streamed()) for path in case.streams]
    readings += [(chatnorm.normalize, case.wire, case.known())] if case.whole else []
    for read, path, known in readings:
        raw = path.read_bytes()
        assert outcome(read, raw, case.vendor, known) == outcome(read, raw, case.speaker, known)


class TestWithoutVendor:
    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
    def test_as_under_the_name_of_the_grammar(self, case: Any) -> None:
        raw = case.wire.read_bytes()
        found = chatnorm.detect(raw)
        if found is None:
            return
        assert self.outcome(raw, None) == self.outcome(raw, found.dialect)

    def outcome(self, raw: bytes, name: str | None) -> Any:
        try:
            return chatnorm.normalize(raw, name, on_error="return")
        except chatnorm.DecodeError as error:
            return str(error)

    def test_our_own_json(self) -> None:
        response = chatnorm.ChatResponse("openai", "openai.chat", "x")
        assert chatnorm.normalize(chatnorm.encode(response, "canonical")) == response

    def test_an_unknown_server_of_the_common_grammar(self) -> None:
        body = b'{"choices": [{"message": {"content": "hi"}}], "node": "n7"}'
        response = chatnorm.normalize(body)
        assert (response.vendor, response.dialect, response.extra) == (None, "openai.chat", {"node": "n7"})

    def test_nothing_known(self) -> None:
        with pytest.raises(
            chatnorm.DecodeError, match="expected a body of a known grammar, got keys 'a'"
        ) as told:
            chatnorm.normalize(b'{"a": 1}')
        assert told.value.path == "$"
        with pytest.raises(chatnorm.DecodeError, match="expected JSON, got HTML"):
            chatnorm.normalize(b"<html>")
        with pytest.raises(chatnorm.DecodeError, match="got keys '0', '1', '2', '3', '4'\n"):
            chatnorm.normalize({str(n): n for n in range(1000)})
        with pytest.raises(chatnorm.DecodeError, match="another value"):
            chatnorm.normalize(b"[]")

    def test_failures_without_grammar(self) -> None:
        with pytest.raises(chatnorm.VendorError) as told:
            chatnorm.normalize(b"<html>Bad gateway</html>", status=502, headers={"retry-after": "3"})
        assert (told.value.info.kind, told.value.info.retry_after) == ("server", 3.0)
        response = chatnorm.normalize(b'{"oops": "x", "code": 401}', status=401, on_error="return")
        assert response.error is not None
        assert (response.dialect, response.error.kind) == (None, "authentication")

    def test_errors_by_their_grammar(self) -> None:
        body = {"error": {"status": "RESOURCE_EXHAUSTED", "code": 429, "details": [{"retryDelay": "7s"}]}}
        assert chatnorm.decode_error(body).retry_after == 7.0
