"""The slow path: a body that the typed wire refused is made to fit, with a notice for everything done.

Two walks over the parsed body, both along the wire structs and nothing else. The first only moves names:
the other spelling is renamed, unknown fields go to `left`, blocks of an unknown kind are wrapped. Most
refused bodies fit then. The second looks at values: one that its field does not take is bent if there is
only one way to read it, and moved to `left` as it was sent. Both are linear in the body.
"""

import ast
import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Raw, Struct

from .canonical import Notice, OpaquePart
from .classify import iso_time
from .errors import SEVERITY, NoticeKind, seen, word
from .inputs import ABSENT_TEXT
from .tables import LEFT, Wire, attribute, folded, whole

FOREIGN = "\x7fforeign"
"""Tag of `Foreign`. No vendor can mean it."""

Bend = Callable[[Any], Any]
"""Reads a value its own way: the new value, or None if it cannot."""


class Foreign(Wire, tag=FOREIGN, tag_field="type"):
    """A block of a kind that the wire does not list, kept whole. Part of a union of blocks."""

    data: Any = None

    @property
    def id(self) -> str | None:
        """Its id, if it has one."""
        return self.part().id

    def part(self) -> OpaquePart:
        """The block as an opaque part."""
        block = self.data if isinstance(self.data, dict) else {}
        kind, id = (value if isinstance(value := block.get(k), str) else None for k in ("type", "id"))
        return OpaquePart(kind, self.data, id=id)


class Field:
    """What one field of a wire struct takes."""

    def __init__(self, kind: Any, bend: Bend | None) -> None:
        self.bend = bend
        self.kinds: set[type] = set()
        self.words: frozenset[Any] | None = None
        self.low: int | None = None
        self.high: int | None = None
        self.item: Field | None = None
        self.level: Level | None = None
        self.tagged: dict[str, Level] = {}
        self.tag_field = "type"
        self.any = False
        self.raw = kind is Raw
        self._read(kind)

    def _read(self, kind: Any) -> None:
        origin, args = get_origin(kind), get_args(kind)
        if kind is Any or kind is Raw:
            self.any = True
        elif origin is Union or origin is types.UnionType:
            for arg in args:
                self._read(arg)
        elif origin is Annotated:
            self._read(args[0])
            for bound in args[1:]:
                if isinstance(bound, Meta):
                    self.low, self.high = bound.ge, bound.le  # type: ignore[assignment]
        elif origin is Literal:
            self.kinds.add(str)
            self.words = (self.words or frozenset()) | frozenset(args)
        elif origin is list:
            self.kinds.add(list)
            self.item = Field(args[0] if args else Any, None)
        elif origin is dict:
            self.kinds.add(dict)
        elif isinstance(kind, type) and issubclass(kind, Wire):
            self.kinds.add(dict)
            tag = kind.__struct_config__.tag
            if tag is None:
                self.level = Level.of(kind)
            else:
                self.tag_field = kind.__struct_config__.tag_field or "type"
                self.tagged[str(tag)] = Level.of(kind)
        elif isinstance(kind, type):
            self.kinds.add(kind)

    def levels(self) -> list["Level"]:
        """The levels that an object in this place may be."""
        return [self.level] if self.level else list(self.tagged.values())

    def level_of(self, value: Any) -> "Level | None":
        """The level that this value is; None if it is no object, or of an unknown kind."""
        if not isinstance(value, dict) or self.level is not None:
            return self.level if isinstance(value, dict) else None
        tag = value.get(self.tag_field)
        return self.tagged.get(tag) if isinstance(tag, str) else None

    @property
    def expected(self) -> str:
        """For people: what the field takes."""
        if self.words is not None:
            return " or ".join([word(known) for known in sorted(self.words, key=str)])
        names = {str: "string", int: "integer", float: "number", bool: "boolean", list: "array"}
        if self.low == 0:
            names[int] = "a count of 0 or more"
        return " or ".join(sorted({names.get(k, "object") for k in self.kinds - {type(None)}}))


