"""Tencent Hunyuan, its OpenAI-compatible endpoint. The native API has another grammar.

Source: cloud.tencent.com/document/product/1729/111007 (2025-07-22); lobehub/lobe-chat
`src/libs/model-runtime/hunyuan/index.test.ts`, frames of 2025; `tencentcloud-sdk-python-hunyuan` 3.1.180.

- Every body and frame has `note`, a disclaimer, and with web search `search_info`, whose results are the
  sources of the answer, marked in the text by their number.
- `sensitive` ends an answer that failed moderation; the native API has the word, and no other document says
  that this endpoint translates it.
- `system_fingerprint` is "".
"""

from typing import Any

from chatnorm.dialect import Vendor

from .openai.chat import OpenAICopy


class HunyuanChat(OpenAICopy):
    EXTRA = {
        "response": ("note", "search_info", "processes"),
        "choice": ("moderation_level",),
    }
    PLAIN = {**OpenAICopy.PLAIN, "response": (*OpenAICopy.PLAIN["response"], "note")}
    FINISH = {**OpenAICopy.FINISH, "sensitive": "content_filter"}

    def prepare(self, wire: Any) -> None:
        """The search results are citations; the rest of what is told of the search stays."""
        info = wire.search_info
        results = info.get("search_results") if isinstance(info, dict) else None
        if isinstance(results, list) and wire.citations is None:
            wire.citations = results
            wire.search_info = {key: value for key, value in info.items() if key != "search_results"} or None


VENDOR = Vendor("hunyuan", (HunyuanChat,))
