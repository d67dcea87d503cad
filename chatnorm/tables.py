"""Wire structs and everything that is generated from tables.

Code is generated here and nowhere else, and only for the leaves: which extra fields to collect, which
counters make up the usage. It is made once per dialect of a vendor, when that is first used. Nothing
here knows a grammar.
"""

import keyword
import re
import types
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, wraps
from typing import Annotated, Any, ClassVar, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

LEFT = "\x7fleft"
"""Wire name of `Wire.left`. No vendor can mean it."""

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""A counter of tokens."""

BOUND = 2**63
"""Whole numbers from here on are no counts and no times; a float may not hold them."""

Integer = Annotated[int, Meta(ge=-BOUND, le=BOUND - 1)]

Seconds = Annotated[int, Meta(ge=1, le=99_999_999_999)]
"""A Unix time in seconds; zero and milliseconds do not fit."""


class Wire(Struct, gc=False, forbid_unknown_fields=True, omit_defaults=True, eq=False):
    """Base of all wire structs: what a grammar defines at one level, and nothing else.

    Every field is optional. Unknown fields are refused, so that the plain case cannot lose one; the
    repair hands them over in `left`.
    """

    LEVEL: ClassVar[str] = ""
    """The name under which a vendor lists its own fields of this level in `EXTRA`."""

    NATIVE: ClassVar[bool] = False
    """Whether the canonical value keeps this object whole: a repair then puts all of it into `left`."""

    BENDS: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    """Field → how the repair reads a value of it that does not fit; None: it cannot."""

    left: dict[str, Any] | None = msgspec.field(default=None, name=LEFT)

    def __eq__(self, other: object) -> bool:
        """A wire struct equals the object it was read from."""
        return bool(msgspec.to_builtins(self) == msgspec.to_builtins(other))

    __hash__ = None  # type: ignore[assignment]

    def extra(self) -> dict[str, Any]:
        """What the canonical value keeps of this level without reading it; a dict of its own."""
        return self.left or {}


W = TypeVar("W", bound=Wire)


def folded_in(before: Wire | None, wire: W) -> W:
    """What two reports of one object come to: of each field the latest that is not null. Changes `wire`,
    the later one; lists are replaced."""
    if before is None:
        return wire
    if wire.NATIVE and (before.left is not None or wire.left is not None):
        # a repaired report holds all of it there, in the spelling that was sent
        told, later = (whole(w) if w.left is None else w.left for w in (before, wire))
        names = {folded(name): name for name in told}
        wire.left = {**told, **{names.get(folded(name), name): value for name, value in later.items()}}
    _fold(before.__class__, wire.__class__)(before, wire)
    return wire


@lru_cache(4096)
def _fold(first: type[Wire], cls: type[Wire]) -> Callable[[Any, Any], None]:
    """What fills a report of one class from one before it, of the same or another class."""
    lines = ["def fold(before, wire):", "    pass"]
    for f in msgspec.structs.fields(cls):
        if f.encode_name == LEFT or f.name not in first.__struct_fields__:
            continue
        lines += [f"    v = wire.{f.name}", "    if v is None:"]
        lines += [f"        old = before.{f.name}", f"        if old is not None: wire.{f.name} = old"]
        kinds = (f.type, *get_args(f.type))
        if any(isinstance(kind, type) and issubclass(kind, Wire) for kind in kinds):
            lines.append(f"    else: folded_in(before.{f.name}, v)")
        elif Any in kinds or any(dict in (kind, get_origin(kind)) for kind in kinds):
            lines.append(f"    elif type(v) is dict is type(before.{f.name}):")
            lines.append(f"        wire.{f.name} = {{**before.{f.name}, **v}}")
    return _compiled(lines, "fold", folded_in=folded_in)  # type: ignore[no-any-return]


def whole(wire: Wire) -> dict[str, Any]:
    """A wire struct as the object that was sent, without its nulls, in the wire's spelling."""
    value: dict[str, Any] = _merged(msgspec.to_builtins(wire, enc_hook=_raw))
    return value


def composed(wire: W) -> W:
    """A `NATIVE` struct that an adapter made of parts of a body: what the repair left in those is written
    into it, so that the canonical value keeps it as sent. Changes `wire`."""
    parts = msgspec.structs.astuple(wire)
    if any(isinstance(part, Wire) and part.left is not None for part in parts):
        wire.left = whole(wire)
    return wire


def _raw(value: Any) -> Any:
    return msgspec.json.decode(value) if bytes(value) else None


