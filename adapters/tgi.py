"""Text Generation Inference, Hugging Face's server: `/generate` and `/generate_stream`, and its chat route,
which speaks OpenAI's grammar.

Source: huggingface/text-generation-inference db931fcf, `router/src/lib.rs`, `infer/mod.rs`, `server.rs`,
`chat.rs` and `validation.rs`; `huggingface_hub` 1.33.0, `inference/_generated/types/text_generation.py`.

- There is no id, model or creation time, and without `details` nothing but the text.
- The root route and the hosted API of old answer with a list of one.
- `best_of_sequences` are the other answers, without the best one, which stands outside.
- The input is counted in a stream's last frame only, by newer servers; `prefill` lists its tokens where the
  request asked for that, and is kept. Both counts are in headers as well, and durations, which are not read.
- With `return_full_text` the text begins with the prompt, in a stream only in the last frame.
- A stream is one token a frame. Special tokens are not part of the text. The last frame has the whole text,
  which wins, and the details, if the request asked for them. Nothing else marks the end; hosts may add
  `[DONE]`.
- An error has its text in `error` and its kind in `error_type`, in a stream as well. 429 means that the
  server is full. The hosted API's answer while it loads a model says how long that takes.

The chat route:

- The response id is "", and that of every call "0". A message has either content or calls.
- Before version 3 the arguments of a call were an object, and a delta's `tool_calls` one object. Version 1.4
  called the arguments `parameters`, and said `text_completion` in `object`.
- The route of text completions has the reason "" while an answer goes on.
- In a stream a failure may come without its kind, under an `http_status_code` that is always 422: only its
  words tell what went wrong.
"""

from typing import Any, ClassVar, Literal

from msgspec.structs import replace

from chatnorm.canonical import (
    NO_USAGE,
    ChatResponse,
    Choice,
    ErrorInfo,
    ErrorKind,
    Message,
    TextPart,
    TokenLogprob,
    Usage,
)
from chatnorm.classify import restate
from chatnorm.dialect import Dialect, Fields, Notices, Vendor
from chatnorm.tables import Count, Wire
from chatnorm.track import Track

from .openai import Body as ChatBody
from .openai import completions
from .openai.chat import OpenAICopy
from .openai.wire import Chunk, answers


class Token(Wire):  # details.tokens[], token of a frame
    LEVEL = "token"
    id: int | None = None
    text: str | None = None
    logprob: float | None = None
    special: bool | None = None

    def chance(self, top: list[Any] | None = None) -> TokenLogprob:
        """The token, with the likeliest ones at its place."""
        extra = self.extra()
        if self.special:
            extra["special"] = True
        likeliest = tuple([candidate(item) for item in top or ()])
        return TokenLogprob(self.text, self.logprob, None, self.id, likeliest, extra)


class Sequence(Wire):  # what is told of one answer
    LEVEL = "details"
    finish_reason: str | None = None
    generated_tokens: Count | None = None
    prefill: list[Any] | None = None
    tokens: list[Token] | None = None
    top_tokens: list[list[Any]] | None = None


class Other(Sequence):  # details.best_of_sequences[]
    generated_text: str | None = None


class Details(Sequence):  # details
    input_length: Count | None = None
    best_of_sequences: list[Other] | None = None


class Tokens(Wire):  # the counters of `details`
    LEVEL = "usage"
    NATIVE = True
    input_length: Count | None = None
    generated_tokens: Count | None = None


class Body(Wire):  # the whole body
    LEVEL = "response"
    generated_text: str | None = None
    details: Details | None = None


class Frame(Body):  # one frame of a stream
    index: int | None = None
    token: Token | None = None
    top_tokens: list[Any] | None = None


def candidate(item: Any) -> TokenLogprob:
    """One of the likeliest tokens."""
    f = Fields(item if isinstance(item, dict) else {"token": item})
    text, number, sent = f.text("text"), f.whole("id"), f.peek("logprob")
    fits = type(sent) in (float, int) and abs(sent) < 2**53
    chance = float(f.take("logprob")) if fits else None
    if f.peek("special") is False:
        f.take("special")
    return TokenLogprob(text, chance, None, number, (), f.rest())


class GenerateTrack(Track):
    """One stream of `tgi.generate`: a token a frame, then the whole."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.said: list[str] = []

    def frame(self, wire: Frame) -> None:
        token, details, whole = wire.token, wire.details, wire.generated_text
        self.head(extra=wire.extra())
        if token is not None:
            self.choice(0, logprobs=(token.chance(wire.top_tokens),))
            if token.text and not token.special:
                self.more(token.text)
        if whole is not None:
            self.settle(whole)
        if details is not None:
            told = self.dialect.choice(details, 0, None, self.notices)
            self.choice(0, logprobs=told.logprobs, extra=told.extra)
            self.usage(counted(details))
            self.finish(0, told.finish_reason, told.native_finish_reason)
        elif whole is not None:
            self.finish(0, None, None)
        self.done = whole is not None

    def more(self, text: str) -> None:
        """A token's text."""
        part = self.parts.get((0, TextPart))
        self.said.append(text)
        if part is None:
            self.start(0, TextPart, TextPart(text))
        else:
            self.text(0, part, text)

    def settle(self, whole: str) -> None:
        """The whole text has the last word."""
        part = self.parts.get((0, TextPart))
        if part is None and whole:
            self.more(whole)
        elif part is not None and "".join(self.said) != whole:
            self.end(0, part, TextPart(whole))


