"""OpenAI, Chat Completions: the grammar that most others copy.

Source: the OpenAPI description `CreateChatCompletionResponse` in openai/openai-openapi f85dbe2
(2026-08-21), the SDK `openai` 2.54.0, and recorded bodies of 2023 to 2026.

- `content` is null beside tool calls, beside audio (the words are in `audio.transcript`) and beside a
  refusal. `finish_reason` is `stop` when one named tool was forced, though a call is there.
- Custom tool calls have `custom` and no `function`; their `input` is free text.
- Every detail count is contained in its total: cached in prompt, reasoning in completion.
- `refusal`, `annotations`, `service_tier` and the detail counts are missing in old logs. Stored
  completions echo the request beside the answer.
- Copies of the grammar differ in where thoughts are (`reasoning`, `reasoning_content`, …, often twice the
  same) and in zero values ("" for an id, an empty `function_call`) that stand for nothing. All of that is
  read here, for whichever vendor.

Responses. Source: openapi.yaml of the same commit (`Response`, `OutputItem`, `ResponseStreamEvent`), the same
SDK (`openai/types/responses`), and recorded bodies of 2025 and 2026, also of Azure, Bedrock, Copilot,
DeepSeek, LM Studio, OpenRouter and xAI.

- The answer is a list of items, and their order matters when they go back: thoughts stand before what they
  led to. An item of thoughts without any text still has its id and its encrypted form. A message may hold
  several pieces, and there may be several messages (`phase`).
- A call's `call_id` is what its result refers to; its `id` is that of the item. The client runs functions,
  custom tools, `computer_call`, `local_shell_call`, `apply_patch_call`, and `shell_call` and
  `tool_search_call` unless they name a container or the server. All others the vendor has run itself, and
  what they gave is in the same item or in one of type `…_output`. An `mcp_approval_request` waits for a yes.
- There is no finish word: `completed` beside a call is all there is, and a refusal is a piece of a message.
  `incomplete_details` is there, and null, in complete answers. Perplexity has `requires_action`. An answer is
  `steered` where the caller said more over its socket: another follows.
- The answer echoes the request beside it: `text`, `reasoning` and `tools` there are settings.
- `index` in a citation of a file is its place among the files; other offsets count characters of the piece.
- `created_at` is a number with or without a fraction. `output_text` is an SDK's, or empty.
- A failure may come with HTTP 200 and `status: failed`. The list of its codes is not complete.
- ChatGPT's backend has further codes, says in `resets_in_seconds` how long to wait, adds fields to items and
  answers, and tells of itself in events of its own.
- What `POST /responses/compact` gives has no status; what was asked stands in it as `input_text`.
- Models sometimes wrap several calls in one named `parallel`; it is kept as sent.
- On xAI, `custom_tool_call` is also how searches that xAI itself runs on X are told.
"""

from chatnorm.dialect import Vendor

from .chat import OpenAIChat
from .completions import OpenAICompletions, completions
from .responses import OpenAIResponses
from .wire import Alternative, Body

__all__ = [
    "VENDOR",
    "Alternative",
    "Body",
    "OpenAI",
    "OpenAIChat",
    "OpenAICompletions",
    "OpenAIResponses",
    "completions",
]


ECHO = """seed temperature top_p presence_penalty frequency_penalty tools tool_choice response_format
    input_user"""


class OpenAI(OpenAIChat):
    """OpenAI itself: stored completions echo the request."""

    EXTRA = {"response": (*ECHO.split(),)}


OTEL = {name: f"openai.response.{name}" for name in ("service_tier", "system_fingerprint")}

VENDOR = Vendor("openai", (OpenAI, OpenAIResponses, OpenAICompletions), otel_attributes=OTEL)
