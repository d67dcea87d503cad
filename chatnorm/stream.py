"""The door for streams: bytes in, events out, and the value that they add up to.

Trouble on the wire is an event, the last one; a caller's slip is an exception.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from . import classify
from .api import HeadersLike, Strict, barred
from .assemble import Assembler, events_of
from .canonical import ChatResponse, End, ErrorInfo, ErrorKind, Notice
from .detect import detect, foreign
from .dialect import Dialect
from .errors import (
    ChatnormError,
    DecodeError,
    FrameTooLargeError,
    MisuseError,
    StrictError,
    VendorError,
    word,
)
from .events import Ended, Event, Failed, Noticed, UsageReported
from .framing import FRAMINGS, MAX_FRAME, Frame, Framing, framing_of
from .inputs import NOT_JSON, json_text, not_json, parsed, utf8
from .pattern import TEXT, Pattern
from .readers import Several, reader, speaker
from .track import MAX_CHOICES, MAX_PARTS, Track

_UNTOLD = 16
"""Frames that may pass before one tells the grammar."""

_DONE = b"[DONE]"
"""How the frame begins with which most streams end, whatever their grammar."""

_MISSES = 10
"""Patterns in a row that may fit no other frame before no more are looked for."""


class StreamDecoder:
    """Reads one stream: `feed` takes what the network delivered, cut anywhere, and gives the events that it
    completes; `close` says that there is no more.

    `vendor`: as for `normalize`; without one the grammar is told from the first frame. `headers`: of the HTTP
    answer; its ids and allowances are used where the stream has none, and its content type helps to tell the
    framing. `model`: what was asked for, used where the stream names none. `strict`: as for `normalize`; what
    it refuses raises `StrictError`. `framing`: `sse`, `ndjson`, `json` (an array, or values one after
    another) or `eventstream`; without it the bytes tell. The rest are limits: bytes of a frame, parts,
    choices.

    The first event is `Started`, the last is `Ended` or `Failed`; what is fed after that gives no events. A
    decoder belongs to one thread.

    >>> decoder = StreamDecoder()
    >>> chunk = b'data: {"id":"c1","choices":[{"index":0,"delta":{"content":"Hi"}}]}\\n\\n'
    >>> [type(event).__name__ for event in decoder.feed(chunk)]
    ['Started', 'ChoiceUpdated', 'PartStarted', 'TextDelta']
    >>> decoder.close()[-1].error.kind
    'stream_cut'
    """

    def __init__(
        self,
        vendor: str | None = None,
        *,
        headers: HeadersLike | None = None,
        model: str | None = None,
        strict: Strict = False,
        framing: str | None = None,
        max_frame: int = MAX_FRAME,
        max_parts: int = MAX_PARTS,
        max_choices: int = MAX_CHOICES,
    ) -> None:
        if framing is not None and framing not in FRAMINGS:
            raise MisuseError(f"framing: expected one of {', '.join(FRAMINGS)}, got {word(framing)}")
        self._headers = classify.header_map(headers)
        self._model = model
        self._strict: Strict = strict
        self._limits = {"max_parts": max_parts, "max_choices": max_choices}
        self._max_frame = max_frame
        self._framing: Framing | None = FRAMINGS[framing](max_frame) if framing else None
        self._begun = b""  # while the framing is not told
        self._dialect: Dialect | None = None
        self._track: Track | None = None
        self._respelled = False
        self._unknown: set[tuple[str, str]] = set()  # fields that the wire does not list: level and name
        self._open = True  # whether the grammar is not told, or one value may be all there is
        self._held: list[Frame] = []  # while that is so
        self._frames = 0
        self._first = b""  # frame
        self._bytes = 0
        self._pattern: Pattern | None = None
        self._misses = 0  # patterns in a row that did not last
        self._last_data = b"{}"  # the frame that was read at last without one
        self._running = False  # whether bytes go straight to the framing
        self._ended = False
        self._closed = False
        self.trouble: DecodeError | None = None
        """What broke the stream, if bytes did not fit."""
        spoken = None if vendor is None else speaker(vendor)
        self._several = spoken if isinstance(spoken, Several) else None  # of which the first frame tells one
        if isinstance(spoken, Dialect):
            self._speak(spoken)

    def feed(self, data: Any) -> list[Event]:
        """The events that are complete with `data`: bytes or text as they came, or one frame that is parsed
        already (a mapping, an SDK's chunk).

        Raises `MisuseError` after `close`, for something else than a stream's data, and for lines that lost
        their ends; `StrictError`.
        """
        try:
            if data.__class__ is bytes and self._running:
                self._bytes += len(data)
                framing: Any = self._framing
                frames = framing.feed(data)
                if frames:
                    self._take(frames)
                if framing.trouble is not None:
                    raise framing.trouble
            else:
                self._begin(data)
        except DecodeError as error:
            self._break(error)
        except RecursionError:  # two values are compared that could just be decoded
            self._break(self._too_deep())
        track: Any = self._track
        if track is None:
            return []
        events: list[Event] = track.events
        track.events = []
        return events

    def close(self) -> list[Event]:
        """The last events. A stream that did not end as its grammar demands ends in `Failed`."""
        if self._closed or self._ended:
            self._closed = True
            return []
        self._closed = True
        try:
            self._conclude()
        except DecodeError as error:
            self._break(error)
        except RecursionError:
            self._break(self._too_deep())
        events, self._track.events = self._track.events, []  # type: ignore[union-attr]
        return events

    # Frames

    def _begin(self, data: Any) -> None:
        """Data that is not just more bytes of a stream that runs."""
        if self._closed:
            raise MisuseError("expected no more data after close")
        if self._ended:
            return
        if not isinstance(data, bytes | bytearray | memoryview | str):
            self._take([utf8(json_text(data))])
            return
        data = data if isinstance(data, bytes) else utf8(data)
        self._bytes += len(data)
        if self._framing is None:
            data = self._told(data)
        framing = self._framing
        if framing is not None:
            self._running = True
            self._take(framing.feed(data))
            if framing.trouble is not None:
                raise framing.trouble

    def _told(self, data: bytes) -> bytes:
        """Tell the framing from the bytes so far; what waited for it, with `data`."""
        data = self._begun + data
        name = framing_of(self._headers.get("content-type"), data)
        if name is None:
            self._begun = data
            return b""
        if name == "json" and self._dialect is not None and self._dialect.FRAMING == "ndjson":
            name = "ndjson"
        self._begun = b""
        self._framing = FRAMINGS[name](self._max_frame)
        return data

    def _speak(self, dialect: Dialect) -> None:
        if not hasattr(dialect, "Frame"):
            raise MisuseError(f"{dialect.name} has no streams")
        supplied: dict[str, Any] = {}
        if self._model is not None:
            supplied["model"] = self._model
        if self._headers:
            facts = {
                "request_id": classify.first(self._headers, dialect.REQUEST_ID_HEADERS),
                "rate_limits": classify.rate_limits(self._headers, dialect.RATE_LIMIT_HEADERS),
                "service_tier": classify.first(self._headers, dialect.SERVICE_TIER_HEADERS),
                "usage": classify.counts(self._headers, dialect.USAGE_HEADERS),
            }
            supplied.update({name: fact for name, fact in facts.items() if fact})
        self._dialect = dialect
        self._track = dialect.Track(dialect, supplied=supplied, **self._limits)
        self._reader = dialect.frame_reader()

    def _take(self, frames: list[Frame]) -> None:
        """Read frames."""
        if not self._first and frames:
            self._first = _data(frames[0])
        self._frames += len(frames)
        if self._open:
            frames = self._untold(frames)
        track: Any = self._track
        pattern, lasted = self._pattern, False
        for frame in frames:
            data: bytes = frame if frame.__class__ is bytes else frame[1]  # type: ignore[assignment]
            if pattern is not None and data.startswith(pattern.before):
                if pattern.rest and data.endswith(pattern.after):  # the usual case, without a call
                    try:
                        text = TEXT(data[pattern.start : len(data) - pattern.rest])
                    except NOT_JSON:
                        pass  # more than one text stands there
                    else:
                        lasted = True
                        if text:
                            track.events.append(pattern.event(pattern.choice, pattern.part, text))
                            if pattern.pieces is not None:
                                pattern.pieces.append(text)
                        continue
                elif pattern.read(data, track):
                    lasted = True
                    continue
            if lasted:
                self._misses, lasted = 0, False
            self._read(frame)
            if self._ended:
                return
            pattern = self._pattern
        if lasted:
            self._misses = 0

    def _untold(self, frames: list[Frame]) -> list[Frame]:
        """The frames to read now: none while the grammar, or whether it is a stream at all, is open."""
        self._held += frames
        if not self._held:
            return []
        if self._track is None:
            told = next((dialect for frame in self._held if (dialect := self._grammar(_data(frame)))), None)
            if told is None and len(self._held) <= _UNTOLD:
                return []
            self._speak(told or self._any())
        if len(self._held) == 1 and self._alone(_data(self._held[0])):
            return []  # this may be a whole body
        frames, self._held, self._open = self._held, [], False
        return frames

    def _alone(self, data: bytes) -> bool:
        """Whether the first frame may be all there is."""
        name, dialect = self._framing.name if self._framing is not None else "", self._dialect
        if name != "ndjson" or dialect is None:
            return name == "json"
        body, trouble = parsed(data)
        return trouble is None and dialect.is_whole(dialect.unwrap(body)[0])

    def _grammar(self, data: bytes) -> Dialect | None:
        """The grammar of a frame, if it tells."""
        if self._several is not None:
            return self._several.told(data)
        found = detect(data)
        return None if found is None else reader(found.dialect)

    def _any(self) -> Dialect:
        """The grammar where no frame told it."""
        if self._several is None:
            raise DecodeError(path="$", expected="frames of a known grammar", got="others")
        return self._several.dialects[0]

    def _read(self, frame: Frame) -> None:
        """Read a frame of any kind."""
        name, data = (None, frame) if isinstance(frame, bytes) else frame
        track: Any = self._track
        if data.lstrip().startswith(_DONE):
            self._end("terminated")
            return
        events: list[Event] = track.events
        before, track.silent = len(events), False
        if not self._is_plain(data):
            track.event = None if name is None else name.decode("utf-8", "replace")
            wire = self._wire(data)
            if isinstance(wire, ErrorInfo):
                track.fail(wire)
            elif wire is not None:
                trouble: Exception | None = None
                try:
                    track.frame(wire)
                except UnicodeError as error:  # in a value that is kept verbatim
                    trouble = error
                if trouble is not None:
                    raise not_json(data, trouble, dialect=self._name())
            if track.notices:
                self._tell()
            if track.failure is not None:
                self._fail(track.failure)
                return
            if track.done:
                self._end("terminated")
                return
        if self._pattern is not None:
            self._pattern, self._misses = None, self._misses + 1
        told = len(events) - before
        if (
            self._misses < _MISSES
            and not track.silent
            and (told == 1 or (told == 2 and events[-1].__class__ is UsageReported))
        ):
            self._pattern = Pattern.of(data, self._last_data, events[before], track, self._reader.varying)
        self._last_data = data

    def _is_plain(self, data: bytes) -> bool:
        """Whether a frame was the usual one, and is read."""
        plain = self._reader.plain
        if plain is None:
            return False
        try:
            wire = plain(data)
        except NOT_JSON:
            return False
        return self._track.plain(wire)  # type: ignore[union-attr]

    def _wire(self, data: bytes) -> Any:
        dialect: Any = self._dialect
        track: Any = self._track
        refusal = None
        try:
            wire = self._reader.full(data)
            if self._reader.new is not None:
                self._reader.new.settle(wire, "$", track.notices)
            return wire
        except msgspec.ValidationError as error:
            refusal = str(error)
        except NOT_JSON:
            pass
        if refusal is not None:
            other = dialect.frame_reader(not self._respelled)
            if refusal.partition("unknown field `")[2].partition("`")[0] in other.names:
                try:
                    wire = other.full(data)
                except NOT_JSON:
                    pass
                else:
                    self._reader, self._respelled = other, not self._respelled
                    return wire
        if track.event == "error" and parsed(data)[1] is not None:
            codes, vendor = dialect.codes, dialect.vendor
            return classify.text_error(data, status=None, codes=codes, vendor=vendor)
        wire, unknown = dialect.frame_value(data, track.event, track.notices)
        if unknown and not self._respelled:
            self._unknown |= unknown
            self._reader = dialect.learned_reader(frozenset(self._unknown)) or self._reader
        return wire

    # Ends

    def _conclude(self) -> None:
        """What the end of the input makes of what waits."""
        if self._framing is None and self._begun:
            self._framing = FRAMINGS["text"](self._max_frame)
            self._framing.feed(self._begun)
        rest = self._framing.close() if self._framing is not None else []
        if self._framing is not None and self._framing.name == "text":
            text = _data(rest[0])
            trouble = parsed(text)[1]
            if trouble is not None:
                raise not_json(text, trouble, dialect=self._name())
            raise DecodeError(dialect=self._name(), path="$", expected="a stream", got="a single value")
        broken = self._framing is not None and self._framing.broken
        if rest and parsed(_data(rest[-1]))[1] is not None:
            last = rest.pop()
            data = _data(last)
            if data.lstrip().startswith(_DONE):
                rest.append(last)
            else:
                broken = not _DONE.startswith(data.strip())
        if rest:
            self._take(rest)
        if self._ended:
            return
        self._open = False
        if self._held and self._whole():
            return
        if self._held:
            if self._track is None:
                self._speak(self._any())
            held, self._held = self._held, []
            self._frames -= len(held)
            self._take(held)
        track = self._track
        if self._ended:
            return
        if self._reported():
            return
        if track is not None and not broken and track.complete:
            self._end("finished")
            return
        self._check_grammar()
        frames = "frame" if self._frames == 1 else "frames"
        told = f"the stream ended after {self._frames} {frames} ({self._bytes} bytes) without its end"
        self._fail(self._described("stream_cut", told))

    def _described(self, kind: ErrorKind, message: str, type: str | None = None) -> ErrorInfo:
        dialect = self._likely()
        vendor = None if dialect is None else dialect.vendor
        return classify.describe(kind=kind, message=message, type=type, vendor=vendor, codes={}, extra={})

    def _whole(self) -> bool:
        """Read the one value that came as a whole body, if it is one."""
        data, dialect = _data(self._held[0]), self._dialect
        body, trouble = parsed(data)
        if trouble is not None or len(self._held) > 1:
            return False
        if dialect is None:
            if classify.is_error(body):
                likely = self._likely()
                if likely is None:
                    self._fail(classify.read_error(body, status=None, codes=classify.CODES))
                else:
                    self._fail(likely.error(likely.unwrap(body)[0]))
            return self._ended
        if not dialect.is_whole(dialect.unwrap(body)[0]):
            return False
        track: Any = self._track
        track.events += events_of(dialect.read(data))
        track.started = self._ended = True
        return True

    def _check_grammar(self) -> None:
        """Refuse a stream that told of no choice, if its first frame is plainly of another grammar."""
        if self._track is None or self._track.finishes or not self._first:
            return
        name = self._name()
        if like := foreign(self._first, name or ""):
            got = f"some that look like {like}"
            raise DecodeError(dialect=name, path="$", expected="frames of this grammar", got=got)

    def _end(self, end: End) -> None:
        if self._reported():
            return
        self._check_grammar()
        track: Any = self._track
        track.conclude()
        self._check(track)
        self._last(Ended(end))

    def _reported(self) -> bool:
        """Tell the failure after which one more frame was awaited, if there is one; whether there is."""
        track = self._track
        if track is None or track.reported is None:
            return False
        track.fail(track.reported)
        self._fail(track.failure or track.reported)
        return True

    def _fail(self, error: ErrorInfo) -> None:
        wait = error.retry_after
        wait = classify.worded_wait(error.message) if wait is None else wait  # no header comes any more
        self._last(Failed(msgspec.structs.replace(error, in_stream=True, retry_after=wait)))

    def _break(self, error: DecodeError) -> None:
        """The stream does not fit."""
        if self._reported():
            return
        self.trouble = error.with_traceback(None)
        told = str(error).partition("\n")[0]
        self._fail(self._described("decode", told, type(error).__name__))

    def _too_deep(self) -> DecodeError:
        return DecodeError(dialect=self._name(), expected="JSON", got="JSON nested too deep")

    def _last(self, event: Event) -> None:
        if self._track is None:
            likely = self._likely()
            self._track = Track(_Nobody() if likely is None else likely, supplied={})
        if not self._track.started:
            self._track.head()
        self._track.events.append(event)
        self._ended = True
        self._running = False

    def _tell(self) -> None:
        track: Any = self._track
        track.tell()
        self._check(track)

    def _check(self, track: Track) -> None:
        """Refuse what `strict` refuses."""
        if self._strict is False:
            return
        told: list[Notice] = [event.notice for event in track.events if isinstance(event, Noticed)]
        refused = [notice for notice in told if barred(notice.kind, self._strict)]
        if refused:
            self._ended, self._running = True, False
            track.events = []
            raise StrictError(tuple(refused))

    def _likely(self) -> Dialect | None:
        """The grammar, or the first of those that it may be."""
        return self._dialect if self._several is None else self._dialect or self._several.dialects[0]

    def _name(self) -> str | None:
        dialect = self._likely()
        return None if dialect is None else dialect.name


def _data(frame: Frame) -> bytes:
    return frame if isinstance(frame, bytes) else frame[1]


class _Nobody(Struct):
    """In the place of a dialect, where none was told."""

    vendor: str | None = None
    name: str | None = None


Source = Any
"""Bytes or text of a whole stream, or an iterable of pieces: bytes, text, parsed frames, SDK chunks."""


def decode_stream(
    source: Source,
    vendor: str | None = None,
    *,
    headers: HeadersLike | None = None,
    model: str | None = None,
    strict: Strict = False,
    framing: str | None = None,
) -> Iterator[Event]:
    """The events of a stream, as they come.

    `source`: the whole stream as bytes or text, or an iterable of pieces as they came (bytes or text, cut
    anywhere), of parsed frames or of an SDK's chunks. The rest is as for `StreamDecoder`. What iterating
    over `source` raises is raised again after the last event, which is then a `Failed`.
    """
    decoder = StreamDecoder(vendor, headers=headers, model=model, strict=strict, framing=framing)
    return _decoded(decoder, source)


def _decoded(decoder: StreamDecoder, source: Source) -> Iterator[Event]:
    try:
        for piece in _pieces(source):
            yield from decoder.feed(piece)
    except ChatnormError:
        raise
    except Exception as error:
        reported = _reported(error)
        if reported is None:
            yield from decoder.close()
            raise
        yield from decoder.feed(reported)
    yield from decoder.close()


async def adecode_stream(
    source: Source,
    vendor: str | None = None,
    *,
    headers: HeadersLike | None = None,
    model: str | None = None,
    strict: Strict = False,
    framing: str | None = None,
) -> AsyncIterator[Event]:
    """As `decode_stream`, of an asynchronous iterable (or of what `decode_stream` takes)."""
    decoder = StreamDecoder(vendor, headers=headers, model=model, strict=strict, framing=framing)
    async for event in _adecoded(decoder, source):
        yield event


async def _adecoded(decoder: StreamDecoder, source: Source) -> AsyncIterator[Event]:
    last: list[Event] = []
    try:
        async for piece in _apieces(source):
            for event in decoder.feed(piece):
                yield event
    except ChatnormError:
        raise
    except Exception as error:
        reported = _reported(error)
        if reported is None:
            for event in decoder.close():
                yield event
            raise
        last = decoder.feed(reported)
    for event in (*last, *decoder.close()):
        yield event


def _reported(error: Exception) -> dict[str, Any] | None:
    """The failure that an SDK raised instead of yielding it, as a frame; None if it is no such exception."""
    response, body = getattr(error, "response", None), getattr(error, "body", None)
    held = response.get("Error") if isinstance(response, dict) else None
    if isinstance(held, dict) and held:
        return {"error": {"code": held.get("Code"), "message": held.get("Message")}}
    if isinstance(body, dict) and body:
        return body if body.get("error") else {"error": body}
    return None


def _pieces(source: Source) -> Iterable[Any]:
    if isinstance(source, bytes | bytearray | memoryview | str | Mapping):
        return (source,)
    if isinstance(source, Iterable):
        return source
    lines = {"iter_bytes": "response.iter_bytes()", "iter_content": "response.iter_content(None)"}
    hint = next((line for name, line in lines.items() if hasattr(source, name)), None)
    if isinstance(source, AsyncIterable):
        hint = "adecode_stream or anormalize_stream take it"
    raise MisuseError(f"expected pieces of a stream, got {type(source).__name__}", hint=hint)


async def _apieces(source: Source) -> AsyncIterator[Any]:
    if isinstance(source, AsyncIterable):
        async for piece in source:
            yield piece
    elif hasattr(source, "aiter_bytes") and not isinstance(source, Iterable):
        raise MisuseError(
            f"expected pieces of a stream, got {type(source).__name__}", hint="pass response.aiter_bytes()"
        )
    else:
        for piece in _pieces(source):
            yield piece


def normalize_stream(
    source: Source,
    vendor: str | None = None,
    *,
    headers: HeadersLike | None = None,
    model: str | None = None,
    strict: Strict = False,
    framing: str | None = None,
    on_error: Literal["raise", "return"] = "raise",
) -> ChatResponse:
    """The canonical value of a whole stream. Arguments as for `decode_stream`.

    A stream that was cut gives what was received, with `end="cut"` and the outcome `interrupted`. Raises
    `VendorError` if the stream reports a failure and `DecodeError` if it does not fit; with
    `on_error="return"` neither: the response has `error` set.
    """
    decoder = StreamDecoder(vendor, headers=headers, model=model, strict=strict, framing=framing)
    assembler = Assembler()
    for event in _decoded(decoder, source):
        assembler.add(event)
    return _assembled(decoder, assembler, on_error)


async def anormalize_stream(
    source: Source,
    vendor: str | None = None,
    *,
    headers: HeadersLike | None = None,
    model: str | None = None,
    strict: Strict = False,
    framing: str | None = None,
    on_error: Literal["raise", "return"] = "raise",
) -> ChatResponse:
    """As `normalize_stream`, of an asynchronous iterable."""
    decoder = StreamDecoder(vendor, headers=headers, model=model, strict=strict, framing=framing)
    assembler = Assembler()
    async for event in _adecoded(decoder, source):
        assembler.add(event)
    return _assembled(decoder, assembler, on_error)


def _assembled(decoder: StreamDecoder, assembler: Assembler, on_error: str) -> ChatResponse:
    response = assembler.response()
    if on_error == "raise" and decoder.trouble is not None:
        raise decoder.trouble
    if on_error == "raise" and response.error is not None:
        raise VendorError(response.error, response)
    return response


__all__ = [
    "FrameTooLargeError",
    "StreamDecoder",
    "adecode_stream",
    "anormalize_stream",
    "decode_stream",
    "normalize_stream",
]
