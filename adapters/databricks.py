"""Databricks Foundation Model APIs: OpenAI's chat grammar, with thoughts among the content.

Source: docs.databricks.com (Foundation model REST API reference; Query reasoning models; Author AI agents in
code), `databricks-sdk` 0.162.0 (`serving.py`, `errors/platform.py`), litellm 1.106.2 `llms/databricks`,
databricks/databricks-ai-bridge#446 and PR 638; no recorded body is at hand.

- `content` is a text or a list: `reasoning` blocks, whose `summary` has texts with a signature or, encrypted,
  only `data`; then `text` blocks, Claude's with citations. In streams as well, by the piece.
- Claude's calls begin with the arguments `{}`, which stand only if no others follow.
- Usage is on several frames of a stream and is not to be added up. `prompt_tokens` includes what the cache
  read and wrote; `reasoning_tokens` stands beside the totals.
- An agent's answer has `databricks_output`, in a stream in the last frame: the request's id, a trace if one
  was asked for, and the error that ended the answer. HTTP stays 200.
- Errors are `error_code` (a word) and `message`, or a plain text that begins with the word, or HTML.
- The SDK's objects have `served-model-name` and `finishReason`, and drop calls.
"""

from typing import Any

from chatnorm.canonical import FinishReason
from chatnorm.dialect import Fields, Vendor

from .openai import OpenAIResponses, completions
from .openai.chat import OpenAICopy
from .openai.stream import CopyTrack
from .openai.wire import Call, Thought, answers

FORMS = {"summary_text": "reasoning.summary", "summary_encrypted_text": "reasoning.encrypted"}


def thoughts(block: Any) -> list[Thought]:
    """The thoughts in a block of content; none if it is another, or of an unknown form."""
    f = Fields(block if isinstance(block, dict) else {})
    kind, items = f.text("type"), f.take("summary", list) or []
    found = [one for item in items if (one := thought(item)) is not None]
    return found if kind == "reasoning" and len(found) == len(items) and not f.rest() else []


def thought(item: Any) -> Thought | None:
    f = Fields(item if isinstance(item, dict) else {"": item})
    form, signature = FORMS.get(f.text("type") or ""), f.text("signature") or None
    found = Thought(type=form, summary=f.text("text"), data=f.text("data"), signature=signature)
    return None if form is None or f.rest() else found


class DatabricksTrack(CopyTrack):
    def __init__(self, *args: Any, **limits: Any) -> None:
        super().__init__(*args, **limits)
        self.empty: set[int] = set()  # calls that began with {}

    def call(self, n: int, wire: Call, i: int, j: int) -> None:
        function = wire.function
        if function is not None and function.name and function.arguments == "{}":
            function.arguments = ""
            self.empty.add(self.begun)
        super().call(n, wire, i, j)

    def finish(self, choice: int, finish: FinishReason | None, native: str | None) -> None:
        for part in self.parts_of(choice):
            if part.number in self.empty and self.pieces.get(part.number) == []:
                self.pieces[part.number].append("{}")
                self.text(choice, part, "{}")
        super().finish(choice, finish, native)


class DatabricksChat(OpenAICopy):
    Track = DatabricksTrack
    EXTRA = {
        "response": ("served-model-name", "databricks_output"),
        "usage": ("cache_read_input_tokens", "cache_creation_input_tokens"),
    }
    USAGE = {
        **OpenAICopy.USAGE,
        "cache_read_tokens": OpenAICopy.USAGE["cache_read_tokens"] + " | cache_read_input_tokens",
        "cache_write_tokens": OpenAICopy.USAGE["cache_write_tokens"] + " | cache_creation_input_tokens",
    }
    ERRORS = {
        **dict.fromkeys(("BAD_REQUEST", "INVALID_PARAMETER_VALUE"), "invalid_request"),
        "UNAUTHENTICATED": "authentication",
        "PERMISSION_DENIED": "permission",
        **dict.fromkeys(("NOT_FOUND", "RESOURCE_DOES_NOT_EXIST"), "not_found"),
        "REQUEST_LIMIT_EXCEEDED": "rate_limit",
        "TEMPORARILY_UNAVAILABLE": "overloaded",
        "INTERNAL_ERROR": "server",
    }

    def prepare(self, wire: Any) -> None:
        """The thoughts among a message's content, and what an agent tells of its run, are put where others
        have them."""
        if isinstance(wire.databricks_output, dict):
            f = Fields(wire.databricks_output)
            wire.request_id = wire.request_id or f.text("databricks_request_id")
            wire.error = wire.error or f.take("error")
            wire.databricks_output = f.rest() or None
        for answer in answers(wire):
            if isinstance(answer.content, list):
                found = [one for block in answer.content for one in thoughts(block)]
                answer.reasoning_details = [*(answer.reasoning_details or ()), *found]
                answer.content = [block for block in answer.content if not thoughts(block)]


VENDOR = Vendor("databricks", (DatabricksChat, OpenAIResponses, completions(DatabricksChat)))
