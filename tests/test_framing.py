"""Framing: every case whole, one byte at a time, and cut at random."""

import random
import struct
from binascii import crc32
from typing import Any

import pytest

from chatnorm import MisuseError
from chatnorm.errors import FrameTooLargeError
from chatnorm.framing import FRAMINGS, EventStream, Framing, Lines, Sse, Values, framing_of

JSON = b'{"a":1}'


def read(made: Framing, data: bytes, cuts: Any = ()) -> list[Any]:
    found, at = [], 0
    for cut in (*cuts, len(data)):
        found += made.feed(data[at:cut])
        at = cut
    return found + made.close()


SSE = [
    pytest.param(b"data: 1\n\ndata: 2\n\n", [b"1", b"2"], id="plain"),
    pytest.param(b"data:1\n\ndata:  2\n\n", [b"1", b" 2"], id="no space, two spaces"),
    pytest.param(b" data: 1\n\n", [b"1"], id="a space before the field"),
    pytest.param(b"data: 1\r\n\r\ndata: 2\r\n\r\n", [b"1", b"2"], id="CRLF"),
    pytest.param(b"data: 1\r\rdata: 2\r\r", [b"1", b"2"], id="CR"),
    pytest.param(b"data: 1\r\n\rdata: 2\n\r\n", [b"1", b"2"], id="mixed line ends"),
    pytest.param(b"\xef\xbb\xbfdata: 1\n\n", [b"1"], id="byte order mark"),
    pytest.param(b": hello\n\ndata: 1\n: again\n\n:\n\n", [b"1"], id="comments"),
    pytest.param(b'data: {"a":\ndata: 1}\n\n', [b'{"a":\n1}'], id="several data lines"),
    pytest.param(b"data\n\ndata:\n\ndata: 1\n\n", [b"1"], id="empty data"),
    pytest.param(b"event: x\ndata: 1\n\ndata: 2\n\n", [(b"x", b"1"), b"2"], id="a name is for one event"),
    pytest.param(b"data: 1\nevent:x\n\n", [(b"x", b"1")], id="a name after the data"),
    pytest.param(b"event: x\ndata: 1\n\nevent: y\ndata: 2\n\n", [(b"x", b"1"), (b"y", b"2")], id="names"),
    pytest.param(b"event: message\ndata: 1\nid: 7\n\n", [b"1"], id="the name that is none"),
    pytest.param(b"id: 1\nretry: 3000\nfoo: bar\ndata: 1\n\n", [b"1"], id="other fields"),
    pytest.param(b"event: x\n\ndata: 1\n\n", [b"1"], id="a name without data"),
    pytest.param(b"data: 1\n\ndata: 2", [b"1", b"2"], id="no line end at the end"),
    pytest.param(b"data: 1\n\ndata: 2\n", [b"1", b"2"], id="no blank line at the end"),
    pytest.param(b"data: 1\n\ndata: 2\r", [b"1", b"2"], id="a CR at the end"),
    pytest.param("data: \u2028\u0085\n\n".encode(), ["\u2028\u0085".encode()], id="line ends of Unicode"),
    pytest.param(
        b'data: 1\n\n{\n "error": 1\n}\n\ndata: 2\n\n', [b"1", b'{\n "error": 1\n}', b"2"], id="stray"
    ),
    pytest.param(b"data: [DONE]\n\n", [b"[DONE]"], id="terminator"),
    pytest.param(b"\n\n\n", [], id="blank lines"),
    pytest.param(
        b'data: {"a":1}\ndata:{"a":1}\r\ndata: [DONE]\n', [JSON, JSON, b"[DONE]"], id="no blank lines"
    ),
    pytest.param(
        b'event: x\ndata: {"a":1}\nevent: y\ndata: {"a":1}\n',
        [(b"x", JSON), (b"y", JSON)],
        id="names, no blanks",
    ),
    pytest.param(
        b'data: {"a":\ndata: {}}\ndata: {"b":{}\ndata: }',
        [b'{"a":\n{}}', b'{"b":{}\n}'],
        id="no blanks, broken",
    ),
    pytest.param(
        b'event: x data: {"a":1}\n\nevent: y data: {"a":1}\n\n',
        [(b"x", JSON), (b"y", JSON)],
        id="on one line",
    ),
    pytest.param(b"", [], id="nothing"),
]
VALUES = [
    pytest.param(b'[{"a":1},\n{"b":[2]}\n]', [JSON, b'{"b":[2]}'], id="an array"),
    pytest.param(b'[{"a":1}]', [JSON], id="an array of one"),
    pytest.param(b'{"a":1}\n{"a":1}', [JSON, JSON], id="values"),
    pytest.param(b'{"a":1}{"a":1}', [JSON, JSON], id="values without a space"),
    pytest.param(b'[{"a":"]}\\"\\\\"},{"a":1}]', [b'{"a":"]}\\"\\\\"}', JSON], id="brackets in a text"),
    pytest.param(b'{\n "a": [\n {}\n ]\n}', [b'{\n "a": [\n {}\n ]\n}'], id="one value over many lines"),
    pytest.param(b'[{"a":1},{"b', [JSON, b'{"b'], id="cut short"),
    pytest.param(b"[]", [], id="an empty array"),
]
LINES = [
    pytest.param(b'{"a":1}\n\n{"a":1}\r\n', [JSON, JSON + b"\r"], id="blank lines"),
    pytest.param(b'{"a":1}\n{"a":1}', [JSON, JSON], id="no line end at the end"),
    pytest.param(b'{"a":1}\n{"a', [JSON, b'{"a'], id="cut short"),
]


