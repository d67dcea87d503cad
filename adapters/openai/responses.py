"""`openai.responses`: whole bodies."""

from collections.abc import Mapping
from typing import Any, ClassVar

from chatnorm.canonical import (
    NO_USAGE,
    ChatResponse,
    Choice,
    End,
    ErrorInfo,
    ErrorKind,
    FinishReason,
    Message,
    Part,
    ServerToolCall,
    ToolCall,
)
from chatnorm.dialect import Dialect, Notices
from chatnorm.repair import unix_time

from .responses_stream import COUNTED, UNKEPT, WHERE, ResponsesTrack
from .responses_wire import Answer, Event

OWN = "agent created_by internal_chat_message_metadata_passthrough metadata"
"""What any item may have beside what it says."""

KEPT = {
    "response": """access_programs background billing completed_at content_filters conversation end_turn
        frequency_penalty image incomplete_details input_transformations instructions max_output_tokens
        max_tool_calls metadata moderation multi_agent output_text parallel_tool_calls presence_penalty
        previous_response_id prompt prompt_cache_diagnostics prompt_cache_key prompt_cache_options
        prompt_cache_retention reasoning safety_identifier store temperature text tool_choice tool_usage tools
        top_logprobs top_p truncation user""",
    "item": OWN,
    "tool": f"""{OWN} approval_request_id async background caller code container_id environment error
        execution fingerprint max_output_length namespace output output_format outputs pending_safety_checks
        quality queries result results revised_prompt server_label size svg_usage tools""",
    "marker": f"{OWN} approval_request_id approve encrypted_content reason reasoning role tools",
    "annotation": "container_id index",
    "usage": "reasoning pydantic_ai_gateway",
    "input_details": "cache_write_tokens_details",
    "frame": f"""{UNKEPT} agent background headers message output_format param prompt_progress quality size
        stream_id timings""",
}
"""Level → what is kept there without being read; most of the answer's own repeats the request."""

MARKS = "object=response type=response. output[].type incomplete_details output_index sequence_number"

CODES: dict[ErrorKind, str] = {
    "invalid_request": """empty_image_file failed_to_download_image image_file_not_found image_file_too_large
        image_parse_error image_too_large image_too_small invalid_base64_image invalid_image
        invalid_image_format invalid_image_mode invalid_image_url invalid_prompt
        unsupported_image_media_type""",
    "content_policy": "bio_policy cyber_policy image_content_policy_violation misalignment_policy_violation",
    "overloaded": "server_is_overloaded slow_down",
    "permission": "usage_not_included",
    "quota": "subscription_sharing_usage_limit_exceeded usage_limit_reached",
    "region": "data_residency_mismatch",
    "timeout": "vector_store_timeout",
}
"""Codes of errors by what they mean. `invalid_prompt` may be a flagged one; the message tells."""

ENDS: dict[str, End] = {"queued": "pending", "in_progress": "pending", "cancelled": "cancelled"}
"""Statuses of an answer that is yet to come, or never will."""


class OpenAIResponses(Dialect):
    """`openai.responses`."""

    name = "openai.responses"
    Wire = Answer
    Frame = Event
    Track = ResponsesTrack
    PLAIN = {"frame": (*WHERE, "item_id", "sequence_number", "delta", "logprobs", "obfuscation")}
    FRAME_MARKS = ("type",)
    TEXTS, PASSING = ("delta",), ("sequence_number", "item_id", "obfuscation")
    EXEMPT = {
        "$.obfuscation": "padding of streams, so that the size of a frame does not tell the text",
        **dict.fromkeys((f"$.{name}" for name in COUNTED.split()), "its place; they come in order"),
        **dict.fromkeys(("$.part", "$.command", "$.diff"), "their item says the same"),
    }
    ANSWER = ("output",)
    MARKS = (*MARKS.split(),)
    HINTS: ClassVar[Any] = ("output=[", "created_at", "parallel_tool_calls", "param", "sequence_number")
    EXTRA = {level: tuple(names.split()) for level, names in KEPT.items()}
    FINISH: ClassVar[Mapping[str, FinishReason]] = {
        "completed": "stop",
        "requires_action": "tool_calls",  # Perplexity
        **dict.fromkeys(("max_output_tokens", "max_messages"), "length"),
        "content_filter": "content_filter",
        "steered": "pause",  # by what the caller sent meanwhile; the next answer goes on
        "incomplete": "unknown",  # where nothing says why
        "failed": "error",
        "cancelled": "cancelled",
    }
    USAGE = {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "total_tokens": "total_tokens",
        "cache_read_tokens": "input_tokens_details.cached_tokens",
        "cache_write_tokens": "input_tokens_details.cache_write_tokens",
        "reasoning_tokens": "output_tokens_details.reasoning_tokens",
    }
    ERRORS = {code: kind for kind, codes in CODES.items() for code in codes.split()}
    RATE_LIMIT_HEADERS = "x-ratelimit-{field}-{what}"
    SPINE = ("response", "facts", "failure", "stopped")

    def response(self, body: Answer, notices: Notices) -> ChatResponse | None:
        items, status = body.output, body.status or None
        if items is None and status is None:
            return None
        parts: list[Part] = []
        role = None
        for item in items or ():
            parts += item.parts()
            if item.SPOKEN and role is None:
                role = item.role or None
        created, extra = self.facts(body)
        finish = None if status is None else self.stopped(status, extra, parts, notices, "$")
        error, counted = self.failure(body) if finish == "error" or body.error else None, body.usage
        end = "failed" if error else "whole" if status == "completed" else ENDS.get(status or "", "whole")
        return ChatResponse(
            self.vendor,
            self.name,
            body.id or None,
            body.model or None,
            created,
            (Choice(0, Message(role, tuple(parts)), finish, status),),
            NO_USAGE if counted is None else self.usage_of(counted, notices),
            body.service_tier or None,
            None,
            None,
            None,
            (),
            extra,
            tuple(notices) if notices else (),
            error,
            end,
        )

    def facts(self, body: Answer) -> tuple[int | None, dict[str, Any]]:
        """When the answer was made, and what to keep beside its parts."""
        extra, sent = body.extra(), body.created_at
        created = unix_time(sent) if isinstance(sent, float) else sent
        if created != sent and sent:
            extra["created_at"] = sent
        return created, extra

    def failure(self, body: Answer) -> ErrorInfo | None:
        """The failure that an answer reports."""
        told = {"error": body.error} if body.error else {}
        return self.error(told) if told or body.status == "failed" else None

    def stopped(self, status: str, extra: Any, parts: Any, notices: Notices, at: str) -> FinishReason | None:
        """Why the model stopped. There is no word for tool calls: a plain end with calls for the client is
        one, and a plain end with a call that the client has to approve is a pause."""
        details, where = extra.get("incomplete_details"), "status"
        if status == "incomplete" and isinstance(details, dict) and isinstance(details.get("reason"), str):
            status, where = details["reason"], "incomplete_details.reason"
        finish = self.FINISH.get(status)
        if finish is None and status not in ENDS:
            return self.unlisted(status, notices, f"{at}.{where}")
        asked: set[Any] = set()
        for part in parts if finish == "stop" else ():
            if type(part) is ToolCall:
                return "tool_calls"
            if type(part) is ServerToolCall:
                asked.discard(part.extra.get("approval_request_id"))
                if part.extra.get("type") == "mcp_approval_request":
                    asked.add(part.id)
        return "pause" if asked else finish
