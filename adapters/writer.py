"""Writer: Palmyra models, OpenAI's chat grammar with results of its own tools.

Source: `writer-sdk` 3.0.0 (2026), and bodies of 2025 recorded in traceloop/openllmetry 93429cfb9,
`opentelemetry-instrumentation-writer/tests/cassettes`.

- A choice of a frame has the same increment twice, in `delta` and in `message`; it is read once.
- What its own tools gave (`graph_data`, `web_search_data` …) stands beside the content and is kept; an object
  of nulls is nothing.
- The cached part of the prompt is in `prompt_token_details`, in the singular.
- Every key is sent, mostly null: also `id`, `type` and `name` of a call's further pieces, and a whole call's
  `index`. Older bodies have `created` as text.
- A stream's usage comes in a frame without choices, and nothing marks the end.
- An error is a list of descriptions, with `tpe` for its type.
"""

from typing import Any, ClassVar

from chatnorm.canonical import Choice
from chatnorm.dialect import Notices, Vendor
from chatnorm.tables import whole

from .openai import Body, OpenAIChat
from .openai.stream import ChatTrack
from .openai.wire import Chunk, InputDetails, Tokens

DATA = ("graph_data", "llm_data", "image_data", "translation_data", "web_search_data")


class WriterTokens(Tokens):  # usage
    prompt_token_details: InputDetails | None = None


class WriterBody(Body):  # the whole body
    usage: WriterTokens | None = None


class WriterChunk(Chunk):  # one frame of a stream
    usage: WriterTokens | None = None


def bare(answer: Any) -> None:
    """Take out what tools that did not run gave: objects of nulls."""
    for name in DATA if answer is not None else ():
        held = getattr(answer, name)
        if isinstance(held, dict) and not any(held.values()):
            setattr(answer, name, None)


class WriterTrack(ChatTrack):
    def alternative(self, wire: Any, i: int) -> None:
        delta, message = wire.delta, wire.message
        bare(delta)
        bare(message)
        if delta is not None and message is not None:
            wire.message, said = None, whole(delta)
            if other := {key: sent for key, sent in whole(message).items() if sent and sent != said.get(key)}:
                wire.left = {**(wire.left or {}), "message": other}
        super().alternative(wire, i)


class WriterChat(OpenAIChat):
    Wire: ClassVar[Any] = WriterBody
    Frame: ClassVar[Any] = WriterChunk
    Track = WriterTrack
    EXTRA = {"choice": ("trace_details",), "message": DATA}
    USAGE = {
        **OpenAIChat.USAGE,
        "cache_read_tokens": "prompt_token_details.cached_tokens | prompt_tokens_details.cached_tokens",
    }

    def choice(self, wire: Any, i: int, notices: Notices) -> Choice:
        bare(wire.message)
        return super().choice(wire, i, notices)


VENDOR = Vendor("writer", (WriterChat,))
