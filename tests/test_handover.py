"""Handing over: telemetry, prices, thoughts out of the text, rows."""

import re
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from conftest import FIXTURES
from hypothesis import given
from hypothesis import strategies as st
from laws import read

import chatnorm
from chatnorm import handover
from chatnorm.canonical import (
    FIGURES,
    ChatResponse,
    Choice,
    Citation,
    Cost,
    ErrorInfo,
    Message,
    Notice,
    Part,
    ReasoningPart,
    Span,
    TextPart,
    TokenLogprob,
    ToolCall,
    Usage,
)
from chatnorm.errors import MisuseError
from chatnorm.goldens import cases
from chatnorm.handover import PriceUsage, split_think, to_genai_prices, to_otel
from chatnorm.registry import load, own

READ = [
    (case.id, read(case.wire.read_bytes(), case.speaker, **case.known()))
    for case in cases(FIXTURES)
    if case.whole
]
RESPONSES = [(name, value) for name, value in READ if isinstance(value, ChatResponse)]

VENDORS = [load(name) for name in own()]

FULL = Usage(100, 50, cache_read_tokens=60, cache_write_tokens=30, reasoning_tokens=20)


def answer(*parts: Part, finish: str | None = "stop", **fields: Any) -> ChatResponse:
    choice = Choice(0, Message("assistant", parts), finish, finish)  # type: ignore[arg-type]
    return ChatResponse(choices=(choice,), **fields)


def fixture(name: str) -> ChatResponse:
    return dict(RESPONSES)[name]


# Telemetry --------------------------------------------------------------------------------------------


def test_otel() -> None:
    value = answer(
        TextPart("secret"),
        vendor="openai",
        id="chatcmpl-1",
        model="m",
        usage=FULL,
        service_tier="default",
        system_fingerprint="fp_1",
    )
    assert to_otel(value) == {
        "gen_ai.provider.name": "openai",
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.model": "m",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.cache_read.input_tokens": 60,
        "gen_ai.usage.cache_creation.input_tokens": 30,
        "gen_ai.usage.reasoning.output_tokens": 20,
        "openai.response.service_tier": "default",
        "openai.response.system_fingerprint": "fp_1",
    }
    assert to_otel(ChatResponse()) == {}
    assert to_otel(ChatResponse(usage=Usage(0))) == {"gen_ai.usage.input_tokens": 0}


def test_otel_provider() -> None:
    assert to_otel(ChatResponse(vendor="gemini")) == {"gen_ai.provider.name": "gcp.gemini"}
    tier = ChatResponse(vendor="openrouter", service_tier="default", system_fingerprint="fp_1")
    assert to_otel(tier) == {"gen_ai.provider.name": "openrouter"}


@pytest.mark.parametrize(
    ("reasons", "fields", "expected"),
    [
        ([("stop", "end_turn"), ("length", "max_tokens")], {}, ["stop", "length"]),
        ([("unknown", "eos")], {}, ["eos"]),
        ([("unknown", None)], {}, ["unknown"]),
        ([("stop", "stop"), (None, None)], {}, None),
        ([("stop", "stop"), (None, None)], {"end": "cut"}, ["stop", "error"]),
        ([(None, None)], {"end": "cancelled"}, ["error"]),
        ([(None, None)], {"error": ErrorInfo()}, ["error"]),
        ([(None, None)], {"end": "pending"}, None),
        ([], {"prompt_block": "SAFETY"}, None),
    ],
)
def test_otel_finish_reasons(reasons: list[Any], fields: dict[str, Any], expected: list[str] | None) -> None:
    choices = tuple(Choice(i, Message(), *words) for i, words in enumerate(reasons))
    found = to_otel(ChatResponse(choices=choices, **fields))
    assert found.get("gen_ai.response.finish_reasons") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ChatResponse(error=ErrorInfo("rate_limit", status=429)), "rate_limit"),
        (ChatResponse(error=ErrorInfo()), "_OTHER"),
        (answer(finish="error"), "_OTHER"),
        (answer(finish=None, end="cut"), "stream_cut"),
        (answer(finish="length"), None),
        (answer(finish=None, end="cancelled"), None),
    ],
)
def test_otel_error(value: ChatResponse, expected: str | None) -> None:
    assert to_otel(value).get("error.type") == expected


