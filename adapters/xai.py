"""xAI (Grok): OpenAI's chat grammar, with thoughts that the output leaves out.

Source: docs.x.ai (REST reference, cost tracking, debugging, deferred completions; 2026-08), vercel/ai
ed857f50f1 `packages/xai`, litellm 1.106.2 `llms/xai`, continuedev/continue#10373, warpdotdev/warp#14867, and
recorded bodies and streams of 2024 to 2026.

- `completion_tokens` leaves the thoughts out: prompt, completion and `reasoning_tokens` add up to the total.
  That sum is the identity `input + output + reasoning`, and `Usage.output_tokens` has them in it.
- `cost_in_usd_ticks` is what was charged, 10,000,000,000 ticks to the dollar. `Usage.native` has
  them as sent.
- `citations` are addresses; in a stream they come with the last frame.
- Each frame of a stream has a time of its own; the first is taken. The first frame with only a role may be
  missing. A call comes whole, in one delta. `finish_reason` may be "" or null beside calls.
- A deferred completion is at first only a `request_id`, by which the answer is fetched: it is pending, and as
  long as it is, fetching gives 202 without a body.
- Errors are `{"code", "error"}`, both texts, also with HTTP 200 and in streams. The code is gRPC's, spelled
  out. A wrong key is a 400 with that of an invalid argument, a team without credit a 403 or 429; the message
  tells.
"""

from typing import Any

from chatnorm.canonical import ChatResponse, ErrorInfo
from chatnorm.classify import restate
from chatnorm.dialect import Dialect, Notices, Vendor
from chatnorm.tables import whole

from .openai import OpenAIChat, OpenAIResponses, completions

COUNTED = {"tools": "server_side_tool_usage_details", "cost": "cost_in_usd_ticks"}


class Billed(Dialect):
    """What both grammars bill."""

    EXTRA = {"usage": ("num_sources_used", "cost_in_usd_ticks", "server_side_tool_usage_details")}
    CURRENCY = "USD"
    COST_UNITS = 10**10


class XaiResponses(Billed, OpenAIResponses):
    EXTRA = {"usage": ("context_details", "num_server_side_tools_used")}
    USAGE = {**OpenAIResponses.USAGE, **COUNTED}


class XaiChat(Billed, OpenAIChat):
    EXTRA = {"message": ("parsed",)}
    USAGE = {**OpenAIChat.USAGE, **COUNTED}
    ERRORS = {  # gRPC's, in the words of the library tonic
        "Client specified an invalid argument": "invalid_request",
        "Deadline expired before operation could complete": "timeout",
        "Some requested entity was not found": "not_found",
        "The caller does not have permission to execute the specified operation": "permission",
        "Some resource has been exhausted": "rate_limit",
        "Internal error": "server",
        "The service is currently unavailable": "overloaded",
        "The request does not have valid authentication credentials": "authentication",
    }

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        response = super().response(body, notices)
        if response is None and body.request_id and whole(body).keys() == {"request_id"}:
            return ChatResponse(self.vendor, self.name, request_id=body.request_id, end="pending")
        return response

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        info = super().error(body, status)
        text = info.message or ""
        if "credits" in text and info.kind in ("permission", "rate_limit"):
            return restate(info, self.codes, kind="quota")
        if "API key" in text and info.kind == "invalid_request":
            return restate(info, self.codes, kind="authentication")
        return info


SPEAKS = (XaiChat, XaiResponses, completions(XaiChat))

VENDOR = Vendor("xai", SPEAKS, otel_provider="x_ai", price_provider="x-ai")
