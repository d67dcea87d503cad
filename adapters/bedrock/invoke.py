"""What models answer through InvokeModel in shapes of their own, whole and streamed: `bedrock.llama`,
`bedrock.titan`, `bedrock.mistral`, `bedrock.ai21` and `bedrock.cohere`; and the frames of their streams.
"""

from functools import lru_cache
from typing import Any, ClassVar

from msgspec import Struct, field
from msgspec.structs import astuple, replace

from chatnorm.canonical import (
    NO_USAGE,
    ChatResponse,
    Choice,
    FinishReason,
    Message,
    TextPart,
    Timing,
    TokenLogprob,
    Usage,
)
from chatnorm.dialect import Notices
from chatnorm.errors import DecodeError
from chatnorm.tables import Count, Wire, attribute, composed
from chatnorm.track import Track

from .converse import BedrockConverse, Runtime
from .stream import ConverseTrack
from .wire import Amazon

METRICS = "amazon-bedrock-invocationMetrics"
ACTION, BLOCKED = "amazon-bedrock-guardrailAction", "INTERVENED"
GUARDRAIL = (ACTION, "amazon-bedrock-trace")
"""What a guardrail says beside any answer."""


class Metrics(Amazon):  # beside the answer, in the last frame of a stream
    LEVEL, NATIVE = "metrics", True
    input_token_count: Count | None = None
    output_token_count: Count | None = None
    cache_read_input_token_count: Count | None = None
    cache_write_input_token_count: Count | None = None
    invocation_latency: Count | None = None
    first_byte_latency: Count | None = None

    @property
    def timing(self) -> Timing | None:
        """The latencies; they are milliseconds."""
        total, first = self.invocation_latency, self.first_byte_latency
        if total is None and first is None:
            return None
        return Timing(total and total / 1000, first_token=first and first / 1000)


class Written(Amazon):  # results[], just its count
    token_count: Count | None = None


class Counts(Wire):  # what counts in a body of any of them
    NATIVE = True
    prompt_token_count: Count | None = None
    generation_token_count: Count | None = None
    input_text: Count | None = field(default=None, name="inputTextTokenCount")
    output_text: Count | None = field(default=None, name="totalOutputTextTokenCount")
    results: list[Written] | None = None
    metrics: Metrics | None = field(default=None, name=METRICS)

    @property
    def known(self) -> bool:
        """Whether any is."""
        return any(value is not None for value in astuple(self))

    @property
    def uncached(self) -> int | None:
        """Of the input, what no cache had."""
        told = self.input_text if self.prompt_token_count is None else self.prompt_token_count
        return self.metrics.input_token_count if told is None and self.metrics is not None else told

    @property
    def written(self) -> int | None:
        """Of all results."""
        counts = [row.token_count for row in self.results or () if row.token_count is not None]
        return sum(counts) if counts else None


class Answer(Struct):
    """One alternative, as a body or a frame has it."""

    text: str | None
    native: str | None
    where: str
    """The path of `native`."""
    extra: dict[str, Any]
    index: int | None = None
    stop: str | None = None
    logprobs: tuple[TokenLogprob, ...] | None = None


class Row(Wire):
    """What holds an alternative: an item of a body's list, or a frame itself."""

    LEVEL = "result"
    TOLD: ClassVar[tuple[str, str, str]] = ("text", "stop_reason", "stop_reason")
    """The fields of the text and of the reason why it ends, and the latter on the wire."""
    index: int | None = None

    def chances(self) -> tuple[TokenLogprob, ...] | None:
        """The tokens with their probabilities."""
        return None

    def answer(self, path: str, extra: dict[str, Any]) -> Answer:
        """What is at this path."""
        text, reason = [getattr(self, name, None) for name in self.TOLD[:2]]
        return Answer(text, reason, f"{path}.{self.TOLD[2]}", extra, self.index, None, self.chances())