def _merged(value: Any) -> Any:
    if isinstance(value, dict):
        left = value.get(LEFT)
        if not isinstance(left, dict):  # a name of the sender's own
            return {key: _merged(item) for key, item in value.items()}
        return {**{key: _merged(item) for key, item in value.items() if key != LEFT}, **left}
    return [_merged(item) for item in value] if isinstance(value, list) else value


def verbatim_text(raw: msgspec.Raw) -> str | None:
    """The text of a JSON value, exactly as sent; None if it is not there or null."""
    text = str(raw, "utf-8")
    return None if text in ("", "null") else text


def remembered(function: Callable[[str], str]) -> Callable[[str], str]:
    """The function, which keeps what it made of names; not of long ones, which only hostile bodies have."""
    known = lru_cache(4096)(function)

    @wraps(function)
    def look(name: str) -> str:
        return known(name) if len(name) <= 64 else function(name)

    return look


@remembered
def camel(name: str) -> str:
    """`finish_reason` → `finishReason`. Names without an inner underscore stay."""
    head, *rest = name.lstrip("_").split("_")
    lead = name[: len(name) - len(name.lstrip("_"))]
    return lead + head + "".join(part[:1].upper() + part[1:] for part in rest)


@remembered
def snake(name: str) -> str:
    """`finishReason` → `finish_reason`. Other names stay, `URL` and `@type` among them."""
    if not re.fullmatch(r"_*[a-z]+[a-zA-Z0-9]*", name):
        return name
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda m: "_" + m.group(1).lower(), name)


@lru_cache(4096)
def respelled(name: str) -> str:
    """A name in the other spelling; itself if it has but one."""
    return spellings(name)[-1]


@lru_cache(4096)
def spellings(name: str) -> tuple[str, ...]:
    """The ways a name may be spelled, each once."""
    return tuple(dict.fromkeys((name, camel(name), snake(name))))


@remembered
def folded(name: str) -> str:
    """What all spellings of a name have in common: `finish_reason`, `finishReason`, `FinishReason`."""
    return name.replace("_", "").lower()


@lru_cache(4096)
def attribute(name: str) -> str:
    """The Python name of a wire field."""
    safe = re.sub(r"\W", "_", name)
    taken = not safe.isidentifier() or keyword.iskeyword(safe) or safe in ("left", "extra", "LEVEL")
    taken = taken or safe.startswith("__")
    return f"x_{safe}" if taken else safe


def seconds(sent: Any, units: int = 1) -> float | None:
    """A duration, sent in so many units a second; `None` if it is no number, or out of range."""
    if type(sent) is float or (type(sent) is int and -BOUND < sent < BOUND):
        return float(sent / units)
    return None


fields_of = lru_cache(2048)(msgspec.structs.fields)
"""A struct's fields. They are looked up anew for each vendor, and that takes long."""


def derive(
    root: type[W],
    extra: Mapping[str, Iterable[str]],
    *,
    respell: Callable[[str], str] | None = None,
    counters: frozenset[str] = frozenset(),
    learned: frozenset[tuple[str, str]] = frozenset(),
) -> type[W]:
    """The tree of wire structs below `root`, with a vendor's own fields added at each level.

    `extra`: level → wire names of fields that are kept, not read; those in `counters` are typed as
    counters, so that the usage table can read them. `respell` gives every name another spelling on the
    wire; the attributes, and the keys that `extra()` writes, stay the same. `learned`: level and name of
    further fields, as far as they can be attributes.
    """
    made: dict[type[Wire], type[Wire]] = {}

    def build(cls: type[Wire]) -> type[Wire]:
        if cls in made:
            return made[cls]
        fields: list[Any] = []
        for f in fields_of(cls):
            if f.encode_name != LEFT:
                name = respell(f.encode_name) if respell else f.encode_name
                fields.append((f.name, _rebuilt(f.type, build), msgspec.field(default=f.default, name=name)))
        own = tuple(extra.get(cls.LEVEL, ()))
        for name in own:
            kind = Count | None if name in counters else Any
            sent = respell(name) if respell else name
            fields.append((attribute(name), kind, msgspec.field(default=None, name=sent)))
        names = sorted(name for level, name in learned if level == cls.LEVEL and _PLAIN.fullmatch(name))
        for name in [name for name in names if attribute(name) == name and not hasattr(cls, name)]:
            fields.append((attribute(name), Any, msgspec.field(default=None, name=name)))
        config = cls.__struct_config__
        derived: Any = msgspec.defstruct(
            cls.__name__,
            fields,
            bases=(cls,),
            module=cls.__module__,
            namespace={"extra": _collector(own)} if own else {},
            tag=config.tag,
            tag_field=config.tag_field,
        )
        made[cls] = derived
        return made[cls]

    return build(root)  # type: ignore[return-value]


