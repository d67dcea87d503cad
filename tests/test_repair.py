"""The slow path: what is bent, what is kept, what is said."""

import json
from typing import Any, ClassVar

import msgspec
import pytest

import chatnorm
from chatnorm.canonical import Notice
from chatnorm.repair import (
    Foreign,
    Level,
    Repair,
    arguments,
    json_text,
    named,
    restore,
    unix_time,
    verbatim,
)
from chatnorm.tables import LEFT, Count, Wire, derive, folded, whole


class Leaf(Wire):
    LEVEL = "leaf"
    size: Count | None = None
    name: str | None = None


class Kind(Wire, tag="kind", tag_field="type"):
    text: str | None = None
    args: msgspec.Raw = msgspec.Raw(b"")


class Root(Wire):
    LEVEL = "root"
    BENDS: ClassVar[Any] = {"when": unix_time}
    when: int | None = None
    word: str | None = None
    ratio: float | None = None
    flag: bool | None = None
    one: Leaf | None = None
    many: list[Leaf] | None = None
    blocks: list[Kind | Foreign] | None = None
    numbers: list[int] | None = None
    free: dict[str, Any] | None = None
    either: str | list[Any] | None = None


def repaired(body: dict[str, Any]) -> tuple[Any, list[Notice]]:
    notices: list[Notice] = []
    repair = Repair(notices)
    repair.names(body, Level.of(Root), "$")
    repair.values(body, Level.of(Root), "$")
    return msgspec.convert(body, Root), notices


def said(notices: list[Notice]) -> list[tuple[str, str, str]]:
    return [(n.kind, n.path, n.detail) for n in notices]


@pytest.mark.parametrize(
    ("body", "fields", "left", "notices"),
    [
        ({"new": 1}, {}, {"new": 1}, [("unknown_field", "$.new", "kept in extra")]),
        ({"new": None}, {}, None, []),
        ({"Word": "x"}, {"word": "x"}, None, []),
        ({"word": "x", "Word": "x"}, {"word": "x"}, None, []),
        (
            {"word": "x", "Word": "y"},
            {"word": "x"},
            {"Word": "y"},
            [("conflict", "$.Word", "word says otherwise; kept in extra")],
        ),
        ({"word": 5}, {"word": "5"}, {"word": 5}, [("coerced", "$.word", "read number 5 as string")]),
        (
            {"word": [1]},
            {},
            {"word": [1]},
            [("unknown_value", "$.word", "expected string, got array")],
        ),
        ({"word": {}}, {}, None, []),
        ({"ratio": 1}, {"ratio": 1.0}, None, []),
        ({"flag": 1}, {}, {"flag": 1}, [("unknown_value", "$.flag", "expected boolean, got number 1")]),
        ({"one": "text"}, {}, {"one": "text"}, [("unknown_value", "$.one", "expected object, got string")]),
        ({"one": ""}, {}, None, []),
        ({"many": {}}, {}, None, []),
        ({"when": 0}, {}, None, []),
        ({"when": 5.0}, {"when": 5}, None, []),
        ({"when": 5.5}, {"when": 5}, {"when": 5.5}, [("coerced", "$.when", "read number 5.5 as number 5")]),
        (
            {"when": "soon"},
            {},
            {"when": "soon"},
            [("unknown_value", "$.when", "expected integer, got string")],
        ),
        (
            {"numbers": [1, "x", 2.0, None]},
            {"numbers": [1, 2]},
            {"numbers": ["x"]},
            [("unknown_value", "$.numbers[1]", "expected integer, got string")],
        ),
        ({"free": {"Word": 1}}, {"free": {"Word": 1}}, None, []),
        ({"either": [1]}, {"either": [1]}, None, []),
        ({"either": 5}, {"either": "5"}, {"either": 5}, [("coerced", "$.either", "read number 5 as string")]),
    ],
)
def test_one_field(body: Any, fields: Any, left: Any, notices: Any) -> None:
    wire, found = repaired(json.loads(json.dumps(body)))
    assert {n: getattr(wire, n) for n in Root.__struct_fields__ if getattr(wire, n) is not None} == {
        **fields,
        **({"left": left} if left else {}),
    }
    assert said(found) == notices


def test_levels() -> None:
    body = {
        "one": {"size": "12", "Name": "x", "odd": 1},
        "many": [{"size": -1}, {"size": True}, {"size": 3.0, "more": 2}],
        "blocks": [
            {"type": "kind", "args": {"a": 1.0}, "x": 1},
            {"type": "other", "id": "b"},
            5,
            {"type": 3},
        ],
    }
    wire, notices = repaired(body)
    assert (wire.one.size, wire.one.name) == (12, "x")
    assert wire.one.left == {"odd": 1, "size": "12"}
    assert [leaf.size for leaf in wire.many] == [None, None, 3]
    assert [leaf.left for leaf in wire.many] == [{"size": -1}, {"size": True}, {"more": 2}]
    assert bytes(wire.blocks[0].args) == b'{"a":1.0}'
    other = wire.blocks[1].part()
    assert (other.kind, other.id, other.data) == ("other", "b", {"type": "other", "id": "b"})
    assert wire.blocks[2].part().data == 5
    assert [n.path for n in notices if n.kind == "opaque_part"] == [
        "$.blocks[1]",
        "$.blocks[2]",
        "$.blocks[3]",
    ]
    assert ("unknown_value", "$.many[0].size", "expected a count of 0 or more, got number -1") in said(
        notices
    )


