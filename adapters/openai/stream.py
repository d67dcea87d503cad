"""`openai.chat`: streams.

- The pieces of a call are told apart by `index`; where that is missing, always 0 or counted from 1, by the id
  and by what is complete already. An id comes with the first piece, or with all of them, or as "".
- Usage comes in a frame without choices, in the last one with them, or in all of them, cumulative.
- A finish reason may be repeated, and text or usage may follow it.
- Some servers repeat the whole message beside the pieces, or send a whole body as the last frame.
"""

from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import replace

from chatnorm.canonical import Part, ReasoningPart, RefusalPart, TextPart, ToolCall
from chatnorm.dialect import Fields
from chatnorm.events import ArgumentsDelta, ReasoningDelta, TextDelta
from chatnorm.tables import whole
from chatnorm.track import Open, Track

from .parts import audio, citation, content_parts, sources
from .wire import Alternative, Answer, Call, Chunk, Tokens

ORDER: dict[Any, int] = {ReasoningPart: 0, TextPart: 1, ToolCall: 2, RefusalPart: 3}
"""Where parts of a kind stand in a whole body; media come after them, and the legacy call is the last."""

MEDIA, LEGACY = 4, 5


class Calls:
    """The calls of one choice, and which of them a piece belongs to."""

    def __init__(self, pieces: dict[int, list[str]]) -> None:
        self.by_index: dict[int, Open] = {}
        self.by_id: dict[str, Open] = {}
        self.by_place: dict[int, Open] = {}  # in the delta that began it
        self.last: Open | None = None
        self.several = False  # whether the delta has more than one piece
        self.begun: list[Open] = []
        self.pieces = pieces

    def find(self, index: int | None, id: str | None, name: str | None, place: int) -> Open | None:
        """The call that a piece goes on with; None: it begins another. `place`: in its delta."""
        if id in self.by_id:
            return self.by_id[id]
        if index is None:
            last = self.by_place.get(place, self.last) if self.several else self.last
            return last if last is not None and not (name and last.value.name) else None
        part = self.by_index.get(index)
        if part is None and not self.by_index and not name and 0 <= index < len(self.begun):
            return self.begun[index]  # it began without an index
        if part is None or not (name and part.value.name):
            return part
        # both have a name, at the same place: another call if it says so by its id or another name, or if
        # the one before is over
        another = name != part.value.name and (bool(id) or not part.value.id)
        return None if another or (self.over(part) and (bool(id) or not part.value.id)) else part

    def over(self, part: Open) -> bool:
        """Whether a call's arguments are complete."""
        pieces = self.pieces[part.number]
        if not pieces or not pieces[-1].rstrip().endswith("}"):
            return False
        try:
            return isinstance(msgspec.json.decode("".join(pieces)), dict)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return False

    def add(self, index: int | None, part: Open, place: int) -> None:
        """A call that began."""
        self.last = self.by_place[place] = part
        self.begun.append(part)
        self.pieces[part.number] = []
        if index is not None:
            self.by_index[index] = part
        if part.value.id is not None:
            self.by_id[part.value.id] = part


