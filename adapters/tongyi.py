"""DashScope, Alibaba Cloud's own API of the Tongyi (Qwen) models:
`/api/v1/services/aigc/{text,multimodal}-generation/generation`. Its other endpoint speaks OpenAI's grammar.

Source: `dashscope` 2.0.2, `dashscope/api_entities/dashscope_response.py`, `dashscope/common/utils.py` and
`dashscope/utils/message_utils.py`; alibabacloud.com/help/en/model-studio (error messages, 2025-05-20). Log
probabilities are held to have OpenAI's members. No recorded body is at hand.

- The answer is `output.choices` or, where the request did not ask for messages, `output.text`; content is a
  text or, of multimodal models, a list. There is no model and no time.
- `finish_reason` is the text "null" while the answer goes on.
- Frames come under `event:result`, each a whole body. Whether a frame's text goes on with that of the frame
  before, or repeats it (`incremental_output` off), only the texts tell: those of the first frames are held to
  repeat each other as long as they do. If one does not, what was told too little is made good at the end.
- Nothing marks the end but the reason. Each frame counts the output so far; how the
  frames of several choices add up is not documented.
- Failures are `code` and `message` at the top, in a stream under `event:error`. Answers may have them empty.
"""

from typing import Any

from msgspec.structs import replace

from chatnorm.canonical import (
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
    TextPart,
    TokenLogprob,
    ToolCall,
    VideoPart,
)
from chatnorm.dialect import Dialect, Fields, Notices, Vendor, note
from chatnorm.tables import Count, Wire, whole
from chatnorm.track import Track

RUNNING = "null"
"""The finish reason of what goes on."""

SURE = 16
"""Characters that do not begin two frames by chance."""

CALLS = 10_000
"""Key, and place, of the first call; 0 is the reasoning, and 1 the first of the content."""


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


class Said(Wire):  # output.choices[].message
    LEVEL = "message"
    role: str | None = None
    content: str | list[dict[str, Any]] | None = None
    reasoning_content: str | None = None
    tool_calls: list[Call] | None = None

    def parts(self, known: list[int]) -> list[tuple[int, Part]]:
        """Reasoning, content, calls, by their keys. `known`: the indexes of the calls so far."""
        parts: list[tuple[int, Part]] = []
        if self.reasoning_content:
            parts.append((0, ReasoningPart(self.reasoning_content)))
        content = [{"text": self.content}] if isinstance(self.content, str) else self.content or ()
        parts += [(i, item(block)) for i, block in enumerate(content, 1) if block.get("text") != ""]
        for place, call in enumerate(self.tool_calls or ()):
            index = place if call.index is None else call.index
            if index not in known:
                known.append(index)
            parts.append((CALLS + index, call.part(known.index(index))))
        return parts


class Chosen(Wire):  # output.choices[]
    LEVEL = "choice"
    index: Count | None = None
    finish_reason: str | None = None
    message: Said | None = None
    logprobs: Logprobs | None = None


class Output(Wire):  # output
    LEVEL = "output"
    text: str | None = None
    finish_reason: str | None = None
    choices: list[Chosen] | None = None

    def chosen(self) -> list[Chosen]:
        """The choices; a text by itself is one."""
        if self.choices is not None or (self.text is None and self.finish_reason is None):
            return self.choices or []
        return [Chosen(finish_reason=self.finish_reason, message=Said(content=self.text))]


class Details(Wire):  # usage.…_details
    LEVEL = "details"
    cached_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    reasoning_tokens: Count | None = None
    text_tokens: Count | None = None
    image_tokens: Count | None = None
    audio_tokens: Count | None = None
    video_tokens: Count | None = None


class Tokens(Wire):  # usage
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
        if self.output is not None and (output := self.output.extra()):
            extra["output"] = output
        return extra


KINDS: dict[str, Any] = {"image": ImagePart, "audio": AudioPart, "video": VideoPart}


def item(block: dict[str, Any]) -> Part:
    """One of a list that is the content."""
    kind, value = next(iter(block.items()), ("", None))
    if len(block) == 1 and isinstance(value, str) and (kind == "text" or kind in KINDS):
        return TextPart(value) if kind == "text" else KINDS[kind](url=value)
    return OpaquePart(kind or None, block)


class GenerationTrack(Track):
    """One stream of `tongyi.generation`: frames of one body each."""

    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.texts: dict[tuple[int, int], list[str]] = {}  # of each part, as the frames had them
        self.adds = False  # whether frames go on
        self.sure = False  # whether they repeat
        self.wrong: set[tuple[int, int]] = set()  # parts of which something else was told than was meant
        self.calls: dict[int, list[int]] = {}

    def frame(self, wire: Body) -> None:
        self.head(id=wire.request_id or None, request_id=wire.request_id or None, extra=wire.rest())
        for place, chosen in enumerate(wire.output.chosen() if wire.output is not None else ()):
            self.chosen(chosen, place)
        if wire.usage is not None:
            self.usage(wire.usage)
        if wire.code:
            self.fail(self.dialect.error(whole(wire)))

    def chosen(self, wire: Chosen, place: int) -> None:
        """One of a frame's choices."""
        n, said = place if wire.index is None else wire.index, wire.message or Said()
        told = self.dialect.choice(replace(wire, message=None), place, self.notices)
        extra = said.extra()
        self.choice(n, said.role or None, logprobs=told.logprobs, extra=told.extra, message_extra=extra)
        for key, part in said.parts(self.calls.setdefault(n, [])):
            if isinstance(part, TextPart | ReasoningPart | ToolCall):
                self.more(n, key, part)
            elif (n, key) not in self.parts:
                self.whole(n, key, part, key)
        if told.native_finish_reason is not None:
            if said.content == "" and (n, 1) in self.texts and not self.sure:
                self.settle()  # a frame that repeats would have the text
            for at in [at for at in self.wrong if at[0] == n]:
                name = "arguments" if isinstance(self.parts[at].value, ToolCall) else "text"
                text = "".join(self.texts[at]) if self.adds else self.texts[at][-1]
                self.end(n, self.parts[at], replace(self.parts[at].value, **{name: text}))
            self.finish(n, told.finish_reason, told.native_finish_reason)

    def more(self, n: int, key: int, part: TextPart | ReasoningPart | ToolCall) -> None:
        """The text of a part, be it more or all of it."""
        sent = (part.arguments if isinstance(part, ToolCall) else part.text) or ""
        known, texts = self.parts.get((n, key)), self.texts.setdefault((n, key), [])
        if known is None:
            known = self.start(n, key, part, key)
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
    HINTS = (*["output"] * 4, *["request_id"] * 2)  # others have them as well, but not both
    EXTRA = {
        "response": ("status_code",),
        "output": ("search_info",),
        "message": ("annotations", "phase"),
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
            choices=tuple(choices),
            usage=NO_USAGE if body.usage is None else self.usage_of(body.usage, notices),
            request_id=body.request_id or None,
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
        message = Message(said.role or None, tuple([part for _, part in said.parts([])]), said.extra())
        return Choice(n, message, finish, native, None, chances or None, None, extra)

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
