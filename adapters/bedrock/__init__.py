"""Amazon Bedrock, Converse: one shape for the models of many makers.

Source: the service model `bedrock-runtime/2023-09-30` in the package `botocore` 1.44.5 (`service-2.json`) and
its `parsers.py`; recorded bodies of 2025 and 2026. Claude's own shape through InvokeModel is another grammar,
`anthropic.messages`; the Nova models' own shape there is this one.

- A content block is an object with one member, and the member's name is the kind.
- `inputTokens` is the uncached part only; `totalTokens` includes the cache. Nova's own bodies end the names
  of the cache counters in `Count`, and some bodies have both spellings. `cacheDetails` splits the writes.
- `citationsContent` holds the cited text of the answer itself, with positions in the source.
- `toolUse` of type `server_tool_use` was run by the service, and its `toolResult` follows in the same
  message. Plain calls have no type, or `tool_use`.
- Binary content is base64 in JSON, and bytes in the dicts of botocore, which also adds `ResponseMetadata`.
- There is no id, model or creation time. The request's id is in the header `x-amzn-requestid`; only a prompt
  router names the model, in the trace. A stop sequence is told only if the request asked for that field, and
  where it is then depends on the model.
- An error's class is in the header `x-amzn-errortype`, the body has a `message` only, which the front door
  spells `Message`. botocore's form has `Error`, with the class as `Code`. Throttling that speaks of too many
  tokens means those of the minute or the day, not of the prompt. A path that is not served answers HTTP 200
  and `{"Output": {"__type": …}, "Version": "1.0"}`. Some denials are about the key.

InvokeModel hands on what the model says. Source: docs.aws.amazon.com/bedrock/latest/userguide, "Inference
request parameters and response fields" of each model; `litellm` 1.106.2 and Portkey-AI/gateway@669825cb.

- The counts of every model are in the headers `x-amzn-bedrock-input-token-count` and `…-output-token-count`;
  of Mistral, Jurassic, Command and Command R they are nowhere else. In a stream the last frame has
  them as `amazon-bedrock-invocationMetrics`, with latencies in milliseconds. In both the input leaves out
  what caches read and wrote, which is counted beside it.
- Where a guardrail intervened, `amazon-bedrock-guardrailAction` says so, whatever the finish word is; a frame
  may have none. It does for masked words as well, as Converse's `guardrail_intervened` does.
- A stream's frame is a `chunk` with the model's JSON in base64, with or without spaces, beside padding. Where
  the request did not ask the model itself for pieces, the whole answer comes in one.
- Llama counts the prompt in the first frame only, and what it wrote so far in each.
- Titan says `FINISH` where the documentation says `FINISHED`.
- Mistral's chat form, Jamba, gpt-oss and others speak OpenAI's grammar, imported models also that of its text
  completions, Command R that of Cohere's first API.
- Mistral's chat form and DeepSeek-R1 have the finish word as `stop_reason`, DeepSeek-R1 a `text` in place of
  the message. A frame of Mistral's has a piece of the `message`.
"""

from chatnorm.dialect import Vendor

from ..openai import OpenAIResponses
from .converse import BedrockConverse
from .invoke import BedrockAI21, BedrockCohere, BedrockLlama, BedrockMistral, BedrockNova, BedrockTitan
from .others import BedrockChat, BedrockClaude, BedrockCommand, BedrockCompletions

__all__ = ["VENDOR", "BedrockConverse"]

MODELS = (BedrockLlama, BedrockTitan, BedrockMistral, BedrockAI21, BedrockCohere)
OTHERS = (BedrockClaude, BedrockChat, OpenAIResponses, BedrockCompletions, BedrockCommand)

VENDOR = Vendor("bedrock", (BedrockNova, *OTHERS, *MODELS), otel_provider="aws.bedrock", price_provider="aws")
