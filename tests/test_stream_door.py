"""The door for streams: what may be handed in, what comes out at the end, and what goes wrong."""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pydantic
import pytest
from conftest import FIXTURES
from hypothesis import given
from hypothesis import strategies as st
from laws import changed, leaves
from test_hostile import VALUES

import chatnorm
from chatnorm import Assembler, DecodeError, MisuseError, StreamDecoder, VendorError
from chatnorm.canonical import ServerToolResult
from chatnorm.encode import canonical_json
from chatnorm.events import Ended, Event, Failed, PartStarted, Started, TextDelta
from chatnorm.goldens import cases

SPEAKERS = ("openai", "openrouter", "anthropic", "gemini", "bedrock", None)
STREAMS = [(case, file) for case in cases(FIXTURES) for file in case.streams]


def chunk(text: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
        **more,
    }


def sse(*frames: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(frame).encode() + b"\n\n" for frame in frames)


HELLO = (chunk("Hel"), chunk("lo"), chunk(finish="stop"))
DONE = b"data: [DONE]\n\n"


def kinds(events: Any) -> str:
    return " ".join(type(event).__name__ for event in events)


def test_the_events_of_a_plain_stream() -> None:
    decoder = StreamDecoder("openai")
    assert kinds(decoder.feed(sse(HELLO[0]))) == "Started ChoiceUpdated PartStarted TextDelta"
    assert decoder.feed(sse(HELLO[1])) == [TextDelta(0, 0, "lo")]
    assert kinds(decoder.feed(sse(HELLO[2]))) == "PartEnded Finished"
    assert decoder.feed(DONE) == [Ended("terminated")]
    assert decoder.feed(sse(HELLO[0])) == decoder.close() == decoder.close() == []
    with pytest.raises(MisuseError, match="no more data after close"):
        decoder.feed(b"x")


def test_a_value_at_any_moment() -> None:
    assembler = Assembler()
    seen = []
    for event in chatnorm.decode_stream(sse(*HELLO) + DONE, "openai"):
        assembler.add(event)
        seen.append((assembler.response().text, assembler.response().outcome))
    assert seen[0] == (None, "interrupted")
    assert seen[3] == ("Hel", "interrupted")
    assert seen[-1] == ("Hello", "complete")
    with pytest.raises(MisuseError, match="expected an event, got str"):
        assembler.add("x")  # type: ignore[arg-type]
    with pytest.raises(MisuseError, match="a part that began, got TextDelta"):
        assembler.add(TextDelta(0, 9, "x"))
    assembler.add(PartStarted(0, 9, 9, ServerToolResult("c1")))
    assembler.add(TextDelta(0, 9, "x"))
    with pytest.raises(MisuseError, match="of the kind of their part"):
        assembler.response()