def headers(**values: str) -> bytes:
    raw = b""
    for name, value in values.items():
        key, text = f":{name.replace('_', '-')}".encode(), value.encode()
        raw += bytes([len(key)]) + key + b"\7" + struct.pack(">H", len(text)) + text
    return raw


def message(payload: bytes, raw: bytes) -> bytes:
    prelude = struct.pack(">II", 16 + len(raw) + len(payload), len(raw))
    head = prelude + struct.pack(">I", crc32(prelude)) + raw + payload
    return head + struct.pack(">I", crc32(head))


EVENT = message(JSON, headers(message_type="event", event_type="one", content_type="application/json"))
OTHER = (
    b"\2:t\0"  # true
    b"\2:f\1"
    b"\2:b\2x"
    b"\2:s\3xx"
    b"\2:i\4xxxx"
    b"\2:l\5xxxxxxxx"
    b"\2:y\6\0\2xx"
    b"\2:d\x08xxxxxxxx"
    b"\2:u\x09xxxxxxxxxxxxxxxx"
)
EVENTS = [
    pytest.param(EVENT * 2, [b'{"one":{"a":1}}'] * 2, id="events"),
    pytest.param(
        message(JSON, headers(message_type="exception", exception_type="sad")),
        [b'{"sad":{"a":1}}'],
        id="an exception",
    ),
    pytest.param(
        message(b"Too much", headers(message_type="exception", exception_type="sad")),
        [b'{"sad":{"message":"Too much"}}'],
        id="an exception in words",
    ),
    pytest.param(
        message(b"Too much", headers(message_type="exception")),
        [b'{"error":{"message":"Too much"}}'],
        id="an exception without a name",
    ),
    pytest.param(
        message(b"", headers(message_type="error", error_code="E", error_message='no "x"')),
        [b'{"error":{"code":"E","message":"no \\"x\\""}}'],
        id="an error",
    ),
    pytest.param(message(b"", OTHER + headers(event_type="e")), [b'{"e":{}}'], id="headers of every type"),
    pytest.param(EVENT + EVENT[:-3], [b'{"one":{"a":1}}', EVENT[:-3]], id="cut short"),
]


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        pytest.param(kind, *param.values, id=f"{kind.name}: {param.id}")
        for kind, params in ((Sse, SSE), (Values, VALUES), (Lines, LINES), (EventStream, EVENTS))
        for param in params
    ],
)
def test_frames(kind: type[Framing], data: bytes, expected: list[Any]) -> None:
    assert read(kind(), data) == expected
    assert read(kind(), data, range(1, len(data))) == expected
    dice = random.Random(7)
    for _ in range(20 if len(data) > 2 else 0):
        cuts = sorted(dice.sample(range(len(data)), dice.randint(1, min(5, len(data) - 1))))
        assert read(kind(), data, cuts) == expected, cuts


