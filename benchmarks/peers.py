"""`python -m benchmarks.peers [--store | --stored]`: what others need for the same bytes.

Bodies are the answers among the fixtures of three vendors; two more classes are the same answers with their
text repeated up to a size. Each peer starts from the bytes and goes the way its own client goes, without
the transport: no HTTP object is built, no headers are read, nothing is logged. `normalize` and all peers run
interleaved on one body, as in `benchmarks`; a figure is the median over bodies of peer ÷ `normalize`. A body
that a peer refuses is left out for that peer, and counted; a peer that is not there (extra `peers`) is said
to be missing. Streams are the fixtures of text, lengthened as in `benchmarks.streams`; each peer's own client
reads them from a transport that needs no network, in pieces of 1,460 bytes, as `StreamDecoder` does. What a
stream of 300 chunks takes longer than one of 100 is the time per chunk, and the figure peer ÷ ours of that:
request and connection drop out. Nothing is asserted. `--store` writes `peers.json`, and the tables in
`docs/speed.md` and the README; `--stored` writes the tables from the file, without a run.
"""

import asyncio
import json
import logging
import os
import re
import sys
import warnings
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import date
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from textwrap import fill
from types import SimpleNamespace
from typing import Any

import chatnorm
from chatnorm.events import TextDelta

from .__main__ import ROOT, case, forget, found, imports, times
from .streams import Stream, decode, fed, floor, lengthened, stream

Read = Callable[[bytes], Any]
Ask = Callable[[], Iterable[Any]]  # what gives the chunks of a stream
PAGE = ROOT / "docs" / "speed.md"
STORE = Path(__file__).with_name("peers.json")
START, END = "<!-- peers -->", "<!-- /peers -->"
TEXTS = {"10 kB of text": 10_000, "100 kB of text": 100_000}
TEXT = re.compile(rb'"(?:text|content)": ?"((?:[^"\\]|\\.)+)"')  # the first of an answer
SIZES = ("< 1 kB", "1–4 kB", "> 4 kB", *TEXTS)
CHUNKS = (100, 300)
ASKED: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
GRAMMARS = {"openai": "openai.chat", "anthropic": "anthropic.messages", "gemini": "gemini.generate"}
MODELS = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-5", "gemini": "gemini-2.5-flash"}  # all know them
NEEDED = ("chatnorm", "openai", "anthropic", "google-genai", "litellm", "any-llm-sdk")
MODULES = {"google-genai": "google.genai", "any-llm-sdk": "any_llm"}  # where it is not the package's name


def load(*paths: str) -> list[Any]:
    """What is at `module:name`, of each."""
    split = (path.split(":") for path in paths)
    return [getattr(import_module(module), name) for module, name in split]


def sdk(package: str, types: str, name: str) -> Read:
    """`APIResponse.parse` of both: `response.json()`, then `construct_type`, which does not validate."""
    construct, to = load(f"{package}._models:construct_type", f"{package}.{types}:{name}")
    return lambda body: construct(type_=to, value=json.loads(body))


openai_sdk = partial(sdk, "openai", "types.chat", "ChatCompletion")
anthropic_sdk = partial(sdk, "anthropic", "types", "Message")


def genai_sdk() -> Read:
    """`Models._generate_content` after its request: renames, drops unknown fields, validates."""
    module, name = "google.genai", "GenerateContentResponse"
    renamed, to = load(f"{module}.models:_{name}_from_mldev", f"{module}.types:{name}")
    return lambda body: to._from_response(response=renamed(json.loads(body)), kwargs={})


def litellm_openai(through_sdk: bool) -> Read:
    """`OpenAIGPTConfig.transform_response`; for OpenAI itself `OpenAIChatCompletion.completion`."""
    module = "litellm.litellm_core_utils.llm_response_utils.convert_dict_to_response"
    convert, new = load(f"{module}:convert_to_model_response_object", "litellm:ModelResponse")
    if through_sdk:  # which parses; its value is dumped again
        read = openai_sdk()
        return lambda body: convert(read(body).model_dump(), new(), _response_headers={})
    return lambda body: convert(json.loads(body), new(), hidden_params={}, _response_headers={})


