"""Venice: open models, and others', behind OpenAI's chat grammar, with searches of its own.

Source: docs.venice.ai (API reference, error codes, pricing; 2026), api.venice.ai/doc/api/swagger.yaml as in
rig-core 0.42.0, `src/providers/venice/completion.rs`. No recorded body or stream is at hand.

- `venice_parameters` are the settings that held. Among them `web_search_citations` are the sources of the
  answer, with the page's `content` and `date`; the text refers to them as in `[REF]0[/REF]`.
- `cost`, beside the usage, is what was charged: `usd` in US dollars, read as the cost, and `diem` in tokens
  of the vendor's own, each worth a dollar a day. Both are kept in `Usage.native`.
- `prompt_logprobs` and `stop_reason` are vLLM's, mostly null.
- An error is a text, beside it `details` of what did not fit; a prompt that is too long has OpenAI's object.
"""

from typing import Any

from chatnorm.dialect import Vendor
from chatnorm.tables import Wire, folded_in

from .openai import Body
from .openai.chat import OpenAICopy
from .openai.wire import Chunk, Tokens


class Charge(Wire):  # cost
    LEVEL = "cost"
    usd: int | float | None = None
    diem: int | float | None = None


class Counted(Tokens):  # usage
    cost: Charge | None = None


class VeniceBody(Body):  # the whole body
    usage: Counted | None = None
    cost: Charge | None = None


class VeniceChunk(Chunk):  # one frame of a stream
    usage: Counted | None = None
    cost: Charge | None = None


class VeniceChat(OpenAICopy):
    Wire = VeniceBody
    Frame = VeniceChunk
    EXTRA = {
        "response": ("venice_parameters", "prompt_logprobs"),
        "message": ("reasoning_encrypted",),
        "usage": ("cache_read_input_tokens",),
    }
    USAGE = {**OpenAICopy.USAGE, "cost": "cost.usd"}
    CURRENCY = "USD"

    def prepare(self, wire: Any) -> None:
        """The cost is counted with the usage, and the search's results are citations."""
        if wire.cost is not None:
            charged, wire.cost = Counted(cost=wire.cost), None
            wire.usage = charged if wire.usage is None else folded_in(charged, wire.usage)
        settings = wire.venice_parameters
        found = settings.get("web_search_citations") if isinstance(settings, dict) else None
        if isinstance(found, list) and wire.citations is None:
            wire.citations = found
            rest = {key: value for key, value in settings.items() if key != "web_search_citations"}
            wire.venice_parameters = rest or None


VENDOR = Vendor("venice", (VeniceChat,))
