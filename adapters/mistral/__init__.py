"""Mistral (La Plateforme, and its models at Azure and Vertex): OpenAI's chat grammar with content in parts.

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
  `Usage.input_tokens` has both in it. `prompt_audio_seconds` is not tokens.
- `p` of a frame is padding.
- Errors are flat. `message` may be an object that holds FastAPI's list of faults. A 429 or 503 "Service tier
  capacity exceeded" is about the server, not about the key.
"""

from chatnorm.dialect import Vendor

from .chat import MistralChat

__all__ = ["VENDOR", "MistralChat"]

VENDOR = Vendor("mistral", (MistralChat,), otel_provider="mistral_ai")
