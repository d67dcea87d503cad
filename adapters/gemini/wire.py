"""The wire of Gemini's generateContent; a frame of a stream is a whole body."""

from typing import Any

from msgspec import Raw

from chatnorm.repair import named
from chatnorm.tables import Count, Wire


class Google(Wire, rename="camel"):
    pass


class FunctionCall(Google):  # candidates[].content.parts[].functionCall
    LEVEL = "function_call"
    id: str | None = None
    name: str | None = None
    args: Raw = Raw(b"")
    thought_signature: str | None = None  # older models


class Blob(Google):  # …parts[].inlineData, …parts[].fileData
    LEVEL = "blob"
    mime_type: str | None = None
    data: str | None = None
    file_uri: str | None = None
    display_name: str | None = None


class Code(Google):  # …parts[].executableCode
    LEVEL = "code"
    id: str | None = None
    language: str | int | None = None
    code: str | None = None


class CodeResult(Google):  # …parts[].codeExecutionResult
    LEVEL = "code_result"
    id: str | None = None
    outcome: str | int | None = None
    output: str | None = None


class HostedCall(Google):  # …parts[].toolCall
    LEVEL = "hosted_call"
    id: str | None = None
    tool_type: str | None = None
    args: Raw = Raw(b"")


class HostedResult(Google):  # …parts[].toolResponse
    LEVEL = "hosted_result"
    id: str | None = None
    tool_type: str | None = None
    response: Any = None


class Piece(Google):  # candidates[].content.parts[]
    LEVEL = "part"
    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: FunctionCall | None = None
    inline_data: Blob | None = None
    file_data: Blob | None = None
    executable_code: Code | None = None
    code_execution_result: CodeResult | None = None
    tool_call: HostedCall | None = None
    tool_response: HostedResult | None = None
    function_response: Any = None
    audio_transcription: Any = None


class Content(Google):  # candidates[].content
    LEVEL = "content"
    role: str | None = None
    parts: list[Piece] | None = None


class ChosenToken(Google):  # candidates[].logprobsResult.chosenCandidates[]
    LEVEL = "logprob"
    token: str | None = None
    token_id: int | None = None
    log_probability: float | None = None


class TopTokens(Google):  # candidates[].logprobsResult.topCandidates[]
    LEVEL = "top_logprobs"
    candidates: list[ChosenToken] | None = None


class Logprobs(Google):  # candidates[].logprobsResult
    LEVEL = "logprobs"
    chosen_candidates: list[ChosenToken] | None = None
    top_candidates: list[TopTokens] | None = None


class Candidate(Google):  # candidates[]
    LEVEL = "choice"
    content: Content | None = None
    finish_reason: str | int | None = None
    index: int | None = None
    grounding_metadata: dict[str, Any] | None = None
    citation_metadata: dict[str, Any] | None = None
    logprobs_result: Logprobs | None = None


class Row(Google):  # usageMetadata.promptTokensDetails[] and its like
    LEVEL = "usage_row"
    modality: str | int | None = None
    token_count: Count | None = None


class Tokens(Google):  # usageMetadata
    LEVEL = "usage"
    NATIVE = True
    prompt_token_count: Count | None = None
    candidates_token_count: Count | None = None
    total_token_count: Count | None = None
    cached_content_token_count: Count | None = None
    prompt_tokens_details: list[Row] | None = None
    cache_tokens_details: list[Row] | None = None
    candidates_tokens_details: list[Row] | None = None
    tool_use_prompt_token_count: Count | None = None
    tool_use_prompt_tokens_details: list[Row] | None = None
    thoughts_token_count: Count | None = None
    service_tier: str | None = None
    traffic_type: str | None = None  # Vertex's class of service


class Feedback(Google):  # promptFeedback
    LEVEL = "prompt_feedback"
    block_reason: str | int | None = None
    block_reason_message: str | None = None


class Body(Google):  # the whole body, or one frame of a stream
    LEVEL = "response"
    BENDS = {"response_id": named, "model_version": named}
    candidates: list[Candidate] | None = None
    prompt_feedback: Feedback | None = None
    usage_metadata: Tokens | None = None
    model_version: str | None = None
    create_time: str | None = None
    response_id: str | None = None
    error: Any = None
    sdk_http_response: Any = None  # see `EXEMPT`
    automatic_function_calling_history: Any = None
    parsed: Any = None
