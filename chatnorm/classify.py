"""From what a vendor says went wrong to what a caller can do about it.

Status first: it is what the vendor said. Then the vendor's code, by the dialect's table. Then words in
the message, which are a guess. Headers are read here too. No clock: a date is compared with the
response's own `date` header or not at all.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from math import inf
from typing import Any

import msgspec

from .canonical import ErrorInfo, ErrorKind, ErrorScope, RateLimit
from .inputs import JsonText
from .tables import BOUND, expression_paths, snake

STATUS: dict[int, ErrorKind] = {
    400: "invalid_request",
    401: "authentication",
    402: "quota",
    403: "permission",
    404: "not_found",
    405: "invalid_request",
    408: "timeout",
    409: "invalid_request",
    410: "not_found",
    413: "invalid_request",
    415: "invalid_request",
    422: "invalid_request",
    423: "overloaded",  # locked for the moment
    424: "server",
    425: "overloaded",
    429: "rate_limit",
    451: "region",
    498: "overloaded",
    499: "unknown",  # the client went away
    500: "server",
    501: "invalid_request",
    502: "server",
    503: "overloaded",
    504: "timeout",
    520: "server",
    521: "server",
    522: "timeout",
    523: "server",
    524: "timeout",
    529: "overloaded",
}

CODES: Mapping[str, ErrorKind] = {
    "invalid_request_error": "invalid_request",
    "invalid_api_key": "authentication",
    "authentication_error": "authentication",
    "permission_error": "permission",
    "permission_denied": "permission",
    "unsupported_country_region_territory": "region",
    "insufficient_quota": "quota",
    "billing_hard_limit_reached": "quota",
    "billing_not_active": "quota",
    "rate_limit_exceeded": "rate_limit",
    "rate_limit_error": "rate_limit",
    "requests": "rate_limit",
    "tokens": "rate_limit",
    "context_length_exceeded": "context_length",
    "string_above_max_length": "context_length",
    "model_not_found": "not_found",
    "model_decommissioned": "not_found",
    "not_found_error": "not_found",
    "content_filter": "content_policy",
    "content_policy_violation": "content_policy",
    "server_error": "server",
    "internal_error": "server",
    "internal_server_error": "server",
    "overloaded_error": "overloaded",
    "engine_overloaded": "overloaded",
    "timeout": "timeout",
    "billing_error": "quota",
    "request_too_large": "invalid_request",
    "api_error": "server",
    "timeout_error": "timeout",
}
"""Codes and types of errors that many vendors share; a dialect adds its own."""

_AMBIGUOUS = {None, 400, 401, 403, 404, 409, 413, 422, 424, 429, 500, 501}
"""Statuses that vendors use for several kinds of trouble, so that the code may say more."""

_VAGUE: frozenset[ErrorKind] = frozenset(("invalid_request", "unknown"))
_BROAD = _VAGUE | {"permission", "rate_limit", "server"}
"""What codes say that stand for several kinds of trouble, so that the message may say more."""

_PATTERNS: tuple[tuple[str, ErrorKind], ...] = (
    ("too many tokens, please wait", "rate_limit"),
    ("too many tokens processed", "rate_limit"),
    ("context length", "context_length"),
    ("context_length", "context_length"),
    ("context window", "context_length"),
    ("maximum context", "context_length"),
    ("too many tokens", "context_length"),
    ("prompt is too long", "context_length"),
    ("input is too long", "context_length"),
    ("request too large", "context_length"),
    ("exceeds the maximum number of tokens", "context_length"),
    ("exceed context limit", "context_length"),
    ("input token count", "context_length"),
    ("input tokens exceed", "context_length"),
    ("model token limit", "context_length"),
    ("token length too long", "context_length"),
    ("tokens too long", "context_length"),
    ("context size", "context_length"),
    ("input length", "context_length"),
    ("maximum prompt length", "context_length"),
    ("max_seq_len", "context_length"),
    ("exceed model maximum", "context_length"),
    ("reduce the length of the messages", "context_length"),
    ("`max_new_tokens` must be", "context_length"),
    ("exceeded your current quota", "quota"),
    ("credit balance is too low", "quota"),
    ("insufficient credit", "quota"),
    ("reached your specified api usage limits", "quota"),
    ("insufficient_quota", "quota"),
    ("monthly spend limit", "quota"),
    ("budget has been exceeded", "quota"),
    ("exceededbudget", "quota"),
    ("crossed budget", "quota"),
    ("daily free allocation", "quota"),
    ("weekly usage limit", "quota"),
    ("content management policy", "content_policy"),
    ("content filtering policy", "content_policy"),
    ("content exists risk", "content_policy"),
    ("violates usage guidelines", "content_policy"),
    ("access to this content for safety reasons", "content_policy"),
    ("content policy", "content_policy"),
    ("safety system", "content_policy"),
    ("was flagged", "content_policy"),
    ("not available in your country", "region"),
    ("location is not supported", "region"),
    ("unsupported_country", "region"),
    ("unsupported countries", "region"),
    ("model identifier is invalid", "not_found"),
    ("invalid url", "invalid_request"),
)
"""Words in messages that leave little doubt, whatever the status."""

_HINTS: tuple[tuple[str, ErrorKind], ...] = (
    ("billing", "quota"),
    ("api key", "authentication"),
    ("api_key", "authentication"),
    ("unauthorized", "authentication"),
    ("rate limit", "rate_limit"),
    ("rate-limited", "rate_limit"),
    ("too many requests", "rate_limit"),
    ("overloaded", "overloaded"),
    ("timed out", "timeout"),
    ("internal server error", "server"),
    ("internal error", "server"),
    ("service unavailable", "overloaded"),
    ("currently loading", "overloaded"),
    ("error was encountered while running", "server"),
    ("cuda error", "server"),
    ("out of memory", "server"),
    ("crashed", "server"),
)
"""Words in messages that count only where neither status nor code says anything."""

_RETRYABLE: frozenset[ErrorKind] = frozenset(("rate_limit", "overloaded", "timeout", "server", "stream_cut"))

_SCOPE: dict[ErrorKind, ErrorScope] = {
    "authentication": "key",
    "permission": "key",
    "quota": "key",
    "rate_limit": "key",
    "not_found": "model",
    "overloaded": "model",
    "timeout": "provider",
    "server": "provider",
    "region": "provider",
    "stream_cut": "provider",
    "decode": "provider",
}


def kind_of(
    status: int | None, words: Iterable[object], message: str | None, codes: Mapping[str, ErrorKind]
) -> ErrorKind:
    """What went wrong, in our words. `words`: the vendor's code and type; `codes`: its table."""
    by_status = STATUS.get(status) if status is not None else None
    if by_status is None and status is not None and status >= 400:
        by_status = "invalid_request" if status < 500 else "server"
    if by_status and status in STATUS and status not in _AMBIGUOUS:
        return by_status
    by_code = next((codes[str(w)] for w in words if w is not None and str(w) in codes), None)
    if by_code is not None and by_code not in _BROAD and status != 401:
        return by_code
    patterns = _PATTERNS if by_status or by_code else _PATTERNS + _HINTS
    text = (message or "")[:2000].lower()
    by_words = next((kind for pattern, kind in patterns if pattern in text), None)
    if status == 401:  # some say so of an account that is empty, too
        return "quota" if "quota" in (by_code, by_words) else "authentication"
    if by_words and (by_words == "context_length" or "server" not in (by_status, by_code)):
        return by_words  # servers fail with 500 over what is too long for them
    if by_code is not None and by_code not in _VAGUE:
        return by_code
    return by_status or by_code or "unknown"


