"""`anthropic.messages`: whole bodies."""

from typing import Any, ClassVar

from msgspec.structs import replace

from chatnorm.canonical import NO_USAGE, ChatResponse, Choice, Message, Usage, UsageRow
from chatnorm.dialect import Dialect, Notices

from .stream import MessagesTrack
from .wire import METRICS, Body, Frame, Pass, Tokens, timing


class AnthropicMessages(Dialect):
    """`anthropic.messages`."""

    name = "anthropic.messages"
    Wire = Body
    Frame = Frame
    Track = MessagesTrack
    FRAME_MARKS = ("type",)
    TEXTS = ("text", "thinking", "partial_json", "connector_text")
    ANSWER = ("content", "stop_reason")
    MARKS: ClassVar[tuple[str, ...]] = ("type=message", "type=content_block", "stop_reason", "type=error")
    HINTS = ("content", "role=assistant", "request_id")
    EXTRA = {
        "response": (
            METRICS,
            "stop_details",
            "container",
            "context_management",
            "diagnostics",
            "input_transformations",
        ),
        "citation": ("encrypted_index", "search_result_index"),
        "tool_use": ("toolset_name",),
        "usage": ("inference_geo", "speed", "fallback_credit", "pydantic_ai_gateway"),
        "delta": ("stop_details", "container", "estimated_tokens"),
        "frame": (METRICS, "context_management", "input_transformations", "request_id"),
    }
    FINISH = {
        "end_turn": "stop",
        "stop_sequence": "stop",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "tool_use": "tool_calls",
        "pause_turn": "pause",
        "compaction": "pause",
        "refusal": "refusal",
    }
    USAGE = {
        "input_tokens": "input_tokens + cache_read_input_tokens + cache_creation_input_tokens",
        "output_tokens": "output_tokens",
        "cache_read_tokens": "cache_read_input_tokens",
        "cache_write_tokens": "cache_creation_input_tokens",
        "cache_write_5m_tokens": "cache_creation.ephemeral_5m_input_tokens",
        "cache_write_1h_tokens": "cache_creation.ephemeral_1h_input_tokens",
        "reasoning_tokens": "output_tokens_details.thinking_tokens",
        "tools": "server_tool_use",
    }
    REQUEST_ID_HEADERS: ClassVar[tuple[str, ...]] = ("request-id", "x-request-id", "x-amzn-requestid")
    RATE_LIMIT_HEADERS = "anthropic-ratelimit-{what}-{field}"

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        blocks, native = body.content, body.stop_reason or None
        if blocks is None and native is None:
            return None
        parts = []
        for block in blocks or ():
            parts.append(block.part())
        finish = None
        if native is not None:
            try:
                finish = self.FINISH[native]
            except KeyError:
                finish = self.unlisted(native, notices, "$.stop_reason")
        counted, tier = body.usage, body.service_tier or None
        if counted is None:
            usage = NO_USAGE
        else:
            tier = tier or counted.service_tier
            usage = self.usage(counted, notices)
        message = Message(body.role or None, tuple(parts))
        choice, extra = Choice(0, message, finish, native, body.stop_sequence), body.extra()
        facts = self.facts(extra) if extra else None
        response = ChatResponse(
            self.vendor,
            self.name,
            body.id or None,
            body.model or None,
            None,
            (choice,),
            usage,
            tier,
            None,
            None,
            None,
            (),
            extra,
            tuple(notices) if notices else (),
        )
        return response.replace(**facts) if facts else response

    def facts(self, extra: dict[str, Any]) -> dict[str, Any]:
        """Fields of the response that stand among what is kept of a body or frame."""
        return {"timing": timing(extra)} if METRICS in extra else {}

    def framed(self, body: dict[str, Any], name: str | None) -> dict[str, Any]:
        return body if body.get("type") or name is None else {**body, "type": name}

    def usage(self, wire: Tokens, notices: Notices) -> Usage:
        usage = self.usage_of(wire, notices)
        return self.passes(wire.iterations, usage) if wire.iterations else usage

    def passes(self, wires: list[Pass], usage: Usage) -> Usage:
        """The usage with a row for each pass, unless one plain pass is all of it.

        The parents are the sum of the `message` passes or, after a hand-over, of the `fallback_message`
        ones; passes of other kinds come on top.
        """
        if len(wires) == 1 and wires[0].type == "message":
            return usage
        figures = [self.usage_of(wire, []) for wire in wires]
        kinds = [wire.type for wire in wires]
        inside: str | None = None
        for kind in ("message", "fallback_message"):
            summed = [f for f, k in zip(figures, kinds, strict=True) if k == kind]
            total = [sum(getattr(f, n) or 0 for f in summed) for n in ("input_tokens", "output_tokens")]
            if total == [usage.input_tokens, usage.output_tokens]:
                inside = kind
        rows = [
            UsageRow(wire.type, wire.model, None if inside is None else wire.type == inside, figure)
            for wire, figure in zip(wires, figures, strict=True)
        ]
        return replace(usage, rows=tuple(rows))
