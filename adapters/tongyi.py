"""DashScope, Alibaba Cloud's own API of the Tongyi (Qwen) models:
`/api/v1/services/aigc/{text,multimodal}-generation/generation`. Its other endpoint speaks OpenAI's grammar.

Source: `dashscope` 2.0.2, `dashscope/api_entities/dashscope_response.py`, `dashscope/common/utils.py` and
`dashscope/utils/message_utils.py`; alibabacloud.com/help/en/model-studio (error messages, 2025-05-20; web
search, 2026-01-27; code interpreter; Qwen-OCR API, 2026-01-14; Qwen-Deep-Research API, 2025-12-04;
Application API, 2025-04-21). Log probabilities are held to have OpenAI's members. No recorded body is at
hand.

- The answer is `output.choices` or, where the request did not ask for messages, `output.text`; content is a
  text or, of multimodal models, a list. There is no model and no time.
- `finish_reason` is the text "null" while the answer goes on.
- Frames come under `event:result`, each a whole body. Whether a frame's text goes on with that of the frame
  before, or repeats it (`incremental_output` off), only the texts tell: those of the first frames are held to
  repeat each other as long as they do. If one does not, what was told too little is made good at the end.
- Nothing marks the end but the reason. Each frame counts the output so far; how the
  frames of several choices add up is not documented.
- Failures are `code` and `message` at the top, in a stream under `event:error`. Answers may have them empty.
- What the search found is told in one frame, in later ones `search_results` is empty; `tool_info`, what was
  run for the answer, they repeat.
- Deep research has one `message` and no choices, and spells its end `fininshed`. It speaks in phases, each a
  text of its own; of what else it tells of them, in `extra`, the last word stands.
- Applications (`/api/v1/apps/{id}/completion`) count tokens by model, and do not sum them up.
"""

from collections import defaultdict
from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import (
    FIGURES,
    NO_USAGE,
    AudioPart,
    ChatResponse,
    Choice,
    ErrorInfo,
    ImagePart,
    Message,
    OpaquePart,
    Part,
    ReasoningPart,
    ServerToolCall,
    Source,
    TextPart,
    TokenLogprob,
    ToolCall,
    Usage,
    UsageRow,
    VideoPart,
)
from chatnorm.dialect import Dialect, Fields, Notices, Vendor, note
from chatnorm.errors import word
from chatnorm.repair import json_text
from chatnorm.tables import Count, Wire, whole
from chatnorm.track import Track

RUNNING = "null"
"""The finish reason of what goes on."""

SURE = 16
"""Characters that do not begin two frames by chance."""

RUNS, CONTENT, CALLS = 1, 2, 10_000
"""Places of what the vendor ran, of the first of the content, and of the first call; 0 is the reasoning."""


class Function(Wire):  # tool_calls[].function
    LEVEL = "function"
    name: str | None = None
    arguments: str | None = None


class Call(Wire):  # message.tool_calls[]
    LEVEL = "tool_call"
    id: str | None = None
    type: str | None = None
    index: Count | None = None
    function: Function | None = None

    def part(self, place: int) -> ToolCall:
        """`place`: among the calls; the index is kept where it is another."""
        extra, function = self.extra(), self.function or Function()
        if self.type not in (None, "", "function"):
            extra["type"] = self.type
        if self.index not in (None, place):
            extra["index"] = self.index
        if rest := function.extra():
            extra["function"] = rest
        return ToolCall(function.name or None, function.arguments, id=self.id or None, extra=extra)


class Logprob(Wire):  # logprobs.content[].top_logprobs[]
    LEVEL = "logprob"
    token: str | None = None
    logprob: float | None = None
    bytes: list[int] | None = None

    def chance(self, top: tuple[TokenLogprob, ...] = ()) -> TokenLogprob:
        utf8 = None if self.bytes is None else tuple(self.bytes)
        return TokenLogprob(self.token, self.logprob, utf8, None, top, self.extra())


class TopLogprob(Logprob):  # logprobs.content[]
    top_logprobs: list[Logprob] | None = None


class Logprobs(Wire):  # logprobs
    LEVEL = "logprobs"
    content: list[TopLogprob] | None = None


