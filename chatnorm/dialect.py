"""The dialect contract: what an adapter says about a wire, and the machine that reads with it.

A dialect is one wire grammar. A class of it holds tables; an instance is that grammar compiled for one
vendor. A vendor that differs is a subclass that overrides tables. Reading goes: typed decode of the
plain spelling, else of the other spelling, else the repair; all three end in the same spine,
`response`, which is ordinary code in the adapter.
"""

import types
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, ClassVar, get_args

import msgspec
from msgspec import Struct

from . import classify, ledger, tables
from .canonical import (
    FIGURES,
    NO_USAGE,
    ChatResponse,
    ErrorInfo,
    ErrorKind,
    FinishReason,
    Notice,
    Usage,
)
from .errors import SEVERITY, DecodeError, NoticeKind, keys_shown, word
from .inputs import (
    NOT_JSON,
    JsonText,
    mended,
    not_json,
    parsed,
    place,
    unsealed,
    without_mark,
    without_sentinels,
)
from .pattern import Varying
from .repair import Level, Newcomers, Repair, restore, verbatim
from .tables import W, camel, derive, expression_paths, narrowed, respelled, snake, spellings
from .track import Track

_FINISH_WORDS = frozenset(get_args(FinishReason))
_ERROR_KINDS = frozenset(get_args(ErrorKind))

Notices = list[Notice]
"""Where the reading of one body writes its notices."""

Spelling = tuple[Callable[[JsonText], Any], Callable[[Any, Notices], ChatResponse | None], frozenset[str]]
"""What reads one spelling of a wire: decoder, spine, all names."""


MAX_LEARNED = 32
"""Fields that may be learned, and sets of them that are remembered for streams."""

IDLE = 16
"""Bodies without a learned field after which these are no longer looked for first. A null counts as none, and
is refused all the same by a wire that does not list it."""

MAX_SEEN = 256
"""Fields of which is remembered that they were seen once."""


class FrameReader(Struct, frozen=True):
    """What reads the frames of one spelling."""

    plain: Callable[[Any], Any] | None
    """Decoder of the usual frame, see `Dialect.PLAIN`."""
    full: Callable[[Any], Any]
    """Decoder of any frame."""
    names: frozenset[str]
    """All names of the spelling."""
    varying: Varying = Varying()
    """What varies from frame to frame."""
    new: Newcomers | None = None
    """What was learned."""


def note(notices: Notices, kind: NoticeKind, path: str, detail: str) -> None:
    """Write a notice."""
    notices.append(Notice(kind, SEVERITY[kind], path, detail))


class Vendor(Struct, frozen=True):
    """What an adapter module exports as `VENDOR`."""

    name: str
    """The module's name."""
    speaks: tuple[type["Dialect"], ...]
    """Its grammars; the first is meant where a body does not tell."""
    otel_provider: str | None = None
    """Its well-known value of `gen_ai.provider.name`. `None`: none, or the same as `name`."""
    otel_attributes: Mapping[str, str] = {}
    """Field of `ChatResponse` → the attribute that OpenTelemetry's conventions have for it and for this
    vendor alone."""
    price_provider: str | None = None
    """Its provider id in genai-prices. `None`: none, or the same as `name`."""


