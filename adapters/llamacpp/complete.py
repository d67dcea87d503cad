"""`llamacpp.completion`: how a prompt goes on."""

from itertools import chain
from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import (
    NO_USAGE,
    ChatResponse,
    Choice,
    Message,
    TextPart,
    Timing,
    TokenLogprob,
    Usage,
)
from chatnorm.dialect import Dialect, Notices
from chatnorm.repair import named
from chatnorm.tables import Count, Integer, Wire, whole
from chatnorm.track import Track


class Likely(Wire):  # completion_probabilities[].top_logprobs[]
    LEVEL = "logprob"
    id: int | None = None
    token: str | None = None
    tok_str: str | None = None  # of old
    bytes: list[int] | None = None
    logprob: float | None = None

    def chance(self, top: tuple[TokenLogprob, ...] = ()) -> TokenLogprob:
        token = self.tok_str if self.token is None else self.token
        utf8 = None if self.bytes is None else tuple(self.bytes)
        return TokenLogprob(token, self.logprob, utf8, self.id, top, self.extra())


class Token(Likely):  # completion_probabilities[]
    content: str | None = None  # of old
    top_logprobs: list[Likely] | None = None
    top_probs: list[Likely] | None = None
    probs: list[Likely] | None = None  # of old

    def entry(self) -> TokenLogprob:
        """The token, with the likeliest ones at its place."""
        if self.token is None:
            self.token = self.content
        likeliest = [*(self.top_logprobs or ()), *(self.top_probs or ()), *(self.probs or ())]
        return self.chance(tuple([other.chance() for other in likeliest]))


class Timings(Wire):  # timings
    LEVEL = "timings"
    cache_n: Count | None = None
    prompt_ms: Integer | float | None = None
    predicted_ms: Integer | float | None = None

    def timing(self) -> Timing | None:
        """The durations in seconds."""
        sent = {"prompt": self.prompt_ms, "generation": self.predicted_ms}
        found = {name: time / 1000 for name, time in sent.items() if time is not None}
        return Timing(**found) if found else None


class Completion(Wire):  # the whole body, and each frame of a stream
    LEVEL = "response"
    BENDS = {"model": named}
    index: int | None = None
    content: str | None = None
    tokens: list[Any] | None = None
    stop: bool | None = None
    model: str | None = None
    tokens_predicted: Count | None = None
    tokens_evaluated: Count | None = None
    stop_type: str | None = None
    stopped_eos: bool | None = None
    stopped_word: bool | None = None
    stopped_limit: bool | None = None
    stopping_word: str | None = None
    timings: Timings | None = None
    completion_probabilities: list[Token] | None = None


class Body(Completion):  # the whole body, or the answers to several prompts
    results: list[Completion] | None = None


class Tokens(Wire):  # the counters of an answer
    LEVEL = "usage"
    NATIVE = True
    tokens_evaluated: Count | None = None
    tokens_predicted: Count | None = None
    cache_n: Count | None = None


class Sums(Tokens):  # those of several answers, added up
    pass


FLAGS = ("stopped_eos", "stopped_word", "stopped_limit")
"""What said of old why an answer is complete; the first that is true has the last word."""


def counted(wire: Completion) -> dict[str, int]:
    """The counters of a body or frame."""
    sent = {"tokens_evaluated": wire.tokens_evaluated, "tokens_predicted": wire.tokens_predicted}
    if wire.timings is not None:
        sent["cache_n"] = wire.timings.cache_n
    return {name: count for name, count in sent.items() if count is not None}


def together(counts: list[dict[str, int]]) -> Tokens | None:
    """The counters of all answers; None if there are none."""
    sums: Any = {name: sum([each.get(name, 0) for each in counts]) for name in chain(*counts)}
    return (Tokens if len(counts) == 1 else Sums)(**sums) if sums else None


