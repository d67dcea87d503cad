"""OpenAI, Chat Completions: the grammar that most others copy.

Source: the OpenAPI description `CreateChatCompletionResponse` in openai/openai-openapi f85dbe2
(2026-08-21), the SDK `openai` 2.54.0, and recorded bodies of 2023 to 2026.

- `content` is null beside tool calls, beside audio (the words are in `audio.transcript`) and beside a
  refusal. `finish_reason` is `stop` when one named tool was forced, though a call is there.
- Custom tool calls have `custom` and no `function`; their `input` is free text.
- Every detail count is contained in its total: cached in prompt, reasoning in completion.
- `refusal`, `annotations`, `service_tier` and the detail counts are missing in old logs. Stored
  completions echo the request beside the answer.
- Copies of the grammar differ in where thoughts are (`reasoning`, `reasoning_content`, …, often twice the
  same) and in zero values ("" for an id, an empty `function_call`) that stand for nothing. All of that is
  read here, for whichever vendor.
"""

from contextlib import suppress
from typing import Any, ClassVar, Literal

import msgspec
from msgspec.structs import replace

from chatnorm.canonical import (
    NO_MESSAGE,
    NO_USAGE,
    AudioPart,
    ChatResponse,
    Choice,
    Citation,
    FilePart,
    ImagePart,
    Message,
    OpaquePart,
    Part,
    ReasoningPart,
    RefusalPart,
    ServerToolCall,
    ServerToolResult,
    Source,
    Span,
    TextPart,
    TokenLogprob,
    ToolCall,
    VideoPart,
)
from chatnorm.dialect import Dialect, Fields, Notices, Vendor, note
from chatnorm.errors import seen, word
from chatnorm.repair import arguments, named, unix_time
from chatnorm.tables import Count, Seconds, Wire, whole


class Function(Wire):  # choices[].message.tool_calls[].function
    LEVEL = "function"
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class Custom(Wire):  # choices[].message.tool_calls[].custom
    LEVEL = "custom"
    name: str | None = None
    input: str | None = None


class Call(Wire):  # choices[].message.tool_calls[]
    LEVEL = "tool_call"
    BENDS = {"id": named}
    index: int | None = None
    id: str | None = None
    type: Literal["function", "custom"] | None = None
    function: Function | None = None
    custom: Custom | None = None


class Thought(Wire):  # choices[].message.reasoning_details[]
    LEVEL = "thought"
    type: str | None = None
    text: str | None = None
    summary: str | None = None
    data: str | None = None
    signature: str | None = None
    id: str | None = None
    format: str | None = None
    index: int | None = None
    tool_call_id: str | None = None
    tool_name: str | None = None
    arguments: str | None = None
    result: str | None = None
    raw: dict[str, Any] | None = None  # what an SDK does not know, under type UNKNOWN
    is_unknown: bool | None = None


class UrlCitation(Wire):  # choices[].message.annotations[].url_citation
    LEVEL = "url_citation"
    url: str | None = None
    title: str | None = None
    start_index: int | None = None
    end_index: int | None = None
    content: str | None = None


class Annotation(Wire):  # choices[].message.annotations[]
    LEVEL = "annotation"
    type: str | None = None
    url_citation: UrlCitation | None = None
    file: Any = None


class Answer(Wire):  # choices[].message
    LEVEL = "message"
    role: str | None = None
    content: str | list[Any] | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    reasoning_details: list[Thought] | None = None
    tool_calls: list[Call] | None = None
    function_call: Function | None = None
    annotations: list[Annotation] | None = None
    audio: dict[str, Any] | None = None
    images: list[Any] | None = None


class Logprob(Wire):  # choices[].logprobs.content[].top_logprobs[]
    LEVEL = "logprob"
    token: str | None = None
    logprob: float | None = None
    bytes: list[int] | None = None


class TopLogprob(Logprob):  # choices[].logprobs.content[]
    top_logprobs: list[Logprob] | None = None


class Logprobs(Wire):  # choices[].logprobs
    LEVEL = "logprobs"
    content: list[TopLogprob] | None = None
    refusal: list[TopLogprob] | None = None
    tokens: list[Any] | None = None  # the older form: parallel lists
    token_logprobs: list[Any] | None = None
    token_ids: list[Any] | None = None
    top_logprobs: list[Any] | None = None
    text_offset: list[Any] | None = None