class Said(Wire):  # output.choices[].message, output.message
    LEVEL = "message"
    role: str | None = None
    content: str | list[dict[str, Any]] | None = None
    reasoning_content: str | None = None
    tool_calls: list[Call] | None = None
    tool_info: list[dict[str, Any]] | None = None  # the output's
    phase: str | None = None

    def parts(self, known: list[int], path: str, notices: Notices) -> list[tuple[int, Part]]:
        """Reasoning, what the vendor ran, content, calls, by their places. `known`: the indexes of the
        calls so far."""
        parts: list[tuple[int, Part]] = []
        if self.reasoning_content:
            parts.append((0, ReasoningPart(self.reasoning_content)))
        parts += [(RUNS, run(held)) for held in self.tool_info or ()]
        content = [{"text": self.content}] if isinstance(self.content, str) else self.content or ()
        for i, block in enumerate(content):
            part = item(block, self.phase)
            if isinstance(part, OpaquePart):
                detail = f"kept as opaque: type {word(part.kind)}"
                note(notices, "opaque_part", f"{path}.content[{i}]", detail)
            if part != TextPart("", phase=self.phase):
                parts.append((CONTENT + i, part))
        for place, call in enumerate(self.tool_calls or ()):
            index = place if call.index is None else call.index
            if index not in known:
                known.append(index)
            parts.append((CALLS + index, call.part(known.index(index))))
        return parts

    def rest(self) -> dict[str, Any]:
        """What is kept beside the parts."""
        extra = self.extra()
        if self.phase is not None:
            extra["phase"] = self.phase
        return extra


class Chosen(Wire):  # output.choices[]
    LEVEL = "choice"
    index: Count | None = None
    finish_reason: str | None = None
    message: Said | None = None
    logprobs: Logprobs | None = None


class Result(Wire):  # output.search_info.search_results[]
    LEVEL = "search_result"
    index: Count | None = None
    title: str | None = None
    url: str | None = None

    def source(self) -> Source:
        """Its id is the number that the text names it by."""
        id = None if self.index is None else str(self.index)
        return Source(id, self.url, self.title, extra=self.extra())


class Search(Wire):  # output.search_info
    LEVEL = "search_info"
    search_results: list[Result] | None = None


class Document(Wire):  # output.doc_references[]
    LEVEL = "document"
    index_id: str | None = None
    title: str | None = None
    text: str | None = None
    doc_url: str | None = None

    def source(self) -> Source:
        """Its id is the number that the text names it by."""
        return Source(self.index_id, self.doc_url, self.title, self.text, extra=self.extra())


class Output(Wire):  # output
    LEVEL = "output"
    text: str | None = None
    finish_reason: str | None = None
    choices: list[Chosen] | None = None
    message: Said | None = None
    fininshed_reason: str | None = None  # sic
    tool_info: list[dict[str, Any]] | None = None
    search_info: Search | None = None
    doc_references: list[Document] | None = None

    def chosen(self) -> list[Chosen]:
        """The choices; a text or a message by itself is one. The first has what was run for the answer."""
        chosen, reason = self.choices or [], self.finish_reason or self.fininshed_reason
        alone = (self.text, self.message, reason, self.tool_info)
        if not chosen and any(said is not None for said in alone):
            chosen = [Chosen(finish_reason=reason, message=self.message or Said(content=self.text))]
        if chosen and self.tool_info:
            chosen[0].message = chosen[0].message or Said()
            chosen[0].message.tool_info = self.tool_info
        return chosen

    def sources(self) -> list[Source]:
        """What was searched, and what was found."""
        found = (self.search_info or Search()).search_results or ()
        return [held.source() for held in (*found, *(self.doc_references or ()))]

    def rest(self) -> dict[str, Any]:
        """What is kept beside the choices."""
        extra = self.extra()
        if self.search_info is not None and (rest := self.search_info.extra()):
            extra["search_info"] = rest
        return extra


class Details(Wire):  # usage.…_details
    LEVEL = "details"
    cached_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    reasoning_tokens: Count | None = None
    text_tokens: Count | None = None
    image_tokens: Count | None = None
    audio_tokens: Count | None = None
    video_tokens: Count | None = None