def counted(wire: Details) -> Tokens:
    """The counters."""
    return Tokens(input_length=wire.input_length, generated_tokens=wire.generated_tokens)


def said(text: str | None) -> Message:
    return Message(None, (TextPart(text),) if text else ())


SAYS: dict[str, ErrorKind] = {
    "`inputs` must have less than": "context_length",
    "Input validation error": "invalid_request",
    "Template error": "invalid_request",
    "Missing template vatiable": "invalid_request",  # as it is spelt there
    "Tool error": "invalid_request",
    "Request failed during generation": "server",
    "Incomplete generation": "server",
}
"""What the words of a failure mean, where its kind says less."""


class Faulty(Dialect):
    """Failures."""

    ERRORS = {
        "generation": "server",
        "incomplete_generation": "server",
        "incomplete_generation_stream": "server",
        "stream_serialization_error": "server",
        "overloaded": "overloaded",
        "healthcheck": "overloaded",
        "validation": "invalid_request",
        "template_error": "invalid_request",
        "missing_template_variable": "invalid_request",
        "tool_error": "invalid_request",
    }

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        info = super().error(body, status)
        kind = next((kind for words, kind in SAYS.items() if words in (info.message or "")), None)
        if kind is not None and info.kind in ("unknown", "invalid_request"):
            info = restate(info, self.codes, kind=kind)
        return info


class TgiGenerate(Faulty):
    """`tgi.generate`."""

    name = "tgi.generate"
    Wire = Body
    Frame = Frame
    Track = GenerateTrack
    EXEMPT = {"$.index": "counts the frames of a stream"}
    FRAME_MARKS = ("token", "generated_text")
    ANSWER = ("generated_text",)
    MARKS = ("generated_text", "token", "error_type", "estimated_time")
    EXTRA = {"details": ("seed",)}
    FINISH = {
        "eos_token": "stop",
        "stop_sequence": "stop",
        "length": "length",
    }
    USAGE = {
        "input_tokens": "input_length",
        "output_tokens": "generated_tokens",
    }
    USAGE_PATH = "$.details"
    USAGE_HEADERS = {"input_tokens": "x-prompt-tokens", "output_tokens": "x-generated-tokens"}
    SPINE = ("response", "choice")

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        text, details = body.generated_text, body.details
        if text is None:
            return None
        choices = [Choice(0, said(text)) if details is None else self.choice(details, 0, text, notices)]
        usage = NO_USAGE
        if details is not None:
            others = details.best_of_sequences or ()
            usage = self.usage_of(counted(details), notices)
            if others:
                usage = self.together(usage, [other.generated_tokens for other in others])
            for i, other in enumerate(others, 1):
                choices.append(self.choice(other, i, other.generated_text, notices))
        return ChatResponse(
            self.vendor,
            self.name,
            choices=tuple(choices),
            usage=usage,
            extra=body.extra(),
            notices=tuple(notices) if notices else (),
        )

    def choice(self, wire: Sequence, i: int, text: str | None, notices: Notices) -> Choice:
        """One of the answers, the best one first."""
        details, native, finish = wire.extra(), wire.finish_reason or None, None
        path = f"$.details.best_of_sequences[{i - 1}]" if i else "$.details"
        if native is not None:
            finish = self.listed(native, notices, f"{path}.finish_reason")
        if i and wire.generated_tokens is not None:
            details["generated_tokens"] = wire.generated_tokens
        if wire.prefill:
            details["prefill"] = wire.prefill
        tokens, tops = wire.tokens or [], wire.top_tokens or []
        if tops and len(tops) != len(tokens):
            details["top_tokens"], tops = tops, []
        chances = tuple([token.chance(tops[n] if tops else None) for n, token in enumerate(tokens)])
        extra = {"details": details} if details else {}
        return Choice(i, said(text), finish, native, None, chances or None, None, extra)

    def together(self, usage: Usage, others: list[int | None]) -> Usage:
        """The usage with what the other answers cost."""
        told = [count for count in (usage.output_tokens, *others) if count is not None]
        return replace(usage, output_tokens=sum(told)) if told else usage

    def is_whole(self, body: Any) -> bool:
        return self.has_answer(body) and "token" not in body

    def unwrap(self, body: Any) -> tuple[Any, dict[str, Any]]:
        """A list of one is that one."""
        return super().unwrap(body[0] if isinstance(body, list) and len(body) == 1 else body)


class Answered(ChatBody):  # the whole body of the chat route
    object: Literal["chat.completion", "text_completion"] | None = None  # type: ignore[assignment]


class Piece(Chunk):  # one frame of its streams
    object: Literal["chat.completion.chunk", "chat.completion", "text_completion"] | None = None  # type: ignore[assignment]


class TgiChat(Faulty, OpenAICopy):
    Wire = Answered
    Frame: ClassVar[Any] = Piece
    EXTRA = {"function": ("description", "parameters")}
    EXEMPT = {**OpenAICopy.EXEMPT, "$.object": "older servers say text_completion of a chat"}
    FINISH = {**OpenAICopy.FINISH, **TgiGenerate.FINISH}

    def prepare(self, wire: Any) -> None:
        """Older servers call the arguments `parameters`."""
        for answer in answers(wire):
            for call in answer.tool_calls or ():
                function = call.function
                if function is not None and function.arguments is None and type(function.parameters) is dict:
                    function.arguments, function.parameters = function.parameters, None


VENDOR = Vendor("tgi", (TgiGenerate, TgiChat, completions(TgiChat)))
