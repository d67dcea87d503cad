"""Doubleword: open models behind OpenAI's chat grammar.

Source: bodies and streams of 2026 recorded in 0xPlaygrounds/rig, `tests/cassettes/doubleword`.

- What the cache read and wrote is in `prompt_tokens_details` or, by Anthropic's names, beside it; the input
  has it in it. One row more than there counts what is kept for a day.
- `reasoning_tokens` is an estimate: of an answer cut by its limit it may be more than the output.
- Thoughts stand twice, in `reasoning_content` and in `reasoning_details`.
- An error of the gateway is OpenAI's; one of the model's server is flat, its `type` the words of the status.
"""

from chatnorm.dialect import Vendor

from .openai import OpenAIChat, OpenAIResponses, completions


class DoublewordChat(OpenAIChat):
    EXTRA = {"usage": ("cache_creation", "cache_creation_input_tokens", "cache_read_input_tokens")}
    USAGE = {
        **OpenAIChat.USAGE,
        "cache_read_tokens": f"{OpenAIChat.USAGE['cache_read_tokens']} | cache_read_input_tokens",
        "cache_write_tokens": f"{OpenAIChat.USAGE['cache_write_tokens']} | cache_creation_input_tokens",
    }
    ERRORS = {"forbidden": "permission"}


VENDOR = Vendor("doubleword", (DoublewordChat, OpenAIResponses, completions(DoublewordChat)))