class Body(Row):
    LEVEL = "response"
    ROWS: ClassVar[str] = ""
    """The field of the list."""
    id: int | str | None = None
    metrics: Metrics | None = field(default=None, name=METRICS)

    def answers(self) -> list[Answer]:
        """The alternatives that are in it."""
        rows, own = getattr(self, self.ROWS, None) or (), self.answer("$", {})
        found = [row.answer(f"$.{self.ROWS}[{i}]", row.extra()) for i, row in enumerate(rows)]
        return found if own.text is None and own.native is None else [*found, own]

    def counts(self) -> Counts:
        """What counts in it."""
        return Counts(metrics=self.metrics)

    def about(self) -> dict[str, Any]:
        """What else is told of the answer: fields of `ChatResponse`."""
        id = None if self.id in (None, "") else str(self.id)
        timing = None if self.metrics is None else self.metrics.timing
        return {"id": id, "timing": timing, "extra": self.extra()}


COUNT = "x-amzn-bedrock-{}-token-count"
READ, WRITTEN = [COUNT.format(f"cache-{way}-input") for way in ("read", "write")]


class Sealed(Runtime):
    """What InvokeModel puts around the answers of any model. In streams, a frame is a `chunk`, whose `bytes`
    hold the model's own JSON in base64."""

    ENVELOPES: ClassVar[tuple[str, ...]] = ("chunk", "bytes")
    EXTRA = dict.fromkeys(("response", "event", "frame"), GUARDRAIL)
    USAGE_HEADERS = {
        "input_tokens": f"{COUNT} + {READ} + {WRITTEN}".format("input"),
        "output_tokens": COUNT.format("output"),
        "cache_read_tokens": READ,
        "cache_write_tokens": WRITTEN,
    }

    def guarded(self, response: ChatResponse | None) -> ChatResponse | None:
        """An answer, which is blocked if a guardrail intervened, whatever the model says."""
        if response is None or response.extra.get(ACTION) != BLOCKED:
            return response
        said = {"finish_reason": "content_filter"}
        choices = [
            replace(c, **said, native_finish_reason=c.native_finish_reason or BLOCKED)
            for c in response.choices
        ]
        return response.replace(choices=tuple(choices))

    def usage(self, wire: Any, notices: Notices) -> Usage:
        """The service's counts are read alike, whatever those of the model are."""
        return service().usage_of(wire, notices) if isinstance(wire, Counts) else super().usage(wire, notices)

    def framed(self, body: dict[str, Any], name: str | None) -> dict[str, Any]:
        if isinstance(body.get("bytes"), str):  # it was not opened
            where, expected = "$.chunk.bytes", "an object in base64"
            raise DecodeError(dialect=self.name, path=where, expected=expected, got="something else")
        return super().framed(body, name)


class SealedTrack(Track):
    """One stream of InvokeModel: what the service says beside the model's own frames. A guardrail mostly says
    in the last one that it intervened."""

    blocked = False

    def frame(self, wire: Any) -> None:
        said = {}
        for name in (*GUARDRAIL, METRICS):
            if (told := getattr(wire, attribute(name), None)) is not None:
                said[name] = told
                setattr(wire, attribute(name), None)
        self.blocked = self.blocked or said.get(ACTION) == BLOCKED
        super().frame(wire)
        if isinstance(sent := said.get(METRICS), dict):
            metrics = self.dialect.fitted({**sent}, Metrics, f"$.{METRICS}", self.notices)
            self.head(timing=metrics.timing)
            if self._counted is None:
                self.usage(composed(Counts(metrics=metrics)))
                del said[METRICS]
        if said:
            self.head(extra=said)
        for n, told in [*self.finishes.items()] if self.blocked else ():
            self.finish(n, None, BLOCKED if told is None else told[1])

    def finish(self, choice: int, finish: FinishReason | None, native: str | None) -> None:
        super().finish(choice, "content_filter" if self.blocked else finish, native)


class NovaTrack(SealedTrack, ConverseTrack):
    pass


class BedrockNova(Sealed, BedrockConverse):
    """`bedrock.converse`, which the Nova models speak through InvokeModel too."""

    name = "bedrock.converse"
    Track = NovaTrack
    HINTS: ClassVar[Any] = ("Output", "__type")  # of failures that no model has a part in
    EXTRA = {"event": (METRICS,)}

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        return self.guarded(super().response(body, notices))


class AnswersTrack(Track):
    """One stream of a model's own frames: each is as a whole body, with a piece of the text. Nothing marks
    the end."""

    def frame(self, wire: Body) -> None:
        self.head(**wire.about())
        for i, answer in enumerate(wire.answers()):
            n, native = i if answer.index is None else answer.index, answer.native or None
            self.choice(n, stop_sequence=answer.stop, logprobs=answer.logprobs, extra=answer.extra)
            if answer.text or (answer.text is not None and native is not None):
                self.text(n, self.fitting(n, 0, TextPart("")), answer.text)
            if native is not None:
                self.finish(n, self.dialect.listed(native, self.notices, answer.where), native)
        if (counts := composed(wire.counts())).known:
            self.usage(counts)