def describe(
    *,
    status: int | None = None,
    message: str | None = None,
    code: str | int | None = None,
    type: str | None = None,
    param: str | None = None,
    retry_after: float | None = None,
    request_id: str | None = None,
    vendor: str | None = None,
    in_stream: bool = False,
    kind: ErrorKind | None = None,
    codes: Mapping[str, ErrorKind],
    extra: dict[str, Any],
) -> ErrorInfo:
    """An `ErrorInfo` of these facts, classified."""
    kind = kind or kind_of(status, (code, type), message, codes)
    return ErrorInfo(
        kind=kind,
        message=message,
        retryable=kind in _RETRYABLE,
        scope=_SCOPE.get(kind, "request"),
        status=status,
        code=code,
        type=type,
        param=param,
        retry_after=retry_after,
        request_id=request_id,
        in_stream=in_stream,
        vendor=vendor,
        extra=extra,
    )


def restate(info: ErrorInfo, codes: Mapping[str, ErrorKind], **facts: Any) -> ErrorInfo:
    """The same failure with some facts changed, classified anew."""
    known = {name: getattr(info, name) for name in _FACTS}
    return describe(codes=codes, **{**known, **facts})


_FACTS = (
    "status",
    "message",
    "code",
    "type",
    "param",
    "retry_after",
    "request_id",
    "vendor",
    "in_stream",
    "extra",
)