def test_a_stream_that_ends_within_a_line_was_cut() -> None:
    """Also where the finish was seen, and the rest of the line may be anything."""
    raw = sse(*HELLO, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    for rest, end in ((b"", "finished"), (b": ping", "finished"), (b"da", "cut"), (b"event: x", "cut")):
        assert chatnorm.normalize_stream(raw + rest, "openai").end == end


class Chunk(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow", protected_namespaces=())
    id: str


def forms() -> Iterator[Any]:
    raw = sse(*HELLO)
    yield raw
    yield raw.decode()
    yield bytearray(raw)
    yield memoryview(raw)
    yield [raw[:70], raw[70:]]
    yield [raw.decode()[:70], raw.decode()[70:]]
    yield list(HELLO)
    yield [{"data": frame} for frame in HELLO]
    yield [Chunk(**frame) for frame in HELLO]
    yield "\n".join(json.dumps(frame) for frame in HELLO)
    yield json.dumps(HELLO)
    yield json.dumps(HELLO, indent=2)
    yield [json.loads(json.dumps(frame).replace("finish_reason", "finishReason")) for frame in HELLO]


@pytest.mark.parametrize("source", list(forms()))
def test_any_form_is_the_same(source: Any) -> None:
    expected = list(chatnorm.decode_stream(sse(*HELLO), "openai"))
    assert expected[-1] == Ended("finished")
    assert list(chatnorm.decode_stream(source, "openai")) == expected

    async def pieces() -> AsyncIterator[Any]:
        for piece in source if isinstance(source, list) else [source]:
            yield piece

    async def read() -> None:
        assert [event async for event in chatnorm.adecode_stream(pieces(), "openai")] == expected
        assert [event async for event in chatnorm.adecode_stream(source, "openai")] == expected
        told = await chatnorm.anormalize_stream(pieces(), "openai")
        assert told == chatnorm.normalize_stream(source, "openai")
        assert (told.text, told.end, told.outcome) == ("Hello", "finished", "complete")

    asyncio.run(read())


def test_what_the_caller_knows() -> None:
    headers = {
        "x-request-id": "req_1",
        "x-ratelimit-limit-requests": "60",
        "Content-Type": "text/event-stream",
    }
    nameless = [{**frame, "model": ""} for frame in HELLO]
    events = list(chatnorm.decode_stream(sse(*nameless), "openai", headers=headers, model="asked"))
    first = events[0]
    assert isinstance(first, Started)
    assert (first.request_id, first.model, first.supplied) == (
        "req_1",
        "asked",
        ("model", "request_id", "rate_limits"),
    )
    response = chatnorm.normalize_stream(sse(*nameless), "openai", headers=headers, model="asked")
    assert (response.model, response.supplied) == ("asked", ("model", "request_id", "rate_limits"))
    late = chatnorm.normalize_stream(sse(nameless[0], *HELLO[1:]), "openai", model="asked")
    assert (late.model, late.supplied) == ("m", ())


@pytest.mark.parametrize(
    ("source", "dialect", "text"),
    [
        (sse(*HELLO), "openai.chat", "Hello"),
        (b'event: ping\ndata: {"type": "ping"}\n\n' + b'data: {"type":"message_start","message":{"id":"a"}}\n\n'
         b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n'
         b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\ndata: {"type":"message_stop"}\n\n',
         "anthropic.messages", "Hi"),
        (sse({"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]}), "gemini.generate", "Hi"),
        ([{"messageStart": {"role": "assistant"}}, {"contentBlockDelta": {"delta": {"text": "Hi"}}},
          {"messageStop": {"stopReason": "end_turn"}}], "bedrock.converse", "Hi"),
    ],
)  # fmt: skip
def test_the_grammar_is_told_from_the_first_frame(source: Any, dialect: str, text: str) -> None:
    response = chatnorm.normalize_stream(source)
    assert (response.vendor, response.dialect, response.text) == (None, dialect, text)
    assert response.end in ("finished", "terminated")


def test_a_whole_body_instead_of_a_stream() -> None:
    body = {"id": "c1", "object": "chat.completion", "choices": [{"index": 0, "message": {"content": "Hi"}}]}
    for text in (json.dumps(body), json.dumps(body, indent=2)):
        response = chatnorm.normalize_stream(text, "openai", headers={"content-type": "text/event-stream"})
        assert response == chatnorm.normalize(text, "openai")
        assert chatnorm.normalize_stream(text) == chatnorm.normalize(text)
    with pytest.raises(VendorError) as told:
        chatnorm.normalize_stream(
            b'{"error": {"message": "slow down", "code": "rate_limit_exceeded"}}', "openai"
        )
    assert (told.value.info.kind, told.value.info.in_stream) == ("rate_limit", True)
    with pytest.raises(VendorError, match="the vendor reports a failure: rate_limit"):
        chatnorm.normalize_stream(b'{"error": {"message": "slow down", "code": "rate_limit_exceeded"}}')


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        (sse(HELLO[0]), "stream_cut", "the stream ended after 1 frame (162 bytes) without its end"),
        (sse(*HELLO[:2])[:-40], "stream_cut", "the stream ended after 1 frame (283 bytes) without its end"),
        (b"", "stream_cut", "the stream ended after 0 frames (0 bytes) without its end"),
        (
            sse(HELLO[0]) + b"data: {oops}\n\n",
            "decode",
            "openai.chat: byte 1: expected JSON, got text that is not JSON",
        ),
        (sse(HELLO[0]) + b"data: 7\n\n", "decode", "openai.chat: $: expected object, got another value"),
        (b"<html>Bad gateway</html>", "decode", "openai.chat: expected JSON, got HTML or XML"),
        (b"12", "decode", "openai.chat: $: expected a stream, got a single value"),
        (sse(HELLO[0], {"error": {"message": "busy", "code": 503}}), "overloaded", "busy"),
        (sse(HELLO[0]) + b'event: error\ndata: {"message": "busy"}\n\n', "unknown", "busy"),
        (sse(HELLO[0], {"detail": "no"}), "unknown", "no"),
    ],
)
def test_a_stream_that_fails(source: bytes, kind: str, message: str) -> None:
    events = list(chatnorm.decode_stream(source, "openai"))
    failed = events[-1]
    assert isinstance(events[0], Started)
    assert isinstance(failed, Failed)
    assert (failed.error.kind, failed.error.message) == (kind, message)
    assert (failed.error.in_stream, failed.error.vendor, failed.error.status) == (True, "openai", None)
    response = chatnorm.normalize_stream(source, "openai", on_error="return")
    cut = kind == "stream_cut"
    assert (response.end, response.outcome) == (("cut", "interrupted") if cut else ("failed", "failed"))
    assert response.finish_reason is None
    assert (response.error is None) is cut
    if sse(HELLO[0])[:20] in source:
        assert response.text == "Hel"
    if cut:
        assert chatnorm.normalize_stream(source, "openai") == response
    else:
        expected: Any = DecodeError if kind == "decode" else VendorError
        with pytest.raises(expected) as told:
            chatnorm.normalize_stream(source, "openai")
        assert getattr(told.value, "response", response) == response


def test_nothing_is_known_of_the_grammar() -> None:
    for source in (sse(*[{"a": 1}] * 20), sse({"a": 1})):
        (started, failed) = chatnorm.decode_stream(source)
        assert isinstance(started, Started)
        assert isinstance(failed, Failed)
        assert failed.error.message == "$: expected frames of a known grammar, got others"


def test_strict() -> None:
    odd = sse(chunk("x", "brand_new_word"))
    decoder = StreamDecoder("openai", strict=True)
    with pytest.raises(chatnorm.StrictError, match="unknown_value at"):
        decoder.feed(odd)
    assert decoder.feed(odd) == []
    new = sse(chunk("x", brand_new=1), chunk(finish="stop"))
    assert chatnorm.normalize_stream(new, "openai", strict=True).extra == {"brand_new": 1}
    with pytest.raises(chatnorm.StrictError):
        chatnorm.normalize_stream(new, "openai", strict="info")


def test_a_notice_is_told_once() -> None:
    frames = [chunk("x", brand_new=i, **{"odd name": i}) for i in range(50)]
    response = chatnorm.normalize_stream(sse(*frames, chunk(finish="stop")), "openai")
    told = [(notice.path, notice.detail[:6]) for notice in response.notices]
    names = "$.brand_new", "$.odd name"
    assert told == [
        (name, detail) for detail in ("kept i", "frames") for name in names
    ]  # and that they differ
    assert response.extra == {"brand_new": 49, "odd name": 49}
    assert response.text == "x" * 50


def test_many_different_new_fields() -> None:
    frames = [chunk("x", **{f"new_{i}": i}) for i in range(100)]
    response = chatnorm.normalize_stream(sse(*frames, chunk(finish="stop")), "openai")
    assert response.extra == {f"new_{i}": i for i in range(100)}
    assert len(response.notices) == 100


def test_misuse() -> None:
    with pytest.raises(
        MisuseError, match="framing: expected one of sse, ndjson, json, eventstream, text, got 'x'"
    ):
        StreamDecoder("openai", framing="x")
    with pytest.raises(chatnorm.UnknownVendorError):
        StreamDecoder("opnai")
    with pytest.raises(MisuseError, match="expected pieces of a stream, got int"):
        list(chatnorm.decode_stream(7, "openai"))
    with pytest.raises(MisuseError, match="expected bytes, text, a mapping or an SDK object, got int"):
        list(chatnorm.decode_stream([7], "openai"))

    class Held:
        def iter_bytes(self) -> None: ...

        def aiter_bytes(self) -> None: ...

    with pytest.raises(MisuseError, match=r"got Held\nhint: response.iter_bytes()"):
        list(chatnorm.decode_stream(Held(), "openai"))

    async def later() -> AsyncIterator[bytes]:
        yield b""

    with pytest.raises(MisuseError, match="hint: adecode_stream or anormalize_stream take it"):
        list(chatnorm.decode_stream(later(), "openai"))

    async def read() -> None:
        with pytest.raises(MisuseError, match=r"hint: pass response.aiter_bytes()"):
            await chatnorm.anormalize_stream(Held(), "openai")

    asyncio.run(read())
    with pytest.raises(MisuseError, match="lines without their line ends"):
        list(chatnorm.decode_stream(sse(*HELLO).split(b"\n"), "openai"))


def test_what_the_source_raises() -> None:
    def torn(error: Exception) -> Iterator[bytes]:
        yield sse(HELLO[0])
        raise error

    async def atorn(error: Exception) -> AsyncIterator[bytes]:
        yield sse(HELLO[0])
        raise error

    class Reported(Exception):
        response = {"Error": {"Code": "throttlingException", "Message": "busy"}}

    async def read(error: Exception, seen: list[Event]) -> None:
        async for event in chatnorm.adecode_stream(atorn(error), "openai"):
            seen.append(event)

    for drive in (
        lambda error, seen: seen.extend(iter_into(chatnorm.decode_stream(torn(error), "openai"), seen)),
        lambda error, seen: asyncio.run(read(error, seen)),
    ):
        seen: list[Event] = []
        with pytest.raises(ConnectionError, match="reset"):
            drive(ConnectionError("reset"), seen)
        assert isinstance(seen[-1], Failed)
        assert seen[-1].error.kind == "stream_cut"
        seen = []
        drive(Reported(), seen)
        assert isinstance(seen[-1], Failed)
        assert seen[-1].error.message == "busy"
    with pytest.raises(ConnectionError):
        chatnorm.normalize_stream(torn(ConnectionError()), "openai")
    with pytest.raises(VendorError):
        chatnorm.normalize_stream(torn(Reported()), "openai")
    with pytest.raises(VendorError):
        asyncio.run(chatnorm.anormalize_stream(atorn(Reported()), "openai"))  # type: ignore[arg-type]
    with pytest.raises(ConnectionError):
        asyncio.run(chatnorm.anormalize_stream(atorn(ConnectionError()), "openai"))  # type: ignore[arg-type]


def iter_into(events: Iterator[Event], seen: list[Event]) -> list[Event]:
    for event in events:
        seen.append(event)
    return []


def test_limits() -> None:
    calls = [{"index": i, "id": f"c{i}", "function": {"name": "f", "arguments": "{}"}} for i in range(10)]
    many = chunk()
    many["choices"][0]["delta"] = {"tool_calls": calls}
    for limits, source, told in (
        ({"max_parts": 5}, sse(many), "expected at most 5 parts, got more"),
        ({"max_choices": 2}, sse(*[{**chunk("x"), "choices": [{"index": i, "delta": {}}]} for i in range(9)]),
         "expected at most 2 choices, got more"),
        ({"max_frame": 100}, sse(*HELLO), "expected frames of at most 100 bytes, got 140 or more"),
    ):  # fmt: skip
        decoder = StreamDecoder("openai", **limits)
        events = decoder.feed(source) + decoder.close()
        assert isinstance(events[-1], Failed)
        assert events[-1].error.message == told
        assert decoder.trouble is not None
    assert isinstance(decoder.trouble, chatnorm.FrameTooLargeError)


def test_memory_of_a_long_stream_stays_flat() -> None:
    decoder = StreamDecoder("openai")
    frame = sse(chunk("word "))
    for _ in range(100):
        decoder.feed(frame)
    tracemalloc.start()
    for _ in range(10_000):
        decoder.feed(frame)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert size < 20_000


def test_a_hundred_thousand_frames() -> None:
    source = sse(chunk("ab")) * 100_000 + sse(HELLO[2]) + DONE
    assert len(chatnorm.normalize_stream(source, "openai").text or "") == 200_000


def test_events_as_json() -> None:
    for case, file in STREAMS:
        for event in chatnorm.decode_stream(file.read_bytes(), case.speaker):
            text = canonical_json(event)
            assert text.startswith(b'{"schema":"chatnorm.event/1","event":"')
            assert msgspec.json.decode(text, type=Event) == event


def test_no_payload_in_what_is_said_of_trouble() -> None:
    mark = "CANARY"
    for case, file in STREAMS:
        raw = file.read_bytes()
        for broken in (raw.replace(b'"', f'"{mark}'.encode(), 9), raw[:-60] + mark.encode() + raw[-60:]):
            for event in chatnorm.decode_stream(broken, case.speaker):
                if isinstance(event, Failed) and event.error.kind in ("decode", "stream_cut"):
                    assert mark not in (event.error.message or "")


@given(st.binary(max_size=300), st.sampled_from(SPEAKERS), st.integers(1, 40))
def test_any_bytes(raw: bytes, speaker: str | None, size: int) -> None:
    survive(raw, speaker, size)


@given(st.lists(VALUES, max_size=5), st.sampled_from(SPEAKERS), st.booleans())
def test_any_frames(frames: list[Any], speaker: str | None, lines: bool) -> None:
    text = [json.dumps(frame).encode() for frame in frames]
    survive(b"\n".join(text) if lines else sse(*frames), speaker, 50)


@given(st.sampled_from([s for s in STREAMS if s[1].name.endswith(".sse")]), st.data())
def test_a_stream_with_one_value_replaced(stream: Any, data: st.DataObject) -> None:
    case, file = stream
    frames = file.read_bytes().replace(b"\r\n", b"\n").split(b"\n\n")
    i = data.draw(st.integers(0, len(frames) - 1))
    head, mark, text = frames[i].partition(b"data:")
    try:
        body = json.loads(text)
    except ValueError:
        return
    paths = [path for path, _ in leaves(body)]
    if paths:
        path = data.draw(st.sampled_from(paths))
        path = path[: data.draw(st.integers(1, len(path)))]
        new = data.draw(VALUES)
        frames[i] = head + mark + json.dumps(changed(body, path, lambda _: new)).encode()
        survive(b"\n\n".join(frames), case.speaker, 500)


def survive(raw: bytes, speaker: str | None, size: int) -> None:
    """Only our own exceptions leave, none at all for what is on the wire; any cut is the same."""
    try:
        whole = list(chatnorm.decode_stream(raw, speaker))
        pieces = [raw[i : i + size] for i in range(0, len(raw), size)]
        assert list(chatnorm.decode_stream(pieces, speaker)) == whole
    except MisuseError:  # a field where a line should have ended
        return
    assert isinstance(whole[0], Started)
    assert isinstance(whole[-1], Ended | Failed)
    assembler = Assembler()
    for event in whole:
        assembler.add(event)
        repr(event)
    response = assembler.response()
    assert (
        chatnorm.normalize(chatnorm.encode(response, "canonical"), "canonical", on_error="return") == response
    )


def test_an_error_among_nulls_is_an_error() -> None:
    """As SDKs dump a chunk that is none."""
    frame = {"id": None, "choices": None, "model": None, "object": "error", "message": "busy", "code": 503}
    failed = chatnorm.normalize_stream([*HELLO[:1], frame], "openai", on_error="return")
    assert failed.error is not None
    assert (failed.error.kind, failed.error.message, failed.text) == ("overloaded", "busy", "Hel")


def test_a_failure_that_an_sdk_raises() -> None:
    class APIError(Exception):
        body = {"message": "busy", "code": 503}

    def torn() -> Iterator[Any]:
        yield HELLO[0]
        raise APIError

    failed = chatnorm.normalize_stream(torn(), "openai", on_error="return")
    assert failed.error is not None
    assert (failed.error.kind, failed.text) == ("overloaded", "Hel")


@pytest.mark.parametrize(
    "rest", [b"", b"data: [DONE]\n\n", b'data: {"type": oops\n\ndata: {}\n\n', b"data: 7\n\n"]
)
def test_a_reported_failure_survives_the_frame_after_it(rest: bytes) -> None:
    """After OpenAI's `error` the answer that failed is awaited; whatever comes instead, the failure stands."""
    error = b'data: {"type":"error","code":"rate_limit_exceeded","message":"slow"}\n\n'
    response = chatnorm.normalize_stream(error + rest, "openai:openai.responses", on_error="return")
    assert response.error is not None
    assert (response.error.kind, response.error.code) == ("rate_limit", "rate_limit_exceeded")
    with pytest.raises(chatnorm.VendorError):
        chatnorm.normalize_stream(error + rest, "openai:openai.responses")


def test_frames_in_arrays() -> None:
    """Frames of a body in an array each are read as those without, however alike they are."""
    frames = [
        {
            "candidates": [{"content": {"parts": [{"text": text}], "role": "model"}}],
            "usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9},
        }
        for text in ("Low ", "water ", "is ", "at six.")
    ]
    plain = b"".join(b"data: %b\n\n" % json.dumps(frame).encode() for frame in frames)
    wrapped = b"".join(b"data: %b\n\n" % json.dumps([frame]).encode() for frame in frames)
    expected = chatnorm.normalize_stream(plain, "gemini", on_error="return")
    assert expected.text == "Low water is at six."
    assert chatnorm.same(chatnorm.normalize_stream(wrapped, "gemini", on_error="return"), expected)
