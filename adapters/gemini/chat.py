"""Google's OpenAI-compatible endpoints, of AI Studio and Vertex AI.

Source: ai.google.dev/gemini-api/docs/openai and docs.cloud.google.com/vertex-ai (2026), recorded bodies of
2025, openai/openai-python#2806 and PR 3246, ogx-ai/ogx#5122.

- A signature is in `extra_content.google.thought_signature`: of a call it goes with that call; of a message,
  whose parts it does not name, it stays in `extra`. Bodies of May 2025 repeat it as `thought_signature`.
- `extra_content.google.thought` is true on answers, too, that thoughts went before.
- `completion_tokens` leaves the thoughts out and mostly nothing counts them; `total_tokens` has them. The
  difference is in `residual`, with a notice; where they are counted, they are added.
- Pieces of calls have no index, or all the same; old ids are "".
- Each frame of a stream has a usage; the last one stands.
- An error is a list of one, with Google's words and details.
"""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import ErrorInfo, ToolCall
from chatnorm.dialect import Notices

from ..openai import OpenAIChat
from ..openai.wire import Call
from .generate import GeminiGenerate


class GeminiChat(OpenAIChat):
    EXTRA = {
        "message": ("extra_content", "thought_signature"),
        "tool_call": ("extra_content",),
        "usage": ("extra_properties",),
    }
    ERRORS = GeminiGenerate.ERRORS

    def call(self, wire: Call, i: int, j: int, notices: Notices) -> ToolCall:
        call = super().call(wire, i, j, notices)
        match call.extra:
            case {"extra_content": {"google": {"thought_signature": str(signature), **own}, **rest}, **extra}:
                kept = {**rest, "google": own} if own else rest
                return replace(
                    call, signature=signature, extra=extra | ({"extra_content": kept} if kept else {})
                )
        return call

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        return GeminiGenerate(self.vendor).error(body, status)
