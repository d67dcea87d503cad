"""SGLang: a server below some hosts, in OpenAI's chat grammar.

Source: sgl-project/sglang 004c82e0 (2026-08), `python/sglang/srt/entrypoints/openai/protocol.py`, tensorzero
7a6159a434 `providers/sglang.rs`, and bodies recorded from hosts of it in 2025 and 2026.

- `matched_stop` is the stop text that matched, or the number of the token.
- `reasoning_tokens` stands at the top of `usage`, and is contained in the output.
- Thoughts are in `reasoning_content`. Deltas have all their keys, most of them null.
- A call's arguments may be an object or null; its id and index may be null.
- `abort`: the request was taken back or given up.
- Errors are flat, with the HTTP status as their `code`; in a stream too.
"""

from msgspec.structs import replace

from chatnorm.canonical import Choice
from chatnorm.dialect import Notices, Vendor

from .openai import Alternative, OpenAIChat, OpenAIResponses, completions


class SGLangChat(OpenAIChat):
    EXTRA = {
        "response": ("sglext",),
        "choice": ("matched_stop", "hidden_states", "meta_info", "token_ids", "prompt_token_ids"),
        "message": ("hidden_states",),
    }
    FINISH = {**OpenAIChat.FINISH, "abort": "cancelled"}

    def choice(self, wire: Alternative, i: int, notices: Notices) -> Choice:
        """A stop text is one; the number of a token stays in `extra`."""
        choice = super().choice(wire, i, notices)
        if not isinstance(choice.extra.get("matched_stop"), str):
            return choice
        return replace(choice, stop_sequence=choice.extra.pop("matched_stop"))


VENDOR = Vendor("sglang", (SGLangChat, OpenAIResponses, completions(SGLangChat)))
