"""NVIDIA NIM: vLLM, SGLang and TensorRT-LLM behind one door, in OpenAI's chat grammar.

Source: docs.nvidia.com/nim/large-language-models (API reference, 2026-08), `langchain-nvidia-ai-endpoints`
1.5.0, litellm 1.106.2 `llms/nvidia_nim`; no recorded body is at hand.

- Bodies are those of the server behind: most often vLLM's, with what it adds as null.
- Thoughts are in `reasoning_content`, or as `<think>` in the text.
- Errors are FastAPI's `detail`, a problem of RFC 7807 (`type`, `title`, `status`, `detail`), or vLLM's. A
  status of 202 with an empty body says to ask again, with the id in the header `nvcf-reqid`.
"""

from chatnorm.dialect import Vendor

from .openai import OpenAIChat, OpenAIResponses, completions


class NvidiaChat(OpenAIChat):
    HINTS = ("title",)
    EXTRA = {
        "response": ("prompt_logprobs", "prompt_token_ids", "kv_transfer_params"),
        "choice": ("token_ids", "matched_stop"),
        "input_details": ("multimodal_tokens",),
    }
    REQUEST_ID_HEADERS = ("nvcf-reqid", "x-request-id")


VENDOR = Vendor("nvidia", (NvidiaChat, OpenAIResponses, completions(NvidiaChat)))
