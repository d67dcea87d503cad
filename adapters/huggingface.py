"""Hugging Face: the router over many hosts, and hosted servers, which are TGI (`tgi.py`).

Source: huggingface/text-generation-inference db931fcf (`router/src/chat.rs`, `server.rs`, `infer/mod.rs`),
the types of `huggingface_hub` 1.33.0, and recorded bodies of the router of 2025 and 2026.

- The router hands on what the host sends: `prompt`, `seed`, `text` and `token_id` are Together's,
  `sla_metrics` (milliseconds, and microseconds since 1970) Novita's, `metadata` SGLang's, `time_info`
  (seconds) Cerebras', `x_groq` and times in the usage Groq's; SambaNova's `created` has a fraction. `seed`
  is larger than 2^53.
- A chunk's `text` repeats `delta.content` and is dropped where it does, and so is its `token_id`.
- Thoughts may be in the content, between `<think>` tags; it is content.
"""

from typing import Any

from chatnorm.dialect import Vendor

from .openai import OpenAIResponses, completions
from .openai.wire import Alternative
from .tgi import Piece, TgiChat, TgiGenerate


class Streamed(Alternative):  # choices[] of a frame
    text: str | None = None


class Routed(Piece):  # one frame of a stream
    choices: list[Streamed] | None = None  # type: ignore[assignment]


class HuggingFaceChat(TgiChat):
    Frame = Routed
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
        "choice": ("seed", "matched_stop", "top_logprobs"),
        "message": ("token_id", "channel"),
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
        **TgiChat.EXEMPT,
        "$.choices[].delta.token_id": "whole bodies do not number their pieces",
    }
    PASSING = (*TgiChat.PASSING, "text", "token_id")
    FINISH = {**TgiChat.FINISH, "eos": "stop"}
    ERRORS = {"model_not_supported": "not_found"}

    def prepare(self, wire: Any) -> None:
        """`text` says what the delta says, and `token_id` stands for it."""
        super().prepare(wire)
        for choice in wire.choices or ():
            if choice.delta is not None:
                choice.delta.token_id = None
                if choice.text == choice.delta.content:
                    choice.text = None


VENDOR = Vendor("huggingface", (HuggingFaceChat, OpenAIResponses, completions(HuggingFaceChat), TgiGenerate))
