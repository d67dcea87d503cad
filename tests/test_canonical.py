"""The canonical value: views, outcome, usage, editing, repr."""

import pickle

import msgspec
import pytest

from chatnorm.canonical import (
    Billable,
    ChatResponse,
    Choice,
    Cost,
    ErrorInfo,
    ImagePart,
    Message,
    Notice,
    OpaquePart,
    Part,
    ReasoningPart,
    RefusalPart,
    TextPart,
    ToolCall,
    Usage,
    UsageRow,
)
from chatnorm.errors import DecodeError


def response(*parts: Part, finish: str | None = "stop", **fields: object) -> ChatResponse:
    choice = Choice(0, Message("assistant", parts), finish, finish)  # type: ignore[arg-type]
    return ChatResponse(choices=(choice,), **fields)  # type: ignore[arg-type]


TEXT, CALL, THOUGHT = TextPart("Hi."), ToolCall("f", "{}"), ReasoningPart("Hm.")


def test_views() -> None:
    value = response(THOUGHT, TEXT, ReasoningPart(encrypted="x"), TextPart(" Bye."), CALL, RefusalPart("No."))
    assert (value.text, value.reasoning, value.refusal) == ("Hi. Bye.", "Hm.", "No.")
    assert value.tool_calls == (CALL,)
    empty = ChatResponse()
    assert (empty.text, empty.reasoning, empty.refusal, empty.tool_calls) == (None, None, None, ())
    assert (empty.finish_reason, empty.native_finish_reason) == (None, None)
    assert ChatResponse(prompt_block="SAFETY").finish_reason == "content_filter"


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        (response(TEXT, error=ErrorInfo()), "failed"),
        (response(TEXT, finish="error"), "failed"),
        (ChatResponse(end="pending"), "pending"),
        (ChatResponse(end="cancelled"), "cancelled"),
        (response(TEXT, finish="cancelled"), "cancelled"),
        (response(TEXT, finish=None, end="cut"), "interrupted"),
        (response(TEXT, finish="content_filter"), "blocked"),
        (ChatResponse(prompt_block="SAFETY"), "blocked"),
        (response(finish="refusal"), "refused"),
        (response(RefusalPart("No.")), "refused"),
        (response(CALL, finish="length"), "truncated"),
        (response(TEXT, finish="pause"), "paused"),
        (response(CALL, finish="tool_calls"), "tool_calls"),
        (response(TEXT, CALL), "tool_calls"),
        (response(CALL, finish=None), "tool_calls"),
        (response(), "empty"),
        (response(THOUGHT, TextPart("")), "empty"),
        (response(finish="tool_calls"), "empty"),
        (ChatResponse(), "empty"),
        (response(TEXT), "complete"),
        (response(OpaquePart("x")), "empty"),
        (response(ImagePart(url="x")), "complete"),
        (response(TEXT, finish=None), "unknown"),
        (response(TEXT, finish="unknown"), "unknown"),
        (response(TEXT, finish="tool_calls"), "unknown"),
        (response(CALL, finish="unknown"), "tool_calls"),
        (ChatResponse(choices=(Choice(0, Message(parts=(CALL,)), "unknown", "incomplete"),)), "unknown"),
    ],
)
def test_outcome(value: ChatResponse, outcome: str) -> None:
    assert value.outcome == outcome
    assert f"| `{outcome}` |" in (ChatResponse.outcome.__doc__ or "")


def test_arguments() -> None:
    assert ToolCall("f", '{"a": 1}').parse() == {"a": 1}
    assert ToolCall("f").parse() == {}
    assert ToolCall("f", " ").parse() == {}
    assert not ToolCall("f", '{"a": ').valid
    assert ToolCall("f", "[]").valid
    with pytest.raises(DecodeError, match="arguments: byte 6: expected JSON, got other text") as caught:
        ToolCall("f", '{"a": @}').parse()
    assert caught.value.__context__ is None
    with pytest.raises(DecodeError, match="expected JSON arguments, got a custom call"):
        ToolCall("f", "text", "custom").parse()
    assert not ToolCall("f", "[" * 100_000).valid


def test_editing() -> None:
    value = response(THOUGHT, TEXT)
    assert value.replace(id="x").id == "x"
    assert value.id is None
    with pytest.raises(TypeError):
        value.replace(nonsense=1)
    bare = value.map_parts(lambda part: None if isinstance(part, ReasoningPart) else part)
    assert bare.choices[0].message.parts == (TEXT,)
    loud = value.map_parts(lambda p: TextPart(p.text.upper()) if isinstance(p, TextPart) else p)
    assert loud.text == "HI."
    assert value.text == "Hi."
    with pytest.raises(AttributeError):
        value.id = "y"  # type: ignore[misc]


