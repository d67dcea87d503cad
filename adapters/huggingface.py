"""Hugging Face: the router over many hosts, and the chat route of its server TGI.

Source: huggingface/text-generation-inference db931fcf (`router/src/chat.rs`, `server.rs`, `infer/mod.rs`),
the types of `huggingface_hub` 1.33.0, and recorded bodies of the router of 2025 and 2026.

- The router hands on what the host sends: `prompt`, `seed`, `text` and `token_id` are Together's,
  `sla_metrics` (milliseconds, and microseconds since 1970) Novita's, `metadata` SGLang's, `time_info`
  (seconds) Cerebras', `x_groq` and times in the usage Groq's; SambaNova's `created` has a fraction. `seed`
  is larger than 2^53.
- A chunk's `text` repeats `delta.content` and is dropped where it does, and so is its `token_id`.
- TGI: an empty response id; the id of every call is "0"; before version 3 arguments were an object, and a
  delta's `tool_calls` one object; a message has either content or calls.
- Thoughts may be in the content, between `<think>` tags; it is content.
- TGI's errors have a bare text in `error` and a word in `error_type`, in a stream as well.
"""

from typing import Any

from chatnorm.dialect import Vendor

from .openai import OpenAIResponses
from .openai.chat import OpenAICopy


class HuggingFaceChat(OpenAICopy):
    EXTRA = {
        "response": (
            "prompt",
            "sla_metrics",
            "kv_transfer_params",
            "prompt_logprobs",
            "time_info",
            "usage_breakdown",
            "warnings",
            "x_groq",
        ),
        "choice": ("seed", "text", "matched_stop", "top_logprobs"),
        "message": ("token_id", "channel"),
        "function": ("description",),
        "usage": ("queue_time", "prompt_time", "completion_time", "total_time", "image_tokens"),
    }
    TIMING_PATH = "time_info"
    TIMING = {
        "total": "total_time",
        "queue": "queue_time",
        "prompt": "prompt_time",
        "generation": "completion_time",
    }
    EXEMPT = {
        **OpenAICopy.EXEMPT,
        "$.choices[].text": "of a chunk: repeats the content of its delta",
        "$.choices[].delta.token_id": "whole bodies do not number their pieces",
    }
    PASSING = (*OpenAICopy.PASSING, "text", "token_id")
    FINISH = {**OpenAICopy.FINISH, "eos": "stop", "eos_token": "stop", "stop_sequence": "stop"}
    ERRORS = {
        "overloaded": "overloaded",
        "validation": "invalid_request",
        "template_error": "invalid_request",
        "missing_template_variable": "invalid_request",
        "tool_error": "invalid_request",
        "generation": "server",
        "incomplete_generation": "server",
        "model_not_supported": "not_found",
    }

    def prepare(self, wire: Any) -> None:
        """`text` says what the delta says, and `token_id` stands for it."""
        for choice in wire.choices or ():
            if choice.delta is not None:
                choice.delta.token_id = None
                choice.text = None if choice.text == choice.delta.content else choice.text


VENDOR = Vendor("huggingface", (HuggingFaceChat, OpenAIResponses))
