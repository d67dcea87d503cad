"""Anthropic, Messages: ordered blocks, each with what belongs to it.

Source: the SDK `anthropic` 0.125.0 (`anthropic/types`, `anthropic/types/beta`), docs.claude.com, and
recorded bodies of 2025 and 2026. Bedrock InvokeModel and Vertex send the same body.

- `usage.input_tokens` is the uncached part only: the whole input is the sum of three counters.
  `iterations` are the passes of one answer. The top level holds the `message` passes (after a hand-over the
  `fallback_message` ones); an advisor's passes and a compaction come on top and are billed as well, a pass
  that was refused before any output is not.
- A turn has several thinking blocks, each with its own signature; a block may be empty and still signed.
- Tools that Anthropic runs (`server_tool_use`, `mcp_tool_use`) are not the client's to run. Their results
  come as one object, a list or a text, and are kept as sent.
- Citations point into the source document; in the answer the whole text block is meant.
- `pause_turn` and `compaction` leave the turn unfinished: send it back to go on. `refusal` may come with no
  content at all, and from a classifier instead of the model; `stop_details` says why.
- `connector_text`, which the SDK does not know, is text between calls of tools.
- A stream may send the content of a compaction in pieces; its encrypted form is whole each time.
- `input_transformations` says what was done to the request's thinking, mostly nothing (`[]`); in a stream,
  what stands beside the last delta is all of it.
- There is no creation time; the request id is in the `request-id` header.
- The old text completions (`/v1/complete`; on Bedrock as well, there without `type` and `id`) have no usage,
  and a text that begins with a space. In version 2023-01-01 there were `truncated` and `exception`, each
  frame of a stream had all of the text so far, and `[DONE]` was the end. Since 2023-06-01 a frame has one
  piece, and the last one a `stop_reason`.
"""

from chatnorm.dialect import Vendor

from .complete import AnthropicComplete
from .messages import AnthropicMessages

__all__ = ["VENDOR", "AnthropicComplete", "AnthropicMessages"]

VENDOR = Vendor("anthropic", (AnthropicMessages, AnthropicComplete))
