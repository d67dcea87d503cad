"""What the counters add up to, and what they contradict."""

import json
from typing import Any

import pytest

import chatnorm
from chatnorm.canonical import Cost, Usage


def read(usage: Any, vendor: str = "openai") -> chatnorm.ChatResponse:
    if vendor == "gemini":
        body = {"candidates": [{"content": {"parts": [{"text": "x"}]}}], "usageMetadata": usage}
    elif vendor == "anthropic":
        body = {"content": [], "stop_reason": "end_turn", "usage": usage}
    else:
        body = {"choices": [{"message": {"content": "x"}}], "usage": usage}
    return chatnorm.normalize(json.dumps(body), vendor)


def figures(usage: Usage) -> tuple[Any, ...]:
    return usage.input_tokens, usage.output_tokens, usage.total_tokens, usage.identity


@pytest.mark.parametrize(
    ("vendor", "usage", "expected", "conflicts"),
    [
        (
            "openai",
            {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
            (3, 2, 5, "input + output"),
            [],
        ),
        ("openai", {"prompt_tokens": 3, "completion_tokens": 2}, (3, 2, None, None), []),
        ("openai", {"prompt_tokens": 3, "total_tokens": 5}, (3, None, 5, None), []),
        ("openai", {}, (None, None, None, None), []),
        (
            "openai",
            {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
            (0, 0, 0, "input + output"),
            [],
        ),
        (
            "openai",
            {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 9},
            (3, 2, 9, None),
            ["the total is 9, input and output are 5"],
        ),
        (
            "openai",
            {
                "prompt_tokens": 12,
                "completion_tokens": 1,
                "total_tokens": 303,
                "completion_tokens_details": {"reasoning_tokens": 290},
            },
            (12, 291, 303, "input + output + reasoning"),
            [],
        ),
        (
            "openai",
            {
                "prompt_tokens": 4894,
                "completion_tokens": 16,
                "total_tokens": 4910,
                "completion_tokens_details": {"reasoning_tokens": 19},
            },
            (4894, 16, 4910, "input + output"),
            ["19 tokens are reasoning, of an output of 16"],
        ),
        (
            "vercel",
            {
                "prompt_tokens": 3,
                "completion_tokens": 2,
                "total_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 4},
                "completion_tokens_details": {"reasoning_tokens": 7},
            },
            (3, 9, 5, None),
            [
                "4 tokens are cached, of an input of 3",
                "7 tokens are reasoning, of an output of 2; added to it",
            ],
        ),
        (
            "anthropic",
            {"input_tokens": 12, "cache_read_input_tokens": 900, "output_tokens": 4},
            (912, 4, None, "input + cache_read"),
            [],
        ),
        (
            "anthropic",
            {
                "input_tokens": 1,
                "cache_read_input_tokens": 0,
                "cache_creation_input_tokens": 2,
                "output_tokens": 4,
            },
            (3, 4, None, "input + cache_read + cache_write"),
            [],
        ),
        ("anthropic", {"input_tokens": 1, "output_tokens": 4}, (1, 4, None, None), []),
        ("anthropic", {"cache_read_input_tokens": 7}, (7, None, None, None), []),
        (
            "gemini",
            {
                "promptTokenCount": 29,
                "candidatesTokenCount": 15,
                "thoughtsTokenCount": 804,
                "totalTokenCount": 848,
            },
            (29, 819, 848, "input + output + reasoning"),
            [],
        ),
        (
            "gemini",
            {
                "promptTokenCount": 5,
                "toolUsePromptTokenCount": 3,
                "candidatesTokenCount": 2,
                "totalTokenCount": 10,
            },
            (8, 2, 10, "input + tool_input + output"),
            [],
        ),
        ("gemini", {"promptTokenCount": 5, "totalTokenCount": 5}, (5, None, 5, None), []),
        (
            "mistral",
            {
                "prompt_tokens": 6,
                "completion_tokens": 2,
                "total_tokens": 12,
                "prompt_tokens_details": {"audio_tokens": 4},
            },
            (10, 2, 12, "input + input_audio + output"),
            [],
        ),
        (
            "mistral",
            {
                "prompt_tokens": 6,
                "completion_tokens": 2,
                "total_tokens": 8,
                "prompt_tokens_details": {"audio_tokens": 4},
            },
            (6, 2, 8, "input + output"),
            [],
        ),
        (
            "gemini",
            {
                "promptTokenCount": 10,
                "candidatesTokenCount": 50,
                "thoughtsTokenCount": 30,
                "totalTokenCount": 60,
            },
            (10, 50, 60, "input + output"),
            [],
        ),
    ],
)
def test_sums(vendor: str, usage: Any, expected: Any, conflicts: list[str]) -> None:
    response = read(usage, vendor)
    assert figures(response.usage) == expected
    assert [n.detail for n in response.notices if n.kind == "conflict"] == conflicts
    assert response.usage.native == usage


def test_wrong_types() -> None:
    usage = {
        "prompt_tokens": "12",
        "completion_tokens": 3.0,
        "total_tokens": True,
        "prompt_tokens_details": {"cached_tokens": -4, "audio_tokens": 1.5},
    }
    response = read(usage)
    assert figures(response.usage) == (12, 3, None, None)
    assert response.usage.cache_read_tokens is None
    assert response.usage.native == usage
    assert [(n.kind, n.path) for n in response.notices] == [
        ("coerced", "$.usage.prompt_tokens"),
        ("unknown_value", "$.usage.total_tokens"),
        ("unknown_value", "$.usage.prompt_tokens_details.cached_tokens"),
        ("unknown_value", "$.usage.prompt_tokens_details.audio_tokens"),
    ]


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        ({"cost": 0.5}, Cost(0.5, "USD")),
        ({"cost": 0, "is_byok": False}, Cost(0, "USD", details={"is_byok": False})),
        (
            {"cost": 1, "cost_details": {"upstreamInferenceCost": 2, "x": None}},
            Cost(1, "USD", details={"cost_details": {"upstream_inference_cost": 2}}),
        ),
        ({"cost": "1"}, None),
        ({"cost": None}, None),
        ({"cost": True}, None),
    ],
)
def test_cost(usage: Any, cost: Cost | None) -> None:
    response = read(usage, "openrouter")
    assert response.usage.cost == cost
    if usage["cost"] is not None:
        assert response.usage.native == usage


@pytest.mark.parametrize(
    ("tools", "counted"),
    [
        ({"webSearchRequests": 2, "toolCallsExecuted": 3}, {"web_search_requests": 2}),
        ({"toolCallsExecuted": 3}, None),
        ({}, None),
        (5, None),
    ],
)
def test_tools(tools: Any, counted: Any) -> None:
    assert read({"server_tool_use_details": tools}, "openrouter").usage.server_tool_calls == counted


def test_tools_without_names() -> None:
    usage = read({"server_tool_use": {"web_search_requests": 1, "x": "y"}}, "anthropic").usage
    assert usage.server_tool_calls == {"web_search_requests": 1}


def test_counts_by_kind() -> None:
    rows = [
        {"modality": "TEXT", "tokenCount": 5},
        {"modality": 4, "tokenCount": 3},
        {"modality": "AUDIO", "tokenCount": 1},
    ]
    usage = read(
        {
            "promptTokensDetails": [*rows, {"modality": "IMAGE"}, {"tokenCount": 9}],
            "toolUsePromptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 2},
                {"modality": "VIDEO", "tokenCount": 7},
            ],
        },
        "gemini",
    ).usage
    assert (usage.input_text_tokens, usage.input_audio_tokens, usage.input_video_tokens) == (7, 4, 7)
    assert usage.input_image_tokens is None
