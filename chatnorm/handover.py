"""Handing a response over: to telemetry, to a price list; and thoughts out of the text.

Plain functions of a `ChatResponse`. Nothing foreign is imported: names of other projects are strings, here
and in the adapters' `VENDOR`, and the tests hold them against the packages that define them.
"""

from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

import msgspec
from msgspec import Struct

from .canonical import ChatResponse, Choice, Part, ReasoningPart, TextPart
from .dialect import Vendor
from .errors import MisuseError
from .registry import load, own

_OTEL_TOKENS = {
    "gen_ai.usage.input_tokens": "input_tokens",
    "gen_ai.usage.output_tokens": "output_tokens",
    "gen_ai.usage.cache_read.input_tokens": "cache_read_tokens",
    "gen_ai.usage.cache_creation.input_tokens": "cache_write_tokens",
    "gen_ai.usage.reasoning.output_tokens": "reasoning_tokens",
}

Attributes = dict[str, str | int | float | bool | list[str]]
"""What a span takes as attributes."""


def _vendor(response: ChatResponse) -> Vendor | None:
    """What the adapter of the vendor says of it; of our own adapters only, since the name may come from a
    body."""
    return load(response.vendor) if response.vendor in own() else None


def to_otel(response: ChatResponse) -> Attributes:
    """The attributes of a response for a span, by OpenTelemetry's semantic conventions for generative AI.

    What is unknown is absent. No text of the answer is among them, nor what only the request tells
    (`gen_ai.operation.name`, `gen_ai.request.*`): the caller adds it.

    | attribute | value |
    |---|---|
    | `gen_ai.provider.name` | the vendor, by its well-known value if it has one |
    | `gen_ai.response.id`, `gen_ai.response.model` | as the vendor sent them |
    | `gen_ai.response.finish_reasons` | one word for each choice, in order |
    | `gen_ai.usage.input_tokens` | tokens, with cache reads and writes |
    | `gen_ai.usage.output_tokens` | tokens, with reasoning |
    | `gen_ai.usage.cache_read.input_tokens`, `gen_ai.usage.cache_creation.input_tokens` | of the input |
    | `gen_ai.usage.reasoning.output_tokens` | of the output |
    | `error.type` | the kind of error; `_OTHER` if it is unknown |

    and what the conventions define for one vendor alone, for that vendor. Parents include their children
    there as here, so that the figures are those of `usage`, unchanged.

    A finish reason is our word, or the vendor's where ours is `unknown`. A choice that has none reads
    `error` if the answer failed, was cut or was cancelled; otherwise the whole attribute is absent, since
    the list cannot have a gap. `error.type` is set when `outcome` is `failed` or the stream was cut
    (`stream_cut`); its values are the words of `ErrorKind`.

    Source: `opentelemetry.semconv._incubating.attributes` of opentelemetry-semantic-conventions 0.66b2.
    It gives the names of version 1.41, the last one published there; the conventions are now developed in a
    repository of their own, whose drafts call `cache_creation` `cache_write`.
    """
    found: Attributes = {}
    vendor = _vendor(response)
    provider = vendor.otel_provider if vendor and vendor.otel_provider else response.vendor
    reasons = _finish_reasons(response)
    error = _error_type(response)
    if provider:
        found["gen_ai.provider.name"] = provider
    if response.id is not None:
        found["gen_ai.response.id"] = response.id
    if response.model is not None:
        found["gen_ai.response.model"] = response.model
    if reasons:
        found["gen_ai.response.finish_reasons"] = reasons
    for name, figure in _OTEL_TOKENS.items():
        tokens = getattr(response.usage, figure)
        if tokens is not None:
            found[name] = tokens
    for field, name in vendor.otel_attributes.items() if vendor else ():
        value = getattr(response, field)
        if value is not None:
            found[name] = value
    if error is not None:
        found["error.type"] = error
    return found