def litellm_anthropic() -> Read:
    """`AnthropicConfig.transform_response` after its logging."""
    module = "litellm.llms.anthropic.chat.transformation"
    config, new, http = load(f"{module}:AnthropicConfig", "litellm:ModelResponse", "httpx:Response")
    convert, raw = config().transform_parsed_response, http(200)
    return lambda body: convert(json.loads(body), raw, new())


def litellm_gemini() -> Read:
    """`VertexGeminiConfig.transform_response` after its logging."""
    module = "litellm.llms.vertex_ai.gemini.vertex_and_google_ai_studio_gemini"
    config, new, http = load(f"{module}:VertexGeminiConfig", "litellm:ModelResponse", "httpx:Response")
    convert = config()._transform_google_generate_content_to_openai_model_response
    known = {"model": "", "logging_obj": SimpleNamespace(optional_params={}), "raw_response": http(200)}
    return lambda body: convert(json.loads(body), new(), **known)


def any_llm(sdk_of: Callable[[], Read], path: str) -> Read:
    """The provider's `_acompletion` after its request: the SDK's value, converted."""
    (provider,), read = load(path), sdk_of()
    return lambda body: provider._convert_completion_response(read(body))


def any_llm_gemini() -> Read:
    """The same, with a dict in between."""
    module = "any_llm.providers.gemini.base"
    provider, between = load(f"{module}:GoogleProvider", f"{module}:_convert_response_to_response_dict")
    read, convert = genai_sdk(), provider._convert_completion_response
    return lambda body: convert((between(read(body), provider_name="gemini"), ""))


FLOOR = {"`json.loads` alone": lambda: json.loads}  # what every peer here starts with
PEERS: dict[str, dict[str, Callable[[], Read]]] = {
    "openai": {
        **FLOOR,
        "OpenAI SDK": openai_sdk,
        "LiteLLM, its own client": partial(litellm_openai, False),
        "LiteLLM, through the SDK": partial(litellm_openai, True),
        "any-llm": partial(any_llm, openai_sdk, "any_llm.providers.openai.base:BaseOpenAIProvider"),
    },
    "anthropic": {
        **FLOOR,
        "Anthropic SDK": anthropic_sdk,
        "LiteLLM": litellm_anthropic,
        "any-llm": partial(any_llm, anthropic_sdk, "any_llm.providers.anthropic.base:BaseAnthropicProvider"),
    },
    "gemini": {**FLOOR, "google-genai": genai_sdk, "LiteLLM": litellm_gemini, "any-llm": any_llm_gemini},
}