class Alternative(Wire):  # choices[]
    LEVEL = "choice"
    index: int | None = None
    message: Answer | None = None
    logprobs: Logprobs | None = None
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    delta: Answer | None = None
    stop_reason: Any = None  # vLLM and its hosts: the stop text or token that matched
    error: Any = None


class InputDetails(Wire):  # usage.prompt_tokens_details
    LEVEL = "input_details"
    cached_tokens: Count | None = None
    audio_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    text_tokens: Count | None = None
    image_tokens: Count | None = None
    video_tokens: Count | None = None


class OutputDetails(Wire):  # usage.completion_tokens_details
    LEVEL = "output_details"
    reasoning_tokens: Count | None = None
    audio_tokens: Count | None = None
    accepted_prediction_tokens: Count | None = None
    rejected_prediction_tokens: Count | None = None
    text_tokens: Count | None = None
    image_tokens: Count | None = None


class Tokens(Wire):  # usage
    LEVEL = "usage"
    NATIVE = True
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None
    prompt_tokens_details: InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None
    cached_tokens: Count | None = None  # Together, Moonshot
    prompt_cache_hit_tokens: Count | None = None  # DeepSeek and its hosts; hit + miss = prompt
    prompt_cache_miss_tokens: Count | None = None
    reasoning_tokens: Count | None = None  # SGLang, older xAI


class Body(Wire):  # the whole body
    LEVEL = "response"
    BENDS = {"id": named, "model": named, "created": unix_time}
    id: str | None = None
    object: Literal["chat.completion"] | None = None
    created: Seconds | None = None
    model: str | None = None
    choices: list[Alternative] | None = None
    usage: Tokens | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None
    provider: str | None = None
    request_id: str | None = None
    citations: list[Any] | None = None
    error: Any = None


