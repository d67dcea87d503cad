"""Crusoe managed inference: vLLM's server, all of whose keys it sends.

Source: bodies of 2026 recorded in pydantic/pydantic-ai 4fda38988, `tests/models/cassettes`; vllm-project/vllm
`vllm/entrypoints/openai/**/protocol.py`.

- Most of what vLLM adds is null.
- `stop_reason` is the number of the token that ended the answer, or the stop text that matched.
- Thoughts are in `reasoning`, and counted in the output.
"""

from chatnorm.dialect import Vendor

from .openai import OpenAIChat, completions


class CrusoeChat(OpenAIChat):
    EXTRA = {
        "response": (
            "prompt_logprobs",
            "prompt_token_ids",
            "prompt_text",
            "kv_transfer_params",
            "ec_transfer_params",
            "metrics",
        ),
        "choice": ("token_ids", "routed_experts"),
        "input_details": ("multimodal_tokens",),
    }


VENDOR = Vendor("crusoe", (CrusoeChat, completions(CrusoeChat)))
