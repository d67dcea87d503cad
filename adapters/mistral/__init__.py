"""Mistral (La Plateforme, and its models at Azure and Vertex): OpenAI's chat grammar with content in parts,
and the Conversations API, which agents speak.

Source: the SDK `mistralai` 3.7.0 (2026), docs.mistral.ai, vercel/ai ed857f50f1 `packages/mistral` and #8012,
BerriAI/litellm PR 25078, continuedev/continue#6185, raycast/extensions#31107, and recorded bodies and streams
of 2024 to 2026.

- `content` is a text, or a list of parts: `text`, `thinking` (a list of texts, which may be empty, with
  `closed` and sometimes `signature`), `reference` (kept as opaque). In a stream it is a list while the model
  thinks and mostly a text after that.
- Calls have no `type`, or have; whole ones have an `index` as well. Arguments may be an object. A call mostly
  comes whole, in one delta with the finish reason and the usage. The SDK writes a missing id as "null".
- Cached tokens are in `num_cached_tokens`, `prompt_tokens_details` or `prompt_token_details`, or in all of
  them.
- Tokens of sound are beside `prompt_tokens`, not in it: the total is the sum of both and the output.
  `Usage.input_tokens` has both in it, unless the total says that they are in it already.
  `prompt_audio_seconds` is not tokens.
- `p` of a frame is padding.
- Errors are flat. `message` may be an object that holds FastAPI's list of faults. A 429 or 503 "Service tier
  capacity exceeded" is about the server, not about the key.

The Conversations API, `mistral.conversations`: the SDK `mistralai` 3.7.0, `models/conversationresponse.py`,
`conversationevents.py` and what they name; docs.mistral.ai (agents, connectors, human-in-the-loop);
mistralai/client-python#299; bodies and streams recorded in 2025 and 2026, in the documentation and in
braintrustdata/braintrust-sdk-python `integrations/mistral/cassettes`.

- An answer is a list of entries; what one entry says is one part or several, which have its id. The id of the
  answer is that of the conversation, and has no other. Model and time are those of the first entry that tells
  them; an entry keeps another model, its time and its agent in `extra` of its first part.
- Nothing says why the model stopped, so nothing is said of it: the outcome of a text is `unknown`, that of a
  call for the client `tool_calls`.
- A `function.call` with a `confirmation_status` is one of the service's own tools: the client is to allow it,
  not to run it. `pending` is the one word for a stop, a pause.
- `tool_reference` stands behind the text that it is the source of, and does not say where in it.
- What a tool gave is in `info`, free of form; of a web search it is empty.
- `connector_tokens`, what the service's tools gave the model to read, are beside `prompt_tokens` and in the
  total. `connectors` counts the runs of each tool.
- In a stream the pieces of a text are texts, and any other content comes as an object: thoughts piece by
  piece, all else whole. When an entry was completed is told of tools and handoffs only.
- Errors are marked `Error`, those of the chat grammar `error`.
"""

from chatnorm.dialect import Vendor

from .chat import MistralChat
from .conversations import MistralConversations

__all__ = ["VENDOR", "MistralChat", "MistralConversations"]

VENDOR = Vendor("mistral", (MistralChat, MistralConversations), otel_provider="mistral_ai")
