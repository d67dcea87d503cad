"""`cohere.generate`: texts that go on with a prompt (`/v1/generate`), which the vendor no longer offers.

- What is billed is all that is counted: it is no count of tokens, and stays in `native`.
- Several generations have each an `index`. The first token of a list of likelihoods has none.
- A stream is of JSON lines. Its last frame repeats the whole answer, which has the last word. Newer streams
  have the `event_type` of the chat's, and are read as those where the grammar is not named.
"""

from typing import Any

from chatnorm.canonical import NO_USAGE, ChatResponse, Choice, Message, TextPart, TokenLogprob
from chatnorm.dialect import Notices
from chatnorm.tables import Wire
from chatnorm.track import Track

from .shared import Cohere, Tokens


class Likelihood(Wire):  # generations[].token_likelihoods[]
    LEVEL = "token"
    token: str | None = None
    likelihood: float | None = None


class Generation(Wire):  # generations[]
    LEVEL = "choice"
    text: str | None = None
    index: int | None = None
    finish_reason: str | None = None
    token_likelihoods: list[Likelihood] | None = None


class Body(Wire):  # the whole body
    LEVEL = "response"
    id: str | None = None
    generations: list[Generation] | None = None
    meta: Tokens | None = None


class Frame(Wire):  # one frame of a stream
    LEVEL = "frame"
    text: str | None = None
    index: int | None = None
    is_finished: bool | None = None
    finish_reason: str | None = None
    err: str | None = None
    response: Body | None = None


class GenerateTrack(Track):
    """One stream of `cohere.generate`."""

    def frame(self, wire: Frame) -> None:
        n = wire.index or 0
        self.head(extra=wire.extra())
        if wire.text:
            self.text(n, self.fitting(n, 0, TextPart("")), wire.text)
        if wire.err is not None:
            self.fail(self.dialect.error({"message": wire.err, "code": wire.finish_reason}))
        elif wire.is_finished:
            self.stop(wire.response or Body(), wire.finish_reason)

    def stop(self, body: Body, native: str | None) -> None:
        """The whole answer, as far as it is there."""
        body.generations = body.generations or [Generation()]
        for row in body.generations:
            row.finish_reason = row.finish_reason or native
        told: ChatResponse = self.dialect.response(body, self.notices)
        self.head(id=told.id, extra=told.extra)
        for choice in told.choices:
            n = choice.index
            self.choice(n, logprobs=choice.logprobs, extra=choice.extra)
            for part in choice.message.parts:
                self.end(n, self.fitting(n, 0, TextPart("")), part)
            self.finish(n, choice.finish_reason, choice.native_finish_reason)
        if body.meta is not None:
            self.usage(body.meta)
        self.done = True


class CohereGenerate(Cohere):
    """`cohere.generate`."""

    name = "cohere.generate"
    Wire = Body
    Frame = Frame
    Track = GenerateTrack
    FRAMING = "ndjson"
    FRAME_MARKS = ("is_finished",)
    ANSWER = ("generations",)
    MARKS = ("generations",)
    HINTS = ("meta", *["text"] * 2, *["is_finished"] * 5)
    EXTRA = {
        "response": ("prompt",),
        "choice": ("id", "likelihood"),
        "usage": ("api_version", "warnings"),
        "frame": ("event_type",),
    }
    EXEMPT = {"$.event_type": "its kind, which its members tell"}
    USAGE = {"input_tokens": "tokens.input_tokens", "output_tokens": "tokens.output_tokens"}
    USAGE_PATH = "$.meta"

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        if body.generations is None:
            return None
        choices = []
        for i, row in enumerate(body.generations):
            native, rows = row.finish_reason or None, row.token_likelihoods
            path = f"$.generations[{i}].finish_reason"
            finish = None if native is None else self.listed(native, notices, path)
            said = Message(None, () if not row.text else (TextPart(row.text),))
            chances = None if rows is None else tuple([chance(token) for token in rows])
            number = i if row.index is None else row.index
            choices.append(Choice(number, said, finish, native, None, chances, None, row.extra()))
        return ChatResponse(
            self.vendor,
            self.name,
            body.id or None,
            choices=tuple(choices),
            usage=NO_USAGE if body.meta is None else self.usage_of(body.meta, notices),
            extra=body.extra(),
            notices=tuple(notices) if notices else (),
        )

    def is_whole(self, body: Any) -> bool:
        """Only frames say whether it goes on."""
        return super().is_whole(body) and "is_finished" not in body


def chance(token: Likelihood) -> TokenLogprob:
    return TokenLogprob(token.token, token.likelihood, extra=token.extra())
