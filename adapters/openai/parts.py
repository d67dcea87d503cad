"""`openai.chat`: what a message holds, from the wire to parts; the same whole and streamed."""

from contextlib import suppress
from typing import Any

import msgspec

from chatnorm.canonical import (
    AudioPart,
    Citation,
    FilePart,
    ImagePart,
    OpaquePart,
    Part,
    ReasoningPart,
    RefusalPart,
    Source,
    Span,
    TextPart,
    TokenLogprob,
    VideoPart,
)
from chatnorm.dialect import Fields, Notices, note
from chatnorm.errors import seen, word
from chatnorm.tables import whole

from .wire import Annotation, Logprob, Logprobs, TopLogprob


def tokens(wires: list[TopLogprob] | None) -> tuple[TokenLogprob, ...] | None:
    """Logprob entries."""
    found = [token(w, [token(t) for t in w.top_logprobs or ()]) for w in wires or ()]
    return None if wires is None else tuple(found)


def token(w: Logprob, top: list[TokenLogprob] | None = None) -> TokenLogprob:
    """One entry, with the likeliest tokens at its place."""
    utf8 = None if w.bytes is None else tuple(w.bytes)
    return TokenLogprob(w.token, w.logprob, utf8, None, tuple(top or ()), w.extra())


def chances(wire: Logprobs, extra: dict[str, Any]) -> tuple[Any, Any]:
    """The logprobs of text and refusal. The older form, parallel lists, is read as well."""
    found, kept = tokens(wire.content), wire.extra()
    if wire.tokens is not None:
        lists = {name: list(getattr(wire, name) or [None] * len(wire.tokens)) for name in PARALLEL}
        tops = [list(top.items()) if isinstance(top, dict) else top for top in lists["top_logprobs"]]
        rows = zip(lists["tokens"], lists["token_logprobs"], lists["token_ids"], tops, strict=False)
        if found is None and len({len(column) for column in lists.values()}) == 1:
            with suppress(msgspec.ValidationError):  # other types than a token's stay in `extra`
                found = tuple([msgspec.convert(legacy(*row), TokenLogprob) for row in rows])
        read = PARALLEL if found is not None and wire.content is None else ()
        kept.update({name: sent for name in PARALLEL if name not in read and (sent := getattr(wire, name))})
    if kept:
        extra["logprobs"] = kept
    return found, tokens(wire.refusal)


PARALLEL = ("tokens", "token_logprobs", "token_ids", "top_logprobs")


def legacy(token: Any, value: Any, number: Any, top: Any) -> dict[str, Any]:
    """A row of parallel lists, as one entry."""
    if type(top) is list:
        top = [{"token": row[0], "logprob": row[1]} if type(row) is tuple else row for row in top]
    return {"token": token, "logprob": value, "token_id": number, "top": () if top is None else top}


def sources(sent: list[Any], notices: Notices) -> tuple[Source, ...]:
    """Answer-wide sources: addresses, or objects that hold one."""
    found = []
    for i, item in enumerate(sent):
        if isinstance(item, dict):
            f = Fields(item)
            url, title = f.text("url") or f.text("link"), f.text("title")
            found.append(Source(url=url, title=title, quoted=f.text("content"), extra=f.rest()))
        elif isinstance(item, str):
            found.append(Source(url=item))
        else:
            found.append(Source(extra={"citations": item}))
            note(notices, "unknown_value", f"$.citations[{i}]", f"expected a source, got {seen(item)}")
    return tuple(found)


def cite(annotations: list[Annotation], parts: list[Part], extra: dict[str, Any]) -> None:
    """Put a message's citations on its text; what cannot go there stays in `extra`."""
    place = next((i for i, part in enumerate(parts) if type(part) is TextPart), None)
    cited = []
    for wire in annotations:
        if place is None or wire.file is not None:  # a file's text, to be sent back, is no citation
            extra.setdefault("annotations", []).append(whole(wire))
        else:
            cited.append(citation(wire))
    if place is not None and cited:
        text: Any = parts[place]
        parts[place] = TextPart(text.text, (*text.citations, *cited), extra=text.extra)