class Counts(Wire):  # usage, usage.models[]
    LEVEL = "usage"
    NATIVE = True
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    total_tokens: Count | None = None
    cached_tokens: Count | None = None
    image_tokens: Count | None = None
    audio_tokens: Count | None = None
    video_tokens: Count | None = None
    prompt_tokens_details: Details | None = None
    input_tokens_details: Details | None = None
    output_tokens_details: Details | None = None
    plugins: dict[str, Any] | None = None

    @property
    def runs(self) -> dict[str, Any]:
        """How often each plugin was used."""
        plugins = (self.plugins or {}).items()
        return {name: held.get("count") for name, held in plugins if isinstance(held, dict)}


class OfModel(Counts):  # usage.models[]
    model_id: str | None = None


class Tokens(Counts):  # usage
    models: list[OfModel] | None = None

    @property
    def model(self) -> str | None:
        """The model, if it is one."""
        models = self.models or ()
        return models[0].model_id or None if len(models) == 1 else None


class Body(Wire):  # the whole body, and each frame of a stream
    LEVEL = "response"
    request_id: str | None = None
    output: Output | None = None
    usage: Tokens | None = None
    code: str | None = None
    message: str | None = None

    def rest(self) -> dict[str, Any]:
        """What is kept beside the answer."""
        extra = self.extra()
        if self.message and not self.code:
            extra["message"] = self.message
        if self.output is not None and (output := self.output.rest()):
            extra["output"] = output
        return extra


KINDS: dict[str, type[ImagePart | AudioPart | VideoPart]] = {
    "image": ImagePart,
    "audio": AudioPart,
    "video": VideoPart,
}


def item(block: dict[str, Any], phase: str | None) -> Part:
    """One of a list that is the content: a text, or a medium, may have more beside it."""
    f = Fields(block)
    text = f.text("text")
    if text is not None or not f.rest():
        return TextPart(text or "", phase=phase, extra=f.rest())
    for kind, medium in KINDS.items():
        if (url := f.text(kind)) is not None:
            return medium(url=url, extra=f.rest())
    return OpaquePart(next(iter(f.rest())), block)


def run(held: dict[str, Any]) -> ServerToolCall:
    """One of `tool_info`: what was run is under the name of its type."""
    f = Fields(held)
    name = f.text("type") or None
    sent = None if name is None else f.take(name)
    return ServerToolCall(name, None if sent is None else json_text(sent), extra=f.rest())


def merged(told: dict[str, Any], later: dict[str, Any], depth: int = 2) -> dict[str, Any]:
    """What two frames say of one object: the later word, but what is empty takes nothing back. `depth`: how
    far down objects are merged, and not replaced."""
    found = {**told}
    for name, value in later.items():
        if depth and isinstance(value, dict) and isinstance(before := found.get(name), dict):
            found[name] = merged(before, value, depth - 1)
        elif name not in found or value not in ([], {}):
            found[name] = value
    return found