# Error bodies -----------------------------------------------------------------------------------------

_STATE = "base_resp"  # stands in good answers as well, with the code 0
_HOLDERS = ("error", "errors", "fault", "detail", _STATE)
_MESSAGE = ("message", "msg", "error_message", "error_msg", "status_msg", "description", "faultstring")
_MESSAGE_TOO = ("error", "detail", "title")
"""Where a message is that has no such name."""
_WAITS = ("retry_after", "retry_after_s", "retry_after_seconds", "resets_in_seconds", "estimated_time")
_CODE = ("code", "error_code", "status_code", "provider_code")
_TYPE = ("type", "error_type", "status", "tpe")
_STATUS = ("status", "status_code", "http_code", "http_status", "code")
_CLASS = "__type"  # in AWS's JSON protocols, also where the status is 200


def is_error(body: Any) -> bool:
    """Whether a body that holds no answer has one of the shapes in which failures are reported."""
    if isinstance(body, list):
        return len(body) == 1 and isinstance(body[0], dict) and is_error(body[0])
    if not isinstance(body, dict):
        return False
    keys = {snake(key): value for key, value in body.items()}
    return (
        _holder(keys) is not None
        or any(isinstance(said := keys.get(key), str) and said for key in (*_MESSAGE, _CLASS))
        or any(type(n := keys.get(key)) is int and 400 <= n < 600 for key in _STATUS)
    )


def _holder(body: dict[str, Any]) -> str | None:
    """The name under which a body holds its error: a usual one, or that of an object that names its class."""
    state = body.get(_STATE)
    good = isinstance(state, dict) and 0 in (state.get("status_code"), state.get("statusCode"))
    usual = next((key for key in _HOLDERS if body.get(key) and not (good and key == _STATE)), None)
    return usual or next((k for k, v in body.items() if isinstance(v, dict) and _CLASS in v), None)


def bare_class(name: str) -> str:
    """The class of a failure, without where it is defined, which AWS puts around it."""
    return name.rpartition("#")[2].partition(":")[0]


