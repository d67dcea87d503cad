"""Grammars of other families that models on Bedrock speak: through InvokeModel, or plainly."""

from typing import Any

from chatnorm.canonical import ChatResponse
from chatnorm.dialect import Notices

from ..anthropic import AnthropicMessages
from ..anthropic.stream import MessagesTrack
from ..cohere import CohereV1
from ..cohere.v1 import V1Track
from ..openai import Alternative, Body, OpenAICompletions
from ..openai.chat import OpenAICopy
from ..openai.completions import CompletionTrack
from ..openai.stream import CopyTrack
from ..openai.wire import Answer, Chunk
from .invoke import METRICS, Sealed, SealedTrack


class ClaudeTrack(SealedTrack, MessagesTrack):
    pass


class BedrockClaude(Sealed, AnthropicMessages):
    """`anthropic.messages` through InvokeModel."""

    Track = ClaudeTrack
    FRAMING = "eventstream"

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        return self.guarded(super().response(body, notices))


class ChatChoice(Alternative):  # choices[]
    text: str | None = None


class ChatBody(Body):  # the whole body
    choices: list[ChatChoice] | None = None  # type: ignore[assignment]


class ChatChunk(Chunk):  # one frame of a stream
    choices: list[ChatChoice] | None = None  # type: ignore[assignment]


class BedrockChatTrack(SealedTrack, CopyTrack):
    pass


class BedrockChat(Sealed, OpenAICopy):
    """`openai.chat`: gpt-oss, Qwen, Jamba, Mistral's chat form, DeepSeek-R1, which sends `text` in place of a
    message, and the endpoint that speaks it plainly."""

    Wire = ChatBody
    Frame = ChatChunk
    Track = BedrockChatTrack
    EXTRA = {"response": (METRICS, "meta")}
    REQUEST_ID_HEADERS = (*Sealed.REQUEST_ID_HEADERS, "x-request-id")

    def prepare(self, wire: Any) -> None:
        """Mistral and DeepSeek have the finish word as `stop_reason`. A frame's message is a piece of it."""
        for choice in wire.choices or ():
            if choice.text is not None:
                choice.delta, choice.text = choice.delta or Answer(content=choice.text), None
            elif choice.delta is None and isinstance(wire, ChatChunk):
                choice.delta, choice.message = choice.message, None
            word = choice.stop_reason
            if choice.finish_reason is None and type(word) is str and word in self.FINISH:
                choice.finish_reason, choice.stop_reason = word, None

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        return self.guarded(super().response(body, notices))


class BedrockCompletionTrack(SealedTrack, CompletionTrack):
    pass


class BedrockCompletions(Sealed, OpenAICompletions):
    """`openai.completions`: models that were imported."""

    Track = BedrockCompletionTrack
    EXTRA = {"response": (METRICS,)}

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        return self.guarded(super().response(body, notices))


class CommandTrack(SealedTrack, V1Track):
    pass


class BedrockCommand(Sealed, CohereV1):
    """`cohere.v1`: Command R."""

    Track = CommandTrack
    FRAMING = "eventstream"
    EXTRA = {"frame": (METRICS,)}

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        return self.guarded(super().response(body, notices))
