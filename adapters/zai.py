"""Z.ai (Zhipu, BigModel), the GLM models: OpenAI's chat grammar and Anthropic's messages.

Source: docs.z.ai/api-reference (chat completion; error codes, read through a copy of 2026) and
docs.z.ai/devpack/tool/claude, `zai-sdk` 0.2.3, `zhipuai` 2.1.5, and recorded bodies of 2025 and 2026.

- `finish_reason` is missing in chunks until the last one, and has words of its own.
- Each delta has the role. Usage is in the last chunk, beside the choices; the thoughts are in the output.
- `web_search` lists what was found for the request, `content_filter` how grave (0 to 3) what was filtered is.
- A job that was asked to run by itself answers with `task_status` and no choices until it is done.
- Errors have a code (four digits, as text) and a message. HTTP 429 is said of rate, load, an empty account
  and a plan that is used up, which only the code tells apart; overload (1305) may come with HTTP 200. When a
  plan's window ends is in the message only.
- As messages, the counts of `message_start` are zero, and those of `message_delta` are all there is.
"""

from typing import Any

from chatnorm.canonical import ChatResponse
from chatnorm.dialect import Notices, Vendor

from .anthropic import AnthropicMessages
from .openai import OpenAIChat


class ZaiChat(OpenAIChat):
    MARKS = ("task_status=PROCESSING", "task_status=FAIL")
    EXTRA = {"response": ("web_search", "content_filter", "task_status")}
    FINISH = {
        **OpenAIChat.FINISH,
        "sensitive": "content_filter",
        "network_error": "error",
        "model_context_window_exceeded": "length",
    }
    ERRORS = {
        "1000": "authentication",
        "1001": "authentication",
        "1002": "authentication",
        "1003": "authentication",
        "1004": "authentication",
        "1110": "permission",
        "1111": "authentication",
        "1112": "permission",
        "1113": "quota",
        "1120": "server",
        "1121": "permission",
        "1210": "invalid_request",
        "1211": "not_found",
        "1212": "invalid_request",
        "1213": "invalid_request",
        "1214": "invalid_request",
        "1215": "invalid_request",
        "1220": "permission",
        "1221": "not_found",
        "1222": "not_found",
        "1230": "server",
        "1234": "server",
        "1261": "context_length",
        "1301": "content_policy",
        "1302": "rate_limit",
        "1303": "rate_limit",
        "1304": "quota",
        "1305": "overloaded",
        "1308": "quota",
        "1309": "quota",
        "1310": "quota",
        "1311": "permission",
        "1312": "overloaded",
        "1313": "rate_limit",
    }

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        """A job that runs has no answer yet."""
        response, state = super().response(body, notices), body.task_status
        if response is None or state not in ("PROCESSING", "FAIL") or body.choices:
            return response
        said = tuple([notice for notice in response.notices if notice.path != "$.choices"])
        if state == "PROCESSING":
            return response.replace(end="pending", notices=said)
        return response.replace(end="failed", error=self.error({"error": {"type": state}}), notices=said)


class ZaiMessages(AnthropicMessages):
    ERRORS = ZaiChat.ERRORS


VENDOR = Vendor("zai", (ZaiChat, ZaiMessages))
