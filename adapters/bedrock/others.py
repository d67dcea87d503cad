"""Grammars of other families that models on Bedrock speak: through InvokeModel, or plainly."""

from ..anthropic import AnthropicMessages
from ..openai import OpenAIChat
from .invoke import Sealed, sealed


class BedrockClaude(Sealed, AnthropicMessages):
    """`anthropic.messages` through InvokeModel."""

    FRAMING = "eventstream"
    MARKS = sealed('type":"message_start"', 'type":"error"')


class BedrockChat(Sealed, OpenAIChat):
    """`openai.chat`: gpt-oss, Qwen, Jamba, Mistral's chat form, and the endpoint that speaks it plainly."""

    MARKS = sealed('id":"chatcmpl', 'choices":[')
    REQUEST_ID_HEADERS = (*Sealed.REQUEST_ID_HEADERS, "x-request-id")
