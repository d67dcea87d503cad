"""`python -m benchmarks.streams [FOLDER]`: what reading a stream costs, against parsing its frames.

The floor splits the whole stream at blank lines and parses each frame. Streams are those of server-sent
events among the fixtures, and in a FOLDER with a `manifest.jsonl`, with CRLF made LF; those of at most 30
frames, those that fail or are cut, and those that the floor does not take apart are left out. Fixtures are
short: their frames that say one piece of text, thought or argument and nothing else but usage are repeated,
runs of them in their order, until there are `FRAMES`, each with another piece (the words of this text),
higher counters and other padding, as real ones have.

A stream is fed `whole`, in pieces of 1,460 bytes, or `single`, a frame at a time, and its events are dropped;
`value` is `normalize_stream` of 1,460-byte pieces. A figure is the median over streams of the ratio to the
floor, `p90` the same at nine tenths of 1,460-byte pieces. `text` are streams with a piece of text in nine of
ten frames, `thoughts, calls` those with a piece of a thought or an argument in more than half. Below that, a
median text stream of each grammar at three sizes: ns a frame of decoding and of assembly, and the peak of the
memory (kB) by which a decoder grows after the first tenth of the second size. Only ratios of one run can be
compared, and nothing is asserted.
"""

import gc
import re
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from functools import partial
from hashlib import md5
from itertools import cycle, groupby
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

import msgspec

import chatnorm
from chatnorm.events import TEXTS, ArgumentsDelta, Ended, ReasoningDelta, TextDelta, UsageReported
from chatnorm.framing import FRAMINGS, framing_of
from chatnorm.readers import reader

from .__main__ import PARSER, ROOT, found, parse, speaker_of, times

FRAMES, LEAST = 300, 31
FEED = 1460
SIZES = (1_000, 10_000, 100_000)
WIDTH = 44
WORDS = [f" {word}" for word in __doc__.split()]
COUNTER = re.compile(
    rb'("(?:sequence_number|(?:candidates|total)TokenCount|(?:completion|output|total)_tokens)": ?)(\d+)'
)
PADDING = re.compile(rb'("obfuscation": ?")[^"]*')


class Stream(NamedTuple):
    """A stream, and what its frames say."""

    speaker: str
    frames: list[bytes]
    size: int  # frames with data
    told: Counter[type]  # events by their kind

    def share(self, *kinds: type) -> float:
        """How many of its frames say a piece of this kind."""
        return sum(self.told[kind] for kind in kinds) / self.size


def floor(raw: bytes, parse: Callable[[bytes], Any] = parse) -> int:
    """Split a stream at blank lines and parse its frames; how many there are."""
    count = 0
    for block in raw.split(b"\n\n"):
        at = block.find(b"data: ")
        if at >= 0 and block.startswith(b"{", at + 6):
            parse(block[at + 6 :])
            count += 1
    return count


def frames_of(raw: bytes) -> list[bytes] | None:
    """The frames of a stream; None if it is none of server-sent events, or not as the floor reads it."""
    raw = raw.replace(b"\r\n", b"\n")
    if framing_of(None, raw) != "sse":
        return None
    framing = FRAMINGS["sse"]()
    whole = [frame if isinstance(frame, bytes) else frame[1] for frame in framing.feed(raw) + framing.close()]
    try:
        fits = floor(raw) == len([data for data in whole if not data.startswith(b"[DONE]")])
    except ValueError:
        return None
    return [block + b"\n\n" for block in raw.split(b"\n\n") if block] if fits else None


def lengthened(frames: list[bytes], speaker: str, size: int) -> list[bytes]:
    """The frames, those of a piece repeated until there are as many, with words in their place."""
    decoder = chatnorm.StreamDecoder(speaker)
    told = [[e for e in decoder.feed(frame) if type(e) is not UsageReported] for frame in frames]
    plain = [events[0].text if len(events) == 1 and type(events[0]) in TEXTS else None for events in told]
    copies, words = size // max(1, len(plain) - plain.count(None)) + 1, cycle(WORDS)
    made: list[bytes] = []
    for one, run in groupby(zip(frames, plain, strict=True), lambda pair: pair[1] is not None):
        for i, (frame, text) in enumerate([*run] * (copies if one else 1)):
            piece = msgspec.json.encode(text)
            if one and frame.count(piece) == 1:
                frame = frame.replace(piece, msgspec.json.encode(next(words)))
            made.append(later(frame, i) if one else frame)
    return made


def later(frame: bytes, steps: int) -> bytes:
    """A frame as it would be later: its counters higher, its padding another."""
    padding = md5(b"%d" % steps).hexdigest()[: steps % 16 + 1].encode()
    frame = COUNTER.sub(lambda found: found[1] + b"%d" % (int(found[2]) + steps), frame)
    return PADDING.sub(lambda found: found[1] + padding, frame)


def stream(speaker: str, raw: bytes, size: int = 0) -> Stream | None:
    """A stream, lengthened if a size is given; None if it is none to be measured."""
    frames = frames_of(raw)
    if frames is None or not hasattr(reader(speaker), "Frame"):
        return None
    if size:
        frames = lengthened(frames, speaker, size)
    raw = b"".join(frames)
    count, told = floor(raw), [*chatnorm.decode_stream(raw, speaker)]
    ended = type(told[-1]) is Ended
    return Stream(speaker, frames, count, Counter(map(type, told))) if ended and count >= LEAST else None


