"""The house: who may import whom, what the core may say, how large an adapter may be."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

import chatnorm
from chatnorm.dialect import Dialect
from chatnorm.registry import adapters, load

ROOT = Path(__file__).parents[1]

FLOORS = (
    {"errors"},
    {"canonical"},
    {"events"},
    {"tables", "inputs", "framing", "assemble"},
    {"ledger", "classify", "encode", "track"},
    {"pattern", "repair"},
    {"dialect"},
    {"registry"},
    {"detect", "handover"},
    {"readers"},
    {"api"},
    {"many", "stream"},
    {"goldens", "cli", "__init__", "__main__"},
)
"""A room imports only from the floors below its own; on the last, in the order given."""

FOR_ADAPTERS = {"canonical", "classify", "dialect", "errors", "events", "repair", "tables", "track"}
"""The rooms that an adapter may see."""

FAMILIES = {"anthropic", "azure", "cohere", "openai", "tgi", "tongyi"}
"""Adapters that others may derive from, or speak as well."""

LIMITS = {"family": 500, "delta": 60, "canonical": 500, "log10": 75}  # log10 undoes what a logger rebuilt
LIMITS |= {
    "openai": 850,
    "gemini": 740,
    "ollama": 500,
    "openai responses": 555,
}  # in rooms of their own: every copy of the grammar; no tags; the spine is written out, for speed
"""Lines of code of an adapter, or of one of its further grammars, without imports, docstrings, comments and
blank lines."""

FURTHER = {"complete", "completions", "interactions", "invoke", "responses", "v1"}
"""Modules of the grammars that an adapter speaks besides its first, with those whose names begin so."""

ADAPTERS = sorted([*ROOT.glob("adapters/[a-z]*.py"), *ROOT.glob("adapters/[a-z]*/*.py")])


def adapter_of(path: Path) -> str:
    """The adapter that a file belongs to."""
    return path.stem if path.parent.name == "adapters" else path.parent.name


def imported(path: Path) -> set[str]:
    """The rooms and siblings that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level == 2:  # from a package to its siblings
                found.add(module.split(".")[0])
            elif node.level == 1:
                names = [module.split(".")[0]] if module else [alias.name for alias in node.names]
                found |= {name for name in names if name != "__version__"}
            elif module.split(".")[0] == "chatnorm":
                found.add(module.partition(".")[2])
    return found


def typing_only(path: Path) -> set[str]:
    """What is imported for the type checker only."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            found |= {n.module or "" for n in ast.walk(node) if isinstance(n, ast.ImportFrom)}
    return found


@pytest.mark.parametrize("path", sorted(ROOT.glob("chatnorm/*.py")), ids=lambda p: p.stem)
def test_rooms_import_from_lower_floors(path: Path) -> None:
    floor = next(i for i, rooms in enumerate(FLOORS) if path.stem in rooms)
    allowed: set[str] = set().union(*FLOORS[:floor])
    if floor == len(FLOORS) - 1:
        allowed |= FLOORS[-1]
    assert imported(path) - typing_only(path) <= allowed


def test_every_room_has_a_floor() -> None:
    rooms = {path.stem for path in ROOT.glob("chatnorm/*.py")}
    assert rooms == set().union(*FLOORS)


@pytest.mark.parametrize("path", ADAPTERS, ids=lambda p: f"{adapter_of(p)}/{p.stem}")
def test_adapters_see_few_rooms_and_families_only(path: Path) -> None:
    siblings = {adapter_of(p) for p in ADAPTERS}
    own = {p.stem for p in path.parent.glob("*.py")} if adapter_of(path) != path.stem else set()
    assert imported(path) - siblings - own <= FOR_ADAPTERS
    assert imported(path) & siblings - own <= FAMILIES


def test_every_package_is_shipped() -> None:
    """An editable installation would not miss one."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    shipped = set(re.findall(r'^    "chatnorm\.adapters\.(\w+)",$', text, re.M))
    assert shipped == {path.parent.name for path in ROOT.glob("adapters/*/__init__.py")}


