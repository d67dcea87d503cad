"""Cohere, Chat: version 2, and version 1 that came before it; and texts, which came before both. A family,
since Bedrock speaks version 1.

Source: the SDK `cohere` 7.3.1 (`cohere/v2/types`, `cohere/types`, `cohere/errors`), `cohere-openapi.yaml` in
cohere-ai/cohere-developer-experience, docs.cohere.com (streaming, tool use, errors), and recorded bodies of
2025 and 2026.

- `tokens` is what the model read and wrote, `cached_tokens` a part of its input. `billed_units` is what is
  charged; it counts otherwise, is much smaller, and stays in `native`. Thinking is inside the output.
- Version 2 has an id, and no model or time; version 1 has an id of the response and one of the generation.
- A `tool_plan` is what the model means to do before its calls: thoughts with the format `tool_plan`. In
  version 1 the same words are the `text`.
- Arguments of version 2 are a JSON text, `null` or "" for a tool without any. Those of version 1 are an
  object, and its calls have no id; its finish word stays `COMPLETE` beside them.
- Citations count characters of one content item, of a thinking item or of the plan. `content_index` says
  which item, but where it is left out the text need not be the first.
- A document is whatever the request gave. Version 2 repeats it with each citation, version 1 names it by id.
- The compatibility endpoint speaks OpenAI's grammar; the time in its frames is 0. Its errors are Cohere's.
- Errors have a `message`, some an `id`, and no code. 498 means that a word is on a deny list. A 429 that
  speaks of the month is no matter of waiting.
"""

from chatnorm.dialect import Vendor

from .chat import CohereChat
from .generate import CohereGenerate
from .v1 import CohereV1
from .v2 import CohereV2

__all__ = ["VENDOR", "CohereV1", "CohereV2"]

VENDOR = Vendor("cohere", (CohereV2, CohereV1, CohereGenerate, CohereChat))