def test_pickle_and_equality() -> None:
    value = response(THOUGHT, TEXT, CALL, usage=Usage(1, 2, native={"a": 1}))
    assert pickle.loads(pickle.dumps(value)) == value
    assert ChatResponse().extra is not ChatResponse().extra


def test_repr_shows_no_text() -> None:
    value = response(
        TextPart("secret", signature="secret"),
        ToolCall("secret", "secret", id="call_1"),
        id="chatcmpl-1",
        usage=Usage(1, 2, native={"secret": 1}),
        error=ErrorInfo("server", "secret", extra={"secret": 1}),
        notices=(Notice("missing", "warning", "$.x", "why"),),
        supplied=("model",),
    )
    shown = repr(value)
    assert "secret" not in shown
    assert "id='chatcmpl-1'" in shown
    assert "TextPart(text=<6 chars>, signature=<6 chars>)" in shown
    assert "id='call_1'" in shown
    assert "native=<1 keys>" in shown
    assert "supplied=<1 items>" in shown


def test_usage() -> None:
    usage = Usage(912, 4, cache_read_tokens=900)
    assert (usage.computed_total, usage.residual, usage.uncached_input_tokens) == (916, None, 12)
    assert usage.status == "reported"
    assert Usage(1, 2, 5).residual == 2
    assert Usage(1).computed_total is None
    assert Usage(1).residual is None
    assert Usage(1).status == "partial"
    assert Usage(reasoning_tokens=0).status == "partial"
    assert Usage().status == "absent"
    assert Usage(native={}).status == "absent"
    assert Usage().uncached_input_tokens is None
    assert Usage(5, cache_read_tokens=9).uncached_input_tokens is None


def rows(usage: Usage) -> dict[str, int]:
    found = usage.billable()
    assert all(type(row) is Billable for row in found)
    return {row.kind: row.tokens for row in found}


def test_billable() -> None:
    assert rows(Usage()) == {}
    assert rows(Usage(10, 5)) == {"input": 10, "output": 5}
    assert rows(Usage(100, 50, cache_read_tokens=60, cache_write_tokens=30, reasoning_tokens=20)) == {
        "input": 10,
        "cache_read": 60,
        "cache_write": 30,
        "output": 30,
        "reasoning": 20,
    }
    split = Usage(100, 0, cache_write_tokens=30, cache_write_5m_tokens=10, cache_write_1h_tokens=20)
    assert rows(split) == {"input": 70, "cache_write_5m": 10, "cache_write_1h": 20}
    partly = Usage(100, 0, cache_write_tokens=30, cache_write_5m_tokens=10)
    assert rows(partly) == {"input": 70, "cache_write": 30}
    media = Usage(100, 50, input_audio_tokens=40, output_audio_tokens=30)
    assert rows(media) == {"input": 60, "input_audio": 40, "output": 20, "output_audio": 30}
    cached = Usage(100, 0, input_audio_tokens=40, cache_read_tokens=10)
    assert rows(cached) == {"input": 90, "cache_read": 10}
    contradictory = Usage(10, 5, cache_read_tokens=20, reasoning_tokens=9)
    assert rows(contradictory) == {"input": 10, "output": 5}


def test_json_of_every_struct() -> None:
    usage = Usage(1, 2, rows=(UsageRow("a", None, True, Usage(1)),), cost=Cost(0.5, "USD", details={"x": 1}))
    value = response(THOUGHT, TEXT, CALL, usage=usage, error=ErrorInfo("server", extra={"x": [1]}))
    text = msgspec.json.encode(value)
    assert b'"schema":"chatnorm.error/1"' in text
    assert msgspec.json.decode(text, type=ChatResponse) == value


def test_every_field_is_documented() -> None:
    import ast
    from pathlib import Path

    import chatnorm.canonical

    tree = ast.parse(Path(chatnorm.canonical.__file__).read_text("utf-8"))
    for cls in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        assert ast.get_docstring(cls) or cls.name.startswith("_"), cls.name
        for field, after in zip(cls.body, [*cls.body[1:], None], strict=True):
            if isinstance(field, ast.AnnAssign):
                documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                assert documented, f"{cls.name}.{ast.unparse(field.target)}"
