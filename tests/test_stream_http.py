"""Streams over real HTTP: a server that sends fixtures in odd pieces, with pauses and cuts, and real clients."""

import asyncio
import random
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import httpx
import pytest
import requests
from conftest import FIXTURES, served

import chatnorm
from chatnorm.events import Ended, Event, Failed
from chatnorm.goldens import cases

CASES = {case.id: case for case in cases(FIXTURES) if case.streams}
SENT = (
    "openai/tool-call",
    "openrouter/reasoning-text",
    "anthropic/thinking-interleaved",
    "gemini/text-vertex",
    "bedrock/tool-call",
)
TYPES = {
    ".sse": "text/event-stream",
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".eventstream": "application/vnd.amazon.eventstream",
}


class Handler(BaseHTTPRequestHandler):
    """Sends the stream of the fixture in the path, in chunks of odd sizes; `?cut=n` hangs up after n bytes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        file = CASES[url.path[1:]].streams[0]
        raw, cut = file.read_bytes(), int(parse_qs(url.query).get("cut", ["0"])[0])
        self.send_response(200)
        self.send_header("content-type", TYPES[file.suffix])
        self.send_header("x-request-id", "req_7")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        dice, at, end = random.Random(len(raw)), 0, cut or len(raw)
        while at < end:
            piece = raw[at : min(at + dice.choice((1, 2, 3, 17, 400)), end)]
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.flush()
            at += len(piece)
            if dice.random() < 0.05:
                time.sleep(0.002)
        if cut:
            self.close_connection = True  # without the last chunk: the client sees a broken connection
        else:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served(Handler) as address:
        yield address


def by_httpx(url: str, speaker: str, seen: list[Event]) -> None:
    with httpx.stream("GET", url) as response:
        decoder = chatnorm.StreamDecoder(speaker, headers=response.headers)
        for piece in response.iter_bytes():
            seen += decoder.feed(piece)
        seen += decoder.close()


def by_requests(url: str, speaker: str, seen: list[Event]) -> None:
    with requests.get(url, stream=True) as response:
        for event in chatnorm.decode_stream(response.iter_content(None), speaker, headers=response.headers):
            seen.append(event)


def by_httpx_async(url: str, speaker: str, seen: list[Event]) -> None:
    async def read() -> None:
        async with httpx.AsyncClient() as client, client.stream("GET", url) as response:
            source = response.aiter_bytes()
            async for event in chatnorm.adecode_stream(source, speaker, headers=response.headers):
                seen.append(event)

    asyncio.run(read())


def by_aiohttp(url: str, speaker: str, seen: list[Event]) -> None:
    async def read() -> None:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            source = response.content.iter_any()
            async for event in chatnorm.adecode_stream(source, speaker, headers=response.headers):
                seen.append(event)

    asyncio.run(read())


CLIENTS = (by_httpx, by_requests, by_httpx_async, by_aiohttp)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", SENT)
def test_clients(client: Any, name: str, url: str) -> None:
    case, seen = CASES[name], []
    client(f"{url}/{name}", case.speaker, seen)
    known = {"headers": {"x-request-id": "req_7"}}
    assert seen == list(chatnorm.decode_stream(case.streams[0].read_bytes(), case.speaker, **known))
    assert isinstance(seen[-1], Ended)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_connection_that_breaks(client: Any, url: str) -> None:
    case = CASES["openai/tool-call"]
    raw = case.streams[0].read_bytes()
    seen: list[Event] = []
    if (
        client is by_httpx
    ):  # a decoder that is fed by hand sees what came; the client's exception is the caller's
        with pytest.raises(httpx.RemoteProtocolError):
            client(f"{url}/openai/tool-call?cut={len(raw) // 2}", case.speaker, seen)
    else:
        with pytest.raises((httpx.RemoteProtocolError, requests.RequestException, aiohttp.ClientError)):
            client(f"{url}/openai/tool-call?cut={len(raw) // 2}", case.speaker, seen)
        failed = seen.pop()
        assert isinstance(failed, Failed)
        assert failed.error.kind == "stream_cut"
    known = {"headers": {"x-request-id": "req_7"}}
    whole = list(chatnorm.decode_stream(raw, case.speaker, **known))
    assert seen == whole[: len(seen)]
    assert len(seen) > 3