def citation(wire: Annotation) -> Citation:
    """One annotation; the offsets count characters."""
    inner = wire.url_citation
    if inner is None:
        return Citation(kind=wire.type, extra=wire.extra())
    start, end = inner.start_index, inner.end_index
    span = None if start is None and end is None else Span(start, end)
    source = Source(None, inner.url, inner.title, inner.content, extra=inner.extra())
    return Citation(span, None, (source,), wire.type, wire.extra())


def quote(sent: Any) -> Citation:
    """A citation in Anthropic's form, as relays of Claude have it on a text; its span is in the document."""
    f = Fields(sent if isinstance(sent, dict) else {"citations": sent})
    kind, start, end = f.text("type"), f.whole("start_char_index"), f.whole("end_char_index")
    span = None if start is None and end is None else Span(start, end)
    title, said = f.text("title") or f.text("document_title"), f.text("cited_text")
    return Citation(None, None, (Source(None, f.text("url"), title, said, span, extra=f.rest()),), kind)


def audio(f: Fields) -> AudioPart:
    """A spoken answer."""
    said, data, id = (f.text(name) or None for name in ("transcript", "data", "id"))
    expires = f.whole("expires_at") or None
    return AudioPart(transcript=said, expires_at=expires, data=data, id=id, extra=f.rest())


def content_parts(items: list[Any], path: str, notices: Notices) -> list[Part]:
    """Content given as a list of parts."""
    parts: list[Part] = []
    for i, item in enumerate(items):
        usual = isinstance(item, dict) and len(item) == 2 and item.get("type") == "text"
        said = item.get("text") if usual else item
        part: Part | None = TextPart(said) if isinstance(said, str) else None
        if part is None and isinstance(item, dict):
            part = content_part(item, i)
        if part is None:
            kind = item.get("type") if isinstance(item, dict) else None
            note(notices, "opaque_part", f"{path}[{i}]", f"kept as opaque: type {word(kind)}")
            part = OpaquePart(kind if isinstance(kind, str) else None, item)
        parts.append(part)
    return parts


def thinking(f: Fields, kind: str) -> ReasoningPart:
    """Thoughts among the content: a text, or a list of texts."""
    held, extra = f.take(kind) or f.take("text"), {}
    items = held if isinstance(held, list) else [{"type": "text", "text": held}]
    texts = [i.get("text") if isinstance(i, dict) and i.get("type") == "text" else None for i in items]
    if any(not isinstance(text, str) for text in texts) and held is not None:
        extra[kind] = held
    said = "".join([text for text in texts if isinstance(text, str)])
    return ReasoningPart(said, signature=f.text("signature"), extra={**extra, **f.rest()})


MEDIA: dict[str, type[ImagePart | AudioPart | VideoPart | FilePart]] = {
    "image_url": ImagePart,
    "video_url": VideoPart,
    "input_video": VideoPart,
    "input_audio": AudioPart,
    "file": FilePart,
}


def content_part(item: dict[str, Any], position: int) -> Part | None:
    """One part of a content list; None if its kind is unknown."""
    f = Fields(item)
    kind = f.text("type")
    if kind in ("text", "output_text") and isinstance(f.peek("text"), str):
        cited = [quote(one) for one in f.take("citations", list) or ()]
        return TextPart(f.take("text", str), tuple(cited), extra=f.rest())
    if kind in ("thinking", "reasoning"):
        return thinking(f, kind)
    if kind == "refusal" and isinstance(f.peek("refusal"), str):
        return RefusalPart(f.take("refusal", str), extra=f.rest())
    if kind is None and f.peek("image_url") is not None:  # an SDK's image, its type dropped
        kind = "image_url"
    if (media := MEDIA.get(kind or "")) is None:
        return None
    held, index = f.take(kind or ""), f.whole("index")
    inner = Fields(held if isinstance(held, dict) else {"url": held})
    url, data = inner.text("url"), inner.text("data") or inner.text("file_data")
    file_id, form, name = inner.text("file_id"), inner.text("media_type"), inner.text("filename")
    extra = f.rest()
    if index is not None and index != position:
        extra["index"] = index
    if inner.rest():
        extra[kind or ""] = inner.rest()
    return media(data=data, url=url, file_id=file_id, media_type=form, name=name, extra=extra)
