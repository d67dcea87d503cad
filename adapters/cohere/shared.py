"""Cohere: what its grammars have in common."""

from typing import Any, ClassVar

from chatnorm.canonical import ErrorInfo, Source
from chatnorm.classify import restate
from chatnorm.dialect import Dialect
from chatnorm.tables import Count, Wire


class Counts(Wire):  # usage.tokens, meta.tokens
    LEVEL = "tokens"
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    reasoning_tokens: Count | None = None


class Tokens(Wire):  # usage; version 1: meta
    LEVEL = "usage"
    NATIVE = True
    billed_units: dict[str, Any] | None = None
    tokens: Counts | None = None
    cached_tokens: Count | None = None


def document(sent: dict[str, Any]) -> Source:
    """A document as a source. Its members are the request's own."""
    rest: dict[str, Any] = {name: value for name, value in sent.items() if value is not None}
    text = "text" if type(rest.get("text")) is str else "snippet"
    id, url, title, quoted = [
        rest.pop(name) if type(rest.get(name)) is str else None for name in ("id", "url", "title", text)
    ]
    return Source(id, url, title, quoted, extra=rest)


class Service(Dialect):
    """What the service says around the answer, in any grammar."""

    ERRORS = {"ERROR": "server", "TIMEOUT": "timeout", "ERROR_TOXIC": "content_policy"}
    REQUEST_ID_HEADERS: ClassVar[tuple[str, ...]] = ("x-debug-trace-id", "x-request-id")
    RATE_LIMIT_HEADERS: ClassVar[Any] = "x-{what}-call-{field}"

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        info = super().error(body, status)
        if info.status == 498:  # a word of the request or the answer is on a deny list
            return restate(info, self.codes, kind="content_policy")
        if info.status == 429 and "month" in (info.message or ""):
            return restate(info, self.codes, kind="quota")
        return info


class Cohere(Service):
    """Tables of both versions."""

    FINISH = {
        "COMPLETE": "stop",
        "STOP_SEQUENCE": "stop",
        "MAX_TOKENS": "length",
        "ERROR_LIMIT": "length",  # the end of the context, says the guide to streaming
        "TOOL_CALL": "tool_calls",
        "ERROR_TOXIC": "content_filter",
        "USER_CANCEL": "cancelled",
        "ERROR": "error",
        "TIMEOUT": "error",
    }