def _rebuilt(kind: Any, build: Callable[[type[Wire]], type[Wire]]) -> Any:
    """The type of a field, with `build` of every wire struct in it."""
    if isinstance(kind, type) and issubclass(kind, Wire):
        return build(kind)
    origin, args = get_origin(kind), get_args(kind)
    if origin is Union or origin is types.UnionType:
        return Union[tuple(_rebuilt(arg, build) for arg in args)]  # noqa: UP007  (built at run time)
    return list[_rebuilt(args[0], build)] if origin is list else kind  # type: ignore[misc]


_PLAIN = re.compile("[a-zA-Z][a-zA-Z0-9_]{0,63}")
"""Names that can be attributes as they are."""


def narrowed(root: type[Wire], kept: Mapping[str, Iterable[str]]) -> type[Wire]:
    """A wire that takes only what is common: at each level the fields in `kept`, and of all others nothing
    but null. What it takes needs no look at the others."""

    def build(cls: type[Wire]) -> type[Wire]:
        fields: list[Any] = []
        for f in fields_of(cls):
            if f.encode_name != LEFT:
                taken = f.name in kept.get(cls.LEVEL, ())
                kind = _rebuilt(f.type, build) if taken else None
                fields.append((f.name, kind, msgspec.field(default=None, name=f.encode_name)))
        config: dict[str, Any] = {"gc": False, "forbid_unknown_fields": True}
        return msgspec.defstruct(cls.__name__, fields, **config)  # type: ignore[return-value]

    return build(root)


def _collector(names: tuple[str, ...]) -> Callable[[Any], dict[str, Any]]:
    lines = ["def extra(w):", "    x = w.left or {}"]
    for name in names:
        lines += [f"    v = w.{attribute(name)}", f"    if v is not None: x[{name!r}] = v"]
    return _compiled([*lines, "    return x"], "extra")  # type: ignore[no-any-return]


def _compiled(lines: list[str], name: str, **names: Any) -> Any:
    exec(compile("\n".join(lines), f"<chatnorm {name}>", "exec"), names)
    return names[name]


# Usage ------------------------------------------------------------------------------------------------


def expression_paths(text: str) -> list[str]:
    """The wire paths in a cell of a usage table."""
    return [path.strip() for path in re.split(r"[|+]", text)]