class GenerationTrack(Track):
    """One stream of `tongyi.generation`: frames of one body each."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.texts: dict[tuple[int, Any], list[str]] = {}  # of each part, as the frames had them
        self.adds = False  # whether frames go on
        self.sure = False  # whether they repeat
        self.wrong: set[tuple[int, Any]] = set()  # parts of which something else was told than was meant
        self.calls: dict[int, list[int]] = {}
        self.wholes: dict[int, list[Part]] = defaultdict(list)  # parts without a text, which frames repeat
        self.sources: list[Source] = []
        self.model: str | None = None
        self.beside: dict[int | None, dict[str, Any]] = {}  # the answer (None), and each message

    def frame(self, wire: Body) -> None:
        found = wire.output.sources() if wire.output is not None else ()
        self.sources += [source for source in found if source not in self.sources]
        self.head(
            id=wire.request_id or None,
            request_id=wire.request_id or None,
            sources=tuple(self.sources),
            extra=self.gathered(None, wire.rest()),
        )
        for place, chosen in enumerate(wire.output.chosen() if wire.output is not None else ()):
            self.chosen(chosen, place)
        if wire.usage is not None:
            self.model = wire.usage.model
            self.usage(wire.usage)
        if wire.code:
            self.fail(self.dialect.error(whole(wire)))

    def flush(self) -> None:
        self.head(model=self.model)  # not before: another may come to it

    def gathered(self, place: int | None, extra: dict[str, Any]) -> dict[str, Any]:
        """What all frames so far have beside the answer, or a message."""
        told = self.beside[place] = merged(self.beside.get(place, {}), extra)
        return told

    def chosen(self, wire: Chosen, place: int) -> None:
        """One of a frame's choices."""
        n, said = place if wire.index is None else wire.index, wire.message or Said()
        told = self.dialect.choice(replace(wire, message=None), place, self.notices)
        extra = self.gathered(n, said.rest())
        self.choice(n, said.role or None, logprobs=told.logprobs, extra=told.extra, message_extra=extra)
        path = f"$.output.choices[{place}].message"
        for order, part in said.parts(self.calls.setdefault(n, []), path, self.notices):
            if isinstance(part, TextPart | ReasoningPart | ToolCall):
                self.more(n, order, part)
            elif part not in self.wholes[n]:
                self.wholes[n].append(part)
                self.whole(n, (order, self.begun), part, order)
        if told.native_finish_reason is not None:
            if said.content == "" and (n, (CONTENT, said.phase)) in self.texts and not self.sure:
                self.settle()  # a frame that repeats would have the text
            for at in [at for at in self.wrong if at[0] == n]:
                name = "arguments" if isinstance(self.parts[at].value, ToolCall) else "text"
                text = "".join(self.texts[at]) if self.adds else self.texts[at][-1]
                self.end(n, self.parts[at], replace(self.parts[at].value, **{name: text}))
            self.finish(n, told.finish_reason, told.native_finish_reason)

    def more(self, n: int, order: int, part: TextPart | ReasoningPart | ToolCall) -> None:
        """The text of a part, be it more or all of it."""
        key = (order, part.phase if isinstance(part, TextPart) else None)
        sent = (part.arguments if isinstance(part, ToolCall) else part.text) or ""
        known, texts = self.parts.get((n, key)), self.texts.setdefault((n, key), [])
        if known is None:
            known = self.start(n, key, part, order)
        else:
            last, new = texts[-1] if texts else "", sent
            if not self.adds and sent and last:
                if sent.startswith(last):
                    new = sent[len(last) :]
                    self.sure = self.sure or len(last) >= SURE
                elif self.sure:  # something was taken back
                    new = ""
                    self.wrong.add((n, key))
                else:
                    self.settle()
            self.text(n, known, new)
            name = ""
            if isinstance(part, ToolCall):
                before, name = known.value.name or "", part.name or ""
                name = name if name.startswith(before) else before + name
            self.update(n, known, id=part.id, name=name or None, extra=part.extra)
        if sent:
            texts[:] = [sent] if self.sure else [*texts, sent]

    def settle(self) -> None:
        """The frames go on: what was held to be repeated was more."""
        self.adds = True
        self.wrong |= {at for at, texts in self.texts.items() if len(texts) > 1}


