"""What both grammars of Mistral have: failures."""

from typing import Any

from chatnorm.canonical import ErrorInfo
from chatnorm.classify import restate
from chatnorm.dialect import Dialect


class Flat(Dialect):
    """Failures: a flat object, whose `message` may be an object too."""

    REQUEST_ID_HEADERS = ("mistral-correlation-id", "x-request-id")
    ERRORS = {
        "rate_limited": "rate_limit",
        "invalid_model": "not_found",
        "service_tier_capacity_exceeded": "overloaded",
    }

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        if isinstance(body, dict) and isinstance(body.get("message"), dict):
            body = {**body, **body["message"], "message": None}
        info = super().error(body, status)
        full = "capacity exceeded" in (info.message or "")
        return restate(info, self.codes, kind="overloaded") if full else info
