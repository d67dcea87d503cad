"""LiteLLM, its proxy and the objects of its SDK: a router over many vendors, in OpenAI's chat grammar.

Source: `litellm` 1.109.1 (2026-10), `types/utils.py`, `types/llms/openai.py`, `proxy/_types.py` and
`proxy/common_request_processing.py`.

- Finish reasons are translated. Where the upstream's own word is another one, it is in the choice, under
  `provider_specific_fields.native_finish_reason`. A missing one becomes `stop`.
- `thinking_blocks` are Anthropic's blocks with their seals; `reasoning_content` holds the same thoughts. In a
  stream a seal ends its block; only newer versions number them.
- `prompt_tokens` includes what was cached, whichever the upstream; Anthropic's counters stand beside it.
  `usage.cost` is what the upstream states, in its own currency.
- The SDK makes up `id` and `created` where the upstream has none.
- Errors of the proxy: `code` is the HTTP status as text, `type` and `param` may be Python's "None", and the
  message begins with the class of the exception.
"""

import re
from typing import Any

from chatnorm.canonical import ErrorInfo
from chatnorm.classify import restate
from chatnorm.dialect import Fields, Vendor

from .anthropic import AnthropicMessages
from .openai import OpenAIResponses, completions
from .openai.chat import OpenAICopy
from .openai.wire import Thought, answers

KINDS = {"thinking": "reasoning.text", "redacted_thinking": "reasoning.encrypted"}


def unfold(answer: Any) -> None:
    """Read Anthropic's blocks as the grammar's details."""
    blocks = None if answer.reasoning_details else answer.thinking_blocks
    if isinstance(blocks, list) and all(isinstance(block, dict) for block in blocks):
        answer.thinking_blocks, answer.reasoning_details = None, [*map(detail, blocks)]


def detail(block: dict[str, Any]) -> Thought:
    """One of the blocks."""
    f = Fields(block)
    kind, text, data, seal = (f.text(name) for name in ("type", "thinking", "data", "signature"))
    index = f.whole("index")
    kind = KINDS.get(kind or "", kind)
    return Thought(type=kind, text=text, data=data, signature=seal or None, index=index, left=f.rest())


class LiteLLMChat(OpenAICopy):
    EXTRA = {
        "response": ("provider_specific_fields", "search_results", "vertex_ai_grounding_metadata"),
        "choice": ("provider_specific_fields",),
        "message": ("provider_specific_fields", "thinking_blocks", "reasoning_items"),
        "usage": ("cache_creation_input_tokens", "cache_read_input_tokens", "server_tool_use", "cost"),
        "input_details": ("cache_creation_tokens", "cache_creation_token_details", "web_search_requests"),
        "output_details": ("video_tokens",),
    }
    USAGE = {**OpenAICopy.USAGE, "cost": "cost", "tools": "server_tool_use"}
    REQUEST_ID_HEADERS = ("x-litellm-call-id",)
    ERRORS = {
        "budget_exceeded": "quota",
        "expired_key": "authentication",
        "auth_error": "authentication",
        "token_not_found_in_db": "authentication",
        "key_model_access_denied": "permission",
        "team_model_access_denied": "permission",
        "user_model_access_denied": "permission",
        "no_db_connection": "server",
        "ContextWindowExceededError": "context_length",
        "ContentPolicyViolationError": "content_policy",
        "BudgetExceededError": "quota",
        "AuthenticationError": "authentication",
        "RateLimitError": "rate_limit",
        "ServiceUnavailableError": "overloaded",
    }

    def prepare(self, wire: Any) -> None:
        """The upstream's word and Anthropic's blocks are put where the grammar has them."""
        for answer in answers(wire):
            unfold(answer)
        for choice in wire.choices or ():
            upstream = choice.provider_specific_fields
            if isinstance(upstream, dict) and choice.native_finish_reason is None:
                choice.native_finish_reason = Fields(upstream).text("native_finish_reason")

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """Python's words are none of the vendor's; its class says more than a status of several meanings."""
        info = super().error(body, status)
        none: Any = {name: None for name in ("type", "param", "code") if getattr(info, name) == "None"}
        thrown = re.match(r"litellm\.(\w+)", info.message or "")
        kind = self.codes.get(thrown[1]) if thrown and info.kind in ("invalid_request", "unknown") else None
        return restate(info, self.codes, kind=kind, **none) if kind or none else info


VENDOR = Vendor("litellm", (LiteLLMChat, OpenAIResponses, AnthropicMessages, completions(LiteLLMChat)))
