"""Bytes → frames: server-sent events, JSON lines, a JSON array in pieces, AWS event streams.

A framing takes bytes as they come, cut anywhere, and gives the frames that are complete; each is JSON text
(or a word such as `[DONE]`), under the name of its event if it has one. It knows no dialect and parses
nothing. Input that is not complete waits in a list of pieces, so that the cost is linear for any cut. A frame
larger than the limit, or bytes that break the framing, are its `trouble`.
"""

import re
import struct
from binascii import crc32

import msgspec

from .errors import DecodeError, FrameTooLargeError, MisuseError

MAX_FRAME = 64 * 1024 * 1024
"""Bytes of one frame."""


Frame = bytes | tuple[bytes, bytes]
"""A frame's JSON text; or the name of its event, and that text."""


class Framing:
    """What all framings share: input that waits for more."""

    name: str

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self.trouble: DecodeError | None = None
        """Why nothing can be read from here on; what was complete before is still given."""
        self.broken = False
        """Whether the input ended in the middle of a line that is no frame by itself. Known after `close`."""

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete with these bytes."""
        raise NotImplementedError

    def close(self) -> list[Frame]:
        """The frames that the end of the input completes, whole or broken."""
        raise NotImplementedError

    def _wait(self, data: bytes) -> None:
        """Keep input for later."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size > self._limit:
            self._refuse(self._size)

    def _refuse(self, size: int) -> None:
        expected = f"frames of at most {self._limit} bytes"
        self.trouble = FrameTooLargeError(expected=expected, got=f"{size} or more")

    def _waiting(self) -> bytes:
        """What waited, taken out."""
        found = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces, self._size = [], 0
        return found


_DATA_ONLY = re.compile(rb"data: (.+)\n\n").findall
_NAMED_ONLY = re.compile(rb"event: (.+)\ndata: (.+)\n\n").findall
_CR = 13
_SMALL = 1200
"""Bytes of a feed that may be one event."""
_USUAL = (b"data: ", b"event: ")

_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b"error:")
"""Fields of events; the last is not of the standard, and holds a failure."""


