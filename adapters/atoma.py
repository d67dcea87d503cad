"""Atoma: a decentralised proxy in front of vLLM-like nodes, speaking OpenAI's chat grammar.

Source: atoma-network/atoma-sdk-typescript dd19960, atoma-sdk-python 48b1b37, atoma-proxy b996163 and
atoma-node c5e7a0ab (2025), read as source; no recorded body is at hand.

- The wire is snake_case and adds `signature` and `response_hash` to every answer; whatever vLLM adds
  passes through as well. The TypeScript SDK's objects are camelCase, the older ones without `object`.
- The Python SDK marks what was absent with a sentinel. Where its serialiser is bypassed that shows as
  `{}` or as a text; both mean nothing.
- `stop_reason` is a text, a token number or, in SDK objects, `{"string": …}` / `{"int": …}`.
- Logprob entries of the TypeScript SDK keep only `topLogprobs`.
- Errors have an UPPER_SNAKE `code` and no type.
- An encrypted answer of the confidential endpoint cannot be read; decrypt it first.
"""

from typing import Any

from chatnorm.canonical import ChatResponse
from chatnorm.dialect import Notices, Vendor
from chatnorm.errors import DecodeError

from .openai import OpenAIChat


class AtomaChat(OpenAIChat):
    EXTRA = {
        "response": (
            "signature",
            "response_hash",
            "prompt_logprobs",
            "prompt_token_ids",
            "kv_transfer_params",
        ),
        "choice": ("token_ids",),
        "input_details": ("multimodal_tokens",),
    }
    ABSENT_AS_TEXT = True
    ERRORS = {
        "REQUEST_ERROR": "invalid_request",
        "FIAT_PAYMENTS_ONLY": "quota",
        "AUTH_ERROR": "authentication",
        "BALANCE_ERROR": "quota",
        "NOT_FOUND": "not_found",
        "LOCKED": "quota",
        "UNAVAILABLE_STACK": "overloaded",
        "TOO_MANY_REQUESTS": "rate_limit",
        "INTERNAL_ERROR": "server",
        "NOT_IMPLEMENTED": "invalid_request",
        "SERVICE_UNAVAILABLE": "overloaded",
    }

    def read_value(self, body: Any, notices: Notices) -> ChatResponse:
        """An encrypted envelope holds no answer that could be read."""
        if isinstance(body, dict) and "ciphertext" in body:
            raise DecodeError(
                dialect=self.name,
                path="$",
                expected="an answer in clear",
                got="an encrypted envelope",
                hint="decrypt it first and pass the decrypted JSON",
            )
        return super().read_value(body, notices)


VENDOR = Vendor("atoma", (AtomaChat,))
