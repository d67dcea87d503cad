"""GitHub Copilot: OpenAI's chat grammar from a proxy in front of several vendors. It is not documented.

Source: microsoft/vscode-copilot-chat 097605aa (`src/platform/networking`, its types and stream reader), the
tests of anomalyco/opencode 07dd5554 (frames of 2025), agentgateway/agentgateway#2371, caozhiyuan/copilot-api
PR 247, SWE-agent/mini-swe-agent#804, zeroclaw-labs/zeroclaw PR 2136; bodies and streams of 2026 recorded in
0xPlaygrounds/rig.

- Claude's answers have no `index` in their choices and no `object`. Text and calls may be in a choice each;
  without an index they are the pieces of one answer, and are read as one.
- Thoughts are in `reasoning_text`; `reasoning_opaque`, to be sent back, comes late, with the text or a call.
- Gemini's frames each have a usage: zeros until the last. Its `completion_tokens` leave the thoughts out,
  which stand beside as `reasoning_tokens`; the total has them.
- Verdicts of the filter come with each frame, as Azure's do; the gravest counts.
- `padding` of a message hides how long it is. Of the Responses grammar each frame gives the response another
  id; the first stands.
- `copilot_usage` counts credits (`total_nano_aiu`); what one is worth is not settled.
- Frames with `choices` null hold `copilot_references`, `copilot_confirmation` or `copilot_errors` of an
  agent; the last are not the answer's failure.
- An annotation of code (`CodeVulnerability`, in an object by kind) is no citation.
"""

from typing import Any, ClassVar

from msgspec.structs import replace

from chatnorm.canonical import Message
from chatnorm.dialect import Notices, Vendor, note

from .azure import AzureTrack
from .openai import OpenAIResponses
from .openai.chat import OpenAICopy
from .openai.stream import CopyTrack
from .openai.wire import Thought, answers


class CopilotTrack(AzureTrack, CopyTrack):
    pass


class CopilotChat(OpenAICopy):
    Track = CopilotTrack
    EXTRA = {
        "response": (
            "prompt_filter_results",
            "copilot_usage",
            "copilot_references",
            "copilot_confirmation",
            "copilot_errors",
            "latency_checkpoint",
        ),
        "choice": ("content_filter_results", "content_filter_offsets"),
        "message": ("reasoning_text", "reasoning_opaque", "copilot_annotations", "padding"),
    }
    ZEROS_IN_FRAMES = True
    ERRORS = {
        "model_not_supported": "not_found",
        "unsupported_api_for_model": "invalid_request",
        "model_max_prompt_tokens_exceeded": "context_length",
        "quota_exceeded": "quota",
    }

    def prepare(self, wire: Any) -> None:
        """Thoughts are put where others have them."""
        for answer in answers(wire):
            if answer.reasoning_text and not answer.reasoning_content:
                answer.reasoning_content, answer.reasoning_text = answer.reasoning_text, None
            if answer.reasoning_opaque and not answer.reasoning_details:
                sealed = Thought(type="reasoning.encrypted", data=answer.reasoning_opaque)
                answer.reasoning_details, answer.reasoning_opaque = [sealed], None

    def several(self, wires: list[Any], error: Any, notices: Notices) -> tuple[Any, Any]:
        """Choices without an index are pieces of one."""
        choices, failure = super().several(wires, error, notices)
        own = [w.index is not None or w.logprobs is not None or w.stop_reason is not None for w in wires]
        if len(choices) < 2 or any(own):
            return choices, failure
        note(notices, "coerced", "$.choices", "read choices without an index as one")
        first, *rest = choices
        parts = tuple([part for choice in choices for part in choice.message.parts])
        said = {"finish_reason": first.native_finish_reason, "role": first.message.role}
        others = []
        for choice in rest:
            other = {"finish_reason": choice.native_finish_reason, "role": choice.message.role}
            other |= {**choice.message.extra, **choice.extra}
            others.append({key: v for key, v in other.items() if v is not None and v != said.get(key)})
        extra = {**first.extra, "choices": others} if any(others) else first.extra
        message = Message(first.message.role, parts, first.message.extra)
        return (replace(first, message=message, extra=extra),), failure


class CopilotResponses(OpenAIResponses):
    EXTRA = {"response": ("copilot_usage",), "frame": ("copilot_usage",)}
    PASSING: ClassVar[Any] = (*OpenAIResponses.PASSING, "id")


VENDOR = Vendor("copilot", (CopilotChat, CopilotResponses), price_provider="github-copilot")
