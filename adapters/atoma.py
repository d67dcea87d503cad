"""Atoma: a decentralised proxy in front of vLLM-like nodes, speaking OpenAI's chat grammar.

Source: atoma-network/atoma-sdk-typescript dd19960, atoma-sdk-python 48b1b37, atoma-proxy b996163 and
atoma-node c5e7a0ab (2025), read as source; no recorded body is at hand.

- The wire is snake_case and adds `signature` and `response_hash` to every answer; whatever vLLM adds
  passes through as well. The TypeScript SDK's objects are camelCase, the older ones without `object`.
- The Python SDK marks what was absent with a sentinel. Where its serialiser is bypassed that shows as
  `{}` or as a text; both mean nothing. (In a field that is kept without being read, `{}` stays.)
- `stop_reason` is a text, a token number or, in SDK objects, `{"string": …}` / `{"int": …}`.
- Logprob entries of the TypeScript SDK keep only `topLogprobs`.
- Errors have an UPPER_SNAKE `code` and no type.
- An answer of the confidential endpoint is encrypted, but for its usage; decrypt it first.
"""

from typing import Any

from chatnorm.canonical import NO_USAGE, ChatResponse, Choice, Message, OpaquePart
from chatnorm.dialect import Notices, Vendor, note

from .openai import Body, OpenAIChat


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
    HINTS = ("ciphertext",)
    ABSENT_AS_TEXT = True
    ERRORS = {
        "REQUEST_ERROR": "invalid_request",
        "FIAT_PAYMENTS_ONLY": "quota",
        "AUTH_ERROR": "authentication",
        "BALANCE_ERROR": "quota",
        "NOT_FOUND": "not_found",
        "LOCKED": "overloaded",
        "UNAVAILABLE_STACK": "overloaded",
        "TOO_MANY_REQUESTS": "rate_limit",
        "INTERNAL_ERROR": "server",
        "NOT_IMPLEMENTED": "invalid_request",
        "SERVICE_UNAVAILABLE": "overloaded",
    }

    def read_value(self, body: Any, notices: Notices) -> ChatResponse:
        """An encrypted envelope is kept whole, as an opaque part; its usage is in clear."""
        inner, envelope = self.unwrap(body)
        if not isinstance(inner, dict) or "ciphertext" not in inner:
            return super().read_value(body, notices)
        note(notices, "opaque_part", "$", "an encrypted envelope: decrypt it and normalize what is in it")
        usage = self.fitted({"usage": inner.pop("usage", None)}, Body, "$", notices).usage
        message = Message(None, (OpaquePart("encrypted", inner),))
        return ChatResponse(
            self.vendor,
            self.name,
            choices=(Choice(0, message),),
            usage=self.usage_of(usage, notices) if usage else NO_USAGE,
            notices=tuple(notices),
            extra={"envelope": envelope} if envelope else {},
        )


VENDOR = Vendor("atoma", (AtomaChat,))
