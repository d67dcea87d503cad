"""`openai.responses`: streams.

- Items are told apart by `output_index`: Copilot gives each event another `item_id`. llama.cpp has no index,
  and its items are known by their ids; where neither is there, the latest is meant. Some proxies send 0 for
  every item. The pieces of an item are told apart by `content_index` or `summary_index`. Items interleave; a
  stream may begin in the middle.
- What a `.done` event or the final answer says replaces what the deltas gave (on Copilot those can be
  ciphertext); what it leaves out stays. The final `output` may be empty, lack items, or be all there is.
- Early events echo the tier that was asked for; the last one names the tier that served.
- `error` may be followed by `response.failed`, with the same failure and what else is told of the answer.
  Perplexity's `response.failed` has the error beside it and no answer.
- Code, patches and commands come as plain text, not as the JSON of arguments: they are told when done.
- A picture's previews each replace the one before.
"""

from itertools import count
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import (
    AudioPart,
    ImagePart,
    ReasoningPart,
    RefusalPart,
    ServerToolCall,
    TextPart,
    TokenLogprob,
    ToolCall,
)
from chatnorm.errors import word
from chatnorm.events import DELTAS, ArgumentsDelta
from chatnorm.repair import json_text
from chatnorm.tables import whole
from chatnorm.track import Open, Track

from .parts import tokens
from .responses_wire import KINDS, Answer, Event, Other, Reasoning, Said

SPAN = 1 << 20
"""The parts of an item stand from its index times this on."""

THOUGHTS = SPAN // 2
"""Where in an item its thoughts stand, after their summaries."""

BEHIND = 16
"""How far beyond its number the index of a piece may be: Bedrock goes on counting from the item before."""

TEXTS: dict[str, tuple[str, Any, Any]] = {
    "output_text": ("text", Said, TextPart("")),
    "refusal": ("refusal", Said, RefusalPart("")),
    "reasoning_text": ("text", Reasoning, ReasoningPart("")),
    "reasoning_summary_text": ("text", Reasoning, ReasoningPart("", True)),
    "function_call_arguments": ("arguments", KINDS["function_call"], ToolCall()),
    "custom_tool_call_input": ("input", KINDS["custom_tool_call"], ToolCall()),
    "mcp_call_arguments": ("arguments", KINDS["mcp_call"], ToolCall()),
    "code_interpreter_call_code": ("code", KINDS["code_interpreter_call"], ToolCall()),
}
"""Event → the name of its whole text; its item, where none was announced; its part."""

COUNTED = "annotation_index command_index partial_image_index sequence_number"
UNKEPT = f"""{COUNTED} arguments code command diff error input name obfuscation output part partial_image_b64
    refusal status text"""
"""What events hold that is read, that is for the stream alone, or that an item says as well when done."""

QUIET = frozenset(("keepalive", "keep_alive", "ping", "compacting", "audio", "audio.transcript"))
QUIET |= {"content_part", "reasoning_part", "reasoning_summary_part", "apply_patch_call_operation_diff"}
QUIET |= {"shell_call_command", "shell_call_output_content"}
"""Events that say nothing, or what their text or their item says as well."""

TOLD = ("codex.rate_limits", "codex.response.metadata", "response.metadata", "responsesapi.websocket_timing")
"""Events of ChatGPT's backend about itself."""

WRITTEN: dict[Any, str] = dict.fromkeys((TextPart, RefusalPart, ReasoningPart), "text")
WRITTEN |= dict.fromkeys((ToolCall, ServerToolCall), "arguments")
"""Kind of part → what pieces of text add to."""

LATE = ("id", "name", "encrypted", "signature", "format", "status", "output", "data")
"""What an update can say of a part, besides `extra`."""


WHERE = ("type", "output_index", "content_index", "summary_index")
"""What tells which text an event is about."""

DROPPED = frozenset(UNKEPT.split())
where_of = attrgetter(*WHERE)
named_of = attrgetter(*WHERE, "item_id")
NOWHERE: Any = (where_of, None, None, 0, [])