class OpenAIChat(Dialect):
    """`openai.chat`, in the broad form that reads every copy of the grammar."""

    name = "openai.chat"
    Wire = Body
    ANSWER = ("choices",)
    MARKS = ("choices", "object=chat.completion")
    HINTS: ClassVar[tuple[str, ...]] = ("created", "error", "error.message", "message", "detail", "errors")
    ENVELOPES: ClassVar[tuple[str, ...]] = ("data", "create_chat_completion_response")
    EXTRA = {
        "response": ("metadata", "moderation"),
        "message": ("name", "tool_call_id"),
    }
    FINISH = {
        "stop": "stop",
        "length": "length",
        "tool_calls": "tool_calls",
        "function_call": "tool_calls",
        "content_filter": "content_filter",
        "error": "error",
    }
    USAGE = {
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "total_tokens": "total_tokens",
        "cache_read_tokens": "prompt_tokens_details.cached_tokens | cached_tokens | prompt_cache_hit_tokens",
        "cache_write_tokens": "prompt_tokens_details.cache_write_tokens",
        "reasoning_tokens": "completion_tokens_details.reasoning_tokens | reasoning_tokens",
        "input_text_tokens": "prompt_tokens_details.text_tokens",
        "input_audio_tokens": "prompt_tokens_details.audio_tokens",
        "input_image_tokens": "prompt_tokens_details.image_tokens",
        "input_video_tokens": "prompt_tokens_details.video_tokens",
        "output_text_tokens": "completion_tokens_details.text_tokens",
        "output_audio_tokens": "completion_tokens_details.audio_tokens",
        "output_image_tokens": "completion_tokens_details.image_tokens",
        "accepted_prediction_tokens": "completion_tokens_details.accepted_prediction_tokens",
        "rejected_prediction_tokens": "completion_tokens_details.rejected_prediction_tokens",
    }
    REASONING_BESIDE_OUTPUT = True
    RATE_LIMIT_HEADERS = "x-ratelimit-{field}-{what}"
    SPINE = ("response", "choice", "parts", "call", "thoughts", "thought")
    REASONING: ClassVar[tuple[str, ...]] = ("reasoning", "reasoning_content")
    """Where thoughts are in a message, besides `reasoning_details`."""

    # Whole bodies

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        wires = body.choices
        if wires is None:
            if not (body.error or body.object or body.model or body.usage):
                return None
            wires = []
        if len(wires) == 1:
            choices: tuple[Choice, ...] = (self.choice(wires[0], 0, notices),)
            failure = wires[0].error
        else:
            choices, failure = self.several(wires, body.error, notices)
        counted, usage_of = body.usage, self.usage_of
        response = ChatResponse(
            self.vendor,
            self.name,
            body.id or None,
            body.model or None,
            body.created,
            choices,
            NO_USAGE if counted is None else usage_of(counted, notices),
            body.service_tier or None,
            body.system_fingerprint or None,
            body.provider or None,
            body.request_id or None,
            sources(body.citations, notices) if body.citations else (),
            body.extra(),
            tuple(notices) if notices else (),
        )
        if body.error:
            error = self.error({"error": body.error, **response.extra})
            return replace(response, error=error, end="failed", extra={})
        return replace(response, error=self.error({"error": failure}), end="failed") if failure else response

    def several(self, wires: list[Alternative], error: Any, notices: Notices) -> tuple[Any, Any]:
        """No choice or several, and the first failure among them. By itself, since a comprehension slows
        down the method it stands in."""
        if not wires and not error:
            note(notices, "missing", "$.choices", "expected at least one choice, or an error")
        choices = tuple([self.choice(wire, i, notices) for i, wire in enumerate(wires)])
        return choices, next((wire.error for wire in wires if wire.error), None)

    def choice(self, wire: Alternative, i: int, notices: Notices) -> Choice:
        """One of `choices`."""
        extra = wire.extra()
        finish = native = wire.finish_reason or None
        if finish is not None:
            try:
                finish = self.FINISH[finish]
            except KeyError:
                finish = self.unlisted(finish, notices, f"$.choices[{i}].finish_reason")
        if wire.native_finish_reason is not None:
            if native != finish:
                extra["finish_reason"] = native
            native = wire.native_finish_reason or native
        answer = wire.message
        if wire.delta is not None:
            answer = self.beside(answer, wire.delta, extra)
        stop = None if wire.stop_reason is None else stop_sequence(wire.stop_reason, extra)
        if wire.error:
            extra["error"] = wire.error
        if answer is None:
            message = NO_MESSAGE
        else:
            kept = answer.extra()
            content = answer.content
            if (
                type(content) is str
                and content
                and not (
                    answer.reasoning
                    or answer.tool_calls
                    or answer.reasoning_content
                    or answer.reasoning_details
                    or answer.annotations
                    or answer.refusal
                    or answer.images
                    or answer.audio
                    or answer.function_call
                )
            ):
                parts: tuple[Part, ...] = (TextPart(content),)
            else:
                parts = self.parts(answer, i, kept, notices)
            message = Message(answer.role or None, parts, kept)
        index = i if wire.index is None else wire.index
        if wire.logprobs is None:
            return Choice(index, message, finish, native, stop, None, None, extra)
        said, refused = chances(wire.logprobs, extra)
        return Choice(index, message, finish, native, stop, said, refused, extra)

    def parts(self, answer: Answer, i: int, extra: dict[str, Any], notices: Notices) -> tuple[Part, ...]:
        """Everything a message says: thoughts, text, refusal, media, calls. What contradicts or has no
        place in them goes to `extra`."""
        content = answer.content
        parts: list[Part] = []
        if answer.reasoning or answer.reasoning_content or answer.reasoning_details:
            parts = self.thoughts(answer, i, extra, notices)
        if content:
            if type(content) is str:
                parts.append(TextPart(content))
            elif type(content) is list:
                parts += content_parts(content, f"$.choices[{i}].message.content", notices)
        if answer.tool_calls:
            for j, wire in enumerate(answer.tool_calls):
                parts.append(self.call(wire, i, j, notices))
        if answer.annotations:
            cite(answer.annotations, parts, extra)
        if answer.refusal:
            parts.append(RefusalPart(answer.refusal))
        if answer.images:
            parts += content_parts(answer.images, f"$.choices[{i}].message.images", notices)
        if answer.audio and any(answer.audio.values()):
            parts.append(audio(Fields(answer.audio)))
        legacy = answer.function_call
        if legacy is not None and (legacy.name or legacy.arguments):
            kept = legacy.extra()
            text = arguments(legacy.arguments, kept, f"$.choices[{i}].message.function_call", notices)
            parts.append(ToolCall(legacy.name, text, "legacy", extra=kept))
        return tuple(parts)

    def call(self, wire: Call, i: int, j: int, notices: Notices) -> ToolCall:
        """One of a message's `tool_calls`."""
        extra, function, custom, kind = wire.extra(), wire.function, wire.custom, wire.type
        if wire.index is not None and wire.index != j:
            extra["index"] = wire.index
        if custom is not None or function is None or kind == "custom":
            path = f"$.choices[{i}].message.tool_calls[{j}]"
            free = custom if custom is not None and (custom.name or custom.input) else None
            both = free is not None and function is not None and (function.name or function.arguments)
            if kind == ("custom" if free is None or both else "function"):
                extra["type"] = kind
                note(notices, "conflict", f"{path}.type", "the call is of the other type; kept in extra")
            if free is not None and both:
                extra["custom"] = whole(free)
                note(notices, "conflict", path, "both a function and a custom call; read as the function's")
            elif free is not None:
                if free.left:
                    extra["custom"] = free.left
                return ToolCall(free.name, free.input, "custom", id=wire.id or None, extra=extra)
        if function is None:
            note(notices, "missing", path, "expected a function or a custom call")
            return ToolCall(id=wire.id or None, extra=extra)
        sent = function.arguments
        if type(sent) is not str or sent[:2] == "{'" or function.left:
            kept = function.extra()
            sent = arguments(sent, kept, f"$.choices[{i}].message.tool_calls[{j}].function", notices)
            if kept:
                extra["function"] = kept
        return ToolCall(function.name, sent, id=wire.id or None, extra=extra)

    def thoughts(self, answer: Answer, i: int, extra: dict[str, Any], notices: Notices) -> list[Part]:
        """The thoughts, once, however often the message repeats them."""
        parts: list[Part] = []
        said = ""
        if answer.reasoning_details:
            for j, wire in enumerate(answer.reasoning_details):
                thought = self.thought(wire)
                if thought is None:
                    path = f"$.choices[{i}].message.reasoning_details[{j}]"
                    odd = self.odd_thought(wire, path, notices)
                    said += "".join([p.text or "" for p in odd if type(p) is ReasoningPart])
                    parts += odd
                else:
                    parts.append(thought)
                    if thought.text:
                        said += thought.text
        for name in self.REASONING:
            text = getattr(answer, name)
            if not text or text == said:
                continue
            if not said:
                parts.insert(0, ReasoningPart(text))
                said = text
            else:
                extra[name] = text
                path = f"$.choices[{i}].message.{name}"
                note(notices, "conflict", path, "the message holds other thoughts as well; kept in extra")
        return parts

    def thought(self, wire: Thought) -> ReasoningPart | None:
        """One of `reasoning_details`; None if it is not a usual one."""
        kind, text, summary, data = wire.type, wire.text, wire.summary, wire.data
        if kind == "reasoning.summary" and text is None:
            text = summary
        elif summary is not None or (kind != "reasoning.text" and kind != "reasoning.encrypted"):
            return None
        extra, id, signature = wire.extra(), wire.id, wire.signature
        if wire.index is not None:
            extra["index"] = wire.index
        brief = kind == "reasoning.summary"
        return ReasoningPart(text, brief, data, wire.format, id=id, signature=signature, extra=extra)

    def odd_thought(self, wire: Thought, path: str, notices: Notices) -> list[Part]:
        """One of `reasoning_details` that is a tool's, wrapped, or of an unknown kind."""
        kind, extra = wire.type, wire.extra()
        if wire.index is not None:
            extra["index"] = wire.index
        if wire.is_unknown is not None:
            extra["is_unknown"] = wire.is_unknown
        if kind == "reasoning.server_tool_call":
            call_id, name = wire.tool_call_id, wire.tool_name
            if wire.format is not None:
                extra["format"] = wire.format
            call = ServerToolCall(name, wire.arguments, id=call_id, extra=extra)
            return [call, ServerToolResult(call_id, name, output=wire.result, id=wire.id)]
        if kind == "UNKNOWN" and wire.raw is not None:  # how SDKs wrap what they do not know
            inner = self.fitted(wire.raw, Thought, f"{path}.raw", [])
            known = self.thought(inner)
            first, *rest = self.odd_thought(inner, path, notices) if known is None else [known]
            return [replace(first, extra={**first.extra, **extra}), *rest]
        note(notices, "opaque_part", path, f"kept as opaque: type {word(kind)}")
        return [OpaquePart(kind, whole(wire), id=wire.id)]

    def beside(self, answer: Answer | None, delta: Answer, extra: dict[str, Any]) -> Answer:
        """The message, where a choice has both `message` and `delta`; what differs stays in `extra`."""
        if answer is None:
            return delta
        said = whole(answer)
        if other := {key: sent for key, sent in whole(delta).items() if sent and sent != said.get(key)}:
            extra["delta"] = other
        return answer


