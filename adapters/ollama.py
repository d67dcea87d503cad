"""Ollama's own API: `/api/chat` and `/api/generate`. Its other routes have the shapes of other vendors.

Source: ollama/ollama fb307609 (2026-08-21), `api/types.go`, `server/routes.go`, `llm/server.go` and
`docs/api.md`; docs.ollama.com/api/errors and api/usage; the SDK `ollama` 0.6.3; recorded bodies of 2025.

- Zero values are left out. A missing `prompt_eval_count` says that nothing of the prompt was evaluated anew
  (older servers do not count what was cached), or that nobody counted: the input is unknown then, not 0.
- Newer servers tell what the cache held in `prompt_eval_cached_count`, which `prompt_eval_count` includes;
  `prompt_eval_duration` is that of the rest.
- `eval_count` has the thoughts in it; nothing tells how many they are.
- Durations are in nanoseconds. Loading the model is part of the total and has no field of its own here.
- There is no word for a call: `done_reason` is `stop`. It is missing where the runner went away, and in old
  servers. `load` and `unload` answer requests that only load or unload a model.
- A call's arguments are an object. Older servers send no id; `function.index` may begin anew on each line
  of a stream, so that only the order tells.
- A stream is one JSON object a line, each with its own time; the first is taken. Calls come whole, also on
  the last line. Thoughts that come after text are one with those before it. A failure is a line with
  `error`, a bare text, and HTTP stays 200.
- Where thinking is off, some models write `<think>` into the content; it is content.
"""

from typing import Any

from msgspec import Raw
from msgspec.structs import replace

from chatnorm.canonical import (
    NO_MESSAGE,
    NO_USAGE,
    ChatResponse,
    Choice,
    FinishReason,
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    Timing,
    TokenLogprob,
    ToolCall,
)
from chatnorm.dialect import Dialect, Notices, Vendor, note
from chatnorm.repair import unix_time
from chatnorm.tables import Count, Integer, Wire, verbatim_text
from chatnorm.track import Track

from .anthropic import AnthropicMessages
from .openai import OpenAIChat, OpenAIResponses, completions


class Logprob(Wire):  # logprobs[].top_logprobs[]
    LEVEL = "logprob"
    token: str | None = None
    logprob: float | None = None
    bytes: list[int] | None = None


class TopLogprob(Logprob):  # logprobs[]
    top_logprobs: list[Logprob] | None = None


class Function(Wire):  # message.tool_calls[].function
    LEVEL = "function"
    index: int | None = None
    name: str | None = None
    arguments: Raw = Raw(b"")


class Call(Wire):  # message.tool_calls[]
    LEVEL = "tool_call"
    id: str | None = None
    function: Function | None = None


class Said(Wire):  # message
    LEVEL = "message"
    role: str | None = None
    content: str | None = None
    thinking: str | None = None
    images: list[str] | None = None
    tool_calls: list[Call] | None = None


class Tokens(Wire):  # the counters of a body
    LEVEL = "usage"
    NATIVE = True
    prompt_eval_count: Count | None = None
    prompt_eval_cached_count: Count | None = None
    eval_count: Count | None = None


class Body(Wire):  # what both grammars have in the whole body, and in each line of a stream
    LEVEL = "response"
    model: str | None = None
    created_at: str | None = None
    done: bool | None = None
    done_reason: str | None = None
    total_duration: Integer | None = None
    prompt_eval_count: Count | None = None
    prompt_eval_cached_count: Count | None = None
    prompt_eval_duration: Integer | None = None
    eval_count: Count | None = None
    eval_duration: Integer | None = None
    logprobs: list[TopLogprob] | None = None
    error: Any = None


class ChatBody(Body):
    message: Said | None = None


class GenerateBody(Body):
    response: str | None = None
    thinking: str | None = None
    image: str | None = None
    tool_calls: list[Call] | None = None


ORDER: dict[Any, int] = {ReasoningPart: 0, TextPart: 1, ImagePart: 2, ToolCall: 3}
"""Where parts of a kind stand in a whole body."""


def measured(wire: Body, extra: dict[str, Any]) -> Timing | None:
    """The durations in seconds; `extra` keeps them in nanoseconds."""
    whole, prompt, writing = wire.total_duration, wire.prompt_eval_duration, wire.eval_duration
    if whole is None and prompt is None and writing is None:
        return None
    if whole is not None:
        extra.setdefault("total_duration", whole)
    if prompt is not None:
        extra.setdefault("prompt_eval_duration", prompt)
    if writing is not None:
        extra.setdefault("eval_duration", writing)
    return Timing(seconds(whole), None, seconds(prompt), seconds(writing))


def seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1e9


def counted(wire: Body) -> Tokens | None:
    """The counters, if there are any."""
    read, cached, written = wire.prompt_eval_count, wire.prompt_eval_cached_count, wire.eval_count
    if read is None and cached is None and written is None:
        return None
    return Tokens(prompt_eval_count=read, prompt_eval_cached_count=cached, eval_count=written)


def chances(wires: list[TopLogprob] | None) -> tuple[TokenLogprob, ...] | None:
    """Logprob entries."""
    if not wires:
        return None
    return tuple([chance(w, tuple([chance(top) for top in w.top_logprobs or ()])) for w in wires])


def chance(w: Logprob, top: tuple[TokenLogprob, ...] = ()) -> TokenLogprob:
    """One entry, with the likeliest tokens at its place."""
    utf8 = None if w.bytes is None else tuple(w.bytes)
    return TokenLogprob(w.token, w.logprob, utf8, None, top, w.extra())


class LineTrack(Track):
    """One stream of either grammar: each line is a body whose text goes on with that of the line before."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.model: str | None = None
        self.calls = 0

    def plain(self, wire: Any) -> bool:
        said = self.dialect.said(wire)
        if wire.done is not False or wire.model != self.model or said is None:
            return False
        text, thought = said.content, said.thinking
        part = self.parts.get((0, TextPart if text else ReasoningPart))
        if part is None or (text and thought) or said.role != self.roles.get(0):
            return False
        self.text(0, part, text or thought or "")
        return True

    def frame(self, wire: Any) -> None:
        said, extra, created = self.dialect.said(wire), wire.extra(), None
        if wire.created_at is not None and "created_at" not in self._extra:
            extra.setdefault("created_at", wire.created_at)
            created = unix_time(wire.created_at)
        self.model = wire.model
        self.head(model=wire.model or None, created=created, timing=measured(wire, extra), extra=extra)
        if said is not None:
            self.choice(0, said.role or None, logprobs=chances(wire.logprobs), message_extra=said.extra())
            for part in self.dialect.parts(said, self.calls, self.notices):
                self.piece(part)
        if (tokens := counted(wire)) is not None:
            self.usage(tokens)
        if wire.error:
            self.fail(self.dialect.error({"error": wire.error}))
        native = wire.done_reason or None
        if native is not None or wire.done:
            self.finish(0, self.dialect.finished(native, self.calls > 0, self.notices), native)
        self.done = wire.done is True

    def piece(self, part: Any) -> None:
        """A part of a line: more of the one of its kind, or one that came whole."""
        kind = type(part)
        known = self.parts.get((0, kind))
        if kind is ToolCall or kind is ImagePart:
            self.calls += kind is ToolCall
            self.whole(0, (kind, self.begun), part, ORDER[kind])
        elif known is None:
            self.start(0, kind, part, ORDER[kind])
        else:
            self.text(0, known, part.text)


class OllamaDialect(Dialect):
    """What both grammars have."""

    Track = LineTrack
    FRAMING = "ndjson"
    EXTRA = {
        "response": ("load_duration", "peak_memory", "remote_model", "remote_host", "_debug_info"),
        "message": ("tool_name", "tool_call_id"),
    }
    FINISH = {
        "stop": "stop",
        "length": "length",
        "load": "stop",
        "unload": "stop",
    }
    USAGE = {
        "input_tokens": "prompt_eval_count",
        "output_tokens": "eval_count",
        "cache_read_tokens": "prompt_eval_cached_count",
    }
    USAGE_PATH = "$"
    SPINE = ("response", "said", "parts", "finished")

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        said, native, message = self.said(body), body.done_reason or None, NO_MESSAGE
        if said is None and body.done is None:
            return None
        extra, created, called = body.extra(), None, False
        if said is not None:
            parts = self.parts(said, 0, notices)
            called = bool(said.tool_calls)
            message = Message(said.role or None, tuple(parts), said.extra())
        if body.created_at is not None:
            created = unix_time(body.created_at)
            extra.setdefault("created_at", body.created_at)  # finer than whole seconds
        if body.done is False:
            extra["done"] = False
        timing, tokens = measured(body, extra), counted(body)
        finish = self.finished(native, called, notices)
        logprobs = None if body.logprobs is None else chances(body.logprobs)
        response = ChatResponse(
            self.vendor,
            self.name,
            None,
            body.model or None,
            created,
            (Choice(0, message, finish, native, None, logprobs),),
            NO_USAGE if tokens is None else self.usage_of(tokens, notices),
            extra=extra,
            timing=timing,
            notices=tuple(notices) if notices else (),
        )
        if body.error:
            return replace(response, error=self.error({"error": body.error}), end="failed")
        return response

    def said(self, body: Any) -> Said | None:
        """What the model says."""
        raise NotImplementedError

    def parts(self, said: Said, before: int, notices: Notices) -> list[Part]:
        """Thoughts, text, pictures, calls. `before`: how many calls there were."""
        parts: list[Part] = []
        if said.thinking:
            parts.append(ReasoningPart(said.thinking))
        if said.content:
            parts.append(TextPart(said.content))
        if said.images:
            parts += [ImagePart(data=image) for image in said.images]
        if said.tool_calls:
            for i, wire in enumerate(said.tool_calls):
                parts.append(self.call(wire, i, before + i, notices))
        return parts

    def call(self, wire: Call, i: int, place: int, notices: Notices) -> ToolCall:
        """One of `tool_calls`. Its index is kept where it is not its place."""
        extra, function = wire.extra(), wire.function
        if function is None:
            note(notices, "missing", f"$.message.tool_calls[{i}]", "expected a function")
            return ToolCall(id=wire.id or None, extra=extra)
        rest = function.extra()
        if function.index is not None and function.index != place:
            rest["index"] = function.index
        if rest:
            extra["function"] = rest
        return ToolCall(function.name, verbatim_text(function.arguments), id=wire.id or None, extra=extra)

    def finished(self, native: str | None, called: bool, notices: Notices) -> FinishReason | None:
        """Why the model stopped; a plain stop with calls is one for them."""
        if native is None:
            return None
        finish = self.FINISH.get(native) or self.unlisted(native, notices, "$.done_reason")
        return "tool_calls" if called and native == "stop" else finish

    def has_answer(self, body: Any) -> bool:
        """A message that is a text is that of an error, from a gateway in front."""
        return super().has_answer(body) and not isinstance(body.get("message"), str)

    def is_whole(self, body: Any) -> bool:
        return self.has_answer(body) and body.get("done") is not False


MARKS = ("done", "done_reason", "total_duration")


class OllamaChat(OllamaDialect):
    """`ollama.chat`."""

    name = "ollama.chat"
    Wire = ChatBody
    Frame = ChatBody
    PLAIN = {
        "response": ("model", "created_at", "message", "done"),
        "message": ("role", "content", "thinking"),
    }
    TEXTS, PASSING = ("content", "thinking"), ("created_at",)
    ANSWER = ("message", "done")
    MARKS = MARKS
    HINTS = (
        "signin_url",
        "error=model '",
        "error=model runner ",
        "error=model requires more system memory",
        "error=registry.ollama.ai/",
        "error=the model failed to generate",
        "error=an error was encountered while",
        "error=server busy, please try again",
        "error=you've reached your ",
    )

    def said(self, body: Any) -> Said | None:
        return body.message  # type: ignore[no-any-return]


class OllamaGenerate(OllamaDialect):
    """`ollama.generate`."""

    name = "ollama.generate"
    Wire = GenerateBody
    Frame = GenerateBody
    PLAIN = {"response": ("model", "created_at", "response", "thinking", "done")}
    TEXTS, PASSING = ("response", "thinking"), ("created_at",)
    ANSWER = ("response", "done")
    MARKS = MARKS
    HINTS = ("response", "context", "image", "completed")
    EXTRA = {"response": ("context", "completed", "total")}

    def said(self, body: Any) -> Said | None:
        if body.response is None and not (body.thinking or body.image or body.tool_calls):
            return None
        images = [body.image] if body.image else None
        return Said(content=body.response, thinking=body.thinking, images=images, tool_calls=body.tool_calls)


SERVED = (OpenAIChat, OpenAIResponses, AnthropicMessages, completions(OpenAIChat))

VENDOR = Vendor("ollama", (OllamaChat, OllamaGenerate, *SERVED))