class ChatTrack(Track):
    """One stream of `openai.chat`."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.last: Any = None  # frame that was not plain
        names = self.dialect.PLAIN["response"]
        unlike = {"choices", "object", *self.dialect.PASSING} - {"created"}  # which may have been 0
        self.head_of = attrgetter(*[name for name in names if name not in unlike])
        self.calls: dict[int, Calls] = {}
        self.messages: dict[int, Answer] = {}  # whole messages beside the pieces
        self.texts: dict[int, int] = {}  # choice → number of its text part
        self.thoughts: dict[int, int] = {}  # choice → number of its part of plain thoughts
        self.writing: dict[int, tuple[int | None, int]] = {}  # choice → index and part of its latest call
        self.content: dict[int, type] = {}  # choice → kind of its latest part of content
        self.grown: dict[tuple[int, str, str], list[Any]] = {}  # pieces of what stays in `extra`

    def plain(self, wire: Any) -> bool:
        last, choices = self.last, wire.choices
        if last is None or choices is None or len(choices) != 1 or self.head_of(wire) != self.head_of(last):
            return False
        choice = choices[0]
        delta, number = choice.delta, choice.index
        if delta is None or (delta.role is not None and delta.role != self.roles.get(number)):
            return False
        text, thought, calls = delta.content, delta.reasoning_content or delta.reasoning, delta.tool_calls
        if text:
            part = self.texts.get(number)
            between = self.content.get(number) is not TextPart  # thoughts of the content, perhaps
            if part is None or between or thought or calls or type(text) is not str:
                return False
            self.events.append(TextDelta(number, part, text))
            return True
        if thought:
            part = self.thoughts.get(number)
            if part is None or calls or (delta.reasoning and delta.reasoning_content):
                return False
            self.events.append(ReasoningDelta(number, part, thought))
            return True
        if calls:
            writing, call = self.writing.get(number), calls[0]
            if writing is None or len(calls) != 1 or call.index is None or call.index != writing[0]:
                return False
            sent = call.function and call.function.arguments
            if sent:
                if type(sent) is not str:
                    return False
                self.pieces[writing[1]].append(sent)
                self.events.append(ArgumentsDelta(number, writing[1], sent))
            return True
        return number in self.finishes

    def frame(self, wire: Chunk) -> None:
        self.last, extra = wire, wire.extra()
        self.head(
            id=wire.id or None,
            model=wire.model or None,
            created=wire.created,
            service_tier=wire.service_tier or None,
            system_fingerprint=wire.system_fingerprint or None,
            served_by=wire.provider or None,
            request_id=wire.request_id or None,
            sources=sources(wire.citations, self.notices) if wire.citations else (),
            extra=extra,
        )
        for i, alternative in enumerate(wire.choices or ()):
            self.alternative(alternative, i)
        if wire.usage is not None:
            self.counted(wire.usage)
        if wire.error:
            self.fail(self.dialect.error({"error": wire.error, **extra}))

    def counted(self, wire: Tokens) -> None:
        if wire.total_tokens or not self.dialect.ZEROS_IN_FRAMES:
            self.usage(wire)

    def alternative(self, wire: Alternative, i: int) -> None:
        """One of a frame's `choices`."""
        delta, message, failure = wire.delta or Answer(), wire.message, wire.error
        wire.delta = wire.message = wire.error = None
        # what is beside the delta reads as in a whole body
        told = self.dialect.choice(wire, i, self.notices)
        n, kept = told.index, delta.extra()
        self.choice(
            n,
            delta.role or None,
            stop_sequence=told.stop_sequence,
            logprobs=told.logprobs,
            refusal_logprobs=told.refusal_logprobs,
            extra=self.grow(n, "extra", told.extra),
        )
        before = len(self.notices)
        self.delta(delta, n, i, kept)
        for k, notice in enumerate(self.notices[before:], before):
            self.notices[k] = replace(notice, path=notice.path.replace("].message", "].delta", 1))
        self.choice(n, message_extra=self.grow(n, "message_extra", kept))
        if message is not None:
            self.messages[n] = message
        if told.native_finish_reason is not None:
            self.settle(n)
            self.finish(n, told.finish_reason, told.native_finish_reason)
        if failure:
            self.fail(self.dialect.error({"error": failure}))

    def grow(self, n: int, place: str, kept: dict[str, Any]) -> dict[str, Any]:
        """What is told of it at once; of what comes by the piece, nothing before the end."""
        for name in self.dialect.GROWING if kept else ():
            if name in kept:
                self.grown.setdefault((n, place, name), []).append(kept.pop(name))
                self.silent = True
        return kept

    def delta(self, wire: Answer, n: int, i: int, kept: dict[str, Any]) -> None:
        """What a delta adds to a choice; what has no place in the parts goes to `kept`."""
        calls, cited, sound = wire.tool_calls, wire.annotations, wire.audio
        wire.tool_calls = wire.annotations = wire.audio = None
        if wire.reasoning or wire.reasoning_content or wire.reasoning_details:
            kinds: dict[int | None, str | None] = {}
            for detail in wire.reasoning_details or ():
                kinds[detail.index] = None if detail.index in kinds else detail.type
            for part in self.dialect.thoughts(wire, i, kept, self.notices):
                self.thought(n, part, kinds)
            wire.reasoning = wire.reasoning_content = wire.reasoning_details = None
        if type(wire.content) is list:
            for part in content_parts(wire.content, f"$.choices[{i}].delta.content", self.notices):
                self.piece(n, part, ORDER[TextPart], len(wire.content) > 1)
            wire.content = None
        if wire.content or wire.refusal or wire.images or wire.function_call:
            for part in self.dialect.parts(wire, i, kept, self.notices):
                self.piece(n, part)
        if calls:
            self.calls.setdefault(n, Calls(self.pieces)).several = len(calls) > 1
        for j, call in enumerate(calls or ()):
            self.call(n, call, i, j)
        for annotation in cited or ():
            if annotation.file is not None:
                kept["annotations"] = [*kept.get("annotations", ()), whole(annotation)]
            else:
                self.cite(n, self.opened(n, TextPart(""), ORDER[TextPart]), citation(annotation))
        if sound and any(sound.values()):
            heard = audio(Fields(sound))
            part = self.opened(n, replace(heard, data=None, transcript=None), MEDIA)
            self.update(n, part, id=heard.id, expires_at=heard.expires_at, extra=heard.extra)
            self.data(n, part, heard.data, heard.transcript)

    def opened(self, n: int, value: Part, order: int) -> Open:
        """The choice's one part of this kind, begun if it is the first."""
        return self.parts.get((n, type(value))) or self.start(n, type(value), value, order)

    def piece(self, n: int, part: Any, order: int | None = None, alone: bool = False) -> None:
        """A part of a delta: more of the one of its kind, or one by itself."""
        kind = type(part)
        if order is None:
            order = ORDER.get(kind, MEDIA)
        if kind is ToolCall:
            legacy = self.opened(n, replace(part, arguments=part.arguments and ""), LEGACY)
            self.text(n, legacy, part.arguments or "")
            return
        if kind not in (TextPart, RefusalPart, ReasoningPart):
            self.whole(n, (kind, self.begun), part, order)
            return
        if kind is not RefusalPart:  # text and thoughts of the content take turns
            alone = alone or self.content.get(n) not in (None, kind)
            self.content[n] = kind
            order = ORDER[TextPart]
        if kind is TextPart and (n, kind) not in self.parts:
            for open in self.parts_of(n):  # thoughts are over, as far as one can tell
                if type(open.value) is ReasoningPart:
                    self.end(n, open)
        begun = kind("", signature=part.signature, extra=part.extra)
        known = self.start(n, kind, begun, order) if alone else self.opened(n, begun, order)
        self.update(n, known, signature=part.signature, extra=part.extra)
        self.text(n, known, part.text)
        if kind is TextPart:
            self.texts[n] = known.number
            for cited in part.citations:
                self.cite(n, known, cited)

    def thought(self, n: int, part: Any, kinds: dict[int | None, str | None]) -> None:
        """A piece of thinking: more of the block with the same number and type, or another. `kinds`: the
        types in this delta, by number."""
        if type(part) is not ReasoningPart:
            self.whole(n, (ReasoningPart, self.begun), part)
            return
        index, hidden = part.extra.get("index"), part.encrypted
        index = index if type(index) is int else None
        form = "summary" if part.summary else "text" if hidden is None else "encrypted"
        told = kinds.get(index) if index is not None or part.format is not None else None
        key = (ReasoningPart, index, told or f"reasoning.{form}")
        known = self.parts.get((n, key))
        another = known is not None and part.id and known.value.id and part.id != known.value.id
        if hidden is not None and known is not None:
            another = another or index is None or known.value.encrypted is not None
        elif known is not None and index is None and part.text:  # a seal ends its block
            another = another or known.value.signature is not None
        if known is None or another:
            known = self.start(n, key, replace(part, text=None if part.text is None else ""))
        late = {name: getattr(part, name) for name in ("id", "signature", "encrypted", "format", "extra")}
        self.update(n, known, **late)
        self.text(n, known, part.text or "")
        if part.format is None and not part.extra and not part.summary:
            self.thoughts[n] = known.number

    def call(self, n: int, wire: Call, i: int, j: int) -> None:
        """A piece of one of a delta's `tool_calls`."""
        index, wire.index = wire.index, None
        wire.id = wire.id if wire.id not in ("", "null") else None
        held = wire.function or wire.custom
        calls = self.calls[n]
        name = held.name if held is not None else None
        known = calls.find(index, wire.id, name, j)
        if known is None:
            wire.index = index
            value = self.dialect.call(wire, i, len(calls.begun), self.notices)
            text = value.arguments
            if calls.last is not None and calls.over(calls.last):
                self.end(n, calls.last)
            begun = replace(value, arguments=None if text is None else "")
            known = self.start(n, (ToolCall, self.begun), begun, ORDER[ToolCall])
            calls.add(index, known, j)
        else:
            wire.type = None
            said = wire.function is not None or (wire.custom is not None and wire.custom.input)
            value = self.dialect.call(wire, i, j, self.notices) if said else ToolCall()
            text, call = value.arguments, known.value
            if call.id and value.id and value.id != call.id:
                path = f"$.choices[{i}].delta.tool_calls[{j}].id"
                self.note("conflict", path, "the call has another id already; the first stands")
            self.update(
                n,
                known,
                id=None if call.id else value.id,
                name=None if call.name else value.name,
                signature=value.signature,
                extra=value.extra,
            )
        if text:
            self.pieces[known.number].append(text)
            self.text(n, known, text)
        self.writing[n] = (index, known.number)

    def settle(self, n: int) -> None:
        """A whole message stood beside the pieces: it has the last word, and the parts of which none came."""
        message = self.messages.pop(n, None)
        if message is None:
            return
        kept = message.extra()
        parts = self.dialect.parts(message, n, kept, self.notices)
        self.choice(n, message.role or None, message_extra=kept)
        begun = {type(part.value) for part in self.parts_of(n)}
        for k, part in enumerate(parts):
            known = self.parts.get((n, type(part)))
            if type(part) not in begun:
                self.whole(n, ("message", k), part, ORDER.get(type(part), MEDIA))
            elif known is not None:
                self.end(n, known, part)

    def flush(self) -> None:
        for n in list(self.messages):
            self.settle(n)
        for (n, place, name), pieces in self.grown.items():
            told: Any = {place: {name: joined(pieces)}}
            self.choice(n, **told)


class CopyTrack(ChatTrack):
    """One stream of a copy of the grammar that has things elsewhere."""

    def frame(self, wire: Any) -> None:
        self.dialect.prepare(wire)
        timing = self.dialect.timing(wire)
        super().frame(wire)
        self.head(timing=timing)


def joined(pieces: list[Any]) -> Any:
    """Pieces as one: texts and lists in a row, objects by name; else the last."""
    kinds = {type(piece) for piece in pieces if piece is not None}
    if kinds == {dict}:
        names = dict.fromkeys(name for piece in pieces for name in piece or ())
        return {name: joined([piece[name] for piece in pieces if piece and name in piece]) for name in names}
    if kinds == {list}:
        return [item for piece in pieces for item in piece or ()]
    return "".join([piece or "" for piece in pieces]) if kinds == {str} else pieces[-1]
