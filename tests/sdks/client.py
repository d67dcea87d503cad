"""Inside one SDK's virtual environment: ask the loopback server through the SDK, read what it gives.

`client.py <sdk> <base url>`, then fixtures as `<case>=<speaker>` on standard input. Prints the SDK's
version, then one JSON line per fixture: the canonical value of the SDK's object, or why there is none.
"""
# ruff: noqa: T201

import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import chatnorm

ASK = [{"role": "user", "content": "?"}]


def openai(url: str) -> Any:
    from openai import OpenAI

    return OpenAI(api_key="-", base_url=url, max_retries=0).chat.completions.create(model="-", messages=ASK)


def atoma_sdk(url: str) -> Any:
    from atoma_sdk import AtomaSDK

    return AtomaSDK(bearer_auth="-", server_url=url).chat.create(model="-", messages=ASK)


def openrouter(url: str) -> Any:
    from openrouter import OpenRouter

    return OpenRouter(api_key="-", server_url=url).chat.send(model="-", messages=ASK)


def anthropic(url: str) -> Any:
    from anthropic import Anthropic

    client = Anthropic(api_key="-", base_url=url, max_retries=0)
    return client.messages.create(model="-", messages=ASK, max_tokens=1)


def google_genai(url: str) -> Any:
    from google import genai

    client = genai.Client(api_key="-", http_options={"base_url": url})
    return client.models.generate_content(model="-", contents="?")


CALLS: dict[str, Callable[[str], Any]] = {
    "openai": openai,
    "atoma-sdk": atoma_sdk,
    "openrouter": openrouter,
    "anthropic": anthropic,
    "google-genai": google_genai,
}


def answer(call: Callable[[str], Any], url: str, speaker: str) -> dict[str, str]:
    """What becomes of one fixture."""
    try:
        given = call(url)
    except Exception as error:  # any class: the runner holds the table of those expected
        return {"refused": type(error).__name__, "why": str(error)}
    try:
        response = chatnorm.normalize(given, speaker, on_error="return")
    except Exception as error:
        return {"unread": f"{type(given).__name__}: {type(error).__name__}: {error}"}
    return {"canonical": chatnorm.encode(response, "canonical").decode()}


if __name__ == "__main__":
    sdk, base = sys.argv[1:]
    print(json.dumps({"version": version(sdk)}))
    for line in sys.stdin:
        case, _, speaker = line.strip().partition("=")
        print(json.dumps({"case": case, **answer(CALLS[sdk], f"{base}/{case}", speaker)}))
