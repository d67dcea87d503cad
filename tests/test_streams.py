"""Streams: laws 3 and 4 over every stream of the fixtures, and the recorded ones where there are any."""

import json
import random
import re
from typing import Any

import corpus
import pytest
from conftest import FIXTURES, by_vendor
from laws import differ, read

import chatnorm
from chatnorm.canonical import ChatResponse
from chatnorm.events import Ended, Event, Failed, Started
from chatnorm.framing import FRAMINGS, framing_of
from chatnorm.goldens import Case, cases
from chatnorm.inputs import parsed

RECORDED = [*corpus.cases(corpus.DIALECTS, {"stream"}), *corpus.cases(corpus.DIALECTS, {"stream"}, "seeds.")]

Known = tuple[bytes, str, dict[str, Any]]


def fed(raw: bytes, speaker: str, cuts: Any = (), **known: Any) -> list[Event]:
    """The events of a stream that is cut at these places."""
    decoder = chatnorm.StreamDecoder(speaker, **known)
    events, at = [], 0
    for cut in (*cuts, len(raw)):
        events += decoder.feed(raw[at:cut])
        at = cut
    return events + decoder.close()


def assembled(events: list[Event]) -> ChatResponse:
    assembler = chatnorm.Assembler()
    for event in events:
        assembler.add(event)
    return assembler.response()


def check_any_cut(raw: bytes, speaker: str, **known: Any) -> None:
    """Law 4: however a stream is cut into pieces, the events are the same; and one that is cut short gives the
    first of them, and then says so."""
    whole = fed(raw, speaker, **known)
    assert isinstance(whole[0], Started)
    assert isinstance(whole[-1], Ended | Failed)
    assert not any(isinstance(event, Started | Ended | Failed) for event in whole[1:-1])
    if not raw:
        return
    step = 1 if len(raw) < 20_000 else 7
    assert fed(raw, speaker, range(1, len(raw), step), **known) == whole
    dice = random.Random(len(raw))
    for _ in range(3):
        cuts = sorted(dice.sample(range(len(raw)), min(len(raw) - 1, 12)))
        assert fed(raw, speaker, cuts, **known) == whole
    boundaries = [i for i in range(len(raw)) if raw[i : i + 1] in b"\n\r" and i]
    ends = [
        *dice.sample(boundaries, min(25, len(boundaries))),
        *dice.sample(range(len(raw)), min(25, len(raw))),
    ]
    for end in ends:
        part = fed(raw[:end], speaker, **known)
        if isinstance(part[-1], Failed):
            assert part[:-1] == whole[: len(part) - 1] or (len(part) == 2 and isinstance(part[0], Started))
            assert part[-1].error.in_stream
            assert assembled(part).end in ("cut", "failed")
        else:
            assert part[: len(part) - 1] == [e for e in part if not isinstance(e, Ended | Failed)]


@by_vendor(cases(FIXTURES))
def test_stream_equals_whole(case: Case) -> None:
    for file in case.streams:
        streamed = assembled(fed(file.read_bytes(), case.speaker, **case.streamed()))
        if case.whole:
            whole = read(case.wire.read_bytes(), case.speaker, **case.known())
            assert not differ(streamed, whole), file.name


@by_vendor(cases(FIXTURES))
def test_any_cut_is_the_same(case: Case) -> None:
    for file in case.streams:
        check_any_cut(file.read_bytes(), case.speaker, **case.streamed())


def test_what_can_be_streamed_is() -> None:
    """There is a stream beside it, or the reason why there is none."""
    for case in cases(FIXTURES):
        failed = case.about.get("status", 200) >= 400 or case.error.exists()
        if case.whole and not failed and b'"error": {' not in case.golden.read_bytes():
            assert case.streams or case.about.get("stream", "").startswith("none: "), case.id


