"""Cloudflare Workers AI: `/ai/run/{model}`, the binding of a Worker, and the endpoint that is compatible with
OpenAI's. That one speaks OpenAI's grammar; so do newer models at the others, and older ones their own.

Source: cloudflare/ai 917c0243 (2026-07-30), `packages/workers-ai-provider/src/streaming.ts`, `utils.ts`,
`map-workersai-finish-reason.ts`, `map-workersai-usage.ts`; `@cloudflare/workers-types` 4.20251118.0;
developers.cloudflare.com/workers-ai (errors, 2026-07-29; OpenAI compatible API endpoints); streams of 2026 in
the tests of programs that call it.

- `/ai/run` wraps an answer of either grammar in `result`, beside `success`, `errors` and `messages`; a
  binding does not.
- Frames are padded with `p`, so that their size does not tell the text. Those with nothing but calls, counts
  or padding may come before any text.
- The last frame of a stream of either grammar has an empty `response` beside the counts, which win over those
  of the frames before. `neurons` is what is billed.
- Some models close a call with a piece in which all is null.
- Calls may be printed into the text as JSON; that is text.
- Errors are a list in `errors`, with a number for a code. Two meanings of HTTP 429 differ by it: 3036, the
  day's allowance is used up; 3040, no capacity.

The grammar of its own, `cloudflare_workers.run`:

- There is no id, model or time, and mostly no word for why the model stopped: then nothing is said of it.
- In JSON mode `response` is an object: it is given as JSON text, and kept as sent in the message's `extra`.
- A call is flat or in OpenAI's form, its arguments an object or a text, and often without an id. In a stream
  it comes whole, or in pieces that have its index.
- `[DONE]` may be missing: where nothing says that the model stopped either, the stream counts as cut.
"""

from chatnorm.dialect import Vendor

from .chat import CloudflareChat
from .run import WorkersRun

__all__ = ["VENDOR", "CloudflareChat", "WorkersRun"]

VENDOR = Vendor("cloudflare", (CloudflareChat, WorkersRun))
