"""The wire of OpenAI's chat completions, whole and streamed, with what its many copies add."""

from typing import Any, Literal

from chatnorm.repair import named, unix_time
from chatnorm.tables import Count, Seconds, Wire


class Function(Wire):  # choices[].message.tool_calls[].function
    LEVEL = "function"
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class Custom(Wire):  # choices[].message.tool_calls[].custom
    LEVEL = "custom"
    name: str | None = None
    input: str | None = None


class Call(Wire):  # choices[].message.tool_calls[]
    LEVEL = "tool_call"
    BENDS = {"id": named}
    index: int | None = None
    id: str | None = None
    type: Literal["function", "custom", "mcp"] | None = None  # Z.ai runs the last kind itself
    function: Function | None = None
    custom: Custom | None = None


class Thought(Wire):  # choices[].message.reasoning_details[]
    LEVEL = "thought"
    type: str | None = None
    text: str | None = None
    summary: str | None = None
    data: str | None = None
    signature: str | None = None
    id: str | None = None
    format: str | None = None
    index: int | None = None
    tool_call_id: str | None = None
    tool_name: str | None = None
    arguments: str | None = None
    result: str | None = None
    raw: dict[str, Any] | None = None  # what an SDK does not know, under type UNKNOWN
    is_unknown: bool | None = None


class UrlCitation(Wire):  # choices[].message.annotations[].url_citation
    LEVEL = "url_citation"
    url: str | None = None
    title: str | None = None
    start_index: int | None = None
    end_index: int | None = None
    content: str | None = None


class Annotation(Wire):  # choices[].message.annotations[]
    LEVEL = "annotation"
    type: str | None = None
    url_citation: UrlCitation | None = None
    file: Any = None


class Answer(Wire):  # choices[].message
    LEVEL = "message"
    role: str | None = None
    content: str | list[Any] | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    reasoning_details: list[Thought] | None = None
    tool_calls: list[Call] | None = None
    function_call: Function | None = None
    annotations: list[Annotation] | None = None
    audio: dict[str, Any] | None = None
    images: list[Any] | None = None


class Logprob(Wire):  # choices[].logprobs.content[].top_logprobs[]
    LEVEL = "logprob"
    token: str | None = None
    logprob: float | None = None
    bytes: list[int] | None = None


class TopLogprob(Logprob):  # choices[].logprobs.content[]
    top_logprobs: list[Logprob] | None = None


class Logprobs(Wire):  # choices[].logprobs
    LEVEL = "logprobs"
    content: list[TopLogprob] | None = None
    refusal: list[TopLogprob] | None = None
    tokens: list[Any] | None = None  # the older form: parallel lists
    token_logprobs: list[Any] | None = None
    token_ids: list[Any] | None = None
    top_logprobs: list[Any] | None = None


class Alternative(Wire):  # choices[]
    LEVEL = "choice"
    index: int | None = None
    message: Answer | None = None
    logprobs: Logprobs | None = None
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    delta: Answer | None = None
    stop_reason: Any = None  # vLLM and its hosts: the stop text or token that matched
    error: Any = None


class InputDetails(Wire):  # usage.prompt_tokens_details
    LEVEL = "input_details"
    cached_tokens: Count | None = None
    audio_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    text_tokens: Count | None = None
    image_tokens: Count | None = None
    video_tokens: Count | None = None


class OutputDetails(Wire):  # usage.completion_tokens_details
    LEVEL = "output_details"
    reasoning_tokens: Count | None = None
    audio_tokens: Count | None = None
    accepted_prediction_tokens: Count | None = None
    rejected_prediction_tokens: Count | None = None
    text_tokens: Count | None = None
    image_tokens: Count | None = None


class Tokens(Wire):  # usage
    LEVEL = "usage"
    NATIVE = True
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None
    prompt_tokens_details: InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None
    cached_tokens: Count | None = None  # Together, Moonshot
    prompt_cache_hit_tokens: Count | None = None  # DeepSeek and its hosts; hit + miss = prompt
    prompt_cache_miss_tokens: Count | None = None
    reasoning_tokens: Count | None = None  # SGLang, older xAI
    prompt_token_details: InputDetails | None = None  # Mistral, Writer


class Body(Wire):  # the whole body
    LEVEL = "response"
    BENDS = {"id": named, "model": named, "created": unix_time}
    id: str | None = None
    object: Literal["chat.completion"] | None = None
    created: Seconds | None = None
    model: str | None = None
    choices: list[Alternative] | None = None
    usage: Tokens | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None
    provider: str | None = None
    request_id: str | None = None
    citations: list[Any] | None = None
    error: Any = None


class Chunk(Body):  # one frame of a stream
    object: Literal["chat.completion.chunk", "chat.completion"] | None = None  # type: ignore[assignment]
    obfuscation: Any = None
    p: Any = None


def answers(wire: Any) -> list[Any]:
    """The messages and deltas in a body or frame."""
    return [said for c in wire.choices or () for said in (c.message, c.delta) if said is not None]
