"""Grammars of other families that models on Bedrock speak: through InvokeModel, or plainly."""

from ..anthropic import AnthropicMessages
from ..openai import OpenAIChat
from .invoke import Sealed


class BedrockClaude(Sealed, AnthropicMessages):
    """`anthropic.messages` through InvokeModel."""

    FRAMING = "eventstream"


class BedrockChat(Sealed, OpenAIChat):
    """`openai.chat`: gpt-oss, Qwen, Jamba, Mistral's chat form, and the endpoint that speaks it plainly."""

    REQUEST_ID_HEADERS = (*Sealed.REQUEST_ID_HEADERS, "x-request-id")
