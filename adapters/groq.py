"""Groq: OpenAI's chat grammar with durations, request ids and tools that Groq runs itself.

Source: the SDK `groq` 1.7.0 (`types/chat`, 2026), console.groq.com/docs (errors, reasoning, compound),
vercel/ai ed857f50f1 `packages/groq`, and recorded bodies and streams of 2025 and 2026.

- `usage` has durations, in seconds. The total leaves the queue out.
- `x_groq` holds the request's id; in streams also the usage, in the last frame, which has choices. Newer
  servers give the same usage again where others have it. `x_groq.usage` of a whole body counts what came from
  caches of the hardware; it is read as part of the usage. `x_groq.error` tells why a stream was stopped.
- `content` is missing beside tool calls. A call comes whole, in one delta.
- `executed_tools` are tools that were run by Groq. In a stream a tool is announced without its result first
  and then told again with it; nothing but its index says that it is the same, and it has no id.
- The frames of a compound system (`groq/compound`) have each an id of its own; the first stands.
- `channel` names the channel of a piece of gpt-oss's output; whole bodies do not have it.
- 400 `tool_use_failed` (also in streams, as `event: error`, and then no `[DONE]`) has in `failed_generation`
  what the model wrote instead of a call.
"""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import Choice, Part, ReasoningPart, ServerToolCall, ServerToolResult
from chatnorm.dialect import Fields, Notices, Vendor
from chatnorm.events import emptied
from chatnorm.tables import Wire, folded_in

from .openai import Alternative, Body, OpenAIResponses
from .openai.chat import OpenAICopy
from .openai.stream import CopyTrack
from .openai.wire import Answer, Chunk, Tokens

DURATIONS = ("total_time", "queue_time", "prompt_time", "completion_time")


class XGroq(Wire):  # x_groq
    LEVEL = "x_groq"
    id: str | None = None
    usage: Tokens | None = None
    error: str | None = None


class GroqBody(Body):  # the whole body
    x_groq: XGroq | None = None


class GroqChunk(Chunk):  # one frame of a stream
    x_groq: XGroq | None = None


class GroqTrack(CopyTrack):
    def delta(self, wire: Answer, n: int, i: int, kept: dict[str, Any]) -> None:
        for part in executed(kept):
            key = (type(part), part.extra.get("index"))
            known = self.parts.get((n, key)) or self.whole(n, key, part)
            if known.value != emptied(part)[0]:  # a fuller one
                self.end(n, known, part)
        super().delta(wire, n, i, kept)


class GroqChat(OpenAICopy):
    Wire = GroqBody
    Frame = GroqChunk
    Track = GroqTrack
    EXTRA = {
        "response": ("usage_breakdown", "mcp_list_tools"),
        "x_groq": ("seed", "debug", "usage_breakdown"),
        "message": ("executed_tools", "channel"),
        "annotation": ("document_citation", "function_citation"),
        "usage": (*DURATIONS, "dram_cached_tokens", "sram_cached_tokens"),
    }
    PASSING = (*OpenAICopy.PASSING, "id")
    TIMING = dict(zip(("total", "queue", "prompt", "generation"), DURATIONS, strict=True))

    def prepare(self, wire: Any) -> None:
        """What `x_groq` says is put where others have it."""
        x, wire.x_groq = wire.x_groq, None
        if x is not None:
            wire.request_id, wire.error = wire.request_id or x.id, wire.error or x.error
            wire.usage = folded_in(x.usage, wire.usage) if x.usage and wire.usage else wire.usage or x.usage
            wire.left = {**(wire.left or {}), **x.extra()}

    def choice(self, wire: Alternative, i: int, notices: Notices) -> Choice:
        choice = super().choice(wire, i, notices)
        message = choice.message
        if "executed_tools" not in message.extra:
            return choice
        parts = sorted((*executed(message.extra), *message.parts), key=lambda p: type(p) is not ReasoningPart)
        return replace(choice, message=replace(message, parts=tuple(parts)))


def executed(extra: dict[str, Any]) -> list[Part]:
    """The tools that were run, taken out of `extra`: each as a call and, once there is one, its result."""
    tools, parts = extra.get("executed_tools"), list[Part]()
    if isinstance(tools, list) and all(isinstance(tool, dict) for tool in tools):
        for f in map(Fields, extra.pop("executed_tools")):
            index, kind, output = f.whole("index"), f.text("type"), f.text("output")
            place = {} if index is None else {"index": index}
            parts.append(ServerToolCall(kind, f.text("arguments"), extra=place))
            found = {k: v for k, v in f.rest().items() if type(v) is not dict or any(v.values())}
            if found or output is not None:
                parts.append(ServerToolResult(None, kind, output=output, data=found or None, extra=place))
    return parts


class GroqResponses(OpenAIResponses):
    EXTRA = {"input_details": ("reasoning_tokens",), "output_details": ("cached_tokens",)}


VENDOR = Vendor("groq", (GroqChat, GroqResponses))