class Level:
    """One wire struct, as the repair sees it."""

    _known: ClassVar[dict[type, "Level"]] = {}

    @classmethod
    def of(cls, wire: type[Wire]) -> "Level":
        """The level of a wire struct, made once."""
        if wire not in cls._known:
            cls._known[wire] = cls(wire)
        return cls._known[wire]

    def __init__(self, wire: type[Wire]) -> None:
        self.wire = wire
        self.name: str = getattr(wire, "LEVEL", "")
        self.native = getattr(wire, "NATIVE", False)
        bends: Mapping[str, Bend] = getattr(wire, "BENDS", {})
        self.fields: dict[str, Field] = {}
        for f in msgspec.structs.fields(wire):
            if f.encode_name != LEFT:
                self.fields[f.encode_name] = Field(f.type, bends.get(f.name))
        tag_field = wire.__struct_config__.tag_field
        self.known = frozenset((*self.fields, *([tag_field] if tag_field else [])))
        self.respell = {folded(name): name for name in self.fields}
        self.raws = [name for name, f in self.fields.items() if f.raw]
        fields = self.fields.items()
        self.ones = [(name, f.level) for name, f in fields if f.level]
        self.unions = [(name, f) for name, f in fields if f.tagged]
        self.lists = [(name, f.item) for name, f in fields if f.item and (f.item.level or f.item.tagged)]
        self.leaf = not (self.native or self.ones or self.unions or self.lists or self.raws)

    def knows(self, body: dict[str, Any]) -> bool:
        """Whether the names in an object are known, down to the last level, and nothing needs a look."""
        if not self.known.issuperset(body) or self.lists or self.unions or self.raws:
            return False
        for name, child in self.ones:
            value = body.get(name)
            if value.__class__ is dict and not child.knows(value):
                return False
        return True


# Texts that are kept verbatim --------------------------------------------------------------------------


def verbatim(level: Level) -> type[Struct] | None:
    """A struct that reads nothing of a body but the values below `level` whose text is kept as sent;
    None if there are none."""
    fields: dict[str, Any] = dict.fromkeys(level.raws, Raw)
    for name, child in level.ones:
        if inner := verbatim(child):
            fields[name] = inner | None
    for name, item in (*level.lists, *level.unions):
        kinds = [inner for child in item.levels() if (inner := verbatim(child))]
        if kinds:
            one: Any = kinds[0] | None  # blocks differ in what else they hold, not in this
            fields[name] = one if level.fields[name] is item else list[one] | None
    made = [
        (attribute(name), kind, msgspec.field(default=Raw(b"") if kind is Raw else None, name=name))
        for name, kind in fields.items()
    ]
    return msgspec.defstruct("Verbatim", made) if made else None


def restore(body: dict[str, Any], view: Any, level: Level) -> None:
    """Put the texts of a `verbatim` struct in place of the values that were parsed from them."""
    for attr, name in zip(view.__struct_fields__, view.__struct_encode_fields__, strict=True):
        seen_as, field = getattr(view, attr), level.fields.get(name)
        if not seen_as or field is None:
            continue
        value = body.get(name)
        if field.raw:
            body[name] = seen_as.copy()  # the whole input stays in memory otherwise
        elif isinstance(value, dict) and (known := field.level_of(value)) is not None:
            restore(value, seen_as, known)
        elif field.item is not None and isinstance(value, list):
            for item, inner in zip(value, seen_as, strict=False):
                known = field.item.level_of(item)
                if inner is not None and known is not None:
                    restore(item, inner, known)


def in_order(body: dict[str, Any], level: Level) -> dict[str, Any]:
    """A copy of an object that is kept whole, in the order in which its wire struct holds it; no nulls."""
    names = [*(name for name in level.fields if name in body), *sorted(body.keys() - level.fields.keys())]
    made = {}
    for name in names:
        if body[name] is not None:
            made[name] = _in_order(body[name], level.fields.get(name))
    return made


def _in_order(value: Any, field: Field | None) -> Any:
    inner = field.level_of(value) if field is not None else None
    if inner is not None:
        return in_order(value, inner)
    if field is not None and field.item is not None and isinstance(value, list):
        return [_in_order(item, field.item) for item in value]
    return msgspec.to_builtins(value)


class Newcomers:
    """The fields of a tree of wire structs that were learned from earlier bodies. They are read with the
    others, and put where the repair would have put them, with the notice that it would have written."""

    def __init__(self, wire: type[Wire], learned: frozenset[tuple[str, str]]) -> None:
        level = Level.of(wire)
        self._native = level.native
        self._own = sorted(name for at, name in learned if at == level.name and name in level.fields)
        self._ones: list[tuple[str, str, dict[type, Newcomers], bool]] = []
        for f in msgspec.structs.fields(wire):
            field = level.fields.get(f.encode_name)
            inner = field and (field.item if field.item is not None else field)
            below = {one.wire: Newcomers(one.wire, learned) for one in (inner.levels() if inner else ())}
            below = {cls: new for cls, new in below.items() if new}
            if field is not None and below:
                self._ones.append((f.name, f.encode_name, below, field.item is not None))
        self._ones.sort(key=lambda row: row[3])  # single ones first, as the repair goes

    def __bool__(self) -> bool:
        return bool(self._own or self._ones)

    def settle(self, w: Any, path: str, notices: list[Notice], kept: str = "kept in extra") -> bool:
        """Move what is new in `w` to `left`; whether there was anything."""
        if self._native:
            kept = "kept in native"
        left: dict[str, Any] = {}
        for name in self._own:
            value = getattr(w, name)
            if value is not None:
                left[name] = value
                notices.append(Notice("unknown_field", "info", f"{path}.{name}", kept))
                if not self._native:
                    setattr(w, name, None)
        if left and not self._native:
            w.left = left
        found = bool(left)
        for attr, name, below, several in self._ones:
            held = getattr(w, attr)
            if held is None:
                continue
            if not several:
                new = below.get(held.__class__)
                found = (new is not None and new.settle(held, f"{path}.{name}", notices, kept)) or found
                continue
            for i, item in enumerate(held):
                new = below.get(item.__class__)
                found = (new is not None and new.settle(item, f"{path}.{name}[{i}]", notices, kept)) or found
        if found and self._native:
            w.left = whole(w)
        return found


