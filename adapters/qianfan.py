"""Baidu Qianfan, its API v2: OpenAI's chat grammar. The older API has another one.

Source: `qianfan` 0.4.12.3, `resources/typing_client.py`; cloud.baidu.com/doc/WENXINWORKSHOP/s/Fm2vrveyu
(2024-12-03).

- `flag` of a choice rates its safety, 0 being safe; `need_clear_history` and `ban_round` tell the client to
  forget the conversation, or the round of it that was unsafe (-1: this one).
- `normal` is an older word for an answer that just ended.
- `search_results` are the sources of the answer.
- Errors are OpenAI's, with an `id` beside; 400, 401 and 429 are told apart by the code.
"""

from typing import Any

from chatnorm.dialect import Vendor

from .openai.chat import OpenAICopy


class QianfanChat(OpenAICopy):
    EXTRA = {
        "response": ("need_clear_history", "search_results"),
        "choice": ("flag", "ban_round", "need_clear_history"),
    }
    FINISH = {**OpenAICopy.FINISH, "normal": "stop"}
    ERRORS = {
        "malformed_json": "invalid_request",
        "invalid_model": "not_found",
        "characters_too_long": "context_length",
        "tokens_too_long": "context_length",
        "access_denied": "permission",
        "rpm_rate_limit_exceeded": "rate_limit",
        "tpm_rate_limit_exceeded": "rate_limit",
    }

    def prepare(self, wire: Any) -> None:
        """The search results are citations."""
        if isinstance(wire.search_results, list) and wire.citations is None:
            wire.citations, wire.search_results = wire.search_results, None


VENDOR = Vendor("qianfan", (QianfanChat,))
