"""`watsonx.chat`: OpenAI's chat grammar with other names at the top."""

from typing import Any

from chatnorm.canonical import ChatResponse
from chatnorm.dialect import Notices
from chatnorm.repair import named

from ..openai import Body, OpenAIChat
from ..openai.stream import ChatTrack
from ..openai.wire import Chunk
from .shared import Faulty, gathered


class Answered(Body):  # the whole body
    BENDS = {**Body.BENDS, "model_id": named}
    model_id: str | None = None


class Item(Chunk):  # one frame of a stream
    BENDS = {**Chunk.BENDS, "model_id": named}
    model_id: str | None = None


class ItemTrack(ChatTrack):
    """One stream of `watsonx.chat`: each frame has its own time, and what was found in its piece of text."""

    def frame(self, wire: Any) -> None:
        repeated = wire.model
        if wire.model_id:
            wire.model = wire.model_id
        if "created_at" in self._extra:
            wire.created_at = None
        for name in ("moderations", "detections"):
            setattr(wire, name, gathered(self._extra.get(name), getattr(wire, name)))
        super().frame(wire)
        if repeated and repeated != wire.model:
            self.head(extra={"model": repeated})
        wire.model = repeated  # what plain frames are held against


class WatsonxChat(Faulty, OpenAIChat):
    """`watsonx.chat`."""

    name = "watsonx.chat"
    Wire = Answered
    Frame = Item
    Track = ItemTrack
    PLAIN = {
        **OpenAIChat.PLAIN,
        "response": (*OpenAIChat.PLAIN["response"], "model_id", "model_version", "created_at"),
    }
    PASSING = (*OpenAIChat.PASSING, "created_at")
    MARKS = ("model_id",) * 3  # more than what speaks for the family
    HINTS = ("model_version", "created_at", "trace", "errors", "status_code")
    EXTRA = {"response": ("model_version", "created_at", "system", "moderations", "detections")}
    FINISH = {
        **OpenAIChat.FINISH,
        "time_limit": "length",
        "cancelled": "cancelled",
    }

    def response(self, body: Any, notices: Notices) -> ChatResponse | None:
        repeated, body.model = body.model, body.model_id or body.model
        response = super().response(body, notices)
        if response is None:
            return None
        if repeated and repeated != response.model:
            response = response.replace(extra={**response.extra, "model": repeated})
        found = response.extra.get("moderations")
        if isinstance(found, dict) and not any(c.message.parts or c.finish_reason for c in response.choices):
            response = response.replace(
                prompt_block=next((kind for kind, hits in found.items() if hits), None)
            )
        return response
