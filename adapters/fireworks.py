"""Fireworks AI: OpenAI's chat grammar with a view into the server.

Source: the SDK `fireworks-ai` 1.2.30 (`types/chat`, 2026), docs.fireworks.ai, vercel/ai ed857f50f1
`packages/fireworks`, Portkey-AI/gateway 669825cb, BerriAI/litellm#7209; no recorded body is at hand.

- `perf_metrics` (on request; in a stream in the last frame) is a free map of texts and numbers. It is kept.
- `raw_output` shows what the model really read and wrote, before calls were taken out of it.
- Logprobs are parallel lists, or OpenAI's with `token_id` and more in each entry.
- `reasoning_content` holds the thoughts of some models; others write `<think>` into the text.
- Some models write their calls into the text, as JSON; it is text.
- Errors are OpenAI's, or `error` is a text, or a gateway's `fault`.
"""

from chatnorm.dialect import Vendor

from .anthropic import AnthropicMessages
from .openai import OpenAIChat, OpenAIResponses, completions


class FireworksChat(OpenAIChat):
    HINTS = ("fault",)
    EXTRA = {
        "response": ("perf_metrics", "prompt_token_ids"),
        "choice": ("raw_output", "token_ids", "prompt_token_ids"),
        "logprob": (
            "token_id",
            "sampling_logprob",
            "text_offset",
            "extra_logprobs",
            "extra_tokens",
            "last_activation",
            "routing_matrix",
        ),
    }


VENDOR = Vendor("fireworks", (FireworksChat, OpenAIResponses, AnthropicMessages, completions(FireworksChat)))
