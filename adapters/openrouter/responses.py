"""OpenRouter, Responses.

Source: `@openrouter/sdk` 1.3.19 (`OutputItems`, `OutputReasoningItem`, `OpenResponsesResult`).

- What its own tools did is an item of type `openrouter:…`, each with fields of its own, in which what was
  asked and what came of it stand side by side. Only the first is sure to be there.
- Thoughts have a `signature`, and its `format`, beside their encrypted form.
"""

from typing import Any, Union

import msgspec
from msgspec.structs import replace

from chatnorm.canonical import ErrorInfo, Part, ServerToolResult
from chatnorm.repair import json_text

from ..openai import OpenAIResponses
from ..openai.responses_wire import ALL, FAILED, Answer, Event, Tool
from .routed import COUNTED, Routed

TOOLS = """advisor apply_patch bash browser_use code_interpreter datetime experimental__search_models
    file_search files fusion image_generation mcp memory shell subagent text_editor tool_search web_fetch
    web_search"""
"""Its own tools."""

ASKED = """command file_id file_path filename instance_name key language model prompt query task_description
    task_name tool_name url value"""
"""What they are asked, besides what OpenAI's are."""

TOLD = """advice analysis content datetime exit_code failed_models failure_reason files http_status image_b64
    image_url outcome responses screenshot_b64 sources stderr stdout timezone title"""
"""What they give, besides what OpenAI's do."""


class OwnTool(Tool):  # output[] of type openrouter:…
    def parts(self) -> list[Part]:
        call: Any
        call, *given = super().parts()
        asked, told = (
            {name: call.extra.pop(name) for name in names.split() if name in call.extra}
            for names in (ASKED if call.arguments is None else "", "" if given else TOLD)
        )
        if asked:
            call = replace(call, arguments=json_text(asked))
        if told:
            given.append(ServerToolResult(call.id, call.name, None, FAILED.get(call.status), data=told))
        return [call, *given]


NAMES = [f"openrouter:{name}" for name in TOOLS.split()]
OWN: Any = (*ALL, *(msgspec.defstruct(name, [], bases=(OwnTool,), tag=name) for name in NAMES))
Items: Any = Union[OWN]  # noqa: UP007  (read by msgspec)


class OwnAnswer(Answer):
    output: list[Items] | None = None


class OwnEvent(Event):
    response: OwnAnswer | None = None
    item: Items | None = None


class OpenRouterResponses(Routed, OpenAIResponses):
    Wire, Frame = OwnAnswer, OwnEvent  # type: ignore[assignment]
    EXTRA = {"response": ("error_type",), "tool": (*ASKED.split(), *TOLD.split())}
    USAGE = {**OpenAIResponses.USAGE, **COUNTED}

    def failure(self, body: Any) -> ErrorInfo | None:
        return super().failure(body) and self.error({"error": body.error, "error_type": body.error_type})
