"""mistral.rs: a server for open models that speaks OpenAI's chat and Responses grammars.

Source: bodies of 2026 recorded in 0xPlaygrounds/rig, `tests/cassettes/mistralrs`.

- `usage` has durations in seconds, and rates, which follow from them.
- A call is printed in the content as well.
- Responses: the thoughts are a text at the top, in `reasoning`, where OpenAI repeats what was asked;
  `output_text` repeats the text.
"""

from typing import Any

from chatnorm.dialect import Notices, Vendor

from .openai import OpenAIResponses, completions
from .openai.chat import OpenAICopy
from .openai.responses_wire import Reasoning, Thought

RATES = ("avg_tok_per_sec", "avg_prompt_tok_per_sec", "avg_compl_tok_per_sec")
TIMES = ("total_time_sec", "total_prompt_time_sec", "total_completion_time_sec")


class MistralrsChat(OpenAICopy):
    EXTRA = {"usage": (*RATES, *TIMES)}
    TIMING = dict(zip(("total", "prompt", "generation"), TIMES, strict=True))


class MistralrsResponses(OpenAIResponses):
    def response(self, body: Any, notices: Notices) -> Any:
        """The thoughts are put where others have them."""
        if isinstance(body.reasoning, str) and isinstance(body.output, list):
            body.output.insert(0, Reasoning(content=[Thought(text=body.reasoning)]))
            body.reasoning = None
        return super().response(body, notices)


VENDOR = Vendor("mistralrs", (MistralrsChat, MistralrsResponses, completions(MistralrsChat)))
