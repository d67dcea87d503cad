"""llama.cpp's server: OpenAI's chat grammar with timings, and `/completion` (with `/infill`), its own. It
serves OpenAI's text completions and Responses and Anthropic's messages as well.

Source: ggml-org/llama.cpp, `tools/server/README.md`, `tools/server/server-task.cpp`, `server-context.cpp` and
`server-common.cpp` (2026-08), `examples/server/server.cpp` (2023 and 2024); its PRs 10720 and 15827;
NousResearch/hermes-agent PR 1114. No recorded body of the chat grammar is at hand.

- `timings` are in milliseconds; `Timing` has them in seconds. `cache_n` of its counts is the part of the
  prompt that was cached, `prompt_n` the rest; the count of the prompt has both in it.
- With `return_progress` frames without text tell in `prompt_progress` how far the prompt is read, the last of
  which is kept.
- Errors have the HTTP status as their `code`: 503 `unavailable_error` while the model loads, 400
  `exceed_context_size_error` with `n_prompt_tokens` and `n_ctx`. In a stream they are frames; until
  2025 they came in an SSE field `error` of their own, `error: {…}`.

The chat grammar:

- `system_fingerprint` is the build.
- `logprobs` is missing unless asked for; its entries have the token's number as `id`.
- The first frame of a stream has a role and a content of null. Usage and timings come in a frame without
  choices.
- Thoughts are in `reasoning_content`. Some forks give a call's arguments as an object.

The grammar of its own, `llamacpp.completion`:

- There is no id, time or role. Special tokens may have been added to the `prompt` that is sent back.
- `tokens_evaluated` counts the whole prompt, what was cached as well. `tokens_cached` is no count of hits,
  though the README says so: it is what the slot holds after the answer, prompt and answer together.
- `stop` says that the answer is complete; why, `stop_type`, and of old three booleans. `stopping_word` is ""
  if none was met, and is not part of the text.
- Several prompts, or `n_cmpl` answers to one, give an array of bodies; in 2024 `results` held it. In a stream
  the frames of all have their `index`. Nothing tells how many there are: what ends such a stream is the end
  of the wire, and there is no `[DONE]`.
- Each answer has its own settings, prompt and timings, in the `extra` of its choice. Their tokens are added
  up, and `Timing` is told of a single one only.
- With `post_sampling_probs` tokens have a `prob`, from 0 to 1, in place of a `logprob`; so they had of old.
  It is kept, and not made a logarithm.
- A stream's last frame has neither text nor tokens; of old it had all probabilities once more.
- With `response_fields` a body has only the fields that were asked for, inner ones under their path. Without
  `content` it cannot be read.
"""

from chatnorm.dialect import Vendor

from ..anthropic import AnthropicMessages
from ..openai import OpenAIResponses, completions
from .chat import LlamaCppChat
from .complete import LlamaCppCompletion

__all__ = ["VENDOR", "LlamaCppChat", "LlamaCppCompletion"]

SERVED = (OpenAIResponses, AnthropicMessages, completions(LlamaCppChat))

VENDOR = Vendor("llamacpp", (LlamaCppChat, LlamaCppCompletion, *SERVED))