class Dialect:
    """One wire grammar. Subclasses fill the tables and write the spine."""

    name: ClassVar[str]
    """`<family>.<grammar>`; a vendor's delta keeps its family's name."""

    Wire: ClassVar[type[tables.Wire]]
    """Wire struct of a whole response."""

    SPELLING: ClassVar[str] = "snake"
    """How the wire spells names of several words: `snake` or `camel`. The other is read as well."""

    ANSWER: ClassVar[tuple[str, ...]]
    """Top-level wire names of which a response has at least one."""

    ENVELOPES: ClassVar[tuple[str, ...]] = ()
    """Names under which SDKs and logs hold the whole body. What stands beside it goes to
    `extra["envelope"]`."""

    MARKS: ClassVar[tuple[str, ...]]
    """Names by which a body of the grammar is known: `name`, `name=start of its text` (or `name={` or
    `name=[`), `error.name`, `list[].name` for its first item, or `[]` for a body in an array. For `detect`.
    Adds to the family's."""

    HINTS: ClassVar[tuple[str, ...]] = ()
    """As `MARKS`, of names that other grammars have as well."""

    EXTRA: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Level → wire names of fields that are kept in `extra` without being read. Adds to the family's."""

    FINISH: ClassVar[Mapping[str, FinishReason]]
    """The wire's finish words."""

    USAGE: ClassVar[Mapping[str, str]]
    """Figure of `Usage`, `cost` or `tools` → where it is in the usage object; see
    `tables.usage_reader`."""

    USAGE_ROWS: ClassVar[tuple[str, str]] = ("modality", "token_count")
    """The attributes, in a row of a list of counts by kind, that say the kind and the count."""

    USAGE_KINDS: ClassVar[tuple[str, ...]] = ()
    """Kinds that some senders give by their number."""

    USAGE_PATH: ClassVar[str] = "$.usage"
    """Where the usage object is."""

    REASONING_BESIDE_OUTPUT: ClassVar[bool] = False
    """Whether a total that fits only with the thoughts added means that the output leaves them out."""

    REASONING_LEFT_OUT: ClassVar[bool] = False
    """Whether more thoughts than output mean that the output, and a total that fits it, leave them out."""

    CURRENCY: ClassVar[str | None] = None
    """Of `Usage.cost`."""

    COST_ESTIMATED: ClassVar[bool] = False
    """Whether the vendor calls its cost an estimate."""

    COST_UNITS: ClassVar[int] = 1
    """How many of the wire's units of cost make one of `CURRENCY`."""

    COST_DETAILS: ClassVar[tuple[str, ...]] = ()
    """Names in the usage object that break the cost down."""

    TOOLS: ClassVar[tuple[str, ...]] = ()
    """Of the counters of vendor-run tools, those that count runs; empty if all do."""

    ERRORS: ClassVar[Mapping[str, ErrorKind]] = {}
    """The vendor's error codes and types. Adds to the family's and to `classify.CODES`."""

    REQUEST_ID_HEADERS: ClassVar[tuple[str, ...]] = ("x-request-id",)
    """Headers that hold the vendor's id of the request."""

    SERVICE_TIER_HEADERS: ClassVar[tuple[str, ...]] = ()
    """Headers that hold the class of service."""

    USAGE_HEADERS: ClassVar[Mapping[str, str]] = {}
    """Figure of `Usage` → header that holds it; or several with `+` between, which are added up."""

    ERROR_TYPE_HEADERS: ClassVar[tuple[str, ...]] = ()
    """Headers that hold the class of a failure."""

    RATE_LIMIT_HEADERS: ClassVar[str | None] = None
    """Shape of the header names of allowances, with `{field}` and `{what}` in it."""

    EXEMPT: ClassVar[Mapping[str, str]] = {}
    """JSON paths (`[]` for any index) of what carries nothing, it and all below → why. It is dropped."""

    ABSENT_AS_TEXT: ClassVar[bool] = False
    """Whether the vendor's SDK can print its sentinel for an absent field as a text."""

    SPINE: ClassVar[tuple[str, ...]] = ("response",)
    """Methods on the plain path. Each instance runs its own copy of their code, since the interpreter
    is quick only where one line always meets one class."""

    Frame: ClassVar[type[tables.Wire]]
    """Wire struct of a stream's frame. A grammar without one cannot be streamed."""

    Track: ClassVar[type[Track]]
    """Reads the frames of one stream."""

    PLAIN: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Level → fields of the usual frame, one piece of text and what repeats; what has others is no such."""

    TEXTS: ClassVar[tuple[str, ...]] = ()
    """Wire names of what frames hold one piece of text in. A frame with such a name twice is read as any
    other."""

    PASSING: ClassVar[tuple[str, ...]] = ()
    """Wire names of what differs from frame to frame and says nothing after the first."""

    FRAMING: ClassVar[str] = "sse"
    """How frames are told apart, where the stream itself does not tell; a name of `framing.FRAMINGS`."""

    FRAME_MARKS: ClassVar[tuple[str, ...]] = ()
    """Top-level names of which a frame has at least one. Empty: as `ANSWER`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for table, kind in (("FINISH", _FINISH_WORDS), ("ERRORS", _ERROR_KINDS)):
            bad = set(getattr(cls, table, {}).values()) - kind
            if bad:
                raise TypeError(f"{cls.__name__}.{table}: {sorted(bad)[0]!r} is no word of ours")
        for table, known in (("USAGE", {*FIGURES, "cost", "tools"}), ("USAGE_HEADERS", {*FIGURES})):
            bad = set(getattr(cls, table, {})) - known
            if bad:
                raise TypeError(f"{cls.__name__}.{table}: {sorted(bad)[0]!r} is no figure of Usage")

    def __init__(self, vendor: str | None = None) -> None:
        self.vendor = vendor
        self.codes = {**classify.CODES, **merged(type(self), "ERRORS")}
        extra: dict[str, tuple[str, ...]] = {}
        for base in reversed(type(self).__mro__):
            for level, names in vars(base).get("EXTRA", {}).items():
                extra[level] = extra.get(level, ()) + tuple(names)
        self._extra = extra
        self._counters = frozenset(
            path.rpartition(".")[2]
            for figure, text in self.USAGE.items()
            if figure in FIGURES
            for path in expression_paths(text)
        )
        self.usage_of = ledger.compile_usage(
            self.USAGE,
            path=self.USAGE_PATH,
            reasoning_beside_output=self.REASONING_BESIDE_OUTPUT,
            reasoning_left_out=self.REASONING_LEFT_OUT,
            currency=self.CURRENCY,
            estimated=self.COST_ESTIMATED,
            cost_units=self.COST_UNITS,
            cost_details=self.COST_DETAILS,
            tools=self.TOOLS,
            rows=self.USAGE_ROWS,
            numbered=dict(enumerate(self.USAGE_KINDS)),
        )
        self._answers = frozenset(f(name) for name in self.ANSWER for f in (str, camel, snake))
        self._wire = derive(self.Wire, extra, counters=self._counters)
        kept = verbatim(Level.of(self._wire))
        self._verbatim = None if kept is None else msgspec.json.Decoder(kept)
        self._verbatim_names = {name for level in _levels(self._wire) for name in level.raws}
        self._absent_as_text = self.ABSENT_AS_TEXT
        self._frame_readers: dict[bool, FrameReader] = {}
        self._learned: dict[frozenset[tuple[str, str]], FrameReader] = {}
        self._frame_marks = frozenset(
            f(n) for n in self.FRAME_MARKS or self.ANSWER for f in (str, camel, snake)
        )
        self._plain = self._spelling(self._wire)
        self._respelled: Spelling | None = None
        self._first = self._plain
        self._taught: Spelling | None = None
        self._seen: set[tuple[str, str]] = set()  # fields that the wire does not list: level and name
        self._lessons: frozenset[tuple[str, str]] = frozenset()  # those of them that were seen again

    def _spelling(self, wire: type[tables.Wire]) -> Spelling:
        """What reads one spelling: a decoder, a copy of the spine of its own, and the names."""
        twin: Any = object.__new__(_twin(type(self)))
        # the tables as well: an attribute of the object is found more quickly than one of its class
        for key, value in {**vars(self), "name": self.name, "FINISH": self.FINISH}.items():
            setattr(twin, key, value)
        names = frozenset(name for level in _levels(wire) for name in level.known)
        return msgspec.json.Decoder(wire).decode, twin.response, names

    # Reading

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        """The spine: a whole body's wire struct → the canonical value; None if it holds no answer."""
        raise NotImplementedError

    def tried(self, text: JsonText) -> ChatResponse | None:
        """The canonical value of a whole body that needs no second look; None for any other."""
        decode, build, _ = self._first
        try:
            response = build(decode(text), [])
        except NOT_JSON:
            return None
        return None if self._absent_as_text else response

    def read(self, text: JsonText) -> ChatResponse:
        """The canonical value of a whole body; a failure that it reports is in `.error`.

        Raises `DecodeError` if it is not JSON or not of this grammar.
        """
        if self._absent_as_text:
            text = without_sentinels(text)
        first = self._first
        decode, build, _ = first
        try:
            response = build(decode(text), [])
            if response is not None:
                return response
            refusal = ""
        except msgspec.ValidationError as error:
            refusal = str(error)  # not the error, whose traceback would hold this frame
        except NOT_JSON:
            refusal = None
        if refusal is None:
            bare = without_mark(text)
            return self.read(bare) if len(bare) < len(text) else self._read_repaired(text)
        response = self._read_respelled(text, first, refusal)
        return self._read_repaired(text) if response is None else response

    def _read_respelled(self, text: JsonText, first: Spelling, refusal: str) -> ChatResponse | None:
        """Try another reading than `first`, if what was refused is a name in it: that of learned fields, or
        the other spelling.

        It is tried first from then on, since a caller mostly stays with one. Results are the same in either
        order: each spelling refuses the other's names.
        """
        name = refusal.partition("unknown field `")[2].partition("`")[0]
        if self._respelled is None:
            respell = camel if self.SPELLING == "snake" else snake
            respelled = derive(self.Wire, self._extra, respell=respell, counters=self._counters)
            self._respelled = self._spelling(respelled)
        other = self._plain if first is self._respelled else self._respelled
        if self._taught is not None and first is self._plain and name in self._taught[2]:
            other = self._taught
        decode, build, names = other
        if name not in names:
            return None
        self._first = other
        try:
            return build(decode(text), [])
        except NOT_JSON:
            return None

    def _read_repaired(self, text: JsonText) -> ChatResponse:
        notices: Notices = []
        body, text = self._mended(text, notices)
        if self._verbatim is not None and isinstance(body, dict) and self._holds_text(text):
            # where the shape is another, the texts are written anew from their values
            with suppress(*NOT_JSON):
                restore(body, self._verbatim.decode(text), Level.of(self._wire))
        return self.read_value(body, notices)

    def _mended(self, text: JsonText, notices: Notices) -> tuple[Any, JsonText]:
        """A text's value, what JSON cannot say in it mended; and the text as it was read."""
        body, trouble = parsed(text)
        if trouble is not None and not isinstance(trouble, RecursionError):
            new, numbers, halves = mended(text)
            if numbers:
                note(notices, "coerced", "$", f"read numbers out of range as text: {numbers}")
            if halves:
                note(notices, "coerced", "$", f"read halves of surrogate pairs as U+FFFD: {halves}")
            if notices:
                body, again = parsed(new)
                text, trouble = (new, None) if again is None else (text, trouble)
        if trouble is not None:
            raise not_json(text, trouble, dialect=self.name)
        return body, text

    def _holds_text(self, text: JsonText) -> bool:
        """Whether a value that is kept verbatim may be in a body."""
        if isinstance(text, str):
            return any(f'"{name}"' in text for name in self._verbatim_names)
        whole = bytes(text) if isinstance(text, memoryview) else text
        return any(f'"{name}"'.encode() in whole for name in self._verbatim_names)

    def read_value(self, body: Any, notices: Notices) -> ChatResponse:
        """As `read`, of parsed JSON that is this function's to change."""
        body, envelope = self.unwrap(body)
        if not self.has_answer(body):
            if classify.is_error(body):
                usage, body = self.used(body)
                return _enveloped(self.failed(self.error(body), notices=notices, usage=usage), envelope)
            if not isinstance(body, dict):
                several = isinstance(body, list) and any(self.has_answer(item) for item in body)
                kind = "array" if isinstance(body, list) else "another value"
                hint = "several bodies in one array: frames of a stream, or a log" if several else None
                raise DecodeError(dialect=self.name, path="$", expected="object", got=kind, hint=hint)
        # now, since the repair takes unknown ones out
        keys = [*islice((key for key, value in body.items() if value is not None), 5)]
        repair = Repair(notices)
        wire = self.fitted(body, self._wire, "$", notices, repair)
        if repair.unknown and all(told.kind == "unknown_field" for told in notices):
            self._learn(repair.unknown)
        response = self._plain[1](wire, notices)
        if response is None:
            if not self.has_answer(body):
                raise self.nothing(keys)
            note(notices, "missing", f"$.{self.ANSWER[0]}", f"expected {self.ANSWER[0]} or an error")
            response = ChatResponse(self.vendor, self.name, notices=tuple(notices))
        if envelope.get("error") and response.error is None:
            response = response.replace(error=self.error({"error": envelope.pop("error")}), end="failed")
        return _enveloped(response, envelope)

    def _learn(self, unknown: set[tuple[str, str]]) -> None:
        """Read fields that come again with the others, so that a vendor's new field costs its repair but
        twice. What they give is the same as from the repair."""
        again = unknown & self._seen
        if len(self._seen) < MAX_SEEN:
            self._seen |= unknown
        lessons = self._lessons | again
        if lessons == self._lessons or len(lessons) > MAX_LEARNED:
            return
        self._lessons = lessons
        wire = derive(self.Wire, self._extra, counters=self._counters, learned=lessons)
        new = Newcomers(wire, lessons)
        decode, build, _ = self._spelling(wire)

        idle = 0

        def built(body: Any, notices: Notices) -> ChatResponse | None:
            nonlocal idle
            idle = 0 if new.settle(body, "$", notices) else idle + 1
            if idle > IDLE:
                idle, self._first = 0, self._plain  # which is quicker where nothing is new
            response = build(body, notices)
            # failures are read in another way, in which no field is new
            return None if response is None or response.error is not None else response

        self._taught = (decode, built, frozenset(name for _, name in lessons))
        self._first = self._taught

    def fitted(
        self,
        value: dict[str, Any],
        wire: type[W],
        path: str,
        notices: Notices,
        repair: Repair | None = None,
    ) -> W:
        """A parsed object as this wire struct, repaired where it does not fit."""
        level, repair = Level.of(wire), repair or Repair(notices)
        repair.names(value, level, path)
        try:
            return msgspec.convert(value, wire)
        except msgspec.ValidationError:
            repair.values(value, level, path)
        trouble = ""
        try:
            return msgspec.convert(value, wire)
        except msgspec.ValidationError as error:
            trouble = str(error)
        where = place(trouble)
        raise DecodeError(dialect=self.name, path=where, expected="this grammar", got="something else")

    def has_answer(self, body: Any) -> bool:
        """Whether a parsed body has the fields of a response."""
        return isinstance(body, dict) and not self._answers.isdisjoint(body)

    def unwrap(self, body: Any) -> tuple[Any, dict[str, Any]]:
        """The body inside the envelopes of SDKs and logs, and what stood beside it."""
        envelope: dict[str, Any] = {}
        for _ in range(6):
            if not isinstance(body, dict) or body.get(self.ANSWER[0]) is not None:
                break
            if any(body.get(name) is not None for name in self._answers):
                break
            found = ((key, _opened(body.get(key))) for key in self.ENVELOPES)
            key, inner = next((pair for pair in found if pair[1] is not None), (None, None))
            if key is None:
                break
            beside = {k: v for k, v in body.items() if k != key and v is not None}
            clash = envelope.keys() & beside.keys()
            envelope = {**beside, "envelope": envelope} if clash else {**envelope, **beside}
            body = inner
        return body, envelope

    # Streams

    def frame_reader(self, respelled: bool = False) -> FrameReader:
        """What reads the frames of one spelling; made on first use."""
        if respelled not in self._frame_readers:
            respell = (camel if self.SPELLING == "snake" else snake) if respelled else None
            wire = derive(self.Frame, self._extra, respell=respell, counters=self._counters)
            plain = msgspec.json.Decoder(narrowed(wire, self.PLAIN)).decode if self.PLAIN else None
            names = frozenset(name for level in _levels(wire) for name in level.known)
            full, varying = msgspec.json.Decoder(wire).decode, self._varying(wire)
            self._frame_readers[respelled] = FrameReader(plain, full, names, varying)
            if not respelled:
                self._frame_wire = wire
                kept = verbatim(Level.of(wire))
                self._verbatim_frame = None if kept is None else msgspec.json.Decoder(kept)
        return self._frame_readers[respelled]

    def _varying(self, wire: type[tables.Wire]) -> Varying:
        """What varies in the frames of a wire."""
        texts, passing = (
            tuple(f'"{spelling}":'.encode() for name in names for spelling in spellings(name))
            for names in (self.TEXTS, self.PASSING)
        )
        for name in spellings(self.USAGE_PATH.removeprefix("$.")):
            field = Level.of(wire).fields.get(name)
            if field is not None and field.level is not None:
                decode = msgspec.json.Decoder(field.level.wire).decode
                return Varying(texts, passing, f'"{name}"'.encode(), decode)
        return Varying(texts, passing)

    def learned_reader(self, learned: frozenset[tuple[str, str]]) -> FrameReader | None:
        """What reads the frames of a stream in which fields have shown that the wire does not list; they are
        kept without a further notice. `learned`: their levels and names. None: too many of them."""
        if learned not in self._learned:
            if len(self._learned) >= MAX_LEARNED or len(learned) > MAX_LEARNED:
                return None
            wire = derive(self.Frame, self._extra, counters=self._counters, learned=learned)
            decode, new = msgspec.json.Decoder(wire).decode, Newcomers(wire, learned)
            usual = self.frame_reader()
            varying = msgspec.structs.replace(usual.varying, decode=None)
            self._learned[learned] = FrameReader(usual.plain, decode, usual.names, varying, new or None)
        return self._learned[learned]

    def frame_value(
        self, data: bytes, name: str | None, notices: Notices
    ) -> tuple[Any, set[tuple[str, str]]]:
        """A frame that the typed decode refused: its wire struct, repaired, or the failure that it reports;
        and the fields that the wire does not list.

        Raises `DecodeError` if it is not JSON or not of this grammar.
        """
        body, text = self._mended(data, notices)
        if isinstance(body, dict) and self._verbatim_frame is not None:
            with suppress(*NOT_JSON):
                restore(body, self._verbatim_frame.decode(text), Level.of(self._frame_wire))
        body, envelope = self.unwrap(unsealed(body))
        if isinstance(body, list) and len(body) == 1:
            body = body[0]
        if isinstance(body, dict):
            body = self.framed(body, name)
        marks = self._frame_marks.intersection(body) if isinstance(body, dict) else ()
        if all(body[name] is None for name in marks) and classify.is_error(body):
            return self.error(body), set()
        if body is None:
            return None, set()  # a sign of life
        if not isinstance(body, dict):
            kind = "array" if isinstance(body, list) else "another value"
            raise DecodeError(dialect=self.name, path="$", expected="object", got=kind)
        if envelope:
            body.setdefault("envelope", envelope)
        repair = Repair(notices)
        return self.fitted(body, self._frame_wire, "$", notices, repair), repair.unknown

    def framed(self, body: dict[str, Any], name: str | None) -> dict[str, Any]:
        """A frame's body as the grammar has it. `name`: of its event, if it came under one."""
        return {"error": body} if name == "error" and not body.get("error") else body

    def is_whole(self, body: Any) -> bool:
        """Whether a parsed body that came where a stream was expected is a whole response."""
        return self.has_answer(body)

    # Failures

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """The failure that a parsed error body reports."""
        return classify.read_error(body, status=status, codes=self.codes, vendor=self.vendor)

    def failed(self, info: ErrorInfo, *, notices: Iterable[Notice] = (), **received: Any) -> ChatResponse:
        """A response that holds a failure, and whatever was received with it."""
        return ChatResponse(
            self.vendor,
            self.name,
            error=info,
            end="failed",
            notices=tuple(notices),
            request_id=info.request_id,
            **received,
        )

    def used(self, body: Any) -> tuple[Usage, Any]:
        """The usage beside a failure, which is billed all the same; and the body without it."""
        name = self.USAGE_PATH.removeprefix("$.")
        held = body.get(name) if isinstance(body, dict) else None
        if not isinstance(held, dict):
            return NO_USAGE, body
        try:
            usage = self.read_value({name: held}, []).usage
        except DecodeError:
            return NO_USAGE, body
        return usage, {key: value for key, value in body.items() if key != name}

    def nothing(self, keys: Iterable[str], hint: str | None = None) -> DecodeError:
        """The error for a body of another grammar. `keys`: its top-level names."""
        expected = f"{' or '.join(self.ANSWER)}, or an error"
        got = keys_shown(keys)
        return DecodeError(dialect=self.name, path="$", expected=expected, got=got, hint=hint)

    # For the spine

    def usage(self, wire: Any, notices: Notices) -> Usage:
        """What a usage object says, with its rows."""
        return self.usage_of(wire, notices)

    def listed(self, native: str, notices: Notices, path: str) -> FinishReason:
        """What a finish word means."""
        return self.FINISH.get(native) or self.unlisted(native, notices, path)

    def unlisted(self, native: str, notices: Notices, path: str) -> FinishReason:
        """What a finish word is that no table lists."""
        note(notices, "unknown_value", path, f"expected a listed finish reason, got {word(native)}")
        return "unknown"


