"""Google Gemini, generateContent, of AI Studio and Vertex AI.

Source: the SDK `google-genai` 3.3.0 (`google/genai/types.py`, whose field notes say where the two services
differ), ai.google.dev/api/generate-content, and recorded bodies of 2024 to 2026.

- Everything is optional: default values (0, "", false, the first word of an enum) are left out. Enums come
  as words or, through some clients, as numbers.
- A `thoughtSignature` sits on any part, also on a call, a text or an empty text, and must stay on that part.
  `thought` marks a thought; that can be a picture.
- There is no finish word for tool calls, and calls often have no id.
- `promptTokenCount` includes the cache and leaves out `toolUsePromptTokenCount`; `candidatesTokenCount`
  leaves out the thoughts. The total is the sum of all four.
- Offsets of grounding count UTF-8 bytes inside one part. Those of citations are documented as bytes for
  AI Studio (`CitationSource`); for Vertex the unit is not said and read as the same.
- Code Assist, behind Google's own command line, wraps each body and frame in `response`, beside a `traceId`.
- A blocked prompt is HTTP 200 with `promptFeedback` and no candidate.
- Vertex AI serves Claude as well (`rawPredict`), in Anthropic's own grammar; failures are Google's.

Interactions, the API that Google recommends since June 2026. Source: the same SDK (`google/genai/_gaos`),
ai.google.dev/gemini-api/docs/interactions and its page on streaming, and bodies of May 2026.

- The answer is a list of steps; what the model wrote is `content` of a `model_output`, and other steps stand
  beside it. Asked for again, an interaction has the client's steps too. Until May 2026 there was a flat list
  `outputs`, and streams had `content.…` events.
- `status` is finish reason and progress in one; `incomplete` is mostly the token limit. `completed` may come
  with a call in the steps, since an interaction goes on after the service's own tools.
- Thoughts come as a seal, with or without a summary in pieces, some of which are pictures.
- `total_input_tokens` includes the cache and leaves out the tools' results; `total_output_tokens` leaves out
  the thoughts. Agents count more in the total than in its parts.
- Not stored, an interaction has no `id`, or an empty one. An agent has no `model`.
- A stream sends a call's arguments as pieces of JSON text, in place of the empty object that it began with.
  The calls that the service runs come with whole objects. An empty `signature` is none.
- Offsets of annotations count UTF-8 bytes.
"""

from chatnorm.dialect import Vendor

from ..anthropic import AnthropicMessages
from .chat import GeminiChat
from .generate import GeminiGenerate
from .interactions import GeminiInteractions

__all__ = ["VENDOR", "GeminiChat", "GeminiGenerate", "GeminiInteractions"]

SPEAKS = (GeminiGenerate, GeminiInteractions, GeminiChat, AnthropicMessages)

VENDOR = Vendor("gemini", SPEAKS, otel_provider="gcp.gemini", price_provider="google")