class InvokedTrack(SealedTrack, AnswersTrack):
    pass


class Invoked(Sealed):
    """What the models' own grammars have in common."""

    Track = InvokedTrack
    FRAMING = "eventstream"
    USAGE = {
        "input_tokens": "uncached + metrics.cache_read_input_token_count"
        " + metrics.cache_write_input_token_count",
        "output_tokens": "generation_token_count | output_text | written | metrics.output_token_count",
        "cache_read_tokens": "metrics.cache_read_input_token_count",
        "cache_write_tokens": "metrics.cache_write_input_token_count",
    }

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        choices = []
        for i, answer in enumerate(body.answers()):
            n, native = i if answer.index is None else answer.index, answer.native or None
            finish = None if native is None else self.listed(native, notices, answer.where)
            said = Message(None, () if answer.text is None else (TextPart(answer.text),))
            choices.append(Choice(n, said, finish, native, answer.stop, answer.logprobs, None, answer.extra))
        if not choices:
            return None
        counts = composed(body.counts())
        usage = self.usage_of(counts, notices) if counts.known else NO_USAGE
        told = {**body.about(), "notices": tuple(notices)}
        return self.guarded(ChatResponse(self.vendor, self.name, choices=tuple(choices), usage=usage, **told))


class LlamaBody(Body):  # a body or a frame
    TOLD = ("generation", "stop_reason", "stop_reason")
    generation: str | None = None
    prompt_token_count: Count | None = None
    generation_token_count: Count | None = None
    stop_reason: str | None = None

    def counts(self) -> Counts:
        return Counts(None, self.prompt_token_count, self.generation_token_count, metrics=self.metrics)


class BedrockLlama(Invoked):
    """`bedrock.llama`: Meta's, and DeepSeek's in the same shape."""

    name = "bedrock.llama"
    Wire = Frame = LlamaBody
    ANSWER = ("generation", "stop_reason")
    MARKS = ("generation", "generation_token_count", "prompt_token_count")
    HINTS = ("stop_reason", METRICS)
    FINISH = {"stop": "stop", "length": "length"}


class TitanResult(Row, rename="camel"):  # results[]
    TOLD = ("output_text", "completion_reason", "completionReason")
    token_count: Count | None = None
    output_text: str | None = None
    completion_reason: str | None = None


class TitanBody(Body, rename="camel"):  # a body; or a frame, where the result is not in a list
    TOLD, ROWS = TitanResult.TOLD, "results"
    metrics: Metrics | None = field(default=None, name=METRICS)
    input_text_token_count: Count | None = None
    results: list[TitanResult] | None = None
    output_text: str | None = None
    total_output_text_token_count: Count | None = None
    completion_reason: str | None = None

    def counts(self) -> Counts:
        rows = [Written(token_count=r.token_count) for r in self.results or () if r.token_count is not None]
        read, written = self.input_text_token_count, self.total_output_text_token_count
        return Counts(None, None, None, read, written, rows or None, self.metrics)


class BedrockTitan(Invoked):
    """`bedrock.titan`: Amazon's Titan Text."""

    name = "bedrock.titan"
    Wire = Frame = TitanBody
    SPELLING = "camel"
    ANSWER = ("results", "outputText", "completionReason")
    MARKS = ("inputTextTokenCount", "outputText", "totalOutputTextTokenCount")
    HINTS = ("results", "completionReason", METRICS)
    FINISH = {
        "FINISH": "stop",  # as it is sent
        "FINISHED": "stop",  # as it is documented
        "STOP_CRITERIA_MET": "stop",
        "LENGTH": "length",
        "CONTENT_FILTERED": "content_filter",
        "RAG_QUERY_WHEN_RAG_DISABLED": "error",
    }


class MistralOutput(Row):  # outputs[]
    text: str | None = None
    stop_reason: str | None = None


class MistralBody(Body):  # a body or a frame
    ROWS = "outputs"
    outputs: list[MistralOutput] | None = None


