"""What both grammars of watsonx.ai have: failures, and what moderations find."""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import ErrorInfo
from chatnorm.classify import restate
from chatnorm.dialect import Dialect, Fields

TOO_LONG = "cannot exceed the total tokens limit"
"""Words that say that a prompt is too long."""


class Faulty(Dialect):
    """Failures: a list of them, under one `trace`."""

    ERRORS = {
        "authentication_token_expired": "authentication",
        "authorization_rejected": "permission",
        "user_authorization_failed": "permission",
        "no_associated_service_instance_error": "permission",
        "token_quota_reached": "quota",
        "model_not_supported": "not_found",
        "model_no_support_for_function": "invalid_request",
        "invalid_input_argument": "invalid_request",
        "invalid_request_entity": "invalid_request",
        "json_type_error": "invalid_request",
        "json_validation_error": "invalid_request",
    }
    REQUEST_ID_HEADERS = ("x-global-transaction-id", "x-request-id")

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        info = super().error(body, status)
        f = Fields(info.extra)
        trace, target = f.text("trace"), Fields(f.object("target"))
        param, extra = target.text("name"), f.rest()
        if target.rest():
            extra["target"] = target.rest()
        if info.kind == "invalid_request" and TOO_LONG in (info.message or ""):
            info = restate(info, self.codes, kind="context_length")
        return replace(info, request_id=info.request_id or trace, param=info.param or param, extra=extra)

    def framed(self, body: dict[str, Any], name: str | None) -> dict[str, Any]:
        return body if body.get("errors") else super().framed(body, name)


def gathered(known: Any, more: Any) -> Any:
    """What was found so far, with more of it: lists get longer, those about the same choice become one."""
    if isinstance(known, dict) and isinstance(more, dict):
        return {**known, **{key: gathered(known.get(key), item) for key, item in more.items()}}
    if not (isinstance(known, list) and isinstance(more, list)):
        return known if more is None else more
    found = list(known)
    places = {item["choice_index"]: i for i, item in enumerate(found) if numbered(item)}
    for item in more:
        place = places.get(item["choice_index"]) if numbered(item) else None
        if place is None:
            found.append(item)
        else:
            found[place] = gathered(found[place], item)
    return found


def numbered(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("choice_index"), int)