def test_otel_names_are_those_of_the_conventions() -> None:
    gen_ai = pytest.importorskip("opentelemetry.semconv._incubating.attributes.gen_ai_attributes")
    own = pytest.importorskip("opentelemetry.semconv._incubating.attributes.openai_attributes")
    stable = pytest.importorskip("opentelemetry.semconv.attributes.error_attributes")
    known = {
        value for module in (gen_ai, own, stable) for name, value in vars(module).items() if name.isupper()
    }
    ours = {name for vendor in VENDORS for name in vendor.otel_attributes.values()}
    assert ours | set(handover._OTEL_TOKENS) <= known
    for name, value in RESPONSES:
        assert set(to_otel(value)) <= known, name
    providers = {vendor.otel_provider for vendor in VENDORS} - {None}
    assert providers <= {value.value for value in gen_ai.GenAiProviderNameValues}
    assert stable.ErrorTypeValues.OTHER.value == "_OTHER"


def test_otel_of_every_fixture() -> None:
    for name, value in RESPONSES:
        texts = [text for text in (value.text, value.reasoning, value.refusal) if text and len(text) > 20]
        for item in to_otel(value).values():
            assert type(item) in (str, int, list), name
            assert type(item) is not list or all(type(word) is str for word in item), name
            assert not any(text in str(item) for text in texts), name


# Prices -----------------------------------------------------------------------------------------------


def test_prices() -> None:
    usage = Usage(
        100,
        50,
        cache_read_tokens=0,
        cache_write_tokens=30,
        cache_write_1h_tokens=30,
        reasoning_tokens=20,
        output_audio_tokens=5,
        server_tool_calls={"web_search_requests": 2},
    )
    value = ChatResponse(vendor="gemini", model="m", usage=usage, created=0, service_tier="batch")
    assert to_genai_prices(value) == {
        "usage": PriceUsage(
            100,
            30,
            0,
            50,
            output_audio_tokens=5,
            cache_write_1h_tokens=30,
            output_reasoning_tokens=20,
            web_searches=2,
        ),
        "model_ref": "m",
        "provider_id": "google",
        "genai_request_timestamp": datetime(1970, 1, 1, tzinfo=timezone.utc),
        "price_context": {"service_tier": "batch", "processing": "batch"},
    }
    assert to_genai_prices(ChatResponse(model="m")) == {"usage": PriceUsage(), "model_ref": "m"}
    tier = to_genai_prices(ChatResponse(model="m", vendor="openrouter", service_tier="flex"))
    assert tier["provider_id"] == "openrouter"
    assert tier["price_context"] == {"service_tier": "flex"}
    assert "genai_request_timestamp" not in to_genai_prices(ChatResponse(model="m", created=10**30))


@pytest.mark.parametrize("model", [None, ""])
def test_prices_need_a_model(model: str | None) -> None:
    with pytest.raises(MisuseError, match="names no model"):
        to_genai_prices(ChatResponse(model=model))


def price_list(name: str, provider: str) -> Any:
    """The price of a model from the package's own data, in dollars for a million tokens."""
    data = pytest.importorskip("genai_prices.data")
    models = next(p for p in data.providers if p.id == provider).models
    prices = next(model for model in models if model.id == name).prices
    return prices[-1].prices if isinstance(prices, list) else prices


def per_token(price: Any) -> Decimal:
    """Dollars for one token, at the lowest tier."""
    return Decimal(getattr(price, "base", price)) / 1_000_000


def test_the_price_of_a_cached_answer() -> None:
    prices = pytest.importorskip("genai_prices")
    value = next(v for _, v in RESPONSES if v.usage.cache_write_1h_tokens and v.vendor == "anthropic")
    assert value.model == "claude-sonnet-4-5-20250929"
    usage = value.usage
    # 64 fresh, 18240 read, 1200 written for five minutes, 300 for an hour
    assert (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens) == (19804, 18240, 1500)
    assert (usage.cache_write_1h_tokens, usage.output_tokens) == (300, 15)
    table = price_list("claude-sonnet-4-5", "anthropic")
    by_hand = (
        64 * per_token(table.input_mtok)
        + 18240 * per_token(table.cache_read_mtok)
        + 1200 * per_token(table.cache_write_mtok)
        + 300 * per_token(table.cache_write_1h_mtok)
        + 15 * per_token(table.output_mtok)
    )
    found = prices.calc_price(**to_genai_prices(value))
    assert found.total_price == by_hand
    assert (found.provider.id, found.model.id) == ("anthropic", "claude-sonnet-4-5")
    one_by_one = sum(
        row.tokens
        * per_token(
            {
                "input": table.input_mtok,
                "cache_read": table.cache_read_mtok,
                "cache_write_5m": table.cache_write_mtok,
                "cache_write_1h": table.cache_write_1h_mtok,
                "output": table.output_mtok,
            }[row.kind]
        )
        for row in usage.billable()
    )
    assert one_by_one == by_hand


