"""Inside one SDK's virtual environment: ask the loopback server through the SDK, read what it gives.

`client.py <sdk> <base url>`, then files as `<vendor>/<case>/<ending>=<speaker>` on standard input. Prints the
SDK's version, then one JSON line per file: the canonical value of the SDK's object (or of its chunks, of a file
that is a stream), or why there is none.
"""
# ruff: noqa: T201

import json
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any, NamedTuple

import chatnorm

WHOLE = "wire.json"
"""How the files end that hold whole bodies; all others are streams."""

ASK: dict[str, Any] = {"model": "-", "messages": [{"role": "user", "content": "?"}]}


def anthropic(url: str) -> Any:
    from anthropic import Anthropic

    return Anthropic(api_key="-", base_url=url, max_retries=0)


def atoma(url: str, stream: bool) -> Any:
    from atoma_sdk import AtomaSDK

    chat = AtomaSDK(bearer_auth="-", server_url=url).chat
    return (chat.create_stream if stream else chat.create)(**ASK)


def bedrock(url: str, stream: bool) -> Any:
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "bedrock-runtime", endpoint_url=url, region_name="us-east-1", aws_access_key_id="-",
        aws_secret_access_key="-", config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip
    if "/invoke-" in url:  # what the model's own grammar is, as bytes
        if stream:
            return client.invoke_model_with_response_stream(modelId="-", body=b"{}")["body"]
        return client.invoke_model(modelId="-", body=b"{}")["body"].read()
    ask = {"modelId": "-", "messages": [{"role": "user", "content": [{"text": "?"}]}]}
    return client.converse_stream(**ask)["stream"] if stream else client.converse(**ask)


def cohere_v1(url: str, stream: bool) -> Any:
    from cohere import Client

    client = Client(api_key="-", base_url=url)
    return (client.chat_stream if stream else client.chat)(message="?")


def cohere_v2(url: str, stream: bool) -> Any:
    from cohere import ClientV2

    client = ClientV2(api_key="-", base_url=url)
    return (client.chat_stream if stream else client.chat)(**ASK)


def gemini(url: str) -> Any:
    from google import genai

    return genai.Client(api_key="-", http_options={"base_url": url})


def gemini_generate(url: str, stream: bool) -> Any:
    client = gemini(url)
    call = client.models.generate_content_stream if stream else client.models.generate_content
    given = call(model="-", contents="?")
    return held(client, given) if stream else given


def gemini_interactions(url: str, stream: bool) -> Any:
    client = gemini(url)
    given = client.interactions.create(model="-", input="?", stream=stream)
    return held(client, given) if stream else given


def held(client: Any, chunks: Any) -> Iterator[Any]:
    """The chunks; the client closes when nobody holds it, and they end."""
    yield from chunks
    del client


def groq(url: str) -> Any:
    from groq import Groq

    return Groq(api_key="-", base_url=url, max_retries=0)


def mistral(url: str, stream: bool) -> Any:
    from mistralai.client import Mistral

    chat = Mistral(api_key="-", server_url=url).chat
    return (chat.stream if stream else chat.complete)(**ASK)


def ollama(url: str) -> Any:
    from ollama import Client

    return Client(host=url)


def openai(url: str) -> Any:
    from openai import OpenAI

    return OpenAI(api_key="-", base_url=url, max_retries=0)


def openrouter(url: str) -> Any:
    from openrouter import OpenRouter

    return OpenRouter(api_key="-", server_url=url)


class Call(NamedTuple):
    """The call of an SDK that gives a vendor's answers in one grammar."""

    package: str
    vendor: str
    dialect: str
    ask: Callable[[str, bool], Any]
    """From the server's address, and whether to stream."""
    stream: str = ".sse"
    """How the streams end that the SDK asks for: other files hold what it never gets."""


BEDROCK = ("converse", "ai21", "cohere", "llama", "mistral", "titan")

CALLS = (
    Call("openai", "openai", "openai.chat", lambda url, stream: openai(url).chat.completions.create(**ASK, stream=stream)),
    Call("openai", "openai", "openai.responses", lambda url, stream: openai(url).responses.create(model="-", input="?", stream=stream)),
    Call("openai", "openai", "openai.completions", lambda url, stream: openai(url).completions.create(model="-", prompt="?", stream=stream)),
    Call("anthropic", "anthropic", "anthropic.messages", lambda url, stream: anthropic(url).messages.create(**ASK, max_tokens=1, stream=stream)),
    Call("google-genai", "gemini", "gemini.generate", gemini_generate),
    Call("google-genai", "gemini", "gemini.interactions", gemini_interactions),
    *(Call("boto3", "bedrock", f"bedrock.{name}", bedrock, ".eventstream") for name in BEDROCK),
    Call("cohere", "cohere", "cohere.v2", cohere_v2),
    Call("cohere", "cohere", "cohere.v1", cohere_v1, ".ndjson"),
    Call("ollama", "ollama", "ollama.chat", lambda url, stream: ollama(url).chat(**ASK, stream=stream), ".ndjson"),
    Call("ollama", "ollama", "ollama.generate", lambda url, stream: ollama(url).generate(model="-", prompt="?", stream=stream), ".ndjson"),
    Call("mistralai", "mistral", "openai.chat", mistral),
    Call("groq", "groq", "openai.chat", lambda url, stream: groq(url).chat.completions.create(**ASK, stream=stream)),
    Call("atoma-sdk", "atoma", "openai.chat", atoma),
    Call("openrouter", "openrouter", "openai.chat", lambda url, stream: openrouter(url).chat.send(**ASK, stream=stream)),
)  # fmt: skip


def answer(call: Call, url: str, speaker: str, stream: bool) -> dict[str, str]:
    """What becomes of one file."""
    raised: list[Exception] = []
    seen: list[str] = []

    def asked() -> Iterator[Any]:
        try:
            given = call.ask(url, stream)
            for item in given if stream else (given,):
                seen.append(type(item).__name__)
                yield item
        except Exception as error:  # any class: the runner holds the table of those expected
            raised.append(error)
            raise

    try:
        if stream:
            response = chatnorm.normalize_stream(asked(), speaker, on_error="return")
        else:
            response = chatnorm.normalize(next(asked()), speaker, on_error="return")
    except Exception as error:
        if error in raised:
            return {"refused": type(error).__name__, "why": str(error)}
        return {"refused": f"chatnorm.{type(error).__name__}", "why": f"of {seen[-1:]}: {error}"}
    return {"canonical": chatnorm.encode(response, "canonical").decode()}


if __name__ == "__main__":
    sdk, base = sys.argv[1:]
    calls = {f"{call.vendor}:{call.dialect}": call for call in CALLS if call.package == sdk}
    print(json.dumps({"version": version(sdk)}))
    for line in sys.stdin:
        file, _, named = line.strip().partition("=")
        told = answer(calls[named], f"{base}/{file}", named, not file.endswith(WHOLE))
        print(json.dumps({"file": file, **told}))
