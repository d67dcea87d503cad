"""Z.ai (Zhipu, BigModel), the GLM models: OpenAI's chat grammar and Anthropic's messages.

Source: docs.z.ai/api-reference (chat completion; error codes, read through a copy of 2026) and
guides/capabilities/mcp-call and devpack/tool/claude, docs.bigmodel.cn/api-reference, `zai-sdk` 0.2.3,
`zhipuai` 2.1.5, and recorded bodies of 2025 and 2026.

- `finish_reason` is missing in chunks until the last one, and has words of its own.
- Each delta has the role. Usage is in the last chunk, beside the choices; the thoughts are in the output.
- `web_search` lists what was found for the request, the sources of the answer; `content_filter`, how grave (0
  to 3) what was filtered is.
- A call of type `mcp` was run by Z.ai on a remote server: it lists that server's tools, or calls one. What
  came of it stands in the call; "" or an empty object stands for nothing.
- A job that was asked to run by itself answers with `task_status` and no choices until it is done.
- Errors have a code (four digits, as text) and a message. HTTP 429 is said of rate, load, an empty account
  and a plan that is used up, which only the code tells apart; overload (1305) may come with HTTP 200. When a
  plan's window ends is in the message only.
- As messages, the counts of `message_start` are zero, and those of `message_delta` are all there is.
"""

from typing import Any

from chatnorm.canonical import ChatResponse, Part, ReasoningPart, ServerToolCall, ServerToolResult
from chatnorm.dialect import Fields, Notices, Vendor
from chatnorm.tables import whole

from .anthropic import AnthropicMessages
from .openai.chat import OpenAICopy
from .openai.stream import CopyTrack
from .openai.wire import Answer, Call


class ZaiTrack(CopyTrack):
    def call(self, n: int, wire: Call, i: int, j: int) -> None:
        if wire.type == "mcp":
            for part in remote(wire):
                self.whole(n, (type(part), self.begun), part)
        else:
            super().call(n, wire, i, j)


class ZaiChat(OpenAICopy):
    Track = ZaiTrack
    MARKS = ("task_status=PROCESSING", "task_status=FAIL")
    EXTRA = {"response": ("web_search", "content_filter", "task_status"), "tool_call": ("mcp",)}
    FINISH = {
        **OpenAICopy.FINISH,
        "sensitive": "content_filter",
        "network_error": "error",
        "model_context_window_exceeded": "length",
    }
    ERRORS = {
        **dict.fromkeys(("1000", "1001", "1002", "1003", "1004", "1111"), "authentication"),
        **dict.fromkeys(("1110", "1112", "1121", "1220", "1311"), "permission"),
        **dict.fromkeys(("1113", "1304", "1308", "1309", "1310"), "quota"),
        **dict.fromkeys(("1120", "1230", "1234"), "server"),
        **dict.fromkeys(("1210", "1212", "1213", "1214", "1215"), "invalid_request"),
        **dict.fromkeys(("1211", "1221", "1222"), "not_found"),
        "1261": "context_length",
        "1301": "content_policy",
        **dict.fromkeys(("1302", "1303", "1313"), "rate_limit"),
        **dict.fromkeys(("1305", "1312"), "overloaded"),
    }

    def prepare(self, wire: Any) -> None:
        """What was found is citations."""
        if isinstance(wire.web_search, list) and wire.citations is None:
            wire.citations, wire.web_search = wire.web_search, None

    def parts(self, answer: Answer, i: int, extra: dict[str, Any], notices: Notices) -> tuple[Part, ...]:
        """The calls that were run already are none for the client, and stand before the text."""
        done = [part for wire in answer.tool_calls or () if wire.type == "mcp" for part in remote(wire)]
        answer.tool_calls = [wire for wire in answer.tool_calls or () if wire.type != "mcp"]
        parts = (*done, *super().parts(answer, i, extra, notices))
        return tuple(sorted(parts, key=lambda part: type(part) is not ReasoningPart))

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        """A job that runs has no answer yet."""
        response, state = super().response(body, notices), body.task_status
        if response is None or state not in ("PROCESSING", "FAIL") or body.choices:
            return response
        said = tuple([notice for notice in response.notices if notice.path != "$.choices"])
        if state == "PROCESSING":
            return response.replace(end="pending", notices=said)
        return response.replace(end="failed", error=self.error({"error": {"type": state}}), notices=said)


def remote(wire: Call) -> list[Part]:
    """A call that was run on a remote server, and what came of it."""
    extra = wire.extra()
    f = Fields(extra.pop("mcp") if isinstance(extra.get("mcp"), dict) else {})
    name, server, sent = f.text("name") or f.text("type"), f.text("server_label"), f.text("arguments")
    failed, output = bool(f.peek("error")) or None, f.text("output") or None
    given = {key: held for key in ("error", "output", "tools") if (held := f.take(key))}
    extra |= {"mcp": f.rest()} if f.rest() else {}
    if wire.function is not None and (wire.function.name or wire.function.arguments):
        extra["function"] = whole(wire.function)
    call = ServerToolCall(name, sent, None, server, id=wire.id or None, extra=extra)
    result = ServerToolResult(call.id, name, None, failed, output, given or None)
    return [call, result] if output or given else [call]


class ZaiMessages(AnthropicMessages):
    ERRORS = ZaiChat.ERRORS


VENDOR = Vendor("zai", (ZaiChat, ZaiMessages))
