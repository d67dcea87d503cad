"""`openai.chat`, as Mistral speaks it."""

from ..openai import OpenAIChat
from .shared import Flat


class MistralChat(Flat, OpenAIChat):
    EXTRA = {
        "choice": ("messages", "prompt_logprobs"),
        "message": ("index", "prefix"),  # open models of others
        "usage": ("num_cached_tokens", "prompt_audio_seconds", "request_count", "service_tier"),
    }
    FINISH = {**OpenAIChat.FINISH, "model_length": "length"}
    USAGE = {
        **OpenAIChat.USAGE,
        "input_tokens": "prompt_tokens + prompt_tokens_details.audio_tokens",
        "cache_read_tokens": "prompt_tokens_details.cached_tokens | num_cached_tokens"
        " | prompt_token_details.cached_tokens",
    }
