"""Portkey's gateway: a router over many vendors, in OpenAI's chat grammar.

Source: Portkey-AI/gateway 669825cb and 0185a318, `src/handlers/responseHandlers.ts`, `src/providers/*`;
portkey.ai/docs/guides/use-cases/streaming-output-guardrails; `portkey-ai` 2.3.4.

- `provider` names who answered.
- Guardrails add `hook_results`. HTTP 246 is an answer that failed them, 446 a denial. In a stream they come
  in a frame of their own, without choices; what comes after `[DONE]` is not read.
- For Anthropic the finish word is Anthropic's, in a stream even the type of an error that ended it; and
  `prompt_tokens` leaves out what was cached, which stands beside it and is in the total.
- `content_blocks`, sent if the client does not ask for strict compliance, are Anthropic's blocks: thoughts
  with their seals, and the text again. In a stream each is wrapped in `delta`, with a number.
"""

from typing import Any, ClassVar

from chatnorm.dialect import Fields, Vendor

from .anthropic import AnthropicMessages
from .openai import OpenAIResponses, completions
from .openai.chat import OpenAICopy
from .openai.wire import Thought, answers

BLOCK = ("type", "text", "thinking", "signature", "data")
"""What a block may hold."""


def unfold(answer: Any) -> None:
    """Read the blocks: thoughts as the grammar's details; the text is the content's."""
    blocks = None if answer.reasoning_details else answer.content_blocks
    said, details, others = "", [], []
    for block in blocks if isinstance(blocks, list) else ():
        held = block.get("delta", block) if isinstance(block, dict) else {"": block}
        f = Fields(held if isinstance(held, dict) else {"": held})
        kind, text, thought, seal, data = map(f.text, BLOCK)
        told = "redacted_thinking" if data else "text" if thought is seal is None else "thinking"
        if f.rest() or kind not in (None, told) or (text and told != "text"):
            others.append(block)
        elif told == "text":
            said += text or ""
        else:
            form = "reasoning.encrypted" if data else "reasoning.text"
            details.append(Thought(type=form, text=thought, signature=seal or None, data=data))
    if details:
        answer.reasoning_details = details
    if blocks and said == (answer.content or ""):
        answer.content_blocks = others or None


class PortkeyChat(OpenAICopy):
    FRAME_MARKS: ClassVar[Any] = (*OpenAICopy.FRAME_MARKS, "hook_results")
    EXTRA = {
        "response": ("hook_results",),
        "message": ("content_blocks",),
        "usage": ("cache_read_input_tokens", "cache_creation_input_tokens"),
    }
    FINISH = {
        **OpenAICopy.FINISH,
        "end_turn": "stop",
        "stop_sequence": "stop",
        "max_tokens": "length",
        "tool_use": "tool_calls",
        "pause_turn": "pause",
        "refusal": "refusal",
        "overloaded_error": "error",
    }
    USAGE = {
        **OpenAICopy.USAGE,
        "input_tokens": "prompt_tokens + cache_read_input_tokens + cache_creation_input_tokens",
        "cache_read_tokens": "cache_read_input_tokens | prompt_tokens_details.cached_tokens",
        "cache_write_tokens": "cache_creation_input_tokens | prompt_tokens_details.cache_write_tokens",
    }
    REQUEST_ID_HEADERS = ("x-portkey-trace-id", *OpenAICopy.REQUEST_ID_HEADERS)
    ERRORS = {"hooks_failed": "content_policy"}

    def prepare(self, wire: Any) -> None:
        for answer in answers(wire):
            unfold(answer)


VENDOR = Vendor("portkey", (PortkeyChat, OpenAIResponses, AnthropicMessages, completions(PortkeyChat)))
