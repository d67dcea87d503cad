"""The public door."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from . import classify
from .canonical import ERROR_SCHEMA, RESPONSE_SCHEMA, ChatResponse, ErrorInfo
from .detect import detect, foreign
from .dialect import Dialect
from .encode import canonical_json
from .errors import (
    SEVERITY,
    DecodeError,
    EncodeError,
    MisuseError,
    NoticeKind,
    Severity,
    StrictError,
    VendorError,
    keys_shown,
    word,
)
from .inputs import NOT_JSON, JsonText, event_data, http_facts, json_text, not_json, parsed, place, utf8
from .readers import Several, _speakers, reader, speaker
from .tables import snake

HeadersLike = Mapping[Any, Any] | Iterable[tuple[Any, Any]]
Strict = bool | Severity | frozenset[NoticeKind]

_GRAVER: dict[Any, frozenset[Severity]] = {
    True: frozenset(("warning", "error")),
    "info": frozenset(("info", "warning", "error")),
    "warning": frozenset(("warning", "error")),
    "error": frozenset(("error",)),
}


def normalize(
    body: Any,
    vendor: str | None = None,
    *,
    status: int | None = None,
    headers: HeadersLike | None = None,
    model: str | None = None,
    strict: Strict = False,
    on_error: Literal["raise", "return"] = "raise",
    keep_raw: bool = False,
) -> ChatResponse:
    """The canonical value of a whole response body.

    `body`: bytes, text, parsed JSON, an SDK's object, or the response of an HTTP client, whose status and
    headers are then taken as well. `vendor`: who sent it, by a name of `vendors()`;
    or a grammar of `dialects()`, and then no vendor is claimed; or both, as `"vendor:family.grammar"`;
    `"canonical"` reads our own JSON. Without it the grammar is told from the body, see `detect`.
    `status`, `headers`, `model`: what only the caller knows; `model` and ids from headers are used where
    the body has none, and listed in `supplied`. `strict` refuses repairs: `True` those of severity
    warning and error, a severity that and graver ones, a frozenset those kinds of notices. `keep_raw` keeps
    the body in `raw`.

    Raises `VendorError` if the body reports a failure or `status` is 400 or more, unless `on_error` is
    `"return"`: then the response comes back with `error` set. Raises `DecodeError` for a body that is not
    JSON or not of the grammar, `StrictError`, `UnknownVendorError`, and `MisuseError` for a caller's slip.
    """
    if type(body) is not bytes:
        status, headers = http_facts(body, status, headers)
        body = json_text(body)
    dialect: Any
    try:
        dialect = _speakers[vendor]  # type: ignore[index]
    except (KeyError, TypeError):  # a first use, or no name at all
        name = vendor or _grammar(body)
        if name == "canonical" or name is None:
            response = _canonical(body) if name else _unknown(body, status)
            if keep_raw:
                response = response.replace(raw=utf8(body))
            return _settled(response, None, status, headers, model, strict, on_error)
        dialect = speaker(name)
    if status is None or status < 400:
        trouble = None
        try:
            if dialect.__class__ is not Several:
                response = dialect.read(body)
            else:
                dialect, response = dialect.read(body)
        except DecodeError as error:
            trouble = error
        if trouble is not None:
            raise _hinted(trouble, body)
        if response.error is None:
            if not (response.choices and response.choices[0].message.parts):
                _check_grammar(body, dialect)
            if headers is None and model is None and strict is False and not keep_raw:
                return response
    else:
        dialect = dialect.of(body) if isinstance(dialect, Several) else dialect
        headers = classify.header_map(headers)  # once: pairs may be an iterator
        response = _refused(body, dialect, status, headers)
    if keep_raw:
        response = response.replace(raw=utf8(body))
    return _settled(response, dialect, status, headers, model, strict, on_error)


def _hinted(error: DecodeError, text: JsonText) -> DecodeError:
    """The error, with what else the body looks like."""
    like = _grammar(text) if error.path == "$" and error.hint is None else None
    if like is None or like == error.dialect:
        return error.with_traceback(None)
    hint = f"the body looks like {like}"
    return DecodeError(expected=error.expected, got=error.got, dialect=error.dialect, path="$", hint=hint)


def _check_grammar(text: JsonText, dialect: Dialect) -> None:
    """Refuse a body that says nothing in this grammar, and plainly is of another."""
    if like := foreign(text, dialect.name):
        body, _ = parsed(text)
        keys = body if isinstance(body, dict) else ()
        raise dialect.nothing(keys, hint=f"the body looks like {like}")


def _grammar(text: JsonText) -> str | None:
    found = detect(text)
    return None if found is None else found.dialect


def _unknown(text: JsonText, status: int | None) -> ChatResponse:
    """What a body of no known grammar is: a failure in one of the common shapes, or refused."""
    body, trouble = parsed(text)
    if (status is not None and status >= 400) or (trouble is None and classify.is_error(body)):
        return ChatResponse(error=_common_error(text, status), end="failed")
    if trouble is not None:
        raise not_json(text, trouble, dialect=None)
    hint = "name the vendor or its grammar; chatnorm.vendors() and chatnorm.dialects() list them"
    got = keys_shown(body) if isinstance(body, dict) and body else "another value"
    raise DecodeError(path="$", expected="a body of a known grammar", got=got, hint=hint)


def _settled(
    response: ChatResponse,
    dialect: Dialect | None,
    status: int | None,
    headers: HeadersLike | None,
    model: str | None,
    strict: Strict,
    on_error: str,
) -> ChatResponse:
    """The response with what the caller knows, or the exception that it calls for."""
    supplied = list(response.supplied)
    sent = classify.header_map(headers)
    if model is not None and response.model is None:
        response = response.replace(model=model)
        supplied.append("model")
    if sent and dialect is not None:
        request_id = classify.first(sent, dialect.REQUEST_ID_HEADERS)
        limits = classify.rate_limits(sent, dialect.RATE_LIMIT_HEADERS)
        if (
            request_id
            and response.request_id is None
            and (response.error is None or response.error.request_id is None)
        ):
            response = response.replace(request_id=request_id)
            supplied.append("request_id")
        tier = classify.first(sent, dialect.SERVICE_TIER_HEADERS)
        if tier and response.service_tier is None:
            response = response.replace(service_tier=tier)
            supplied.append("service_tier")
        if limits and not response.rate_limits:
            response = response.replace(rate_limits=limits)
            supplied.append("rate_limits")
        counted = classify.counts(sent, dialect.USAGE_HEADERS)
        counted = {name: n for name, n in counted.items() if getattr(response.usage, name) is None}
        if counted and response.error is None:
            response = response.replace(usage=msgspec.structs.replace(response.usage, **counted))
            supplied += [f"usage.{name}" for name in counted]
    if response.error is not None:
        info = _informed(response.error, dialect, status, sent, response.request_id)
        for name in ("retry_after", "request_id", "retryable"):
            if getattr(info, name) != getattr(response.error, name) and sent:
                supplied.append(f"error.{name}")
        response = response.replace(error=info)
    if supplied:
        response = response.replace(supplied=tuple(supplied))
    if strict is not False:
        refused = [n for n in response.notices if barred(n.kind, strict)]
        if refused:
            raise StrictError(tuple(refused))
    if response.error is not None and on_error == "raise":
        info = response.error
        bare = ChatResponse(
            response.vendor,
            response.dialect,
            error=info,
            end=response.end,
            supplied=response.supplied,
            rate_limits=response.rate_limits,
            request_id=response.request_id,
            notices=response.notices,
        )
        raise VendorError(info, None if response == bare else response)
    return response


def barred(kind: NoticeKind, strict: Strict) -> bool:
    if isinstance(strict, frozenset):
        return kind in strict
    try:
        return SEVERITY[kind] in _GRAVER[strict]
    except KeyError:
        pass
    raise MisuseError(f"strict: expected a bool, a severity or a frozenset of kinds, got {word(strict)}")


def _informed(
    info: ErrorInfo,
    dialect: Dialect | None,
    status: int | None,
    headers: classify.Headers,
    request_id: str | None,
) -> ErrorInfo:
    """The failure with what status and headers add to it."""
    if status is not None and status < 400:
        status = None
    told = info.status if status is None else status
    wait = info.retry_after if info.retry_after is not None else classify.retry_after(headers)
    wait = classify.worded_wait(info.message) if wait is None else wait
    facts: dict[str, Any] = {"retry_after": wait, "request_id": info.request_id or request_id}
    if told != info.status:
        info = classify.restate(info, dialect.codes if dialect else classify.CODES, status=told)
    if headers.get("x-should-retry") in ("true", "false"):  # what SDKs obey before anything else
        facts["retryable"] = headers["x-should-retry"] == "true"
    return msgspec.structs.replace(info, **facts)


def _refused(text: JsonText, dialect: Dialect, status: int | None, headers: classify.Headers) -> ChatResponse:
    """The response to a request that failed, whatever the body is."""
    text = event_data(text) or text  # a stream was asked for
    body, trouble = parsed(text)
    if trouble is not None:
        info = classify.text_error(text, status=status, codes=dialect.codes, vendor=dialect.vendor)
        return dialect.failed(info)
    if isinstance(body, dict) and dialect.has_answer(body) and not body.get("error"):
        try:
            response = dialect.read(text)
        except DecodeError:
            return dialect.failed(dialect.error(body, status))
        return response.replace(error=response.error or dialect.error({}, status), end="failed")
    body, _ = dialect.unwrap(body)
    usage, body = dialect.used(body)
    named = classify.first(headers, dialect.ERROR_TYPE_HEADERS)
    if not named or not isinstance(body, dict) or not _NAMES_A_CLASS.isdisjoint(map(snake, body)):
        return dialect.failed(dialect.error(body, status), usage=usage)
    info = dialect.error({"type": classify.bare_class(named), **body}, status)
    return dialect.failed(info, usage=usage, supplied=("error.type",))


_NAMES_A_CLASS = frozenset(("type", "__type", "code", "error"))
"""Names in error bodies, one of which tells the class of the failure."""


def decode_error(
    body: Any,
    vendor: str | None = None,
    *,
    status: int | None = None,
    headers: HeadersLike | None = None,
) -> ErrorInfo:
    """The failure that an error body reports: any body, of a request known to have failed.

    Arguments as for `normalize`; where no grammar can be told, the common shapes are read. Never raises
    for what the body holds: text or nothing is kept as it is. Raises `UnknownVendorError`, `MisuseError`.
    """
    status, headers = http_facts(body, status, headers)
    text = json_text(body)
    told = status if status is not None and status >= 400 else None
    sent = classify.header_map(headers)
    name = vendor or _grammar(text)
    if name is not None and name != "canonical":
        dialect = speaker(name)
        dialect = dialect.of(text) if isinstance(dialect, Several) else dialect
        info = _refused(text, dialect, told, sent).error
        request_id = classify.first(sent, dialect.REQUEST_ID_HEADERS)
        return _informed(info or ErrorInfo(), dialect, told, sent, request_id)
    return _informed(_common_error(text, told), None, told, sent, None)


def _common_error(text: JsonText, status: int | None) -> ErrorInfo:
    """The failure in a body of no known grammar, by the shapes that many share."""
    status = None if status is not None and status < 400 else status
    text = event_data(text) or text
    body, trouble = parsed(text)
    if trouble is not None:
        return classify.text_error(text, status=status, codes=classify.CODES, vendor=None)
    return classify.read_error(body, status=status, codes=classify.CODES)


# Our own JSON -----------------------------------------------------------------------------------------

_response = msgspec.json.Decoder(ChatResponse)
_error = msgspec.json.Decoder(ErrorInfo)


class _Tagged(msgspec.Struct):
    schema: str | None = None


_tagged = msgspec.json.Decoder(_Tagged)


def _canonical(text: JsonText) -> ChatResponse:
    trouble: Exception | None = None
    try:
        schema = _tagged.decode(text).schema
        if schema == ERROR_SCHEMA:
            return ChatResponse(error=_error.decode(text), end="failed")
        if schema == RESPONSE_SCHEMA:
            return _response.decode(text)
    except NOT_JSON as error:
        trouble = error
    if trouble is None:
        got = word(schema) if schema else "nothing"
        raise DecodeError(dialect="canonical", path="$.schema", expected=word(RESPONSE_SCHEMA), got=got)
    if isinstance(trouble, msgspec.ValidationError):
        where = place(trouble)
        raise DecodeError(dialect="canonical", path=where, expected="our own JSON", got="something else")
    raise not_json(text, trouble, dialect="canonical")


def encode(response: ChatResponse, to: str) -> bytes:
    """`response` as the wire of `to`. `"canonical"` is our own JSON, which `normalize` reads back exactly.

    Raises `EncodeError` for a dialect that cannot be written.
    """
    if to != "canonical":
        raise EncodeError("this dialect can be read and not written", dialect=reader(to).name)
    return canonical_json(response)