class CompletionTrack(Track):
    """One stream of `llamacpp.completion`: of each answer a piece of text a frame, and a last one without."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.tokens: dict[int, list[Any]] = {}
        self.counts: dict[int, dict[str, int]] = {}
        self.likely: set[int] = set()  # answers that told of probabilities
        self.timings: Timings | None = None

    def frame(self, wire: Completion) -> None:
        n, text, stop, tokens = wire.index or 0, wire.content, wire.stop, wire.tokens
        wire.content = wire.stop = wire.tokens = None
        if stop and n in self.likely:
            wire.completion_probabilities = None  # all of them, once more
        model = self._head.get("model") or wire.model or None
        told = self.dialect.choice(wire, n, model, "$", self.notices)
        self.head(model=model)
        self.choice(n, stop_sequence=told.stop_sequence, logprobs=told.logprobs, extra=told.extra)
        if told.logprobs:
            self.likely.add(n)
        if tokens:
            self.tokens.setdefault(n, []).extend(tokens)
            self.silent = True
        if text:
            self.text(n, self.fitting(n, TextPart, TextPart("")), text)
        self.counts.setdefault(n, {}).update(counted(wire))
        if (counts := together([*self.counts.values()])) is not None:
            self.usage(counts)
        self.timings = wire.timings or self.timings
        if stop:
            self.finish(n, told.finish_reason, told.native_finish_reason)

    def flush(self) -> None:
        for n, tokens in self.tokens.items():
            self.choice(n, extra={"tokens": tokens})
        if len(self.finishes) == 1 and self.timings is not None:
            self.head(timing=self.timings.timing())


class LlamaCppCompletion(Dialect):
    """`llamacpp.completion`."""

    name = "llamacpp.completion"
    Wire = Body
    Frame = Completion
    Track = CompletionTrack
    TEXTS = ("content",)
    ANSWER = ("content",)
    MARKS = (
        *("tokens_predicted", "tokens_evaluated", "stop_type", "stopped_eos", "generation_settings"),
        *("completion_probabilities", "id_slot", "slot_id"),
    )
    HINTS = ("stop", "stop", "multimodal", "results")
    EXTRA = {
        "response": (
            *("id_slot", "slot_id", "generation_settings", "prompt", "has_new_line", "truncated"),
            *("tokens_cached", "prompt_progress", "multimodal"),
        ),
        "timings": (
            *("prompt_n", "prompt_per_token_ms", "prompt_per_second", "predicted_n"),
            *("predicted_per_token_ms", "predicted_per_second", "draft_n", "draft_n_accepted"),
        ),
        "logprob": ("prob",),
    }
    FINISH = {
        "eos": "stop",
        "word": "stop",
        "limit": "length",
        "stopped_eos": "stop",
        "stopped_word": "stop",
        "stopped_limit": "length",
    }
    USAGE = {
        "input_tokens": "tokens_evaluated",
        "output_tokens": "tokens_predicted",
        "cache_read_tokens": "cache_n",
    }
    USAGE_PATH = "$"
    ERRORS = {
        "exceed_context_size_error": "context_length",
        "unavailable_error": "overloaded",
        "not_supported_error": "invalid_request",
    }
    SPINE = ("response", "choice")

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        several = body.results is not None
        wires: list[Completion] = [body] if body.results is None else body.results
        if all(wire.content is None for wire in wires):
            return None
        model, choices = next((wire.model for wire in wires if wire.model), None), []
        for i, wire in enumerate(wires):
            choices.append(self.choice(wire, i, model, f"$.results[{i}]" if several else "$", notices))
        counts, timings = together([counted(wire) for wire in wires]), wires[0].timings
        return ChatResponse(
            self.vendor,
            self.name,
            None,
            model,
            None,
            tuple(choices),
            NO_USAGE if counts is None else self.usage(counts, notices),
            extra=body.extra() if several else {},
            timing=timings.timing() if timings is not None and len(wires) == 1 else None,
            notices=tuple(notices) if notices else (),
        )

    def choice(self, wire: Completion, i: int, model: str | None, path: str, notices: Notices) -> Choice:
        """An answer, or what a frame adds to it. `model`: that of the response."""
        extra, finish, text = wire.extra(), None, wire.content
        flags = [name for name in FLAGS if getattr(wire, name)]
        native = wire.stop_type or (flags.pop(0) if flags else None)
        extra.update(dict.fromkeys(flags, True))
        if native is not None and native != "none":  # the word for what goes on
            finish = self.listed(native, notices, f"{path}.stop_type")
        if wire.stop is False:
            extra["stop"] = False
        if wire.tokens:
            extra["tokens"] = wire.tokens
        if wire.timings is not None:
            extra["timings"] = whole(wire.timings)
        if wire.model and wire.model != model:
            extra["model"] = wire.model
        chances = tuple([token.entry() for token in wire.completion_probabilities or ()])
        index = i if wire.index is None else wire.index
        message = Message(None, (TextPart(text),) if text else ())
        stop = wire.stopping_word or None
        return Choice(index, message, finish, native, stop, chances or None, None, extra)

    def usage(self, wire: Tokens, notices: Notices) -> Usage:
        usage = self.usage_of(wire, notices)
        return replace(usage, native=None) if type(wire) is Sums else usage

    def is_whole(self, body: Any) -> bool:
        return self.has_answer(body) and body.get("stop") is not False

    def unwrap(self, body: Any) -> tuple[Any, dict[str, Any]]:
        """An array of answers stands in `results`."""
        if isinstance(body, list) and body and all(map(self.has_answer, body)):
            body = {"results": body}
        return super().unwrap(body)