def usage_reader(
    table: Mapping[str, str],
    figures: tuple[str, ...],
    *,
    currency: str | None,
    estimated: bool,
    cost_units: int,
    cost_details: tuple[str, ...],
    rows: tuple[str, str],
    numbered: Mapping[int, str],
    **names: Any,
) -> Callable[[Any, list[Any]], Any]:
    """The function `read(usage_wire, notices)` that makes a `Usage` from a usage wire struct.

    `table`: canonical figure → expression over wire attributes: `a.b` is a path, `a | b` the first that
    is there, `a + b` the sum of those that are there; `a[WORD]` is what the rows of that word count
    in a list of counts by kind. `rows`: how a row's kind and count are named; `numbered`: kinds by their
    number. `figures`: the leading fields of `Usage`. A cost that is no number stays in `native`;
    `cost_details` are names beside it that break it down.
    `names`: what the generated code calls, see `ledger.compile_usage`.
    """
    names["numbered"] = numbered
    lines = ["def read(u, notices):"]
    paths = sorted({path for text in table.values() for path in expression_paths(text)})

    def local(path: str) -> str:
        return "_" + re.sub(r"\W+", "_", path.rstrip("]"))

    kinds = [path for text in table.values() for path in expression_paths(text) if "[" in path]
    lists = sorted({path.partition("[")[0] for path in kinds})
    paths = sorted({path for path in paths if "[" not in path} | set(lists))

    def bind(node: str, indent: str) -> None:
        prefix = f"{node}." if node else ""
        for name in sorted({p[len(prefix) :].split(".")[0] for p in paths if p.startswith(prefix)}):
            path = prefix + name
            lines.append(f"{indent}{local(path)} = {local(node) if node else 'u'}.{name}")
            inner = [local(p) for p in paths if p.startswith(path + ".")]
            if inner:
                lines.append(f"{indent}if {local(path)} is None: {' = '.join(inner)} = None")
                lines.append(f"{indent}else:")
                bind(path, indent + "    ")

    bind("", "    ")
    for path in lists:
        words = {local(kind): kind[len(path) + 1 : -1] for kind in kinds if kind.startswith(path + "[")}
        lines += [
            f"    {' = '.join(words)} = None",
            f"    for row in {local(path)} or ():",
            f"        kind = row.{rows[0]}; n = row.{rows[1]}",
            "        if n is None: continue",
        ]
        if numbered:
            lines.append("        if type(kind) is int: kind = numbered.get(kind)")
        for name, word in words.items():
            add = f"{name} = n if {name} is None else {name} + n"
            lines.append(f"        if kind == {word!r}: {add}; continue")
    masks: dict[str, str] = {}
    values: dict[str, str] = {}
    for figure in figures:
        terms = [local(path) for path in expression_paths(table[figure])] if figure in table else []
        if not terms:
            values[figure] = "None"
            continue
        values[figure] = figure
        if "+" in table[figure] and "[" in table[figure]:
            first, *rest = terms
            lines.append(f"    {figure} = {first}")
            lines += [f"    if {term} is not None: {figure} = ({figure} or 0) + {term}" for term in rest]
        elif "+" in table[figure]:
            first, *rest = terms
            bits = " | ".join(f"({term} is not None) << {i}" for i, term in enumerate(terms))
            total = " + ".join(f"({term} or 0)" for term in terms)
            every = " is not None and ".join(terms)
            lines.append(f"    if {' is None and '.join(rest)} is None:")
            lines.append(f"        {figure} = {first}; m_{figure} = 1")
            lines.append(f"    elif {every} is not None:")
            lines.append(f"        {figure} = {' + '.join(terms)}; m_{figure} = {2 ** len(terms) - 1}")
            lines.append(f"    else: {figure} = {total}; m_{figure} = {bits}")
            masks[figure] = f"m_{figure}"
        elif len(terms) == 1:
            values[figure] = terms[0]
        else:
            lines.append(f"    {figure} = {terms[0]}")
            lines += [f"    if {figure} is None: {figure} = {term}" for term in terms[1:]]
    i, o, t, r = (values[f"{name}_tokens"] for name in ("input", "output", "total", "reasoning"))
    read, write = values["cache_read_tokens"], values["cache_write_tokens"]
    kept = o if o.isidentifier() and o != "None" else "_"
    mask = f"{masks.get('input_tokens', 1)} | {masks.get('output_tokens', 1)} << 8"
    first, *added = expression_paths(table.get("input_tokens", ""))
    if (heard := table.get("input_audio_tokens")) in added:  # by some counts it is in the input already
        a = local(heard)
        lines.append(f"    if {a} and {t} is not None and {o} is not None and {i} - {a} + {o} == {t}:")
        lines.append(f"        {i} -= {a}; {masks['input_tokens']} ^= {1 << added.index(heard) + 1}")
    known = f"unchecked.get({mask}, None)" if masks else "None"
    if t == "None":
        lines.append(f"    identity = {known}")
    else:
        lines += [
            f"    if {t} is None: identity = {known}",
            f"    elif {i} is not None and {o} is not None and {i} + {o} == {t}:",
            f"        identity = {f'checked[{mask}]' if masks else repr('input + output')}",
            f"    else: {kept}, identity = settle({i}, {o}, {t}, {r}, notices)",
        ]
    children = [child for child in (read, write, r) if child != "None"]
    if children:
        lines += [
            f"    if ({' or '.join(children)}) and "
            f"(({read} or 0) + ({write} or 0) > ({i} or 0) or ({r} or 0) > ({o} or 0)):",
            f"        {kept}, identity = contradict({i}, {o}, {read}, {write}, {r}, identity, notices)",
        ]
    cost = tools = "None"
    if "cost" in table:
        names["BOUND"] = BOUND
        cost, *others = [local(path) for path in expression_paths(table["cost"])]
        lines += [f"    if {cost} is None: {cost} = {other}" for other in others]
        amount = cost if cost_units == 1 else f"{cost} / {cost_units}"
        number = f"type({cost}) is float or (type({cost}) is int and -BOUND < {cost} < BOUND)"
        lines += [f"    if {number}:", "        d = {}"]
        for name in cost_details:
            lines += [
                f"        v = u.{attribute(name)}",
                f"        if v is not None: d[{name!r}] = spelled(v) if type(v) is dict else v",
            ]
        lines.append(f"        {cost} = Cost({amount}, {currency!r}, {estimated}, d)")
        lines.append(f"    else: {cost} = None")
    if "tools" in table:
        tools = local(table["tools"])
        lines.append(f"    if {tools} is not None: {tools} = counts({tools}, names)")
    native = "u if u.left is None else u.left or None"
    listed = ", ".join(values[figure] for figure in figures)
    lines.append(f"    return Usage({listed}, {tools}, {cost}, (), identity, {native})")
    return _compiled(lines, "read", **names)  # type: ignore[no-any-return]