def _finish_reasons(response: ChatResponse) -> list[str]:
    ended_badly = response.error is not None or response.end in ("cut", "failed", "cancelled")
    found = []
    for choice in response.choices:
        reason: str | None = choice.finish_reason
        if reason == "unknown":
            reason = choice.native_finish_reason or reason
        if reason is None:
            if not ended_badly:
                return []
            reason = "error"
        found.append(reason)
    return found


def _error_type(response: ChatResponse) -> str | None:
    if response.error is not None and response.error.kind != "unknown":
        return response.error.kind
    if response.outcome == "failed":
        return "_OTHER"
    return "stream_cut" if response.end == "cut" else None


class PriceUsage(Struct, frozen=True, gc=False):
    """Tokens as genai-prices reads them: by attribute, `None` meaning that nothing is known.

    Its convention is ours: `input_tokens` includes cache reads, cache writes and kinds of media,
    `output_tokens` includes reasoning. A child is taken out of its parent where it has a price of its own,
    and is paid as a part of the parent where it has none (`decompose.py`).
    """

    input_tokens: int | None = None
    """Everything the model read. Its whole picks the price where prices have tiers."""
    cache_write_tokens: int | None = None
    """Of the input, written to the cache."""
    cache_read_tokens: int | None = None
    """Of the input, served from the cache."""
    output_tokens: int | None = None
    """Everything the model wrote."""
    input_audio_tokens: int | None = None
    """Of the input, sound."""
    cache_audio_read_tokens: int | None = None
    """Of the cache reads, sound. Always `None`: `Usage` does not know which kinds the cache held."""
    output_audio_tokens: int | None = None
    """Of the output, sound."""
    cache_write_5m_tokens: int | None = None
    """Of the cache writes, kept for five minutes."""
    cache_write_1h_tokens: int | None = None
    """Of the cache writes, kept for an hour."""
    input_image_tokens: int | None = None
    """Of the input, pictures."""
    input_video_tokens: int | None = None
    """Of the input, film."""
    output_image_tokens: int | None = None
    """Of the output, pictures."""
    output_video_tokens: int | None = None
    """Of the output, film."""
    output_reasoning_tokens: int | None = None
    """Of the output, thoughts."""
    web_searches: int | None = None
    """Searches that the vendor ran, where its counter is called `web_search_requests`."""


def to_genai_prices(response: ChatResponse) -> dict[str, Any]:
    """The arguments of `genai_prices.calc_price`, for `calc_price(**to_genai_prices(response))`.

    | key | value |
    |---|---|
    | `usage` | a `PriceUsage`, in tokens |
    | `model_ref` | the model, as the vendor names it |
    | `provider_id` | the vendor; absent if none is known: then the model's name alone decides |
    | `genai_request_timestamp` | `created`, in UTC; absent if unknown: then today's price counts |
    | `price_context` | `service_tier` as sent, and `processing: batch` if that is the tier; absent without |

    Raises `MisuseError` if the response names no model.

    **What is unknown costs nothing there.** Look at `usage.status` first: only `reported` gives a whole
    price. `calc_price` raises `LookupError` for a vendor or model that it has no price for, and `ValueError`
    for figures that contradict each other or do not settle a price (sound with a cached input, where cached
    sound has a price of its own). Not in the price: rows of `usage.rows` that the parents do not include, and
    vendor-run tools other than searches that the list prices. Where the vendor states its price, that is
    `usage.cost`.

    Source: genai-prices 0.2.3, `calc_price`, `types.Usage.from_raw`, `data_units.py`.
    """
    if not response.model:
        raise MisuseError("the response names no model", 'normalize(body, vendor, model="…")')
    usage, tier = response.usage, response.service_tier
    found: dict[str, Any] = {
        "usage": PriceUsage(
            input_tokens=usage.input_tokens,
            cache_write_tokens=usage.cache_write_tokens,
            cache_read_tokens=usage.cache_read_tokens,
            output_tokens=usage.output_tokens,
            input_audio_tokens=usage.input_audio_tokens,
            output_audio_tokens=usage.output_audio_tokens,
            cache_write_5m_tokens=usage.cache_write_5m_tokens,
            cache_write_1h_tokens=usage.cache_write_1h_tokens,
            input_image_tokens=usage.input_image_tokens,
            input_video_tokens=usage.input_video_tokens,
            output_image_tokens=usage.output_image_tokens,
            output_video_tokens=usage.output_video_tokens,
            output_reasoning_tokens=usage.reasoning_tokens,
            web_searches=(usage.server_tool_calls or {}).get("web_search_requests"),
        ),
        "model_ref": response.model,
    }
    if response.vendor is not None:
        vendor = _vendor(response)
        found["provider_id"] = vendor.price_provider if vendor and vendor.price_provider else response.vendor
    if response.created is not None:
        with suppress(ValueError, OverflowError, OSError):  # a number that is no date of the calendar
            found["genai_request_timestamp"] = datetime.fromtimestamp(response.created, timezone.utc)
    if tier is not None:
        found["price_context"] = {"service_tier": tier}
        if tier == "batch":
            found["price_context"]["processing"] = tier
    return found