class BedrockMistral(Invoked):
    """`bedrock.mistral`: text completions; the chat form is that of OpenAI."""

    name = "bedrock.mistral"
    Wire = Frame = MistralBody
    ANSWER = ("outputs",)
    MARKS = ("outputs[].text",)
    HINTS: ClassVar[Any] = ("outputs",) * 2
    FINISH = {"stop": "stop", "length": "length", "tool_calls": "tool_calls"}


@lru_cache(1)
def service() -> Invoked:
    """What reads the counts of the service itself: a grammar that has none of its own."""
    return BedrockMistral()


class Likely(Wire):  # a token
    LEVEL = "token"
    token: str | None = None
    logprob: float | None = None


class Place(Amazon):  # completions[].data.tokens[]
    LEVEL = "place"
    generated_token: Likely | None = None
    top_tokens: list[Likely] | None = None

    def chance(self) -> TokenLogprob:
        """It as one of the answer's tokens."""
        own, tops = self.generated_token or Likely(), self.top_tokens or ()
        top = tuple([TokenLogprob(likely.token, likely.logprob, extra=likely.extra()) for likely in tops])
        return TokenLogprob(own.token, own.logprob, None, None, top, {**self.extra(), **own.extra()})


class Data(Wire):  # completions[].data
    LEVEL = "data"
    text: str | None = None
    tokens: list[Place] | None = None


class End(Wire):  # completions[].finishReason
    LEVEL = "end"
    reason: str | None = None
    sequence: str | None = None


class Completion(Row, rename="camel"):  # completions[]
    data: Data | None = None
    finish_reason: End | None = None

    def answer(self, path: str, extra: dict[str, Any]) -> Answer:
        data, end = self.data or Data(), self.finish_reason or End()
        chances = None if data.tokens is None else tuple([place.chance() for place in data.tokens])
        extra |= {name: rest for name, w in (("data", data), ("finishReason", end)) if (rest := w.extra())}
        path += ".finishReason.reason"
        return Answer(data.text, end.reason, path, extra, self.index, end.sequence, chances)


class JurassicBody(Body):  # a body
    ROWS = "completions"
    completions: list[Completion] | None = None


class BedrockAI21(Invoked):
    """`bedrock.ai21`: Jurassic-2; Jamba speaks OpenAI's grammar."""

    name = "bedrock.ai21"
    Wire = Frame = JurassicBody
    SPELLING = "camel"
    ANSWER = ("completions",)
    HINTS = ("completions", *["prompt"] * 4)  # both outweigh what a completion holds
    EXTRA = {"response": ("prompt",), "token": ("raw_logprob",), "place": ("textRange",), "end": ("length",)}
    FINISH = {"endoftext": "stop", "stop": "stop", "length": "length"}


class Likelihood(Wire):  # generations[].token_likelihoods[]
    LEVEL = "token"
    token: str | None = None
    likelihood: float | None = None


class Generation(Row):  # generations[]
    TOLD = ("text", "finish_reason", "finish_reason")
    text: str | None = None
    finish_reason: str | None = None
    token_likelihoods: list[Likelihood] | None = None

    def chances(self) -> tuple[TokenLogprob, ...] | None:
        rows = self.token_likelihoods
        if rows is None:
            return None
        return tuple([TokenLogprob(row.token, row.likelihood, extra=row.extra()) for row in rows])


class CommandBody(Body):  # a body; or a frame, where the generation is not in a list
    TOLD, ROWS = Generation.TOLD, "generations"
    generations: list[Generation] | None = None
    text: str | None = None
    finish_reason: str | None = None


class BedrockCohere(Invoked):
    """`bedrock.cohere`: Command; Command R speaks Cohere's own chat grammar."""

    name = "bedrock.cohere"
    Wire = Frame = CommandBody
    ANSWER = ("generations", "text", "finish_reason")
    MARKS = ("generations",)
    HINTS = (*["text"] * 2, *["is_finished"] * 5, METRICS)  # outweigh the mark of another grammar's texts
    EXTRA = {"response": ("prompt", "is_finished"), "result": ("id", "likelihood", "is_finished")}
    FINISH = {
        "COMPLETE": "stop",
        "MAX_TOKENS": "length",
        "ERROR": "error",
        "ERROR_TOXIC": "content_filter",
        "ERROR_LIMIT": "length",
        "USER_CANCEL": "cancelled",
    }