def stop_sequence(sent: Any, extra: dict[str, Any]) -> str | None:
    """The stop text that matched. Token numbers, and SDKs' tagged forms, stay in `extra`."""
    if isinstance(sent, str):
        return sent
    extra["stop_reason"] = sent
    tagged = [(tag, v) for tag, v in sent.items() if v is not None] if isinstance(sent, dict) else []
    tag, value = tagged[0] if len(tagged) == 1 else ("", None)
    return value if tag.lower() == "string" and isinstance(value, str) else None


def tokens(wires: list[TopLogprob] | None) -> tuple[TokenLogprob, ...] | None:
    """Logprob entries."""
    if wires is None:
        return None
    return tuple([token(w, [token(t) for t in w.top_logprobs or ()]) for w in wires])


def token(w: Logprob, top: list[TokenLogprob] | None = None) -> TokenLogprob:
    """One entry, with the likeliest tokens at its place."""
    utf8 = None if w.bytes is None else tuple(w.bytes)
    return TokenLogprob(w.token, w.logprob, utf8, None, tuple(top or ()), w.extra())


def chances(wire: Logprobs, extra: dict[str, Any]) -> tuple[Any, Any]:
    """The logprobs of text and refusal. The older form, parallel lists, is read as well."""
    found, kept = tokens(wire.content), wire.extra()
    if wire.tokens is not None:
        lists = {name: list(getattr(wire, name) or [None] * len(wire.tokens)) for name in PARALLEL}
        tops = [list(top.items()) if isinstance(top, dict) else top or [] for top in lists["top_logprobs"]]
        rows = zip(lists["tokens"], lists["token_logprobs"], lists["token_ids"], tops, strict=False)
        if found is None and len({len(column) for column in lists.values()}) == 1:
            with suppress(msgspec.ValidationError):  # other types than a token's stay in `extra`
                found = tuple([msgspec.convert(legacy(*row), TokenLogprob) for row in rows])
        read = PARALLEL if found is not None and wire.content is None else ()
        kept.update({name: sent for name in PARALLEL if name not in read and (sent := getattr(wire, name))})
    if wire.text_offset is not None:
        kept["text_offset"] = wire.text_offset
    if kept:
        extra["logprobs"] = kept
    return found, tokens(wire.refusal)