class Served:
    """The bytes that HTTP clients get, whatever they ask for."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    async def later(self) -> AsyncIterator[bytes]:
        """The same, for asynchronous clients."""
        for piece in self.pieces:
            yield piece

    def client(self, later: bool = False) -> Any:
        """A client that gets them."""
        name = "AsyncClient" if later else "Client"
        client, mock, answer = load(f"httpx:{name}", "httpx:MockTransport", "httpx:Response")
        told = {"content-type": "text/event-stream"}
        return client(
            transport=mock(
                lambda _: answer(200, headers=told, content=self.later() if later else self.pieces)
            )
        )


def floor_stream(served: Served) -> Ask:
    """A split at blank lines and `json.loads` of each frame."""
    return lambda: [floor(b"".join(served.pieces), json.loads)]


def openai_stream(served: Served) -> Ask:
    """`Stream`."""
    (client,) = load("openai:OpenAI")
    create = client(api_key="-", http_client=served.client()).chat.completions.create
    return partial(create, model=MODELS["openai"], **ASKED)


def anthropic_stream(served: Served) -> Ask:
    """`Stream`."""
    (client,) = load("anthropic:Anthropic")
    create = client(api_key="-", http_client=served.client()).messages.create
    return partial(create, model=MODELS["anthropic"], max_tokens=1000, **ASKED)


def genai_stream(served: Served) -> Ask:
    """`Models.generate_content_stream`."""
    client, options = load("google.genai:Client", "google.genai.types:HttpOptions")
    models = client(api_key="-", http_options=options(httpx_client=served.client())).models
    return partial(models.generate_content_stream, model=MODELS["gemini"], contents="Hi")


def litellm_stream(vendor: str, served: Served, prefix: str = "", through_sdk: bool = False) -> Ask:
    """`CustomStreamWrapper` as `completion` makes it, over the SDK's `Stream` or LiteLLM's own iterators."""
    module = import_module("litellm")
    module.suppress_debug_info = True
    module.disable_streaming_logging = True  # of each chunk, in a thread; the price at the end stays
    http, sdk = load("litellm.llms.custom_httpx.http_handler:HTTPHandler", "openai:OpenAI")
    client = sdk(api_key="-", http_client=served.client()) if through_sdk else http(client=served.client())
    model = f"{prefix}{vendor}/{MODELS[vendor]}"
    return partial(module.completion, model=model, client=client, api_key="-", **ASKED)


def any_llm_stream(vendor: str, served: Served) -> Ask:
    """`AnyLLM.acompletion`: the SDK's asynchronous stream, each chunk converted."""
    create, options = load("any_llm:AnyLLM", "google.genai.types:HttpOptions")
    client, loop = served.client(later=True), asyncio.new_event_loop()
    given = (
        {"http_options": options(httpx_async_client=client)}
        if vendor == "gemini"
        else {"http_client": client}
    )
    provider = create.create(vendor, api_key="-", **given)

    async def read() -> list[Any]:
        return [None async for _ in await provider.acompletion(model=MODELS[vendor], **ASKED)]

    return lambda: loop.run_until_complete(read())


STREAMS: dict[str, dict[str, Callable[[Served], Ask]]] = {
    "openai": {
        "`json.loads` alone": floor_stream,
        "OpenAI SDK": openai_stream,
        "LiteLLM, its own client": partial(litellm_stream, "openai", prefix="openrouter/"),
        "LiteLLM, through the SDK": partial(litellm_stream, "openai", through_sdk=True),
        "any-llm": partial(any_llm_stream, "openai"),
    },
    "anthropic": {
        "`json.loads` alone": floor_stream,
        "Anthropic SDK": anthropic_stream,
        "LiteLLM": partial(litellm_stream, "anthropic"),
        "any-llm": partial(any_llm_stream, "anthropic"),
    },
    "gemini": {
        "`json.loads` alone": floor_stream,
        "google-genai": genai_stream,
        "LiteLLM": partial(litellm_stream, "gemini"),
        "any-llm": partial(any_llm_stream, "gemini"),
    },
}


