"""IBM watsonx.ai: `/ml/v1/text/chat`, OpenAI's chat grammar under other names, and `/ml/v1/text/generation`.
Its model gateway speaks OpenAI's grammar as it is.

Source: IBM/watsonx-ai-node-sdk b912b203 (2026-06-12), `src/types/vml_v1.ts` and `src/lib/common.ts`;
IBM/watsonx-ai-java-sdk (2026), `TextChatResponse`, `SseEventProcessor`, `WatsonxError` and the bodies of its
tests; `ibm-watsonx-ai` 1.8.1 for Python.

- The model is in `model_id`; `model` repeats it in streams. `system.warnings` tell of deprecation, of limits
  that were changed, of licences. They are kept; a stream has them in its first frame.
- `time_limit` means that the request's own time ran out: the text is what there was by then.
- `moderations` and `detections` name what was found in prompt and answer. In a stream each frame has those of
  its own piece of text, counted from where that piece begins; they are gathered as they come. Where a
  moderation blocked the prompt, the choice has neither message nor finish reason.
- Frames come as `id:`, `event: message`, `data:`, a failure under `event: error`. Nothing marks the end.
- An error body has a list of errors, a `trace`, which is the request's id, and its HTTP status.
- `text/generation` has no id, and its stop reasons may be in capitals. A stream says `not_finished` until its
  last frame. Its first frame has no text, and an empty object may come before it. The output is counted
  upwards; the input is counted in the first frame, and is 0 in all others.
"""

from chatnorm.dialect import Vendor

from .chat import WatsonxChat
from .complete import WatsonxGenerate

__all__ = ["VENDOR", "WatsonxChat", "WatsonxGenerate"]

VENDOR = Vendor("watsonx", (WatsonxChat, WatsonxGenerate), otel_provider="ibm.watsonx.ai")