def test_one_object_in_the_place_of_a_list() -> None:
    wire, notices = repaired({"Many": {"size": 1}})
    assert [leaf.size for leaf in wire.many] == [1]
    assert said(notices) == [("coerced", "$.Many", "read object as array of one")]


def test_a_value_that_stays_a_text() -> None:
    wire, _ = repaired({"many": "text", "blocks": "text", "numbers": {"a": 1}})
    assert wire.left == {"many": "text", "blocks": "text", "numbers": {"a": 1}}


def test_verbatim() -> None:
    text = b'{"blocks":[{"type":"kind","args":{"a": 1.10}},{"type":"zz"},{"type":"kind","args":null}]}'
    struct = verbatim(Level.of(Root))
    assert struct is not None
    body = json.loads(text)
    restore(body, msgspec.json.decode(text, type=struct), Level.of(Root))
    assert bytes(body["blocks"][0]["args"]) == b'{"a": 1.10}'
    assert body["blocks"][1] == {"type": "zz"}
    assert verbatim(Level.of(Leaf)) is None


def test_whole() -> None:
    wire = msgspec.convert({"word": "x", "one": {"size": 1, LEFT: {"y": 2}}, LEFT: {"z": 3}}, Root)
    assert whole(wire) == {"word": "x", "one": {"size": 1, "y": 2}, "z": 3}


def test_derive() -> None:
    derived = derive(Root, {"root": ("x-y", "class"), "leaf": ("more",)}, respell=str.upper)
    wire = msgspec.json.decode(b'{"WORD":"a","X-Y":1,"CLASS":2,"ONE":{"MORE":3}}', type=derived)
    assert (wire.word, wire.extra(), wire.one.extra()) == ("a", {"x-y": 1, "class": 2}, {"more": 3})  # type: ignore[union-attr]
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"word":"a"}', type=derived)


def test_folded() -> None:
    assert {folded(n) for n in ("finish_reason", "finishReason", "FinishReason")} == {"finishreason"}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1741880483, 1741880483),
        (1741880483.9, 1741880483),
        (1741880483123, 1741880483),
        ("1741880483", 1741880483),
        ("2025-03-13T15:41:23Z", 1741880483),
        ("2025-03-13T15:41:23.123456789Z", 1741880483),
        (0, None),
        (-5, None),
        (1e300, None),
        (True, None),
        (None, None),
        ([], None),
        ("", None),
        ("x" * 100, None),
        ("nan", None),
    ],
)
def test_unix_time(value: Any, seconds: int | None) -> None:
    assert unix_time(value) == seconds


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("m", "m"),
        ({"id": "a", "name": "b"}, "a"),
        ({"name": "b"}, "b"),
        ({"x": 1}, None),
        (5, "5"),
        (True, None),
        (10**50, None),
        ("", None),
        ([], None),
    ],
)
def test_named(value: Any, name: str | None) -> None:
    assert named(value) == name


def test_arguments() -> None:
    notices: list[Notice] = []
    kept: dict[str, Any] = {}
    assert arguments(None, kept, "$", notices) is None
    assert arguments({"a": 1.0}, kept, "$", notices) == '{"a":1.0}'
    assert arguments('{"a": 1}', kept, "$", notices) == '{"a": 1}'
    assert arguments("{'a': __import__('os')}", kept, "$", notices) == "{'a': __import__('os')}"
    assert arguments("{'a': 1", kept, "$", notices) == "{'a': 1"
    assert arguments("{'a': " + "1" * 70_000 + "}", kept, "$", notices) is not None
    assert (kept, notices) == ({}, [])
    assert arguments("{'a': True, 'b': None}", kept, "$.f", notices) == '{"a":true,"b":null}'
    assert kept == {"arguments": "{'a': True, 'b': None}"}
    assert said(notices) == [("coerced", "$.f.arguments", "read a Python dict as JSON")]


def test_json_text() -> None:
    assert json_text({"a": 2**70}) == '{"a":1180591620717411303424}'


def test_extras_of_all_levels_are_kept_where_they_stood() -> None:
    body = {
        "choices": [
            {
                "x_choice": 1,
                "message": {
                    "content": "t",
                    "x_message": 2,
                    "tool_calls": [{"x_call": 3, "function": {"x_fn": 4}}],
                },
                "logprobs": {
                    "x_lp": 5,
                    "content": [{"token": "t", "x_tok": 6, "top_logprobs": [{"x_top": 7}]}],
                },
            }
        ],
        "usage": {"prompt_tokens": 1, "x_usage": 8, "prompt_tokens_details": {"x_detail": 9}},
        "x_body": 10,
    }
    response = chatnorm.normalize(json.dumps(body), "openai.chat")
    choice = response.choices[0]
    assert response.extra == {"x_body": 10}
    assert choice.extra == {"x_choice": 1, "logprobs": {"x_lp": 5}}
    assert choice.message.extra == {"x_message": 2}
    assert response.tool_calls[0].extra == {"x_call": 3, "function": {"x_fn": 4}}
    assert choice.logprobs is not None
    assert choice.logprobs[0].extra == {"x_tok": 6}
    assert choice.logprobs[0].top[0].extra == {"x_top": 7}
    assert response.usage.native == {
        "prompt_tokens": 1,
        "x_usage": 8,
        "prompt_tokens_details": {"x_detail": 9},
    }
    details = {n.detail for n in response.notices if "usage" in n.path}
    assert details == {"kept in native"}
    assert len(response.notices) == 10