PARALLEL = ("tokens", "token_logprobs", "token_ids", "top_logprobs")


def legacy(token: Any, value: Any, number: Any, top: list[Any]) -> dict[str, Any]:
    """A row of parallel lists, as one entry."""
    likeliest = [{"token": row[0], "logprob": row[1]} if type(row) is tuple else row for row in top]
    return {"token": token, "logprob": value, "token_id": number, "top": likeliest}


def sources(sent: list[Any], notices: Notices) -> tuple[Source, ...]:
    """Answer-wide sources: addresses, or objects that hold one."""
    found = []
    for i, item in enumerate(sent):
        if isinstance(item, dict):
            f = Fields(item)
            url, title = f.text("url"), f.text("title")
            found.append(Source(url=url, title=title, extra=f.rest()))
        elif isinstance(item, str):
            found.append(Source(url=item))
        else:
            found.append(Source(extra={"citations": item}))
            note(notices, "unknown_value", f"$.citations[{i}]", f"expected a source, got {seen(item)}")
    return tuple(found)


def cite(annotations: list[Annotation], parts: list[Part], extra: dict[str, Any]) -> None:
    """Put a message's citations on its text; what cannot go there stays in `extra`."""
    place = next((i for i, part in enumerate(parts) if type(part) is TextPart), None)
    cited = []
    for wire in annotations:
        if place is None or wire.file is not None:  # a file's text, to be sent back, is no citation
            extra.setdefault("annotations", []).append(whole(wire))
        else:
            cited.append(citation(wire))
    if place is not None and cited:
        text: Any = parts[place]
        parts[place] = TextPart(text.text, tuple(cited), extra=text.extra)


