"""Cloudflare Workers AI: its OpenAI-compatible endpoint, and answers in that form from the endpoint that runs
a model.

Source: developers.cloudflare.com/workers-ai (errors, 2026-07-29; OpenAI compatible API endpoints),
cloudflare/ai 917c0243 `packages/workers-ai-provider/src`; no recorded body is at hand.

- The endpoint that runs a model wraps the answer in `result`, beside `success`, `errors` and `messages`.
- Frames are padded with `p`, so that their size does not tell the text.
- Some models close a call with a piece whose id, type and name are null and whose arguments are empty.
- Calls may be printed into the content as JSON; that is content.
- Errors are a list in `errors`, with a number for a code. Two meanings of HTTP 429 differ by it: 3036, the
  day's allowance is used up; 3040, no capacity.
- The older form of a model's answer, a text in `response`, is not of this grammar.
"""

from chatnorm.dialect import Vendor

from .openai import OpenAIChat


class CloudflareChat(OpenAIChat):
    ENVELOPES = (*OpenAIChat.ENVELOPES, "result")
    ERRORS = {
        "3003": "invalid_request",
        "3006": "invalid_request",
        "3007": "timeout",
        "3008": "timeout",
        "3023": "permission",
        "3036": "quota",
        "3039": "invalid_request",
        "3040": "overloaded",
        "3041": "permission",
        "3042": "not_found",
        "5004": "invalid_request",
        "5005": "invalid_request",
        "5007": "not_found",
        "5016": "permission",
        "5018": "permission",
        "5019": "invalid_request",
    }


VENDOR = Vendor("cloudflare", (CloudflareChat,))