class TongyiGeneration(Dialect):
    """`tongyi.generation`."""

    name = "tongyi.generation"
    Wire = Body
    Frame = Body
    Track = GenerationTrack
    ANSWER = ("output",)
    FRAME_MARKS = ("output", "usage")
    MARKS = ()
    HINTS = (*["output={"] * 4, *["request_id"] * 2)  # others have them as well, but not both
    EXTRA = {
        "response": ("status_code",),
        "usage": ("seconds",),
        "output": ("session_id", "thoughts", "fininshed"),
        "message": ("annotations", "extra", "status"),
        "search_info": ("extra_tool_info",),
        "search_result": ("icon", "site_name"),
        "document": ("biz_id", "doc_id", "doc_name", "images", "page_number"),
    }
    FINISH = {
        "stop": "stop",
        "length": "length",
        "tool_calls": "tool_calls",
    }
    USAGE = {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "total_tokens": "total_tokens",
        "cache_read_tokens": "prompt_tokens_details.cached_tokens | cached_tokens",
        "cache_write_tokens": "prompt_tokens_details.cache_creation_input_tokens",
        "reasoning_tokens": "output_tokens_details.reasoning_tokens",
        "input_text_tokens": "input_tokens_details.text_tokens",
        "input_image_tokens": "input_tokens_details.image_tokens | image_tokens",
        "input_audio_tokens": "input_tokens_details.audio_tokens | audio_tokens",
        "input_video_tokens": "input_tokens_details.video_tokens | video_tokens",
        "output_text_tokens": "output_tokens_details.text_tokens",
        "tools": "runs",
    }
    ERRORS = {
        "InvalidApiKey": "authentication",
        "AccessDenied": "permission",
        "AccessDenied.Unpurchased": "permission",
        "Model.AccessDenied": "permission",
        "ModelNotFound": "not_found",
        "InvalidParameter": "invalid_request",
        "InvalidURL": "invalid_request",
        "DataInspectionFailed": "content_policy",
        "AllocationQuota.FreeTierOnly": "quota",
        "Arrearage": "quota",
        "Throttling": "rate_limit",
        "Throttling.RateQuota": "rate_limit",
        "Throttling.BurstRate": "rate_limit",
        "Throttling.AllocationQuota": "rate_limit",
        "RequestTimeOut": "timeout",
        "InternalError": "server",
        "InternalError.Algo": "server",
        "InternalError.Timeout": "timeout",
        "ServiceUnavailable": "overloaded",
        "ModelUnavailable": "overloaded",
    }

    def response(self, body: Body, notices: Notices) -> ChatResponse | None:
        if body.output is None:
            return None
        choices = [self.choice(chosen, i, notices) for i, chosen in enumerate(body.output.chosen())]
        if not choices:
            note(notices, "missing", "$.output", "expected choices or a text")
        response = ChatResponse(
            self.vendor,
            self.name,
            body.request_id or None,
            None if body.usage is None else body.usage.model,
            choices=tuple(choices),
            usage=NO_USAGE if body.usage is None else self.usage(body.usage, notices),
            request_id=body.request_id or None,
            sources=tuple(body.output.sources()),
            extra=body.rest(),
            notices=tuple(notices) if notices else (),
        )
        if body.code:
            error = self.error({"code": body.code, "message": body.message})
            return replace(response, error=error, end="failed")
        return response

    def choice(self, wire: Chosen, place: int, notices: Notices) -> Choice:
        """One of `output.choices`."""
        extra, said, chances = wire.extra(), wire.message or Said(), None
        if wire.logprobs is not None:
            entries = wire.logprobs.content or ()
            chances = tuple(
                [e.chance(tuple([top.chance() for top in e.top_logprobs or ()])) for e in entries]
            )
            if rest := wire.logprobs.extra():
                extra["logprobs"] = rest
        native, finish = wire.finish_reason or None, None
        if native == RUNNING:
            native = None
        if native is not None:
            finish = self.listed(native, notices, f"$.output.choices[{place}].finish_reason")
        n = place if wire.index is None else wire.index
        parts = said.parts([], f"$.output.choices[{place}].message", notices)
        message = Message(said.role or None, tuple([part for _, part in parts]), said.rest())
        return Choice(n, message, finish, native, None, chances or None, None, extra)

    def usage(self, wire: Tokens, notices: Notices) -> Usage:
        usage = self.usage_of(wire, notices)
        return self.summed(wire.models, usage, notices) if wire.models else usage

    def summed(self, models: list[OfModel], usage: Usage, notices: Notices) -> Usage:
        """The usage of an application: the sums of its models' figures, and a row for each of several."""
        figures = [self.usage_of(model, notices) for model in models]
        told = {name: [n for f in figures if (n := getattr(f, name)) is not None] for name in FIGURES}
        sums = {name: sum(told[name]) for name in FIGURES if told[name] and getattr(usage, name) is None}
        rows = [
            UsageRow(None, model.model_id or None, "input_tokens" in sums or None, figure)
            for model, figure in zip(models, figures, strict=True)
        ]
        return replace(usage, **sums, rows=tuple(rows) if len(rows) > 1 else ())

    def error(self, body: Any, status: int | None = None) -> ErrorInfo:
        """The SDK's object has the HTTP status, in any spelling."""
        f = Fields(body if isinstance(body, dict) else {"message": body})
        sent = f.peek("status_code")
        if isinstance(sent, int) and sent >= 400 and status in (None, sent):
            status = f.whole("status_code")
        return super().error(f.rest(), status)

    def has_answer(self, body: Any) -> bool:
        """A failure may have an output that is null."""
        return isinstance(body, dict) and isinstance(body.get("output"), dict)


VENDOR = Vendor("tongyi", (TongyiGeneration,))
