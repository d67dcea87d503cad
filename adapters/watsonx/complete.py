"""`watsonx.generate`: text generation, from one prompt."""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import (
    NO_USAGE,
    ChatResponse,
    Choice,
    FinishReason,
    Message,
    TextPart,
    TokenLogprob,
    Usage,
)
from chatnorm.dialect import Notices, note
from chatnorm.repair import named, unix_time
from chatnorm.tables import Count, Wire
from chatnorm.track import Track

from .shared import Faulty, gathered

UNFINISHED = "not_finished"
"""The stop reason of what goes on."""


class TopToken(Wire):  # results[].generated_tokens[].top_tokens[]
    LEVEL = "token"
    text: str | None = None
    logprob: float | None = None

    def chance(self, top: tuple[TokenLogprob, ...] = ()) -> TokenLogprob:
        return TokenLogprob(self.text, self.logprob, None, None, top, self.extra())


class Token(TopToken):  # results[].generated_tokens[]
    top_tokens: list[TopToken] | None = None


class Result(Wire):  # results[]
    LEVEL = "result"
    generated_text: str | None = None
    stop_reason: str | None = None
    generated_token_count: Count | None = None
    input_token_count: Count | None = None
    generated_tokens: list[Token] | None = None
    moderations: Any = None


class Tokens(Wire):  # the counters of a result
    LEVEL = "usage"
    NATIVE = True
    input_token_count: Count | None = None
    generated_token_count: Count | None = None


class Sums(Tokens):  # those of several results, added up
    pass


class Body(Wire):  # the whole body, and each frame of a stream
    LEVEL = "response"
    BENDS = {"model_id": named}
    model_id: str | None = None
    created_at: str | None = None
    results: list[Result] | None = None


COUNTERS = ("input_token_count", "generated_token_count")


def counted(results: list[Any]) -> Tokens | None:
    """The counters of all results; None if there are none."""
    read, written = (total(results, name) for name in COUNTERS)
    if read is None and written is None:
        return None
    kind = Tokens if len(results) == 1 else Sums
    return kind(input_token_count=read, generated_token_count=written)


def total(results: list[Any], name: str) -> int | None:
    told = [n for result in results if (n := getattr(result, name)) is not None]
    return sum(told) if told else None


class ResultTrack(Track):
    """One stream of `watsonx.generate`: frames of one body each, whose text goes on."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.counts: dict[int, Tokens] = {}
        self.found: dict[int, Any] = {}

    def frame(self, wire: Any) -> None:
        extra, created = wire.extra(), None
        if wire.created_at is not None and "created_at" not in self._extra:
            extra.setdefault("created_at", wire.created_at)
            created = unix_time(wire.created_at)
        self.head(model=wire.model_id or None, created=created, extra=extra)
        for i, result in enumerate(wire.results or ()):
            self.result(result, i)
        tokens = counted(list(self.counts.values()))
        if wire.results and tokens is not None:
            self.usage(tokens)

    def result(self, wire: Result, i: int) -> None:
        """One of a frame's `results`."""
        text, wire.generated_text = wire.generated_text, None
        wire.moderations = self.found[i] = gathered(self.found.get(i), wire.moderations)
        told = self.dialect.choice(wire, i, self.notices)
        self.choice(i, logprobs=told.logprobs, extra=told.extra)
        part = self.parts.get((i, TextPart))
        if part is not None:
            self.text(i, part, text or "")
        elif text:
            self.start(i, TextPart, TextPart(text))
        seen = self.counts.setdefault(i, Tokens())
        for name in COUNTERS:
            told_so_far = [n for n in (getattr(seen, name), getattr(wire, name)) if n is not None]
            setattr(seen, name, max(told_so_far, default=None))
        if told.native_finish_reason is not None and told.finish_reason is not None:
            self.finish(i, told.finish_reason, told.native_finish_reason)


class WatsonxGenerate(Faulty):
    """`watsonx.generate`."""

    name = "watsonx.generate"
    Wire = Body
    Frame = Body
    Track = ResultTrack
    ANSWER = ("results",)
    MARKS = ("model_id", "model_id", "model_id", "results")
    HINTS = ("model_version", "created_at")
    EXTRA = {
        "response": ("model_version", "system"),
        "result": ("seed", "input_tokens"),
        "token": ("rank",),
    }
    FINISH = {
        "eos_token": "stop",
        "stop_sequence": "stop",
        "max_tokens": "length",
        "token_limit": "length",
        "time_limit": "length",
        "cancelled": "cancelled",
        "error": "error",
    }
    USAGE = {
        "input_tokens": "input_token_count",
        "output_tokens": "generated_token_count",
    }
    USAGE_PATH = "$.results"
    SPINE = ("response", "choice")

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        results, created, extra = body.results, None, body.extra()
        if results is None:
            return None
        if not results:
            note(notices, "missing", "$.results", "expected at least one result, or an error")
        if body.created_at is not None:
            created = unix_time(body.created_at)
            extra.setdefault("created_at", body.created_at)  # finer than whole seconds
        choices = []
        for i, result in enumerate(results):
            choices.append(self.choice(result, i, notices))
        tokens = counted(results)
        return ChatResponse(
            self.vendor,
            self.name,
            None,
            body.model_id or None,
            created,
            tuple(choices),
            NO_USAGE if tokens is None else self.usage(tokens, notices),
            extra=extra,
            notices=tuple(notices) if notices else (),
        )

    def choice(self, wire: Result, i: int, notices: Notices) -> Choice:
        """One of `results`."""
        extra, native = wire.extra(), wire.stop_reason or None
        if wire.moderations is not None:
            extra["moderations"] = wire.moderations
        finish = None if native is None else self.stopped(native, f"$.results[{i}].stop_reason", notices)
        tokens = wire.generated_tokens or ()
        chances = tuple([t.chance(tuple([top.chance() for top in t.top_tokens or ()])) for t in tokens])
        message = Message(None, (TextPart(wire.generated_text),) if wire.generated_text else ())
        return Choice(i, message, finish, native, None, chances or None, None, extra)

    def usage(self, wire: Tokens, notices: Notices) -> Usage:
        usage = self.usage_of(wire, notices)
        return replace(usage, native=None) if type(wire) is Sums else usage

    def stopped(self, native: str, path: str, notices: Notices) -> FinishReason | None:
        """What a stop reason means; of one that is not finished, nothing."""
        word = native.lower()
        if word == UNFINISHED:
            return None
        return self.FINISH.get(word) or self.unlisted(native, notices, path)