def read_error(body: Any, *, status: int | None, codes: Mapping[str, ErrorKind], **facts: Any) -> ErrorInfo:
    """The failure that an error body reports; whatever it does not read stays in `extra`.

    `body`: parsed JSON of any known shape: an object that holds its error under `error` (an object, a
    text, a list), a flat object, a list of one, or a bare text. `facts`: passed on to `describe`.
    """
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    outer: dict[str, Any] = dict(body) if isinstance(body, dict) else {}
    inner: dict[str, Any] = {}
    if not isinstance(body, dict):
        inner = {"message": body} if isinstance(body, str) else {"detail": body}
    holder = _holder(outer)
    if holder:
        held = outer.pop(holder)
        if isinstance(held, str) and not any(type(outer.get(name)) is str for name in ("message", "msg")):
            inner = {"message": held}
        elif isinstance(held, list) and held and isinstance(held[0], dict):
            inner = dict(held[0])
            if len(held) > 1:
                outer[holder] = held
        elif isinstance(held, dict):
            inner = dict(held)
        else:
            outer[holder] = held

    def take(names: Iterable[str], *kinds: type, low: float = -inf, high: float = inf) -> Any:
        for level in (inner, outer):
            sent = {snake(key): key for key in level}
            for name in names:
                value: Any = level[sent[name]] if name in sent else ""
                if value != "" and type(value) in kinds and (type(value) is str or low <= value < high):
                    return level.pop(sent[name])
        return None

    if outer.get("type") == "error":  # says only that this is an error, as does `object`
        del outer["type"]
    for level in (inner, outer):
        if level.get("object") == "error":
            del level["object"]
    message = take(_MESSAGE, str) or take(_MESSAGE_TOO, str)
    stated = [v for level in (inner, outer) for n in _STATUS if (v := level.get(n)) is not None]
    code, kind = take(_CODE, str, int), take(_TYPE, str)
    if kind is None and (sent := take((_CLASS,), str)):
        kind = bare_class(sent)
        if kind != sent:
            inner[_CLASS] = sent
    if status is None:
        status = next((int(v) for v in stated if re.fullmatch("[45][0-9][0-9]", str(v))), None)
    waited = take(_WAITS, int, float, low=0, high=BOUND)
    info = {
        "message": message,
        "code": code,
        "type": kind,
        "param": take(("param",), str),
        "request_id": take(("request_id",), str),
        "retry_after": None if waited is None else float(waited),
        **{name: value for name, value in facts.items() if value is not None},
    }
    for level in (inner, outer):  # the status itself is told by `status`, where it says the same
        for name in ("status", "status_code", "http_code", "http_status"):
            if level.get(name) == status and status is not None:
                del level[name]
    inner, outer = ({k: v for k, v in level.items() if v is not None} for level in (inner, outer))
    clash = inner.keys() & outer.keys()
    extra = {**outer, **inner} if not clash else {**inner, "body": outer}
    return describe(status=status, codes=codes, extra=extra, **info)


def text_error(
    text: JsonText, *, status: int | None, codes: Mapping[str, ErrorKind], vendor: str | None
) -> ErrorInfo:
    """The failure that a body reports which is no JSON. A short plain text is the message; HTML and
    long text are kept whole under `body`."""
    whole = text if isinstance(text, str) else bytes(text).decode("utf-8", "replace")
    shown = whole.strip()
    message = shown if 0 < len(shown) <= 2000 and not shown.startswith("<") else None
    extra = {"body": whole} if shown and message is None else {}
    return describe(status=status, message=message, vendor=vendor, codes=codes, extra=extra)


# Headers ----------------------------------------------------------------------------------------------

Headers = Mapping[str, str]


def header_map(headers: Any) -> dict[str, str]:
    """Headers with lower-case names, from a mapping, from pairs, or from ASGI byte pairs."""
    if not headers:
        return {}
    if hasattr(headers, "keys"):
        pairs: Iterable[Any] = ((key, headers[key]) for key in headers.keys())  # noqa: SIM118
    else:
        pairs = headers
    return {_text(name).lower(): _text(value) for name, value in pairs}


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def first(headers: Headers, names: Iterable[str]) -> str | None:
    """The first of these headers that is there and not empty."""
    return next((headers[name] for name in names if headers.get(name)), None)


def counts(headers: Headers, names: Mapping[str, str]) -> dict[str, int]:
    """The whole numbers in headers. `names`: what a number is → its header; or several with `+` between,
    the sum of those that are there."""
    found = {}
    for figure, cell in names.items():
        told = [int(text) for name in expression_paths(cell) if _DIGITS(text := headers.get(name, ""))]
        if told:
            found[figure] = sum(told)
    return found