class Sse(Framing):
    """Server-sent events, by the rules of the WHATWG: lines end in LF, CRLF or CR; `data` lines of one event
    are joined by a line feed; comments, ids and retry times say nothing here.

    Where the blank lines between events were lost, a second name, or data that cannot go on with the JSON
    before it, begins a new event."""

    name = "sse"

    def __init__(self, limit: int = MAX_FRAME) -> None:
        super().__init__(limit)
        self._begun = False  # whether the byte order mark is behind
        self._clean = False  # whether the next line begins an event
        self._cr = False  # whether the last feed ended in a CR, whose LF may follow
        self._data: list[bytes] = []
        self._held = 0  # bytes of the event so far
        self._event = b""
        self._stray: list[bytes] = []  # lines of JSON that stands between events

    def feed(self, data: bytes) -> list[Frame]:
        if not self._begun and data.startswith(_USUAL):
            self._begun = self._clean = True
        if self._clean and _CR not in data and len(self._pieces) < 2:
            if len(data) < _SMALL and not self._pieces:  # one event of the usual two shapes, and nothing else
                lines = data.split(b"\n")
                if len(lines) == 3:
                    line, blank, rest = lines
                    if not blank and not rest and line.startswith(b"data: ") and len(line) > 6:
                        return [line[6:]]
                elif len(lines) == 4:
                    first, line, blank, rest = lines
                    named = first.startswith(b"event: ") and line.startswith(b"data: ") and len(line) > 6
                    if not blank and not rest and named:
                        return [(first[7:], line[6:])]
            frames = self._plain(data)
            if frames:
                return frames
        if len(self._pieces) == 1 and data.startswith(_FIELDS) and self._pieces[0][-1:] not in b"\n ":
            self._check_line_ends()
        if self._cr and data:
            data, self._cr = b"\r" + data, False
        if _CR in data:
            if data.endswith(b"\r"):
                data, self._cr, self._clean = data[:-1], True, False
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        # up to the last blank line, so that what is read are whole events; without one, up to the last line
        end = data.rfind(b"\n\n") + 2
        if end < 2:
            end = data.rfind(b"\n") + 1
        if not end:
            if data:
                self._wait(data)
            return []
        if self._pieces:
            self._pieces.append(data[:end])
            region = self._waiting()
        else:
            region = data[:end]
        if end < len(data):
            self._wait(data[end:])
        return self._read(region)

    def close(self) -> list[Frame]:
        found = self.feed(b"\n") if self._cr else []  # that CR ended a line
        rest = self._waiting()
        line = rest[rest.rfind(b"\n") + 1 :].lstrip()
        self.broken = bool(line) and not line.startswith((b":", b"data:", b"{", b"["))
        found += self._read(rest + b"\n\n")
        return found

    def _check_line_ends(self) -> None:
        """A field begins where a whole one waits for its line to end: somebody took the line ends away."""
        field, _, value = self._pieces[0].partition(b":")
        if field == b"data" and value.strip() != b"[DONE]":
            try:
                msgspec.json.decode(value)
            except (msgspec.DecodeError, UnicodeError, RecursionError):
                return
        elif field not in (b"event", b"data"):
            return
        raise MisuseError(
            "expected bytes as they came, got lines without their line ends",
            hint="feed the bytes (iter_bytes, iter_raw), or add a line feed to each line",
        )

    def _plain(self, data: bytes) -> list[Frame]:
        """The events that are complete with these bytes, if all have one of the two usual shapes; without a
        look at each line."""
        pieces = self._pieces
        if pieces:
            if data.startswith(_FIELDS):
                return []
            data = pieces[0] + data
        end, region = len(data), data
        if not data.endswith(b"\n\n"):
            end = data.rfind(b"\n\n") + 2
            region = data[:end]
        if end < 2 or end > self._limit:
            return []
        if region.startswith(b"data: "):
            texts = _DATA_ONLY(region)
            found: list[Frame] = texts
            size = 8 * len(texts)
            for text in texts:
                size += len(text)
        else:
            pairs = found = _NAMED_ONLY(region)
            size = 16 * len(pairs)
            for name, text in pairs:
                size += len(name) + len(text)
        if size != end:
            return []
        self._pieces, self._size = [data[end:]] if end < len(data) else [], len(data) - end
        return found

    def _read(self, region: bytes) -> list[Frame]:
        """The events in whole lines."""
        if not self._begun:
            self._begun = self._clean = True
            region = region.removeprefix(_MARK)
        return self._read_lines(region)

    def _read_lines(self, region: bytes) -> list[Frame]:
        found: list[Frame] = []
        lines = region.split(b"\n")
        lines.pop()  # what follows the last line feed: nothing
        for line in lines:
            if not line:
                self._dispatch(found)
                continue
            field, _, value = line.partition(b":")
            if field == b"data" or field == b" data":  # the second has been seen on the wire
                value = value[1:] if value.startswith(b" ") else value
                if self._stray or (self._data and self._ends(value)):
                    self._dispatch(found)
                if value or self._data or self._event:  # the text of a named event may begin with a line feed
                    self._hold(self._data, value)
            elif field == b"event":
                if self._data and self._event:
                    self._dispatch(found)
                name, beside, data = value.partition(b" data: {")
                self._event = name.strip()
                if beside:  # the line end between the two was lost
                    self._hold(self._data, b"{" + data)
            elif field == b"error" and value.lstrip().startswith(b"{"):  # a field of some server's own
                self._event = field
                self._hold(self._data, value.strip())
            elif self._stray or line.lstrip()[:1] in (b"{", b"["):
                self._hold(self._stray, line)  # an error that does not keep to the framing
        self._clean = not (self._data or self._event or self._stray or self._cr)
        return found

    def _ends(self, value: bytes) -> bool:
        """Whether the data so far is an event of its own: no JSON has an object or array right after one."""
        return value.lstrip()[:1] in (b"{", b"[") and self._data[-1].rstrip()[-1:] == b"}"

    def _dispatch(self, found: list[Frame]) -> None:
        """The event, and JSON beside it, that end here."""
        if self._data:
            data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
            name = self._event
            if data:
                found.append((name, data) if name and name != b"message" else data)
        if self._stray:
            found.append(b"\n".join(self._stray))
        self._data, self._stray, self._held, self._event = [], [], 0, b""

    def _hold(self, lines: list[bytes], line: bytes) -> None:
        lines.append(line)
        self._held += len(line)
        if self._held > self._limit:
            self._refuse(self._held)