def test_reasoning_is_in_the_output_there_too() -> None:
    prices = pytest.importorskip("genai_prices")
    value = ChatResponse(vendor="openai", model="o3", usage=Usage(0, 50, reasoning_tokens=20))
    without = value.replace(usage=Usage(0, 50))
    found = [prices.calc_price(**to_genai_prices(v)).total_price for v in (value, without)]
    assert found[0] == found[1] == 50 * per_token(price_list("o3", "openai").output_mtok)


def test_the_price_list_knows_our_names() -> None:
    units = pytest.importorskip("genai_prices.data_units")
    data = pytest.importorskip("genai_prices.data")
    assert set(PriceUsage.__struct_fields__) <= set(units.unit_data)
    ours = {vendor.price_provider for vendor in VENDORS} - {None}
    assert ours <= {provider.id for provider in data.providers}


def test_the_price_list_takes_every_fixture() -> None:
    prices = pytest.importorskip("genai_prices")
    priced, refused = 0, []
    for name, value in RESPONSES:
        if not value.model or value.usage.status != "reported":
            continue
        try:
            found = prices.calc_price(**to_genai_prices(value))
        except LookupError:
            continue  # no price for this model
        except ValueError:
            refused.append(name)
            continue
        assert found.total_price >= 0, name
        priced += 1
    assert priced > 30
    for name in refused:
        usage, notices = dict(RESPONSES)[name].usage, dict(RESPONSES)[name].notices
        sound = usage.input_audio_tokens and usage.cache_read_tokens
        assert sound or any(notice.kind == "conflict" for notice in notices), name


# Thoughts ---------------------------------------------------------------------------------------------

LOGPROBS = (TokenLogprob("<think>", -0.1),)


@pytest.mark.parametrize(
    ("text", "finish", "expected"),
    [
        ("<think>Hm.</think>\n\nHi.", "stop", (ReasoningPart("Hm."), TextPart("Hi."))),
        ("<think>\nHm.\n</think>Hi. ", "stop", (ReasoningPart("\nHm.\n"), TextPart("Hi. "))),
        ("\n <think>Hm.</think>Hi.", None, (ReasoningPart("\n Hm."), TextPart("Hi."))),
        ("<think>a<think>b</think>c</think>d", "stop", (ReasoningPart("a<think>b"), TextPart("c</think>d"))),
        ("<think></think>Hi.", "stop", (ReasoningPart(""), TextPart("Hi."))),
        ("<think>Hm.</think> ", "stop", (ReasoningPart("Hm."),)),
        (" <think>Hm. ", "length", (ReasoningPart(" Hm. "),)),
        ("<think>Hm.</think>Hi", "length", (ReasoningPart("Hm."), TextPart("Hi"))),
        ("<think>Hm.", "stop", None),
        ("<think>Hm.", None, None),
        ("Well: <think>Hm.</think>Hi.", "stop", None),
        ("Hm.</think>Hi.", "stop", None),
        ("<THINK>Hm.</THINK>Hi.", "stop", None),
        ("<thinking>Hm.</thinking>Hi.", "stop", None),
        ("Hi.", "length", None),
        ("", "length", None),
    ],
)
def test_split_think(text: str, finish: str | None, expected: tuple[Part, ...] | None) -> None:
    value = answer(TextPart(text), finish=finish)
    found = split_think(value)
    if expected is None:
        assert found is value
    else:
        assert found.choices[0].message.parts == expected
        assert found == answer(*expected, finish=finish)


def test_split_think_in_every_choice_and_nothing_else() -> None:
    call = ToolCall("f", "{}")
    part = TextPart("<think>Hm.</think>Hi.", id="p1", logprobs=LOGPROBS, extra={"x": 1})
    choices = (
        Choice(
            0, Message("assistant", (call, part, TextPart("<think>No.</think>"))), "stop", logprobs=LOGPROBS
        ),
        Choice(1, Message("assistant", (TextPart("<think>Hm."), call)), "length"),
        Choice(2, Message("assistant", (TextPart("<think>Hm."), TextPart("</think>"))), "length"),
        Choice(3),
    )
    value = ChatResponse(id="r", choices=choices, usage=FULL, extra={"y": 2})
    found = split_think(value)
    assert found.replace(choices=()) == value.replace(choices=())
    rest = TextPart("Hi.", id="p1", logprobs=LOGPROBS, extra={"x": 1})
    later = TextPart("<think>No.</think>")
    assert found.choices[0].message.parts == (call, ReasoningPart("Hm."), rest, later)
    assert found.choices[0].logprobs == LOGPROBS
    assert found.choices[1].message.parts == (ReasoningPart("Hm."), call)
    assert found.choices[2:] == choices[2:]