def merged(cls: type[Dialect], table: str) -> dict[str, Any]:
    """A table that subclasses add to, as it stands for `cls`."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        found.update(vars(base).get(table, {}))
    return found


def _twin(cls: type[Dialect]) -> type[Dialect]:
    """A class like `cls` with code of its own for each method of the spine, those that it inherits and
    extends as well; `cls` itself, if it has them from two sides."""
    spines = {
        base: [vars(base)[name] for name in cls.SPINE if name in vars(base)]
        for base in cls.__mro__
        if issubclass(base, Dialect)
    }
    line = [base for base, spine in spines.items() if spine or base is cls]
    if not all(map(issubclass, line, line[1:])):
        return cls
    twin: type[Dialect] = Dialect
    for base in reversed(line):
        cell = types.CellType()
        copies = {function.__name__: _copied(function, cell) for function in spines[base]}
        bases = (twin, base) if twin is not Dialect else (base,)
        cell.cell_contents = twin = type(base.__name__, bases, copies)
    return twin


def _copied(function: Any, cls: types.CellType) -> Any:
    """A function with code of its own; `super()` in it starts from the class in the cell."""
    code = function.__code__
    cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
    closure = tuple([cls if name == "__class__" else cell for name, cell in cells])
    copy = types.FunctionType(code.replace(), function.__globals__, function.__name__, closure=closure)
    copy.__defaults__, copy.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    return copy


def _levels(wire: type[tables.Wire]) -> list[Level]:
    """All levels in a tree of wire structs."""
    todo, done = [Level.of(wire)], []
    while todo:
        level = todo.pop()
        if level in done:
            continue
        done.append(level)
        for field in level.fields.values():
            for inner in (field, field.item):
                todo += inner.levels() if inner is not None else []
    return done


def _opened(value: Any) -> dict[str, Any] | None:
    """What an envelope holds: an object, a list of one, or either as JSON text."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        value, _ = parsed(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) and value else None


