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

from typing import Any

from chatnorm.dialect import Vendor
from chatnorm.tables import whole

from .openai.chat import OpenAICopy
from .openai.stream import CopyTrack
from .openai.wire import answers

DATA = ("graph_data", "llm_data", "image_data", "translation_data", "web_search_data")


class WriterTrack(CopyTrack):
    def alternative(self, wire: Any, i: int) -> None:
        delta, message = wire.delta, wire.message
        if delta is not None and message is not None:
            wire.message, said = None, whole(delta)
            if other := {key: sent for key, sent in whole(message).items() if sent and sent != said.get(key)}:
                wire.left = {**(wire.left or {}), "message": other}
        super().alternative(wire, i)


class WriterChat(OpenAICopy):
    Track = WriterTrack
    EXTRA = {"choice": ("trace_details",), "message": DATA}
    USAGE = {
        **OpenAICopy.USAGE,
        "cache_read_tokens": "prompt_token_details.cached_tokens | prompt_tokens_details.cached_tokens",
    }

    def prepare(self, wire: Any) -> None:
        """Tools that did not run gave objects of nulls."""
        for answer in answers(wire):
            for name in DATA:
                held = getattr(answer, name)
                if isinstance(held, dict) and not any(held.values()):
                    setattr(answer, name, None)


VENDOR = Vendor("writer", (WriterChat,))