def split_think(response: ChatResponse, tags: tuple[str, ...] = ("think",)) -> ChatResponse:
    """A copy in which thoughts that a server left in the text, `<think>…</think>`, are a part of their own.

    Looks at the first text part of every choice. If it begins with an opening tag, white space before it
    aside, a `ReasoningPart` takes what stands before the first closing tag, white space too, and the rest
    stays in the text part. White space directly after the closing tag is dropped, with the tags; every other
    character is kept. A text part of which nothing is left is left out.

    - Never closed: all of it is reasoning if the finish reason is `length` and no other text part follows;
      otherwise the text stays as it is.
    - A choice whose citations have spans, or whose text is signed, stays as it is: the offsets and the seal
      are about the text as sent.
    - Later blocks, a closing tag without an opening one and tags in other letters stay in the text.
    - Log probabilities stay where they are, and go on including those of the thoughts.

    `tags`: names of tags, without brackets. Raises `MisuseError` if it is one text. Nothing else changes;
    where nothing is to be split, the response itself is given back.
    """
    if isinstance(tags, str):
        raise MisuseError("tags is one text", "split_think(response, tags=('think',))")
    choices = tuple(_split_choice(choice, tags) for choice in response.choices)
    same = all(new is old for new, old in zip(choices, response.choices, strict=True))
    return response if same else response.replace(choices=choices)


def _split_choice(choice: Choice, tags: tuple[str, ...]) -> Choice:
    parts = choice.message.parts
    texts = [(i, part) for i, part in enumerate(parts) if isinstance(part, TextPart)]
    if not texts or any(citation.span for _, part in texts for citation in part.citations):
        return choice
    i, part = texts[0]
    cut = choice.finish_reason == "length" and len(texts) == 1
    found = None if part.signature is not None else _thoughts(part.text, tags, cut)
    if found is None:
        return choice
    thoughts, text = found
    rest = msgspec.structs.replace(part, text=text)
    new: tuple[Part, ...] = (ReasoningPart(thoughts),)
    if rest != TextPart(""):
        new += (rest,)
    message = msgspec.structs.replace(choice.message, parts=(*parts[:i], *new, *parts[i + 1 :]))
    return msgspec.structs.replace(choice, message=message)


def _thoughts(text: str, tags: tuple[str, ...], cut: bool) -> tuple[str, str] | None:
    for tag in tags:
        before, opening, after = text.partition(f"<{tag}>")
        if opening and not before.strip():
            thoughts, closing, rest = after.partition(f"</{tag}>")
            if closing or cut:
                return before + thoughts, rest.lstrip()
            return None
    return None