def bodies(vendor: str) -> list[tuple[str, bytes]]:
    """Size class and bytes of a vendor's answers, and of those with a text once more with a long one."""
    made = []
    for *of, data in found(ROOT / "fixtures"):
        if of != [vendor, GRAMMARS[vendor]] or case(vendor, data) is None:
            continue
        made.append((SIZES[(len(data) >= 1000) + (len(data) > 4000)], data))
        if text := TEXT.search(data):
            line = b" ".join([text[1]] * (80 // len(text[1]) + 1)) + b"\\n"  # as often as in prose
            for name, size in TEXTS.items():
                long = line * (size // len(line) + 1)
                made.append((name, data[: text.start(1)] + long + data[text.end(1) :]))
    return made


def measured(vendor: str, readers: dict[str, Read]) -> dict[str, Any]:
    """Bodies per size class; per peer the median ratio per class, and how many fixtures it refuses."""
    counts = dict.fromkeys(SIZES, 0)
    refused = dict.fromkeys(readers, 0)
    ratios: dict[str, dict[str, list[float]]] = {name: {} for name in readers}
    for size, body in bodies(vendor):
        counts[size] += 1
        taken = {}
        for name, read in readers.items():
            try:
                read(body)
                taken[name] = partial(read, body)
            except Exception:
                refused[name] += size not in TEXTS
        forget()
        ours, *theirs = times([partial(chatnorm.normalize, body, vendor), *taken.values()])
        for name, spent in zip(taken, theirs, strict=True):
            ratios[name].setdefault(size, []).append(spent / ours)
    medians = {name: {size: round(median(r), 2) for size, r in of.items()} for name, of in ratios.items()}
    return {"bodies": counts, "ratios": medians, "refused": refused}


def texts(vendor: str) -> list[Stream]:
    """A vendor's streams of text."""
    found_ones = found(ROOT / "fixtures", "stream", "sse")
    made = [stream(vendor, raw, CHUNKS[0]) for *of, raw in found_ones if of == [vendor, GRAMMARS[vendor]]]
    return [one for one in made if one is not None and one.share(TextDelta) >= 0.9]


def streamed(vendor: str, served: Served, asks: dict[str, Ask]) -> dict[str, Any]:
    """How many streams; per peer the median ratio of the time per chunk, and how many it refuses."""
    ratios: dict[str, list[float]] = {name: [] for name in asks}
    refused = dict.fromkeys(asks, 0)

    def read(ask: Ask, pieces: list[bytes]) -> None:
        served.pieces = pieces
        deque(ask(), maxlen=0)

    streams = texts(vendor)
    for text in streams:
        pair = [fed(lengthened(text.frames, vendor, size)) for size in CHUNKS]
        variants = [partial(decode, vendor, pieces) for pieces in pair]
        taken = []
        for name, ask in asks.items():
            try:
                read(ask, pair[1])
                taken.append(name)
                variants += [partial(read, ask, pieces) for pieces in pair]
            except Exception:
                refused[name] += 1
        spent = times(variants)
        ours, *theirs = [long - short for short, long in zip(spent[::2], spent[1::2], strict=True)]
        for name, more in zip(taken, theirs, strict=True):
            ratios[name].append(more / ours)
    medians = {name: round(median(of), 1) for name, of in ratios.items() if of}
    return {"streams": len(streams), "ratios": medians, "refused": refused}


def made(vendor: str, makers: dict[str, Callable[..., Any]], *given: Any) -> dict[str, Any]:
    """The peers of a vendor that are there."""
    there = {}
    for name, make in makers.items():
        try:
            there[name] = make(*given)
        except (ImportError, AttributeError) as error:
            print(f"{vendor}, {name}: missing, or its way has moved ({error})")
    return there


def machine() -> str:
    """The class of this machine, without its name."""
    told = Path("/proc/cpuinfo").read_text() if sys.platform == "linux" else ""
    model = re.search(r"^model name\s*: (.+)", told, re.M)
    return (
        f"{os.cpu_count()} {'virtual ' * (' hypervisor' in told)}cores, {model[1] if model else sys.platform}"
    )


def run() -> dict[str, Any]:
    """Measure everything that is installed."""
    versions: dict[str, str | None] = {}
    for name in (*NEEDED, "msgspec", "pydantic"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    reading = {vendor: measured(vendor, made(vendor, makers)) for vendor, makers in PEERS.items()}
    streaming = {}
    for vendor, makers in STREAMS.items():
        served = Served()
        streaming[vendor] = streamed(vendor, served, made(f"{vendor}, streams", makers, served))
    about = {"date": str(date.today()), "python": sys.version.split()[0], "machine": machine()}
    modules = {MODULES.get(name, name): name for name in NEEDED if versions[name]}
    costs = {
        modules[module]: {"ms": round(seconds * 1e3, 1), "MB": round(size / 1024, 1)}
        for module, (seconds, size) in imports([*modules]).items()
    }
    return {**about, "versions": versions, "reading": reading, "streaming": streaming, "imports": costs}


def table(stored: dict[str, Any]) -> str:
    """A run for the page."""
    versions = ", ".join(f"{name} {number or 'missing'}" for name, number in stored["versions"].items())
    sizes = [size for size in SIZES if any(of["bodies"][size] for of in stored["reading"].values())]
    about = f"{stored['date']}, {stored['machine']}, CPython {stored['python']}; {versions}"
    lines = [fill(f"A stored run: {about}.", 118, break_on_hyphens=False), ""]
    lines.append(f"| reading ÷ `normalize` | {' | '.join(sizes)} | refused |")
    lines.append("|---" * (len(sizes) + 2) + "|")
    for vendor, of in stored["reading"].items():
        counts = [of["bodies"][size] for size in sizes]
        fixtures = sum(count for size, count in of["bodies"].items() if size not in TEXTS)
        lines.append(f"| **{vendor}**, bodies | {' | '.join(map(str, counts))} | |")
        for name in PEERS[vendor]:
            shown = [str(of["ratios"].get(name, {}).get(size, "–")) for size in sizes]
            last = f"{of['refused'][name]} of {fixtures}" if name in of["refused"] else "missing"
            lines.append(f"| {name} | {' | '.join(shown)} | {last} |")
    lines += ["", "| per chunk of a stream ÷ `StreamDecoder` | ratio | refused |", "|---|---|---|"]
    for vendor, of in stored["streaming"].items():
        lines.append(f"| **{vendor}**, streams | {of['streams']} | |")
        for name in STREAMS[vendor]:
            last = f"{of['refused'][name]} of {of['streams']}" if name in of["refused"] else "missing"
            lines.append(f"| {name} | {of['ratios'].get(name, '–')} | {last} |")
    lines += ["", "| `import`, and ÷ chatnorm's | time | peak memory |", "|---|---|---|"]
    base = stored["imports"]["chatnorm"]
    for name, cost in stored["imports"].items():
        cells = [f"{cost[unit]:.0f} {unit}, × {cost[unit] / (base[unit] or 1):.1f}" for unit in ("ms", "MB")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def brief(stored: dict[str, Any]) -> str:
    """A run for the first page: 1–4 kB, streams, and `import`."""
    size, about = "1–4 kB", f"{stored['date']}, {stored['machine']}, CPython {stored['python']}"
    lines = [f"| time ÷ ours, {size} | {' | '.join(stored['reading'])} |"]
    lines.append("|---" * (len(stored["reading"]) + 1) + "|")
    rows: dict[str, list[Any]] = {}
    for kind, title in (("reading", "{}"), ("streaming", "{}, per chunk of a stream")):
        for name in dict.fromkeys(name for of in stored[kind].values() for name in of["ratios"]):
            found_ones = [of["ratios"].get(name) for of in stored[kind].values()]
            rows[title.format(name)] = [n.get(size) if isinstance(n, dict) else n for n in found_ones]
    for name, shown in rows.items():
        lines.append(f"| {name} | {' | '.join('' if n is None else f'{n:.1f}' for n in shown)} |")
    costs = stored["imports"]
    imports = ", ".join(f"{name} {cost['ms']:.0f} ms" for name, cost in costs.items())
    note = f"Measured on {about}. `import`: {imports}."
    return "\n".join([*lines, "", fill(note, 118, break_on_hyphens=False)]) + "\n"


def between(page: Path, shown: str) -> None:
    """Put a table between the marks of a page, after the prose that stands there."""
    before, inside, after = re.split(f"(?<={START})|(?={END})", page.read_text("utf-8"))
    prose = inside.partition("A stored run:")[0] if page == PAGE else "\n\n"  # written by hand, and kept
    page.write_text(f"{before}{prose}{shown}\n{after}", "utf-8")


def main() -> None:
    """Print the table, and store it if asked to."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else its import waits for a download
    logging.disable()  # a peer's warnings are not what is measured
    warnings.simplefilter("ignore")
    stored = json.loads(STORE.read_text("utf-8")) if "--stored" in sys.argv[1:] else run()
    print(table(stored))
    if "--store" in sys.argv[1:]:
        STORE.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", "utf-8")
    if {"--store", "--stored"} & set(sys.argv[1:]):
        between(PAGE, table(stored))
        between(ROOT / "README.md", brief(stored))


if __name__ == "__main__":
    main()