def _enveloped(response: ChatResponse, envelope: dict[str, Any]) -> ChatResponse:
    if not envelope:
        return response
    return response.replace(extra={**response.extra, "envelope": envelope})


class Fields:
    """A JSON object being read by name, in either spelling. What is not taken is `rest`."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._left = {key: item for key, item in value.items() if item is not None}

    def take(self, name: str, *kinds: type) -> Any:
        """The value under this name, if it is of one of these types (of any, if none is given)."""
        left = self._left
        if name in left:
            if not kinds or left[name].__class__ in kinds:
                return left.pop(name)
        elif left and (name := respelled(name)) in left and (not kinds or left[name].__class__ in kinds):
            return left.pop(name)
        return None

    def peek(self, name: str) -> Any:
        """The value under this name, left where it is."""
        return next((v for n in spellings(name) if (v := self._left.get(n)) is not None), None)

    def text(self, name: str) -> str | None:
        """A string."""
        left = self._left
        if name not in left and (not left or (name := respelled(name)) not in left):
            return None
        return left.pop(name) if left[name].__class__ is str else None

    def whole(self, name: str) -> int | None:
        """An integer; an integral float counts as one."""
        value = self.take(name, int, float)
        if isinstance(value, float):
            if not value.is_integer():
                self._left[name] = value
                return None
            return int(value)
        return value  # type: ignore[no-any-return]

    def object(self, name: str) -> dict[str, Any]:
        """An object; an empty one if it is not there."""
        value: dict[str, Any] | None = self.take(name, dict)
        return value or {}

    def rest(self) -> dict[str, Any]:
        """What was not taken."""
        return self._left
