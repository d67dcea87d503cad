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
"""

from chatnorm.dialect import Vendor

from .chat import OpenAIChat
from .wire import Alternative, Body

__all__ = ["VENDOR", "Alternative", "Body", "OpenAI", "OpenAIChat"]


class OpenAI(OpenAIChat):
    """OpenAI itself: stored completions echo the request."""

    EXTRA = {
        "response": (
            "seed",
            "temperature",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "tools",
            "tool_choice",
            "response_format",
            "input_user",
        ),
    }


OTEL = {name: f"openai.response.{name}" for name in ("service_tier", "system_fingerprint")}

VENDOR = Vendor("openai", (OpenAI,), otel_attributes=OTEL)