def fed(frames: list[bytes]) -> list[bytes]:
    """A stream as the network delivers it."""
    raw = b"".join(frames)
    return [raw[at : at + FEED] for at in range(0, len(raw), FEED)]


def decode(speaker: str, pieces: list[bytes]) -> None:
    """Read a stream, and drop its events."""
    decoder = chatnorm.StreamDecoder(speaker)
    for piece in pieces:
        decoder.feed(piece)
    decoder.close()


def assemble(events: list[Any]) -> chatnorm.ChatResponse:
    """The value of events."""
    assembler = chatnorm.Assembler()
    for event in events:
        assembler.add(event)
    return assembler.response()


def measured(stream: Stream) -> list[float]:
    """Ratios to the floor: fed whole, by the network, by frames; and of the value."""
    speaker, frames = stream.speaker, stream.frames
    raw, pieces = b"".join(frames), fed(frames)
    base, *spent = times(
        [
            partial(floor, raw),
            *(partial(decode, speaker, feeds) for feeds in ([raw], pieces, frames)),
            partial(chatnorm.normalize_stream, pieces, speaker),
        ]
    )
    return [seconds / base for seconds in spent]


def row(title: str, ratios: list[list[float]]) -> None:
    """Print the figures of these streams."""
    if ratios:
        whole, net, single, value = zip(*ratios, strict=True)
        high = quantiles(net, n=10)[-1] if len(net) > 1 else net[0]
        figures = (median(whole), median(net), high, median(single), median(value))
        print(f"{title:{WIDTH}}{len(ratios):9}" + "".join(f"{n:9.2f}" for n in figures), flush=True)


def rows(title: str, streams: list[Stream]) -> Stream | None:
    """Print all rows of one grammar's streams; that of text with the median figure."""
    pairs = sorted([(measured(stream), stream) for stream in streams], key=lambda pair: pair[0][1])
    texts = [pair for pair in pairs if pair[1].share(TextDelta) >= 0.9]
    others = [pair for pair in pairs if pair[1].share(ReasoningDelta, ArgumentsDelta) > 0.5]
    row(title, [ratios for ratios, _ in pairs])
    row(f"{title}, text", [ratios for ratios, _ in texts])
    row(f"{title}, thoughts, calls", [ratios for ratios, _ in others])
    return texts[len(texts) // 2][1] if texts else None


def growth(speaker: str, pieces: list[bytes]) -> int:
    """Bytes by which a decoder's memory grows at its peak after the first tenth of a stream."""
    decoder = chatnorm.StreamDecoder(speaker)
    for piece in pieces[: len(pieces) // 10]:
        decoder.feed(piece)
    gc.collect()
    tracemalloc.start()
    for piece in pieces[len(pieces) // 10 :]:
        decoder.feed(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def repeated(call: Callable[[], Any], copies: int) -> None:
    """Call something several times."""
    for _ in range(copies):
        call()


def size_row(grammar: str, stream: Stream) -> None:
    """Print what a frame costs in a stream of several sizes, and what the memory grows by."""
    longer = [lengthened(stream.frames, stream.speaker, size) for size in SIZES]
    copies = [max(1, SIZES[1] // size) for size in SIZES]  # else a short one finds the caches cold
    pieces = [fed(frames) for frames in longer]
    events = [[*chatnorm.decode_stream(of, stream.speaker)] for of in pieces]
    calls = [partial(decode, stream.speaker, of) for of in pieces] + [partial(assemble, of) for of in events]
    spent = times([partial(repeated, call, n) for call, n in zip(calls, copies * 2, strict=True)])
    counts = [len(frames) * n for frames, n in zip(longer, copies, strict=True)]
    each = [seconds / count * 1e9 for seconds, count in zip(spent, counts * 2, strict=True)]
    figures = (*each, growth(stream.speaker, pieces[1]) / 1024)
    print(f"{grammar:{WIDTH}}" + "".join(f"{n:9.0f}" for n in figures), flush=True)


def heading(title: str, *columns: str) -> None:
    """Print the names of columns."""
    print(f"\n{title:{WIDTH}}" + "".join(f"{column:>9}" for column in columns))


def main() -> None:
    """Print the tables."""
    print(f"ratios to splitting at blank lines and {PARSER}; Python {sys.version.split()[0]}")
    streams: dict[tuple[str, str], list[Stream]] = {}
    other = 0
    for folder in [ROOT / "fixtures", *map(Path, sys.argv[1:])]:
        kind, size = ("recorded", 0) if streams else ("fixtures", FRAMES)
        for vendor, grammar, raw in found(folder, "stream", "sse"):
            speaker = speaker_of(vendor, grammar)
            made = stream(speaker, raw, size) if speaker else None
            if made is None:
                other += 1
            else:
                streams.setdefault((grammar, kind), []).append(made)
    print(f"{other} streams left out")
    heading("", "n", "whole", f"{FEED:,} B", "p90", "single", "value")
    typical: dict[str, Stream] = {}
    for (grammar, kind), of in sorted(streams.items()):
        text = rows(f"{grammar}: {kind}", of)
        if text is not None:
            typical.setdefault(grammar, text)
    sizes = [f"{size:,}" for size in SIZES]
    heading("ns a frame, of so many", *sizes, *sizes, "memory")
    for grammar, text in typical.items():
        size_row(grammar, text)


if __name__ == "__main__":
    main()