_DIGITS = re.compile(r"[0-9]{1,18}").fullmatch

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def duration(text: str | None) -> float | None:
    """Seconds in `20ms`, `6m0s`, `34.4s` or a bare number; `None` if it is none of these."""
    if not text:
        return None
    if re.fullmatch(r"\d{1,16}(\.\d{1,9})?", text.strip()):
        return float(text)
    pieces = re.findall(r"(\d{1,12}(?:\.\d{1,9})?)(ms|s|m|h|d)", text.strip())
    if not pieces or "".join(number + unit for number, unit in pieces) != text.strip():
        return None
    return round(sum(float(number) * _UNITS[unit] for number, unit in pieces), 6)


# compiled when a failure is read: compiling costs the import more than it saves
_SPAN = (
    r"(\d{1,9}(?:\.\d{1,9})?) ?"
    r"(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])"
)
_WAITING = rf"\b(?:again|retry|wait|resets)(?: in| after| for)? ((?:{_SPAN}(?:,? (?:and )?)?)+)"


def worded_wait(message: str | None) -> float | None:
    """Seconds to wait, as the words of a message say: `try again in 9m38.016s`, `retry after 26 seconds`."""
    found = re.search(_WAITING, (message or "")[:2000].lower())
    if found is None:
        return None
    spans = re.findall(_SPAN, found[1])
    short = (
        (number, "ms" if unit.startswith("milli") or unit == "ms" else unit[0]) for number, unit in spans
    )
    return round(sum(float(number) * _UNITS[unit] for number, unit in short), 6)


def _wait(text: str | None, headers: Headers) -> float | None:
    """Seconds until a time given as a duration or, against the response's own `date`, as a date."""
    seconds = duration(text)
    if seconds is not None and seconds > 1e9:  # a Unix time, in seconds or milliseconds
        sent = _date(headers.get("date", ""))
        return None if sent is None else max(0.0, seconds / (1000 if seconds > 1e11 else 1) - sent)
    if seconds is not None or not text:
        return seconds
    then, now = _date(text), _date(headers.get("date", ""))
    return max(0.0, then - now) if then is not None and now is not None else None


def _date(text: str) -> float | None:
    from email.utils import parsedate_to_datetime  # takes as long to load as all of msgspec

    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return iso_time(text)


def iso_time(text: str) -> float | None:
    """Unix seconds of an RFC 3339 time; without a zone it is UTC. `None` if it is not one."""
    moment = _moment(text)
    if moment is None:  # a space for the T, a zone without its colon, finer than microseconds
        shape = r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,6})?\d*(?:([+-]\d\d):?(\d\d)|[Zz])?"
        match = re.fullmatch(shape, text.strip())
        if match is None:
            return None
        day, clock, fraction, hours, minutes = match.groups()
        moment = _moment(f"{day}T{clock}{fraction or ''}{f'{hours}:{minutes}' if hours else 'Z'}")
    return None if moment is None else moment.timestamp()


def _moment(text: str) -> datetime | None:
    try:
        moment = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)


def retry_after(headers: Headers) -> float | None:
    """Seconds to wait, as the headers say."""
    millis = duration(headers.get("retry-after-ms"))
    return millis / 1000 if millis is not None else _wait(headers.get("retry-after"), headers)


def rate_limits(headers: Headers, template: str | None) -> tuple[RateLimit, ...]:
    """The allowances among the headers.

    `template`: the header's name with `{field}` (limit, remaining, reset) and `{what}` in it.
    """
    if not template:
        return ()
    shape = re.escape(template).replace(r"\{field\}", "(?P<field>limit|remaining|reset)")
    shape = shape.replace(r"\-\{what\}", "(?:-(?P<what>[a-z-]+))?").replace(r"\{what\}", "(?P<what>[a-z-]+)")
    found: dict[str | None, dict[str, str]] = {}
    for name, value in headers.items():
        if match := re.fullmatch(shape, name):
            found.setdefault(match.groupdict().get("what"), {})[match["field"]] = value
    return tuple(
        RateLimit(
            what,
            _whole(fields.get("limit")),
            _whole(fields.get("remaining")),
            _wait(fields.get("reset"), headers),
        )
        for what, fields in found.items()
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"\d{1,18}", text.strip()) else None