def test_the_core_names_no_vendor() -> None:
    names = {*adapters(), "claude", "gpt", "google", "vertex", "azure", "mistral", "deepseek", "groq"}
    pattern = re.compile(rf"\b({'|'.join(sorted(names))})\b", re.I)
    for path in ROOT.glob("chatnorm/*.py"):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            named = [word for word in pattern.findall(line) if word != "Meta"]  # msgspec's
            assert not named, f"{path.name}:{number}: {named}"


def own_grammar(adapter: str) -> bool:
    """Whether an adapter's first grammar is no other's, whatever it speaks besides."""
    bases = load(adapter).speaks[0].__mro__[1:] if adapter in adapters() else ()
    return bool(bases) and not any(
        base.__module__.split(".")[2:3] in ([f] for f in FAMILIES - {adapter}) for base in bases
    )


def grouped() -> dict[str, list[Path]]:
    """The modules of each adapter, those of further grammars by themselves."""
    found: dict[str, list[Path]] = {}
    for path in ADAPTERS:
        word = path.stem.partition("_")[0]
        alone = word in FURTHER or (
            path.stem != adapter_of(path)
            and path.stem != "__init__"
            and imported(path) & FAMILIES - {adapter_of(path)}
        )
        name = f"{adapter_of(path)} {word}" if alone else adapter_of(path)
        found.setdefault(name, []).append(path)
    return found


def code_lines(path: Path) -> int:
    """Lines that hold code."""
    text = path.read_text("utf-8")
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT):
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        docs = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if docs or isinstance(node, ast.Import | ast.ImportFrom):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return sum(bool(line.strip()) for n, line in enumerate(text.splitlines(), 1) if n in lines)


def test_budgets() -> None:
    assert code_lines(ROOT / "chatnorm/canonical.py") <= LIMITS["canonical"]
    for name, files in grouped().items():
        delta = any(imported(path) & FAMILIES for path in files) and not own_grammar(name)
        limit = LIMITS.get(name) or LIMITS["delta" if delta else "family"]
        assert sum(code_lines(path) for path in files) <= limit, name
        assert all(code_lines(path) <= LIMITS["family"] for path in files), name


def test_no_redundant_override() -> None:
    for vendor in adapters():
        for dialect in load(vendor).speaks:
            for name, value in vars(dialect).items():
                inherited = [getattr(base, name, None) for base in dialect.__mro__[1:-1]]
                if name.isupper() and any(i is not None for i in inherited):
                    assert value != next(i for i in inherited if i is not None), f"{vendor}.{name}"


def test_importing_loads_no_adapter_and_nothing_foreign() -> None:
    code = (
        "import sys; import msgspec; before = set(sys.modules); import chatnorm;"
        "print(*sorted({m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names)));"
        "print(*[m for m in sys.modules if m.startswith('chatnorm.adapters')])"
        ";print(*[m for m in ('importlib.metadata', 'dataclasses', 'email', 'json') if m in"
        " set(sys.modules) - before])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines() == ["chatnorm", "", ""]


def test_telling_a_grammar_loads_no_adapter() -> None:
    code = (
        "import sys; import chatnorm; assert chatnorm.detect(b'{\"choices\": []}').dialect == 'openai.chat';"
        "print(*[m for m in sys.modules if m.startswith('chatnorm.adapters')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["chatnorm.adapters", "chatnorm.adapters._index"]


def test_exported_names() -> None:
    assert chatnorm.__all__ == sorted(chatnorm.__all__)
    assert len(chatnorm.__all__) <= 40
    public = {name for name, value in vars(chatnorm).items() if not name.startswith("_")}
    modules = {name for name in public if type(getattr(chatnorm, name)).__name__ == "module"}
    assert public - modules == set(chatnorm.__all__)


def test_tables_are_checked_where_they_are_written() -> None:
    with pytest.raises(TypeError, match="FINISH: 'done' is no word of ours"):
        type("Bad", (Dialect,), {"FINISH": {"x": "done"}})
    with pytest.raises(TypeError, match="USAGE: 'tokens' is no figure of Usage"):
        type("Bad", (Dialect,), {"USAGE": {"tokens": "x"}})
    with pytest.raises(TypeError, match="ERRORS: 'oops' is no word of ours"):
        type("Bad", (Dialect,), {"ERRORS": {"x": "oops"}})