def citation(wire: Annotation) -> Citation:
    """One annotation; the offsets count characters."""
    inner = wire.url_citation
    if inner is None:
        return Citation(kind=wire.type, extra=wire.extra())
    start, end = inner.start_index, inner.end_index
    span = None if start is None and end is None else Span(start, end)
    source = Source(None, inner.url, inner.title, inner.content, extra=inner.extra())
    return Citation(span, None, (source,), wire.type, wire.extra())


def audio(f: Fields) -> AudioPart:
    """A spoken answer."""
    said, data, id = (f.text(name) or None for name in ("transcript", "data", "id"))
    expires = f.whole("expires_at") or None
    return AudioPart(transcript=said, expires_at=expires, data=data, id=id, extra=f.rest())


def content_parts(items: list[Any], path: str, notices: Notices) -> list[Part]:
    """Content given as a list of parts."""
    parts: list[Part] = []
    for i, item in enumerate(items):
        if isinstance(item, str):
            parts.append(TextPart(item))
            continue
        part = content_part(item, i) if isinstance(item, dict) else None
        if part is None:
            kind = item.get("type") if isinstance(item, dict) else None
            note(notices, "opaque_part", f"{path}[{i}]", f"kept as opaque: type {word(kind)}")
            part = OpaquePart(kind if isinstance(kind, str) else None, item)
        parts.append(part)
    return parts


MEDIA: dict[str, type[ImagePart | AudioPart | VideoPart | FilePart]] = {
    "image_url": ImagePart,
    "video_url": VideoPart,
    "input_video": VideoPart,
    "input_audio": AudioPart,
    "file": FilePart,
}


def content_part(item: dict[str, Any], position: int) -> Part | None:
    """One part of a content list; None if its kind is unknown."""
    f = Fields(item)
    kind = f.text("type")
    if kind in ("text", "output_text") and isinstance(f.peek("text"), str):
        return TextPart(f.take("text", str), extra=f.rest())
    if kind == "refusal" and isinstance(f.peek("refusal"), str):
        return RefusalPart(f.take("refusal", str), extra=f.rest())
    if kind is None and f.peek("image_url") is not None:  # an SDK's image, its type dropped
        kind = "image_url"
    media = MEDIA.get(kind or "")
    if media is None:
        return None
    held, index = f.take(kind or ""), f.whole("index")
    inner = Fields(held if isinstance(held, dict) else {"url": held})
    url, data = inner.text("url"), inner.text("data") or inner.text("file_data")
    file_id, form, name = inner.text("file_id"), inner.text("media_type"), inner.text("filename")
    extra = f.rest()
    if index is not None and index != position:
        extra["index"] = index
    if inner.rest():
        extra[kind or ""] = inner.rest()
    return media(data=data, url=url, file_id=file_id, media_type=form, name=name, extra=extra)


class OpenAI(OpenAIChat):
    """OpenAI itself: stored completions echo the request."""

    EXTRA = {
        "response": (
            "seed",
            "temperature",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "tools",
            "tool_choice",
            "response_format",
            "input_user",
        ),
    }


OTEL = {name: f"openai.response.{name}" for name in ("service_tier", "system_fingerprint")}

VENDOR = Vendor("openai", (OpenAI,), otel_attributes=OTEL)
