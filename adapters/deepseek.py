"""DeepSeek: OpenAI's chat grammar with thoughts, and with the counts of a cache that is always on.

Source: api-docs.deepseek.com (create-chat-completion, rate_limit, error_codes; 2026-08), and recorded bodies
and streams of 2025 and 2026.

- `reasoning_content` holds the thoughts. A reasoner's deltas have it and `content`, one of them null.
- `prompt_cache_hit_tokens` and `prompt_cache_miss_tokens` add up to the prompt. Newer servers give the hits
  again where OpenAI has them.
- `insufficient_system_resource`: the server gave up in the middle of the answer.
- Usage is null in all frames but the last, which has choices.
- While a request waits, empty lines come before the body, and comments in a stream. HTTP 200 is sent long
  before it is known whether the request can be served.
- An error's `type` and `code` say little (402 has `unknown_error`, `invalid_request_error`); the status does.
"""

from chatnorm.dialect import Vendor

from .anthropic import AnthropicMessages
from .openai import OpenAIChat, OpenAIResponses, completions


class DeepSeekChat(OpenAIChat):
    EXTRA = {"logprobs": ("reasoning_content",)}  # those of the thoughts
    FINISH = {**OpenAIChat.FINISH, "insufficient_system_resource": "error"}


VENDOR = Vendor("deepseek", (DeepSeekChat, OpenAIResponses, AnthropicMessages, completions(DeepSeekChat)))