@pytest.mark.parametrize(
    ("broken", "expected", "offset"),
    [
        (EVENT[:9] + b"x" + EVENT[10:], "a prelude that fits its checksum", len(EVENT)),
        (EVENT[:-1] + b"x", "a message that fits its checksum", len(EVENT)),
        (message(b"", b"\5xx"), "headers of a message", len(EVENT)),
        (message(b"", b"\1x\x63"), "headers of a message", len(EVENT)),
        (
            (head := struct.pack(">II", 15, 9)) + struct.pack(">I", crc32(head)),
            "room for headers and checksums",
            len(EVENT),
        ),
    ],
)
def test_a_broken_event_stream(broken: bytes, expected: str, offset: int) -> None:
    for cuts in ((), range(1, len(EVENT + broken))):
        made = EventStream()
        found, at = [], 0
        for cut in (*cuts, len(EVENT + broken)):
            found += made.feed((EVENT + broken)[at:cut])
            at = cut
        assert found == [b'{"one":{"a":1}}']
        assert made.trouble is not None
        assert (made.trouble.expected, made.trouble.offset) == (expected, offset)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Sse, b"data: " + b"x" * 100),
        (Sse, b"data: xxxxxxxxxx\n" * 10),
        (Sse, b"{\n" + b" xxxxxxxxx\n" * 10),
        (Lines, b"x" * 100),
        (Values, b'{"a": "' + b"x" * 100),
        (EventStream, message(b"x" * 100, b"")),
    ],
)
def test_frames_have_a_limit(kind: type[Framing], data: bytes) -> None:
    made = kind(64)
    for i in range(len(data)):
        made.feed(data[i : i + 1])
        if made.trouble is not None:
            break
    assert isinstance(made.trouble, FrameTooLargeError)
    assert made.trouble.expected == "frames of at most 64 bytes"


def test_lines_without_their_ends() -> None:
    for lines in (
        (b'data: {"a":1}', b'data: {"a":2}'),
        (b"data: [DONE]", b"event: x"),
        (b"event: a", b"data: 1"),
    ):
        made = Sse()
        made.feed(lines[0])
        with pytest.raises(MisuseError, match="lines without their line ends"):
            made.feed(lines[1])
    made = Sse()
    made.feed(b'data: {"a":"')  # the cut may be anywhere, also before a text that looks like a field
    assert made.feed(b'data:"}\n\n') == [b'{"a":"data:"}']


@pytest.mark.parametrize(
    ("content_type", "begin", "expected"),
    [
        (None, b"data: x", "sse"),
        (None, b": comment", "sse"),
        (None, b"\n\nevent: x", "sse"),
        (None, b"\xef\xbb\xbfid: 1", "sse"),
        (None, b"\xef\xbb", None),
        (None, b"", None),
        (None, b"  \n", None),
        (None, b"dat", None),
        (None, b"<html>", "text"),
        (None, b"{", "json"),
        (None, b" [", "json"),
        (None, b"\0\0\1\2", "eventstream"),
        ("application/vnd.amazon.eventstream", b"x", "eventstream"),
        ("text/event-stream; charset=utf-8", b"{", "json"),
        ("text/event-stream", b"foo: bar", "sse"),
        ("Application/X-NDJSON", b"{", "ndjson"),
        ("application/json", b"data: 1", "sse"),
    ],
)
def test_the_framing_is_told(content_type: str | None, begin: bytes, expected: str | None) -> None:
    assert framing_of(content_type, begin) == expected


@pytest.mark.parametrize("name", sorted(FRAMINGS))
def test_any_cut_costs_the_same(name: str) -> None:
    """A large frame in small pieces is joined once, not once a piece."""
    data = EVENT[:0] + b'data: {"a": "' + b"x" * 300_000 + b'"}\n\n'
    if name == "eventstream":
        data = message(b"x" * 300_000, headers(event_type="e"))
    elif name != "sse":
        data = data[6:]
    made = FRAMINGS[name]()
    found = [frame for i in range(0, len(data), 10) for frame in made.feed(data[i : i + 10])]
    assert len(found + made.close()) == 1
