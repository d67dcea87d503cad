"""Whatever a caller has in hand."""

import datetime
import decimal
import enum
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from test_api import BODY, sent

import chatnorm
from chatnorm import MisuseError, inputs


class Word(str, enum.Enum):
    STOP = "stop"


class Unset:
    """How generated SDKs mark what was absent."""

    def __bool__(self) -> bool:
        return False


class Open(str):
    """How SDKs hold words that their enum does not list."""


def plain(body: Any) -> Any:
    return msgspec.json.decode(inputs.json_text(body))


def test_values_of_sdks_and_aws_dicts() -> None:
    body = {
        "word": Word.STOP,
        "open": Open("x"),
        "unset": Unset(),
        "when": datetime.datetime(2025, 3, 13, 16, 34, 43, tzinfo=datetime.timezone.utc),
        "money": decimal.Decimal("1.5"),
        "raw": b"ab",
        "pair": (1, 2),
        "set": {5},
    }
    expected = {
        "word": "stop",
        "open": "x",
        "unset": None,
        "when": "2025-03-13T16:34:43Z",
        "money": "1.5",
        "raw": "YWI=",
        "pair": [1, 2],
        "set": [5],
    }
    assert plain(body) == expected
    assert plain({**body, 5: float("nan")}) == {**expected, "5": None}


def test_what_only_the_slow_way_can_write() -> None:
    assert plain({"n": 10**30, "s": "\U0001f600", "x": [True, None, 1.5, Word.STOP]}) == {
        "n": 10**30,
        "s": "\U0001f600",
        "x": [True, None, 1.5, "stop"],
    }
    odd = {
        "n": 2**70,
        "lone": "\ud800",
        "raw": b"ab",
        "when": datetime.date(2025, 1, 2),
        "u": Unset(),
        "s": {1},
    }
    assert b'"n":1180591620717411303424' in inputs.json_text(odd).encode()  # type: ignore[union-attr]
    deep: Any = "\ud800"
    for _ in range(300):
        deep = [deep]
    with pytest.raises(chatnorm.DecodeError, match="at most 200 levels"):
        inputs.json_text(deep)


@dataclass
class Choice:
    index: int
    finish_reason: Word
    message: dict[str, str]


@dataclass
class Response:
    id: str
    choices: list[Choice]
    usage: Any = None


class AsStruct(msgspec.Struct):
    id: str
    choices: list[dict[str, Any]]


class AsMapping(Mapping[str, Any]):
    def __getitem__(self, key: str) -> Any:
        return BODY[key]

    def __iter__(self) -> Iterator[str]:
        return iter(BODY)

    def __len__(self) -> int:
        return len(BODY)


class Dumping:
    def __init__(self, name: str) -> None:
        setattr(self, name, lambda: dict(BODY))


class Attrs:
    class _Attribute:
        name = "id"

    __attrs_attrs__ = (_Attribute,)
    id = "x"


def test_objects() -> None:
    expected = chatnorm.normalize(sent(), "openai")
    for body in (AsMapping(), *(Dumping(name) for name in ("model_dump", "to_dict", "as_dict", "dict"))):
        assert chatnorm.normalize(body, "openai") == expected
    message = {"role": "assistant", "content": "Hello."}
    response = chatnorm.normalize(Response("i", [Choice(0, Word.STOP, message)]), "openai")
    assert (response.id, response.text, response.finish_reason) == ("i", "Hello.", "stop")
    struct = AsStruct("i", [{"message": message, "finish_reason": "stop"}])
    assert chatnorm.normalize(struct, "openai").text == "Hello."
    assert plain(Attrs()) == {"id": "x"}


@dataclass
class Envelope:
    content_type: str
    status_code: int
    create_chat_completion_response: Response
    raw_response: Any = None


def test_an_envelope_of_dataclasses() -> None:
    message = {"role": "assistant", "content": "Hello."}
    inner = Response("i", [Choice(0, Word.STOP, message)])
    response = chatnorm.normalize(Envelope("application/json", 200, inner), "openai")
    assert response.text == "Hello."
    assert response.extra == {"envelope": {"content_type": "application/json", "status_code": 200}}


@pytest.mark.parametrize("body", [5, None, object(), 1.5, Dumping])
def test_misuse(body: Any) -> None:
    with pytest.raises(MisuseError, match="expected bytes, text, a mapping or an SDK object, got ") as caught:
        chatnorm.normalize(body, "openai")
    assert caught.value.hint == "pass the body: response.content, or its parsed JSON"
    assert isinstance(caught.value, TypeError)


def test_sentinels_as_text() -> None:
    text = '{"a":"~?~unset~?~sentinel~?~","b":"~"}'
    for form in (text, text.encode(), bytearray(text.encode()), memoryview(text.encode())):
        assert msgspec.json.decode(inputs.without_sentinels(form)) == {"a": None, "b": "~"}
    assert inputs.without_sentinels("{}") == "{}"
    assert inputs.without_sentinels(b"{}") == b"{}"


def test_marks() -> None:
    assert inputs.without_mark("\ufeff{}") == "{}"
    assert inputs.without_mark(b"\xef\xbb\xbf{}") == b"{}"
    assert inputs.without_mark(b"{}") == b"{}"
    response = chatnorm.normalize("\ufeff" + sent().decode(), "openai")
    assert response.text == "Hello."


def test_no_view_of_the_buffer_is_kept() -> None:
    buffer = bytearray(
        b'{"content":[{"type":"tool_use","id":"t","name":"f","input":{"a":1}}],"new":1,"stop_reason":"tool_use"}'
    )
    response = chatnorm.normalize(memoryview(buffer), "anthropic")
    buffer[:] = b"x" * len(buffer)
    buffer.clear()  # raises BufferError while a view is kept
    assert response.tool_calls[0].arguments == '{"a":1}'


def test_what_cloud_sdks_hand_out() -> None:
    """Dicts with dates, bytes and numbers of their own, and a body that is still to be read."""
    facts = {"at": datetime.datetime(2026, 1, 1), "blob": b"\xff", "price": decimal.Decimal("1.50")}
    response = chatnorm.normalize({**json.loads(sent()), "ResponseMetadata": facts}, "openai")
    assert response.extra["ResponseMetadata"] == {
        "at": "2026-01-01T00:00:00",
        "blob": "/w==",
        "price": "1.50",
    }
    with pytest.raises(MisuseError, match="BytesIO that is not read yet\nhint: pass what its read"):
        chatnorm.normalize({"body": io.BytesIO(sent())}, "openai")


def test_frames_of_transports() -> None:
    for frame in ({"chunk": {"bytes": "eyJhIjogMX0="}}, {"bytes": "eyJhIjogMX0=", "p": "ab"}):
        assert inputs.unsealed(frame) == {"a": 1}
    found = inputs.unsealed({"sadException": {"message": "m", "p": "ab"}})
    assert found == {"error": {"message": "m", "code": "sadException"}}
    for same in ({"chunk": {"bytes": "?"}}, {"bytes": "W10="}, {"chunk": 1}, {"sadException": 1}, [], None):
        assert inputs.unsealed(same) is same