class Lines(Framing):
    """JSON values, one a line."""

    name = "ndjson"

    def feed(self, data: bytes) -> list[Frame]:
        end = data.rfind(b"\n") + 1
        if not end:
            if data:
                self._wait(data)
            return []
        self._pieces.append(data[:end])
        region = self._waiting()
        if end < len(data):
            self._wait(data[end:])
        return [line for line in region.split(b"\n") if line.strip()]

    def close(self) -> list[Frame]:
        rest = self._waiting()
        return [rest] if rest.strip() else []


_TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*("|\\?\Z)|[{}\[\]]', re.S)
_REST_OF_TEXT = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*("|\\?\Z)', re.S)


class Values(Framing):
    """JSON values one after another, or the items of one array: `[{…},\n{…}]`, in any layout."""

    name = "json"

    def __init__(self, limit: int = MAX_FRAME) -> None:
        super().__init__(limit)
        self._depth = 0  # of objects and arrays, the outer array left out
        self._text = False  # inside a string
        self._escape = False  # after a backslash in it
        self._array = False

    def feed(self, data: bytes) -> list[Frame]:
        found: list[Frame] = []
        start = 0 if self._depth else None
        at = 0
        if self._text and data:
            begun = _REST_OF_TEXT.match(data, 1 if self._escape else 0)
            at = len(data) if begun is None else begun.end()
            self._escape = begun is not None and begun[1] == b"\\"
            self._text = begun is None or begun[1] != b'"'
        for match in _TOKENS.finditer(data, at):
            token = match[0]
            if token in (b"{", b"["):
                if not self._depth:
                    if token == b"[" and not self._array:
                        self._array = True
                        continue
                    start = match.start()
                self._depth += 1
            elif token in (b"}", b"]"):
                if self._depth:
                    self._depth -= 1
                    if not self._depth and start is not None:
                        self._pieces.append(data[start : match.end()])
                        found.append(self._waiting())
                        start = None
            else:
                self._text = match[1] != b'"'
                self._escape = match[1] == b"\\"
        if start is not None:
            self._wait(data[start:])
        return found

    def close(self) -> list[Frame]:
        rest = self._waiting()
        return [rest] if rest else []


class EventStream(Framing):
    """AWS event streams: binary messages, each with the checksums of its prelude and of itself. A message
    becomes the JSON `{"<event type>": payload}`, as the SDK gives it; an exception likewise, and an error
    `{"error": {"code", "message"}}`."""

    name = "eventstream"

    def __init__(self, limit: int = MAX_FRAME) -> None:
        super().__init__(limit)
        self._wanted = 12  # bytes without which there is nothing to do
        self._offset = 0  # of what waits, in the whole input

    def feed(self, data: bytes) -> list[Frame]:
        self._wait(data)
        if self._size < self._wanted:
            return []
        whole = self._waiting()
        found: list[Frame] = []
        at = 0
        self._wanted = 12
        while len(whole) - at >= 12:
            size, headers_size, checksum = struct.unpack_from(">III", whole, at)
            if crc32(whole[at : at + 8]) != checksum:
                return self._broken(found, "a prelude that fits its checksum", "another", at)
            if size > self._limit:
                self._refuse(size)
                return found
            if size < 16 + headers_size:
                return self._broken(found, "room for headers and checksums", f"a length of {size}", at)
            if len(whole) - at < size:
                self._wanted = size
                break
            message = whole[at : at + size]
            if crc32(message[:-4]) != struct.unpack_from(">I", message, size - 4)[0]:
                return self._broken(found, "a message that fits its checksum", "another", at)
            headers = _headers(message[12 : 12 + headers_size])
            if headers is None:
                return self._broken(found, "headers of a message", "other bytes", at)
            found.append(_as_json(headers, message[12 + headers_size : -4]))
            at += size
        if at < len(whole):
            self._wait(whole[at:])
        self._offset += at
        return found

    def _broken(self, found: list[Frame], expected: str, got: str, at: int) -> list[Frame]:
        self.trouble = DecodeError(expected=expected, got=got, offset=self._offset + at)
        return found

    def close(self) -> list[Frame]:
        rest = self._waiting()
        return [rest] if rest else []


_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Type of a header's value → its bytes; those of types 6 and 7 say it themselves."""


def _headers(raw: bytes) -> dict[str, str] | None:
    """The headers of a message that are text; None if they cannot be read."""
    found: dict[str, str] = {}
    at = 0
    try:
        while at < len(raw):
            end = at + 1 + raw[at]
            name, kind = raw[at + 1 : end].decode("utf-8", "replace"), raw[end]
            at = end + 1
            if kind in (6, 7):
                size = struct.unpack_from(">H", raw, at)[0]
                at += 2
                if kind == 7:
                    found[name] = raw[at : at + size].decode("utf-8", "replace")
            else:
                size = _SIZES[kind]
            at += size
    except (IndexError, KeyError, struct.error):
        return None
    return found


def _as_json(headers: dict[str, str], payload: bytes) -> bytes:
    kind = headers.get(":message-type", "event")
    if kind == "error":
        code, message = (_quoted(headers.get(name, "")) for name in (":error-code", ":error-message"))
        return b'{"error":{"code":' + code + b',"message":' + message + b"}}"
    name = headers.get(f":{kind}-type", "error" if kind == "exception" else "")
    if kind == "exception" and not payload.lstrip().startswith(b"{"):
        payload = b'{"message":' + _quoted(payload.decode("utf-8", "replace")) + b"}"
    return b"{" + _quoted(name) + b":" + (payload or b"{}") + b"}"


def _quoted(text: str) -> bytes:
    return msgspec.json.encode(text)


class Text(Framing):
    """No framing at all: what is there, in one piece."""

    name = "text"

    def feed(self, data: bytes) -> list[Frame]:
        self._wait(data)
        return []

    def close(self) -> list[Frame]:
        return [self._waiting()]


FRAMINGS: dict[str, type[Framing]] = {f.name: f for f in (Sse, Lines, Values, EventStream, Text)}
"""Framings by the names that callers use."""

_CONTENT_TYPES = {
    "text/event-stream": "sse",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/x-jsonlines": "ndjson",
    "application/vnd.amazon.eventstream": "eventstream",
}


def framing_of(content_type: str | None, begin: bytes) -> str | None:
    """The name of the framing, by content type and first bytes; `None`: more bytes are needed.

    The bytes win where they say something else, since servers answer with JSON where events were asked for.
    """
    declared = _CONTENT_TYPES.get((content_type or "").partition(";")[0].strip().lower())
    if declared == "eventstream" or begin[:1] == b"\0":
        return "eventstream"
    if _MARK.startswith(begin):
        return None
    bare = begin.removeprefix(_MARK).lstrip()
    if not bare:
        return None
    if bare[:1] in (b"{", b"["):
        return "ndjson" if declared == "ndjson" else "json"
    if declared is not None or bare.startswith((*_FIELDS, b":")):
        return declared or "sse"
    return None if any(field.startswith(bare) for field in _FIELDS) else "text"


_MARK = b"\xef\xbb\xbf"
"""Byte order mark."""
