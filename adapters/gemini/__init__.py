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
- A blocked prompt is HTTP 200 with `promptFeedback` and no candidate.
"""

from chatnorm.dialect import Vendor

from .generate import GeminiGenerate

__all__ = ["VENDOR", "GeminiGenerate"]

VENDOR = Vendor("gemini", (GeminiGenerate,), otel_provider="gcp.gemini", price_provider="google")
