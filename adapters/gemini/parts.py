"""`gemini.generate`: what a candidate holds, from the wire to parts; the same whole and streamed."""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import (
    AudioPart,
    Citation,
    FilePart,
    ImagePart,
    Part,
    Source,
    Span,
    TextPart,
    TokenLogprob,
    VideoPart,
)
from chatnorm.dialect import Fields
from chatnorm.tables import camel

from .wire import Blob, ChosenToken, Logprobs, TopTokens

MEDIA: dict[str, type[ImagePart | AudioPart | VideoPart]] = {
    "image": ImagePart,
    "audio": AudioPart,
    "video": VideoPart,
}


def media(wire: Blob, signature: str | None, extra: dict[str, Any]) -> Part:
    """A picture, sound, film or other file, by its media type."""
    kind = MEDIA.get((wire.mime_type or "").partition("/")[0], FilePart)
    return kind(
        data=wire.data,
        url=wire.file_uri,
        media_type=wire.mime_type,
        name=wire.display_name,
        signature=signature,
        extra={**extra, **wire.extra()},
    )


def logprobs(wire: Logprobs, extra: dict[str, Any]) -> tuple[TokenLogprob, ...] | None:
    """The chosen tokens, each with the likeliest ones at its place."""
    tops = wire.top_candidates or []
    chosen = wire.chosen_candidates
    if rest := wire.extra():
        extra["logprobsResult"] = rest
    if chosen is None and not tops:
        return None
    found = []
    for i in range(max(len(chosen or ()), len(tops))):
        top = tops[i] if i < len(tops) else NO_TOKENS
        likeliest = tuple([chance(t) for t in top.candidates or ()])
        token = chance(chosen[i] if chosen and i < len(chosen) else ChosenToken(), likeliest)
        token.extra.update(top.extra())
        found.append(token)
    return tuple(found)


NO_TOKENS = TopTokens()


def chance(wire: ChosenToken, top: tuple[TokenLogprob, ...] = ()) -> TokenLogprob:
    """One token, with the likeliest ones at its place."""
    return TokenLogprob(wire.token, wire.log_probability, None, wire.token_id, top, wire.extra())


def ground(
    sent: dict[str, Any], parts: list[Part], places: list[int], sources: list[Source], extra: dict[str, Any]
) -> None:
    """Grounding: its chunks become sources of the answer, its supports citations of the parts they name.

    `places`: where each wire part stands among `parts`. A support that names no text stays in `extra`.
    """
    f = Fields(sent)
    chunks = [chunk(item) for item in f.take("groundingChunks", list) or ()]
    sources += chunks
    text_place = next((i for i, part in enumerate(parts) if type(part) is TextPart), len(parts))
    left = []
    found: dict[int, list[Citation]] = {}
    for item in f.take("groundingSupports", list) or ():
        (start, end, text, wired), indices, scores, kept = stretch(item)
        # `wired` is left out for 0, and where the text is not the first part
        place = text_place if not wired else (places[wired] if 0 < wired < len(places) else len(parts))
        part = parts[place] if place < len(parts) else None
        known = all(type(i) is int and 0 <= i < len(chunks) for i in indices)
        if type(part) is not TextPart or not known or len(scores) > len(indices):
            left.append(item)
            continue
        rested = [chunks[i] for i in indices]
        for n, score in enumerate(scores):
            rested[n] = replace(rested[n], score=score)
        span = None if start is None and end is None else Span(start, end, "byte")
        citation = Citation(span, text, tuple(rested), "groundingSupport", kept)
        found.setdefault(place, []).append(citation)
    for place, cited in found.items():
        told: Any = parts[place]
        parts[place] = replace(told, citations=(*told.citations, *cited))
    rest = {**f.rest(), "groundingSupports": left} if left else f.rest()
    if rest:
        extra["groundingMetadata"] = rest


SUPPORT = {"segment", "groundingChunkIndices", "confidenceScores"}
SEGMENT = {"startIndex": int, "endIndex": int, "text": str, "partIndex": int}
"""What a support usually has, and its segment."""


def stretch(item: Any) -> Any:
    """What a support is about: start, end, text, part; the numbers of its chunks, their scores; the rest."""
    told = item.get("segment") if isinstance(item, dict) else None
    if isinstance(told, dict) and SUPPORT.issuperset(item) and SEGMENT.keys() >= told.keys():
        about = [told.get(name) for name in SEGMENT]
        lists = [item.get("groundingChunkIndices") or [], item.get("confidenceScores") or []]
        if [*map(type, lists)] == [list, list] and all(type(told[name]) is SEGMENT[name] for name in told):
            return about, *lists, {}
    support = Fields(item) if isinstance(item, dict) else Fields({})
    segment = Fields(support.object("segment"))
    about = [segment.whole(n) if kind is int else segment.text(n) for n, kind in SEGMENT.items()]
    lists = [support.take(name, list) or [] for name in ("groundingChunkIndices", "confidenceScores")]
    return about, *lists, {**support.rest(), **segment.rest()}


PAGE = {"uri", "title"}
"""What is usually told of a page."""


def chunk(item: Any) -> Source:
    """One of `groundingChunks`: an object with one member, which says what it is."""
    page: Any = item.get("web") if isinstance(item, dict) and len(item) == 1 else None
    if isinstance(page, dict) and page.keys() == PAGE:
        url, title = page["uri"], page["title"]
        if isinstance(url, str) and isinstance(title, str):
            return Source(None, url, title, kind="web")
    if isinstance(item, dict):
        item = {camel(name): value for name, value in item.items() if value is not None}
    if not isinstance(item, dict) or len(item) != 1 or not isinstance(next(iter(item.values())), dict):
        return Source(extra=item if isinstance(item, dict) else {"groundingChunks": item})
    ((kind, held),) = item.items()
    f = Fields(held)
    url, title, text, place = (
        f.text("uri") or f.text("sourceUri"),
        f.text("title"),
        f.text("text"),
        f.text("placeId"),
    )
    page = f.peek("pageNumber")
    span = Span(page, page, "page") if type(page) is int else None
    if span is None and isinstance(rag := f.peek("ragChunk"), dict):
        pages = Fields(Fields(rag).object("pageSpan"))
        if (first := pages.whole("firstPage")) is not None:
            span = Span(first, pages.whole("lastPage"), "page")
    return Source(place, url, title, text, span, kind=kind, extra=f.rest())


NOTHING = Source()


def cite(sent: dict[str, Any], parts: list[Part], extra: dict[str, Any]) -> None:
    """`citationMetadata`: sources that the text repeats. Offsets count bytes."""
    f = Fields(sent)
    place = next((i for i, part in enumerate(parts) if type(part) is TextPart), None)
    found = []
    for name in ("citations", "citationSources"):
        for item in (f.take(name, list) or ()) if place is not None else ():
            held = Fields(item) if isinstance(item, dict) else Fields({name: item})
            start, end = held.whole("startIndex"), held.whole("endIndex")
            span = None if start is None and end is None else Span(start, end, "byte")
            source = Source(url=held.text("uri"), title=held.text("title"), extra=held.rest())
            found.append(Citation(span, sources=(source,) if source != NOTHING else (), kind=name))
    if place is not None and found:
        part: Any = parts[place]
        parts[place] = replace(part, citations=(*part.citations, *found))
    if f.rest():
        extra["citationMetadata"] = f.rest()
