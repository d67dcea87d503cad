"""Bodies in the hands of real HTTP clients and as objects of real modelling libraries."""

import asyncio
import json
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import aiohttp
import attrs
import httpx
import pydantic
import pytest
import requests
from conftest import served
from test_api import ERROR, sent

import chatnorm
from chatnorm import MisuseError


class Handler(BaseHTTPRequestHandler):
    """Answers every request with an answer, or with a failure on `/429`."""

    def do_GET(self) -> None:
        failed = self.path == "/429"
        body = ERROR if failed else sent()
        self.send_response(429 if failed else 200)
        for name, value in {
            "x-request-id": "req_7",
            "retry-after": "3",
            "content-length": str(len(body)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served(Handler) as address:
        yield address


@pytest.mark.parametrize("get", [httpx.get, requests.get], ids=["httpx", "requests"])
def test_a_clients_response(get: Any, url: str) -> None:
    response = chatnorm.normalize(get(url), "openai")
    assert response.request_id == "req_7"
    assert response == chatnorm.normalize(sent(), "openai", headers={"x-request-id": "req_7"})
    assert chatnorm.detect(get(url)) == chatnorm.detect(sent())
    failed = get(f"{url}/429")
    with pytest.raises(chatnorm.VendorError) as told:
        chatnorm.normalize(failed, "openai")
    assert (told.value.info.status, told.value.info.retry_after) == (429, 3.0)
    assert chatnorm.decode_error(failed, "openai") == told.value.info
    assert chatnorm.decode_error(failed, "openai", status=503, headers={}).status == 503


def test_a_response_that_is_not_read(url: str) -> None:
    with httpx.stream("GET", url) as response, pytest.raises(MisuseError) as told:
        chatnorm.normalize(response, "openai")
    assert str(told.value) == (
        "expected a body, got Response that is not read yet\n"
        "hint: pass response.read(), or await response.aread(), and then response.content"
    )
    assert told.value.__context__ is None
    with requests.get(url, stream=True) as unread:
        with pytest.raises(MisuseError, match="not read yet"):
            chatnorm.normalize(unread, "openai")
        assert unread.content == sent()  # it was left alone


def test_an_asynchronous_response(url: str) -> None:
    async def ask() -> tuple[chatnorm.ChatResponse, str]:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            with pytest.raises(MisuseError) as told:
                chatnorm.normalize(response, "openai")
            return chatnorm.normalize(await response.read(), "openai"), str(told.value)

    response, message = asyncio.run(ask())
    assert response == chatnorm.normalize(sent(), "openai")
    assert message.endswith("ClientResponse that is not read yet\nhint: pass await response.read()")


class Message(pydantic.BaseModel):
    role: str = "assistant"
    content: str | None = None


class Answer(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow", protected_namespaces=())
    id: str
    choices: list[dict[str, Any]]


def test_pydantic() -> None:
    body = sent(brand_new=1)
    told = chatnorm.normalize(Answer.model_validate_json(body), "openai")
    assert chatnorm.same(told, chatnorm.normalize(body, "openai"))


def test_pydantic_does_not_warn_of_what_does_not_fit() -> None:
    answer = Answer.model_construct(id=7, choices=[{"message": Message.model_construct(content=["x"])}])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        response = chatnorm.normalize(answer, "openai")
    assert (response.id, response.text) == ("7", "x")


def test_pydantic_of_version_1() -> None:
    v1 = pytest.importorskip("pydantic.v1")

    class Old(v1.BaseModel):  # type: ignore[name-defined, misc]
        id: str
        choices: list[dict[str, Any]]

        class Config:
            extra = "allow"

    told = chatnorm.normalize(Old.parse_raw(sent()), "openai")
    assert chatnorm.same(told, chatnorm.normalize(sent(), "openai"))


def test_attrs() -> None:
    body = json.loads(sent())
    made = attrs.make_class("Answer", list(body))(**body)
    assert chatnorm.same(chatnorm.normalize(made, "openai"), chatnorm.normalize(sent(), "openai"))