class ResponsesTrack(Track):
    """One stream of `openai.responses`."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.items: dict[int, Any] = {}  # by their numbers, as last told
        self.numbers: dict[Any, int] = {}  # by `output_index` and by id; of the latest under `None`
        self.settled: set[int] = set()
        self.fresh = count(SPAN)  # numbers, beyond any index
        self.cited: dict[int, list[Any]] = {}  # by the part's number
        self.chances: dict[int, list[TokenLogprob]] = {}
        self.writing: tuple[Any, Any, Any, int, list[str]] = NOWHERE
        """The text being written: what tells where, where, what it makes, of which part, its pieces."""

    def plain(self, wire: Any) -> bool:
        (place, where, event, number, pieces), text = self.writing, wire.delta
        if place(wire) != where or type(text) is not str or not text:
            self.writing = NOWHERE
            return (0, self.place(wire)) in self.parts and str(wire.type).endswith("_code.delta")
        pieces.append(text)
        self.events.append(event(0, number, text))
        return True

    def frame(self, wire: Event) -> None:
        kind, body, sent, self.writing = wire.type or "", wire.response, wire.extra(), NOWHERE
        stem, _, what = kind.removeprefix("response.").rpartition(".")
        place, delta, image = self.place(wire), wire.delta, sent.get("partial_image_b64")
        extra = {key: value for key, value in sent.items() if key not in DROPPED}
        if self.reported is not None:
            self.fail(self.reported)
            if kind == "response.failed" and body is not None:
                self.answer(body, what)
            return
        if kind == "error" or (sent.get("error") and kind in ("", "response.failed") and body is None):
            self.reported = self.dialect.error({k: v for k, v in sent.items() if k != "sequence_number"})
            return
        if body is None and not self.started:
            self.head()
        if body is not None:
            self.answer(body, what)
        elif stem in TEXTS:
            self.text_of(wire, stem, what, sent)
        elif wire.item is not None:
            (self.settle if what == "done" else self.item)(self.number(wire, wire.item), wire.item)
        elif wire.annotation is not None:
            part, cited = self.opened(wire, Said, TextPart("")), wire.annotation.citation()
            self.cited.setdefault(part.number, []).append(cited)
            self.cite(0, part, cited)
        elif isinstance(image, str):
            self.update(0, self.fitting(0, place, ImagePart(), place), data=image, extra=extra)
            return
        elif "audio" in stem and isinstance(delta, str):
            said = (None, delta) if "transcript" in stem else (delta, None)
            self.data(0, self.fitting(0, "audio", AudioPart(), 1 << 60), *said)
        elif stem.endswith(("_call", "_list_tools")) and delta is None:
            known = self.parts.get((0, place))
            if known is not None and getattr(known.value, "status", None) is not None:
                self.update(0, known, status=what)
        elif stem not in QUIET and what not in QUIET:
            self.note("opaque_part", "$", f"kept as opaque: type {word(kind)}")
            if kind in TOLD:
                self.notices.clear()
            self.keep(kind or "frame", whole(wire))
            return
        if extra:
            self.head(extra=extra)

    def answer(self, body: Answer, what: str) -> None:
        """The answer as far as it is. Its items, and who served it, count when it is over."""
        over, (created, extra) = what in self.dialect.FINISH, self.dialect.facts(body)
        id, model, tier = body.id or None, body.model or None, (over and body.service_tier) or None
        self.head(id=id, model=model, created=created, service_tier=tier, extra=extra)
        if body.usage is not None:
            self.usage(body.usage)
        if over:
            status = body.status = body.status or what
            self.final(body.output or [])
            parts = [self.current(part) for part in self.parts_of(0)]
            self.finish(0, self.dialect.stopped(status, extra, parts, self.notices, "$.response"), status)
            if (failure := self.dialect.failure(body)) is not None:
                self.fail(failure)
            self.done = True

    # Items

    def place(self, wire: Any) -> int:
        """Where the parts of the item begin that an event is about, if it is known."""
        return self.numbers.get(key_of(wire), wire.output_index or 0) * SPAN

    def number(self, wire: Event, item: Any) -> int:
        """The number of the item that an event is about, as far as that tells of it: the index, if that is
        free, else the next. One that is known may be another all the same: of another kind or, after the
        end of the one before, of another name."""
        key, index = key_of(wire), wire.output_index
        number = self.numbers.get(key, -1)
        over, known = number in self.settled, self.items.get(number)
        done = wire.item is not None and wire.type == "response.output_item.done"
        if done and index is not None and known is not None and not over:
            return self.numbers.get(item.id, number)  # of another kind: in place of what was announced
        agree = over + (wire.item is not None)  # of kind and name
        if known is None or (over and key is None) or identity(known)[:agree] != identity(item)[:agree]:
            number = next(self.fresh) if index is None or index in self.items else index
        numbers = self.numbers
        numbers[key] = numbers[item.id] = numbers[None] = number
        return number

    def final(self, output: list[Any]) -> None:
        """The items of the whole answer, each as the one that it was in the stream: by its id, else as the
        next of its kind. Those that are not in it stay as they were announced."""
        rest, told = dict(self.items), {identity(item) for item in output}
        known: dict[Any, list[int]] = {}  # by kind and id, or by kind alone
        for index in sorted(rest, reverse=True):
            name = identity(rest[index])
            known.setdefault(name if name[1] and name in told else name[0], []).append(index)
        for i, item in enumerate(output):
            name = identity(item)
            same = known.get(name) or known.get(name[0])
            index = same.pop() if same else i if i not in self.items else next(self.fresh)
            rest.pop(index, None)
            self.settle(index, item)
        for index, item in rest.items():
            self.settle(index, item)

    def item(self, index: int, item: Any) -> None:
        """An item that begins. A call is told at once, anything else with its first text."""
        self.spoken(index, item)
        value: Any = item.parts()[0]
        if type(value) in (ToolCall, ServerToolCall) and value.name != "image_generation_call":
            self.fitting(0, index * SPAN, replace(value, arguments=value.arguments and ""), index * SPAN)

    def spoken(self, index: int, item: Any) -> None:
        """An item as it is; the first message tells who speaks."""
        self.items[index] = item
        if isinstance(item, Said) and item.role and 0 not in self.roles:
            self.choice(0, item.role)

    def settle(self, index: int, item: Any) -> None:
        """An item is done: what it says holds, and what it leaves out stays as it was."""
        self.spoken(index, item)
        self.settled.add(index)
        values: list[Any] = item.parts()
        begin, thoughts, known = index * SPAN, len(values), self.parts.get((0, index * SPAN))
        if isinstance(item, Reasoning) and (item.content or (0, begin + THOUGHTS) in self.parts):
            thoughts = len(item.summary or ())
        elif isinstance(item, Said) and not item.content and known and type(known.value) in WRITTEN:
            self.update(0, known, extra=item.kept())
            values = []
        places = self.places(begin, min(thoughts, len(values)))
        places += self.places(begin + THOUGHTS, len(values) - len(places))
        for place, value in zip(places, values, strict=True):
            part = self.parts.get((0, place)) or self.start(0, place, value, place)
            self.correct(part, value)
            self.end(0, part)

    def places(self, begin: int, size: int) -> list[int]:
        """Where the pieces of an item stand: by their numbers or, if those began elsewhere, as they are."""
        places = [*range(begin, begin + size)]
        if places and (0, begin) not in self.parts:
            held = [place for place in range(begin, begin + size + BEHIND) if (0, place) in self.parts]
            return held if len(held) == size else places
        return places

    def opened(self, wire: Event, kind: Any, value: Any) -> Open:
        """The part that an event is about, begun if it is new. `kind`: of its item, where none was told."""
        item: Any = kind(id=wire.item_id)
        index = self.number(wire, item)
        item, place = self.items.setdefault(index, item), index * SPAN
        if isinstance(value, ToolCall):
            call = item.parts()[0]
            value = call if WRITTEN.get(type(call)) == "arguments" else value
            return self.fitting(0, place, replace(value, arguments=""), place)
        summary = getattr(value, "summary", False)
        place += (wire.summary_index if summary else wire.content_index) or 0
        place += THOUGHTS if isinstance(item, Reasoning) and not summary else 0
        phase = {"phase": item.phase} if type(value) is TextPart and isinstance(item, Said) else {}
        return self.fitting(0, place, replace(value, id=item.id, **phase), place)

    # Texts

    def text_of(self, wire: Event, stem: str, what: str, sent: dict[str, Any]) -> None:
        """More of a text, or the whole of it."""
        name, kind, value = TEXTS[stem]
        part, told = self.opened(wire, kind, value), sent.get(name)
        if wire.logprobs and what == "delta":
            self.silent = True
            self.chances.setdefault(part.number, []).extend(tokens(wire.logprobs) or ())
        if what == "done" and isinstance(told, str):
            told = json_text({name: told}) if name == "code" else told
            self.correct(part, replace(self.current(part), **{WRITTEN[type(part.value)]: told}))
        elif what == "delta" and isinstance(wire.delta, str) and name != "code":
            self.text(0, part, wire.delta)
            place, event = where_of, DELTAS.get(type(part.value), ArgumentsDelta)
            if wire.output_index is None:  # the frame of another item may differ in the id alone
                place, self.silent = named_of, True
            self.writing = (place, place(wire), event, part.number, self.pieces.setdefault(part.number, []))

    def text(self, choice: int, part: Open, text: str) -> None:
        if text:
            self.pieces.setdefault(part.number, []).append(text)
            super().text(choice, part, text)

    def current(self, part: Open) -> Any:
        """A part as the events so far tell it."""
        value, pieces, cited = part.value, self.pieces.get(part.number), self.cited.get(part.number)
        if pieces:
            pieces[:], name = ["".join(pieces)], WRITTEN[type(value)]
            value = replace(value, **{name: (getattr(value, name) or "") + pieces[0]})
        return replace(value, citations=(*value.citations, *cited)) if cited else value

    def correct(self, part: Open, value: Any) -> None:
        """Tell what is otherwise in a part as the wire repeats it. What that leaves out stays."""
        known, name = self.current(part), WRITTEN.get(type(value), "")
        if type(value) is TextPart and value.logprobs is None and part.number in self.chances:
            value = replace(value, logprobs=tuple(self.chances[part.number]))
        if type(known) is type(value):
            left_out = [n for n in value.__struct_fields__ if getattr(value, n) in (None, "", (), False)]
            stays = {n: getattr(known, n) for n in left_out}
            value = replace(value, **stays, extra={**known.extra, **value.extra})
            before, after = getattr(known, name, None) or "", getattr(value, name, None) or ""
            if after != before and after.startswith(before):
                self.text(0, part, after[len(before) :])
                known = self.current(part)
            late = {n: held for n in LATE if (held := getattr(value, n, None)) is not None}
            if replace(known, extra=value.extra, **late) == value:
                self.update(0, part, extra=value.extra, **late)
                return
        self.end(0, part, value)
        part.value = value
        self.pieces.get(part.number, []).clear()
        self.cited.pop(part.number, None)


def key_of(wire: Any) -> int | str | None:
    """What an event calls the item that it is about: its index, else its id."""
    name: str | None = wire.item_id or (wire.item and wire.item.id) or None
    return name if wire.output_index is None else wire.output_index


def identity(item: Any) -> tuple[str | None, str | None]:
    """What an item is, and the id by which it is known."""
    kind = item.part().kind if isinstance(item, Other) else type(item).__name__
    return kind, getattr(item, "call_id", None) or item.id