_AS_KNOWN: dict[str, str] = {}


class Repair:
    """One body being repaired. `notices` takes what was done."""

    def __init__(self, notices: list[Notice]) -> None:
        self.notices = notices
        self.unknown: set[tuple[str, str]] = set()
        """Level and name of the fields that the wire does not list."""
        self._misfits: list[Any] = []  # items that their list does not take

    def note(self, kind: NoticeKind, path: str, detail: str) -> None:
        """Record what was done."""
        self.notices.append(Notice(kind, SEVERITY[kind], path, detail))

    # Names

    def names(self, body: dict[str, Any], level: Level, path: str, kept: str = "kept in extra") -> None:
        """First walk: every key of `body` becomes one that the wire knows, or goes to `left`."""
        native = None
        if level.native:
            if level.knows(body):
                return
            native, kept = in_order(body, level), "kept in native"
        sent = _AS_KNOWN if level.known.issuperset(body) else self._rename(body, level, path, kept)
        if native is not None:
            body[LEFT] = native
        for name in level.raws:
            if name in body and type(body[name]) is not Raw:
                body[name] = Raw(json_text(body[name]))
        for name, child in level.ones:
            value = body.get(name)
            if type(value) is dict and not (child.leaf and child.known.issuperset(value)):
                self.names(value, child, f"{path}.{sent.get(name, name)}", kept)
        for name, field in level.unions:
            value = body.get(name)
            if value is not None and (type(value) is dict or type(value) not in field.kinds):
                body[name] = self._block_names(value, field, f"{path}.{sent.get(name, name)}", kept)
        for name, item in level.lists:
            value = body.get(name)
            if type(value) is dict:  # one item, not in a list; or an SDK's sentinel
                where = f"{path}.{sent.get(name, name)}"
                if value:
                    self.note("coerced", where, "read object as array of one")
                value = body[name] = [value] if value else None
            if value and type(value) is list:
                self._list_names(value, item, f"{path}.{sent.get(name, name)}", kept)

    def _rename(self, body: dict[str, Any], level: Level, path: str, kept: str) -> dict[str, str]:
        """The keys of one level; returns which names were sent in another spelling."""
        known, respell, notices = level.known, level.respell, self.notices
        left: dict[str, Any] = {}
        sent: dict[str, str] = {}
        for key in sorted([key for key in body if key not in known]):
            value = body.pop(key)
            name = respell.get(folded(key))
            if name is None:
                self.unknown.add((level.name, key))
            if value is None:
                continue
            if name is None:
                left[key] = value
                notices.append(Notice("unknown_field", "info", f"{path}.{key}", kept))
            elif body.get(name) is None:
                body[name] = value
                sent[name] = key
            elif value != body[name]:
                left[key] = value
                self.note("conflict", f"{path}.{key}", f"{name} says otherwise; {kept}")
        if left and not level.native:
            body[LEFT] = left
        return sent

    def _list_names(self, values: list[Any], item: Field, path: str, kept: str) -> None:
        level = item.level
        for i, value in enumerate(values):
            if level is not None:
                if value.__class__ is dict:
                    self.names(value, level, f"{path}[{i}]", kept)
                continue
            values[i] = self._block_names(value, item, f"{path}[{i}]", kept)

    def _block_names(self, value: Any, field: Field, path: str, kept: str) -> Any:
        """A value in the place of a block: its names made known, or itself wrapped as one of a kind that is
        not."""
        known = field.level_of(value)
        if known is not None:
            self.names(value, known, path, kept)
            return value
        tag = value.get(field.tag_field) if isinstance(value, dict) else None
        shown = word(tag) if isinstance(tag, str) else "unknown"
        self.note("opaque_part", path, f"kept as opaque: type {shown}")
        return {field.tag_field: FOREIGN, "data": value}

    # Values

    def values(self, body: dict[str, Any], level: Level, path: str) -> None:
        """Second walk: every value of `body` becomes one that its field takes, or goes to `left`."""
        if level.native and LEFT not in body:
            body[LEFT] = in_order(body, level)
        for key, field in level.fields.items():
            value = body.get(key)
            if value is None or field.any:
                continue
            where = f"{path}.{key}"
            new = self._fit(value, field, where)
            if self._misfits:
                body.setdefault(LEFT, {})[key] = self._misfits
                self._misfits = []
            if new is value:
                continue
            if new is None:
                del body[key]
            else:
                body[key] = new
            if new == value or value in ("", {}, 0) or value == ABSENT_TEXT:
                continue  # an integral float; an SDK's sentinel, or a zero value in the place of nothing
            if not level.native:
                body.setdefault(LEFT, {})[key] = value
            if new is None:
                got = word(value) if field.words else seen(value)
                self.note("unknown_value", where, f"expected {field.expected}, got {got}")
            else:
                self.note("coerced", where, f"read {seen(value)} as {seen(new)}")

    def _fit(self, value: Any, field: Field, path: str) -> Any:
        """The value itself if it fits, else what to put in its place; None: nothing does."""
        kinds, kind = field.kinds, type(value)
        if field.bend is not None:
            new = field.bend(value)
            return value if type(new) is kind and new == value else new
        if kind is dict and (field.level or field.tagged):
            level = field.level or field.tagged.get(value.get(field.tag_field, ""))
            if level is not None:
                self.values(value, level, path)
            return value
        if kind is list and field.item is not None:
            return self._fit_list(value, field.item, path)
        if kind in kinds:
            if field.words is not None:
                return value if value in field.words else None
            if kind is not int:
                return value
            low, high = field.low, field.high
            return value if (low is None or value >= low) and (high is None or value <= high) else None
        if kind is int and float in kinds:
            return value if abs(value) < 10**308 else None
        if kind is float and int in kinds and value.is_integer() and value >= (field.low or 0):
            return int(value)
        if kind is str and int in kinds and value.isascii() and value.isdigit() and len(value) < 19:
            return int(value)
        if kind in (int, float) and str in kinds and field.words is None and abs(value) < 10**40:
            return str(value)
        return None

    def _fit_list(self, values: list[Any], item: Field, path: str) -> list[Any]:
        """The list itself, its items made to fit; one that cannot be is noted and left out or, where
        places matter, emptied."""
        if not item.any:
            fitted = [self._fit(value, item, f"{path}[{i}]") for i, value in enumerate(values)]
            for i, (value, new) in enumerate(zip(values, fitted, strict=True)):
                if new is None and value is not None:
                    where = f"{path}[{i}]"
                    self.note("unknown_value", where, f"expected {item.expected}, got {seen(value)}")
                    self._misfits.append(value)
                if new is None and item.level is not None:
                    fitted[i] = {}
            nullable = type(None) in item.kinds
            values[:] = [new for new in fitted if new is not None or nullable]
        return values