COUNTERS = re.compile(
    rb'(?i)("(?:sequence_number|sentence_id|created|[a-z_]*tokens?_?count|[a-z_]+_tokens)": ?)(\d+)'
)
PADDING = re.compile(rb'("(?:obfuscation|p)": ?)"[^"]*"')


class Careful(chatnorm.StreamDecoder):
    """Reads every frame in the same way, without a shorter one for those that are alike."""

    def __init__(self, *args: Any, **known: Any) -> None:
        super().__init__(*args, **known)
        self._misses = 1_000_000

    def _is_plain(self, data: bytes) -> bool:
        return False


def check_frames_alike(raw: bytes, speaker: str, **known: Any) -> None:
    """Frames that are like the one before them are read as if they were not: where each comes several times, the
    later ones with other counters and padding, or exactly so; and where they come out of order."""
    if framing_of(None, raw) != "sse":
        check_values_alike(raw, speaker, **known)
        return
    frames = raw.replace(b"\r\n", b"\n").split(b"\n\n")
    repeated = []
    for frame in frames:
        padded = PADDING.sub(rb'\1"abc"', frame)
        more = COUNTERS.sub(lambda m: m[1] + b"%d" % (int(m[2]) + 1), padded)
        repeated += [frame, padded, more, more, padded]
    dice = random.Random(len(raw))
    shuffled = [
        frame for _ in range(2 * len(frames)) for frame in [dice.choice(frames)] * dice.choice((1, 3))
    ]
    for stream in (b"\n\n".join(repeated), b"\n\n".join([*frames[:2], *shuffled, *frames[2:]])):
        careful = Careful(speaker, **known)
        expected = careful.feed(stream) + careful.close()
        assert fed(stream, speaker, **known) == expected


def check_values_alike(raw: bytes, speaker: str, **known: Any) -> None:
    """The same of frames that are told apart otherwise: they are fed as values."""
    name = framing_of(None, raw)
    framing = FRAMINGS[name or "text"]()
    frames = [json.loads(frame) for frame in framing.feed(raw) + framing.close() if parsed(frame)[1] is None]
    known.pop("framing", None)
    dice = random.Random(len(raw))
    repeated = [frame for frame in frames for _ in range(dice.choice((1, 2, 3)))]
    shuffled = [dice.choice(frames) for _ in frames]
    for stream in (repeated, [*frames[:2], *shuffled, *frames[2:]]):
        events = []
        for decoder in (chatnorm.StreamDecoder(speaker, **known), Careful(speaker, **known)):
            events.append([event for frame in stream for event in decoder.feed(frame)] + decoder.close())
        assert events[0] == events[1]


@by_vendor(cases(FIXTURES))
def test_frames_alike_are_read_alike(case: Case) -> None:
    for file in case.streams:
        check_frames_alike(file.read_bytes(), case.speaker, **case.streamed())


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["id"])
def test_recorded(case: dict[str, Any]) -> None:
    raw, speaker = (corpus.ROOT / case["file"]).read_bytes(), corpus.speaker(case)
    response = chatnorm.normalize_stream(raw, speaker, on_error="return")
    assert corpus.differences(response, case["expected"]) == []
    check_any_cut(raw if len(raw) < 60_000 else raw[:60_000], speaker)
    check_frames_alike(raw if len(raw) < 30_000 else raw[:30_000], speaker)


def test_usage_of_repaired_frames_is_kept_in_one_spelling() -> None:
    """As an SDK dumps a stream: names in the other spelling, nulls among them, usage in each frame."""
    counts = (
        {"prompt_token_count": 1, "total_token_count": None},
        {"prompt_token_count": 1, "total_token_count": 3},
    )
    part = {"parts": [{"text": "a", "thought": None}]}
    frames = [{"candidates": [{"content": part}], "usage_metadata": told, "new": 1} for told in counts]
    frames[1]["candidates"][0]["finish_reason"] = "STOP"
    response = chatnorm.normalize_stream(frames, "gemini:gemini.generate")
    assert response.usage.native == {"prompt_token_count": 1, "total_token_count": 3}