def test_split_think_keeps_what_carries_something() -> None:
    emptied = split_think(answer(TextPart("<think>Hm.</think>", id="p1")))
    assert emptied.choices[0].message.parts == (ReasoningPart("Hm."), TextPart("", id="p1"))


def test_split_think_keeps_citations_valid() -> None:
    text = "<think>Hm.</think>Hi."
    spanned = answer(TextPart(text, citations=(Citation(span=Span(18, 21)),)))
    assert split_think(spanned) is spanned
    later = answer(TextPart(text), TextPart("Bye.", citations=(Citation(span=Span(21, 25)),)))
    assert split_think(later) is later
    signed = answer(TextPart(text, signature="s"))
    assert split_think(signed) is signed
    whole = (Citation(kind="x"),)
    found = split_think(answer(TextPart(text, citations=whole)))
    assert found.choices[0].message.parts == (ReasoningPart("Hm."), TextPart("Hi.", citations=whole))


def test_split_think_with_other_tags() -> None:
    value = answer(TextPart("<seed:think>Hm.</seed:think>Hi."))
    assert split_think(value) is value
    assert split_think(value, ("think", "seed:think")).reasoning == "Hm."
    assert split_think(answer(TextPart("<think>Hm.</think>")), ()).reasoning is None
    with pytest.raises(MisuseError, match="tags is one text"):
        split_think(value, "think")  # type: ignore[arg-type]


PIECES = st.sampled_from(["<think>", "</think>", "<think", " ", "\n", "\u2003", "a", "é", "<", "b c"])


@given(
    st.lists(PIECES, max_size=8).map("".join) | st.text().map(lambda t: f"<think>{t}"),
    st.sampled_from(["stop", "length", None]),
)
def test_split_think_loses_only_tags_and_white_space(text: str, finish: str | None) -> None:
    found = split_think(answer(TextPart(text), finish=finish))
    joined = (found.reasoning or "") + (found.text or "")
    closed = re.fullmatch(r"(\s*)<think>(.*?)</think>\s*(.*)", text, re.DOTALL)
    opened = re.fullmatch(r"(\s*)<think>(.*)", text, re.DOTALL)
    if closed:
        before, thoughts, rest = closed.groups()
        assert joined == before + thoughts + rest
        assert (found.reasoning or "") == before + thoughts
    elif opened and finish == "length":
        assert joined == opened[1] + opened[2]
        assert found.text is None
    else:
        assert found.text == text
        assert found.reasoning is None


def test_split_think_reads_back() -> None:
    for name, value in RESPONSES:
        found = split_think(value)
        again = chatnorm.normalize(chatnorm.encode(found, "canonical"), "canonical", on_error="return")
        assert again == found, name


# Rows -------------------------------------------------------------------------------------------------

COLUMNS = tuple(ChatResponse().row())


def test_columns() -> None:
    assert COLUMNS[:6] == ("vendor", "dialect", "id", "request_id", "model", "created")
    assert set(FIGURES) <= set(COLUMNS)


def test_a_row_has_the_same_scalars_for_every_fixture() -> None:
    for name, value in RESPONSES:
        found = value.row()
        assert tuple(found) == COLUMNS, name
        assert all(type(item) in (str, int, float, bool, type(None)) for item in found.values()), name
        assert found["outcome"] == value.outcome, name


def test_row() -> None:
    value = answer(
        ReasoningPart("Hm."),
        TextPart("Hi."),
        ToolCall("f", "{}"),
        vendor="openai",
        usage=Usage(1, 2, 3, cost=Cost(0.5, "USD", estimated=True)),
        error=ErrorInfo("rate_limit", status=429, code="x", type="y", retryable=True, retry_after=7.0),
        notices=(Notice("missing", "warning", "$.x", "why"), Notice("unknown_field", "info", "$.y", "why")),
    )
    found = {key: item for key, item in value.row().items() if item is not None}
    assert found == {
        "vendor": "openai",
        "outcome": "failed",
        "end": "whole",
        "finish_reason": "stop",
        "native_finish_reason": "stop",
        "usage_status": "reported",
        "input_tokens": 1,
        "output_tokens": 2,
        "total_tokens": 3,
        "cost_amount": 0.5,
        "cost_currency": "USD",
        "cost_estimated": True,
        "n_choices": 1,
        "n_tool_calls": 1,
        "n_notices": 2,
        "worst_notice": "warning",
        "text_length": 3,
        "reasoning_length": 3,
        "error_kind": "rate_limit",
        "error_status": 429,
        "error_code": "x",
        "error_type": "y",
        "error_retryable": True,
        "error_retry_after": 7.0,
    }