# Ways to read single fields ---------------------------------------------------------------------------


def unix_time(value: Any) -> int | None:
    """Whole Unix seconds from a number (milliseconds are told by their size), digits or ISO text."""
    if isinstance(value, str):
        moment = iso_time(value) if value[4:5] == "-" else None
        try:
            value = moment if moment is not None else float(value[:40])
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if 99_999_999_999 < value <= 99_999_999_999_999:
        value = value / 1000
    return int(value) if 1 <= value <= 99_999_999_999 else None


def named(value: Any) -> str | None:
    """A name from a text, a number, or an object that names itself."""
    if isinstance(value, dict):
        value = next((v for k in ("id", "name", "model", "slug") if isinstance(v := value.get(k), str)), None)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**40:
        value = str(value)
    return value if isinstance(value, str) and value and value != ABSENT_TEXT else None


def json_text(value: Any) -> str:
    """A JSON value as text."""
    try:
        return msgspec.json.encode(value).decode()
    except OverflowError:  # an integer beyond 64 bits
        import json

        return json.dumps(value, separators=(",", ":"))


def arguments(
    sent: str | dict[str, Any] | None, kept: dict[str, Any], path: str, notices: list[Notice]
) -> str | None:
    """A call's arguments as JSON text: an object is written as text, and a Python `repr` of a dict (which is
    never valid JSON) is read as one; then `kept` holds it as sent."""
    if isinstance(sent, dict):
        return json_text(sent)
    if sent is None or sent[:2] != "{'" or len(sent) > 65536:
        return sent
    try:
        text = msgspec.json.encode(ast.literal_eval(sent)).decode()
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError, OverflowError):
        return sent
    kept["arguments"] = sent
    notices.append(Notice("coerced", SEVERITY["coerced"], f"{path}.arguments", "read a Python dict as JSON"))
    return text
