"""The laws as functions: what may be done to a body, and what must then hold."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

import chatnorm
from chatnorm.canonical import FIGURES, ChatResponse
from chatnorm.dialect import Dialect
from chatnorm.readers import reader
from chatnorm.repair import Level
from chatnorm.tables import camel, snake

Path = tuple[Any, ...]


def read(body: Any, speaker: str, **known: Any) -> ChatResponse | str:
    """The canonical value, or the words of the refusal."""
    try:
        return chatnorm.normalize(body, speaker, on_error="return", **known)
    except chatnorm.DecodeError as error:
        return str(error)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """All leaves that say something, with their paths."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from leaves(item, (*path, i))
    elif value is not None:
        yield path, value


def another(leaf: Any) -> Any:
    """Another legal value of the leaf's type."""
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, int | float):
        return leaf + 1
    return f"{leaf}x"


def changed(body: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """A copy of the body with the leaf at `path` changed."""
    if not path:
        return change(body)
    key, rest = path[0], path[1:]
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[key] = changed(body[key], rest, change)
    return copy


def without(body: Any, path: Path) -> Any:
    """A copy of the body without the leaf at `path`."""
    key, rest = path[0], path[1:]
    if rest:
        copy = dict(body) if isinstance(body, dict) else list(body)
        copy[key] = without(body[key], rest)
        return copy
    if isinstance(body, dict):
        return {k: v for k, v in body.items() if k != key}
    return body[:key] + body[key + 1 :]


def pattern(path: Path) -> str:
    """A path as `EXEMPT` writes it."""
    return "$" + "".join("[]" if isinstance(key, int) else f".{key}" for key in path)


def vanished(body: Any, speaker: str, **known: Any) -> list[str]:
    """Law 1: paths whose leaf can change without the canonical value changing."""
    before = read(msgspec.json.encode(body), speaker, **known)
    exempt = reader(speaker).EXEMPT
    found = []
    for path, _ in leaves(body):
        after = read(msgspec.json.encode(changed(body, path, another)), speaker, **known)
        if not f"{pattern(path)}.".startswith(tuple(f"{e}." for e in exempt)) and not differ(before, after):
            found.append(pattern(path))
    return found


def differ(a: ChatResponse | str, b: ChatResponse | str) -> bool:
    """Whether two readings say different things."""
    if isinstance(a, str) or isinstance(b, str):
        return a != b
    return not chatnorm.same(a, b)


def invented(body: Any, speaker: str, **known: Any) -> list[str]:
    """Law 2: fields that hold what is nowhere in the body, with any leaf deleted."""
    found = inventions(body, read(msgspec.json.encode(body), speaker, **known), known)
    for path, _ in leaves(body):
        less = without(body, path)
        response = read(msgspec.json.encode(less), speaker, **known)
        found += [f"without {pattern(path)}: {line}" for line in inventions(less, response, known)]
    return found


OURS = frozenset(
    {"schema", "type", "dialect", "vendor", "outcome", "end", "identity", "finish_reason", "severity"}
    | {"path", "detail", "kind", "scope", "retryable", "unit", "supplied", "currency", "index"}
    | {"is_error", "summary", "included", "estimated"}
)
"""Fields that hold words of ours, or what follows from other fields."""


def inventions(body: Any, response: ChatResponse | str, known: dict[str, Any]) -> list[str]:
    """Scalars of the canonical value that the body (or the caller) does not hold."""
    if isinstance(response, str):
        return []
    said = set(atoms(body)) | set(atoms(known))
    said |= {atom(int(text)) for text in atoms(known) if isinstance(text, str) and text.isdecimal()}
    texts = [text for text in said if isinstance(text, str)] + list(keys(known))
    found = []
    value = json.loads(msgspec.json.encode(response))
    for path, leaf in leaves(value):
        name = next((key for key in reversed(path) if isinstance(key, str)), "")
        foreign = any(key in ("extra", "native", "details") for key in path)
        if (name in OURS and not foreign) or "notices" in path or atom(leaf) in said:
            continue
        if isinstance(leaf, str) and any(leaf in text or same_json(leaf, text) for text in texts):
            continue
        if isinstance(leaf, str) and leaf in keys(body):
            continue
        if name in FIGURES and is_sum(leaf, said):
            continue
        if str(leaf) in said:  # a number that stood in a text or a header
            continue
        if name == "native_finish_reason" and any(type(a) is tuple and type(a[1]) is int for a in said):
            continue  # an enum given by its number
        if name in ("created", "retry_after", "reset_after", "status") and not foreign:
            continue  # bent; held to the body by the fixtures
        if "timing" in path and any(leaf in (n / 1e3, n / 1e9) for n in numbers(said, float)):
            continue  # milliseconds or nanoseconds, as seconds
        if name == "amount" and any(leaf == n / 10**10 for n in numbers(said)):
            continue  # ticks, as dollars
        if is_json_of_part(leaf, body):
            continue
        found.append(f"{pattern(path)} = {leaf!r}")
    for choice in value.get("choices", ()):
        if choice.get("finish_reason") and not choice.get("native_finish_reason"):
            found.append("a finish reason without a word for it")
    return found


def atom(leaf: Any) -> Any:
    return (type(leaf) is bool, leaf)


def atoms(value: Any) -> Iterator[Any]:
    """All scalars, also those inside JSON texts, and numbers as text."""
    for _, leaf in leaves(value):
        yield atom(leaf)
        yield str(leaf)
        if isinstance(leaf, str) and leaf[:1] in ("{", "["):
            try:
                yield from atoms(json.loads(leaf))
            except ValueError:
                continue


def keys(value: Any) -> set[str]:
    """All names in a body."""
    if isinstance(value, dict):
        return set(value) | {key for item in value.values() for key in keys(item)}
    if isinstance(value, list):
        return {key for item in value for key in keys(item)}
    return set()


def same_json(a: str, b: str) -> bool:
    """Whether two texts are the same JSON, or one is the JSON of the Python literal in the other."""
    if not (a[:1] == "{" and b[:1] == "{"):
        return False
    try:
        return bool(json.loads(a) == json.loads(b))
    except ValueError:
        return "'" in b and len(a) > 2


def is_json_of_part(leaf: Any, body: Any) -> bool:
    """Whether a text is the JSON of some object of the body (arguments sent as an object)."""
    if not isinstance(leaf, str) or leaf[:1] not in ("{", "["):
        return False
    try:
        value = json.loads(leaf)
    except ValueError:
        return False
    if isinstance(value, dict):
        return any(isinstance(part, dict) and value.items() <= part.items() for part in parts(body))
    return any(value == part for part in parts(body))


def parts(value: Any) -> Iterator[Any]:
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(item)


def numbers(said: set[Any], *kinds: type) -> list[Any]:
    """The integers of a body, and the numbers of other kinds."""
    return [n for a in said if isinstance(a, tuple) for n in [a[1]] if type(n) in (int, *kinds)]


def is_sum(number: Any, said: set[Any]) -> bool:
    """Whether a number is the sum of two or three numbers of the body."""
    small = [n for n in numbers(said) if n <= number]
    two = {a + b for a in small for b in small}
    return number in two or any(number - n in two for n in small)


def respelled(body: Any, dialect: Dialect) -> Any:
    """The body in the other spelling: the names of its declared shape, and nothing in free maps."""
    respell = camel if dialect.SPELLING == "snake" else snake

    def walk(value: Any, level: Level) -> Any:
        if not isinstance(value, dict):
            return value
        made = {}
        for key, item in value.items():
            field = level.fields.get(key)
            if field is not None and field.level is not None:
                item = walk(item, field.level)
            elif field is not None and field.item is not None and isinstance(item, list):
                item = [inner(entry, field.item) for entry in item]
            made[respell(key) if field is not None else key] = item
        return made

    def inner(entry: Any, field: Any) -> Any:
        if field.level is not None:
            return walk(entry, field.level)
        if field.tagged and isinstance(entry, dict):
            level = field.tagged.get(entry.get(field.tag_field))
            return walk(entry, level) if level else entry
        return entry

    return walk(body, Level.of(dialect._wire))


FREE = {"input", "args", "arguments", "parameters", "response", "output", "top_logprobs"}
"""Names under which bodies hold values of tools, which are handed on as they are, and maps by token."""


def with_nulls(body: Any) -> Any:
    """The body as SDKs dump it: every object of it has members that are null."""
    if isinstance(body, list):
        return [with_nulls(item) for item in body]
    if not isinstance(body, dict) or not body:  # {} may be an SDK's sentinel
        return body
    return {
        "nullBefore": None,
        **{key: item if key in FREE else with_nulls(item) for key, item in body.items()},
        "null_after": None,
    }
