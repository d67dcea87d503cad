"""`openai.completions`: legacy text completions, whole and streamed.

Source: the OpenAPI description `CreateCompletionResponse` in openai/openai-openapi f85dbe2 (2026-08-21), the
types `completion*.py` of the SDK `openai` 2.54.0, and recorded bodies of 2025 and 2026.

- A choice holds `text` and no message: the answer has no role. Several prompts in one request give their
  answers as choices of one body, and one usage for all.
- With `echo` the text begins with the prompt, and so do the logprobs; the first token's is null. With
  `suffix` the text is what comes between.
- Logprobs are parallel lists; `text_offset` counts characters of prompt and text together, and is kept on
  each token.
- A frame looks like a whole body, `object` included; usage comes in a last one without choices. Failures are
  those of the chat grammar.
"""

from typing import Any, ClassVar, Literal

from msgspec.structs import replace

from chatnorm.canonical import Choice
from chatnorm.dialect import Notices

from .chat import OpenAIChat
from .stream import ChatTrack
from .wire import Alternative, Answer, Body


class Completion(Alternative):  # choices[]
    text: str | None = None


class CompletionBody(Body):  # the whole body
    object: Literal["text_completion"] | None = None  # type: ignore[assignment]
    choices: list[Completion] | None = None  # type: ignore[assignment]


class CompletionChunk(CompletionBody):  # one frame of a stream
    obfuscation: Any = None


class CompletionTrack(ChatTrack):
    """One stream of `openai.completions`: the text is a delta."""

    def plain(self, wire: Any) -> bool:
        for choice in wire.choices or ():
            choice.delta, choice.text = Answer(content=choice.text), None
        return super().plain(wire)

    def alternative(self, wire: Any, i: int) -> None:
        if wire.text is not None:
            wire.delta, wire.text = Answer(content=wire.text), None
        super().alternative(wire, i)


class OpenAICompletions(OpenAIChat):
    """`openai.completions`."""

    name = "openai.completions"
    Wire: ClassVar[Any] = CompletionBody
    Frame: ClassVar[Any] = CompletionChunk
    Track = CompletionTrack
    PLAIN = {"response": OpenAIChat.PLAIN["response"], "choice": ("index", "text")}
    TEXTS: ClassVar[tuple[str, ...]] = ("text",)
    MARKS = ("object=text_completion", "object=text_")  # twice, to outweigh the chat grammar's `choices`

    def choice(self, wire: Any, i: int, notices: Notices) -> Choice:
        """One of `choices`."""
        if wire.text is not None:
            wire.message, wire.text = Answer(content=wire.text), None
        chances, offsets = wire.logprobs, None
        placed = chances is not None and isinstance(chances.text_offset, list)
        if placed and len(chances.tokens or ()) == len(chances.text_offset):
            offsets, chances.text_offset = chances.text_offset, None
        choice = super().choice(wire, i, notices)
        if not offsets:
            return choice
        if choice.logprobs is None or len(choice.logprobs) != len(offsets):
            choice.extra.setdefault("logprobs", {})["text_offset"] = offsets
            return choice
        pairs = zip(choice.logprobs, offsets, strict=True)
        found = [replace(token, extra={**token.extra, "text_offset": at}) for token, at in pairs]
        return replace(choice, logprobs=tuple(found))


def completions(chat: type[OpenAIChat]) -> type[OpenAIChat]:
    """`openai.completions` of a vendor: with the tables of its chat grammar."""
    track = type(f"Completion{chat.Track.__name__}", (CompletionTrack, chat.Track), {})
    name = chat.__name__.replace("Chat", "Completions")
    return type(name, (OpenAICompletions, chat), {"__doc__": OpenAICompletions.__doc__, "Track": track})
