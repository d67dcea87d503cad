"""Names, files and entry points."""

import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from chatnorm import MisuseError, UnknownVendorError, readers, registry
from chatnorm.dialect import Dialect

ROOT = Path(__file__).parents[1]


def test_one_reader_for_one_name() -> None:
    assert readers.reader("openai") is readers.reader("openai")
    assert readers.reader("openai").vendor == "openai"
    assert readers.reader("openai.chat").vendor is None


def test_a_family_that_is_no_file() -> None:
    assert readers.reader("cloudflare_workers.run").vendor is None
    assert readers.reader("cloudflare_workers:cloudflare_workers.run").vendor == "cloudflare"


def test_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("chatnorm_extra_vendor")
    module.VENDOR = registry.load("openrouter")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "chatnorm_extra_vendor", module)
    points = [
        types.SimpleNamespace(name="extra_vendor", value="chatnorm_extra_vendor"),
        types.SimpleNamespace(name="openai", value="chatnorm_extra_vendor"),
        types.SimpleNamespace(name="No.Name", value="chatnorm_extra_vendor"),
    ]
    monkeypatch.setattr(registry, "_entry_points", lambda: points)
    registry.adapters.cache_clear()
    try:
        found = registry.adapters()
        assert found["extra_vendor"] == "chatnorm_extra_vendor"
        assert found["openai"] == "chatnorm.adapters.openai"  # our own come first
        assert "No.Name" not in found
        assert readers.reader("extra_vendor").vendor == "extra_vendor"
        module.VENDOR = "nothing"  # type: ignore[attr-defined]
        with pytest.raises(ImportError, match="VENDOR is no"):
            registry.load("extra_vendor")
    finally:
        registry.adapters.cache_clear()
        readers._speakers.pop("extra_vendor", None)


ACME = {
    "pyproject.toml": """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "chatnorm-acme"
version = "1.0"

[project.entry-points."chatnorm.adapters"]
acme = "chatnorm_acme"
broken = "chatnorm_broken"
openai = "chatnorm_broken"
"Not.A.Name" = "chatnorm_broken"

[tool.setuptools]
py-modules = ["chatnorm_acme", "chatnorm_broken"]
""",
    "chatnorm_acme.py": """
from chatnorm.adapters.openai import OpenAIChat
from chatnorm.dialect import Vendor


class AcmeChat(OpenAIChat):
    EXTRA = {"response": ("region",)}
    FINISH = {**OpenAIChat.FINISH, "eos": "stop"}


VENDOR = Vendor("acme", (AcmeChat,))
""",
    "chatnorm_broken.py": "import nothing_of_this_name",
}

USE = """
import chatnorm
body = b'{"choices": [{"finish_reason": "eos", "message": {"content": "x"}}], "region": "eu"}'
print(*(name for name in chatnorm.vendors() if name in ("acme", "broken", "openai", "Not.A.Name")))
response = chatnorm.normalize(body, "acme", strict="info")
print(response.vendor, response.dialect, response.finish_reason, response.extra)
print(chatnorm.normalize(body, "openai").vendor, chatnorm.detect(body).dialect)
try:
    chatnorm.normalize(body, "broken")
except ImportError as error:
    print(error, "|", type(error.__cause__).__name__)
try:
    chatnorm.normalize(body, "acmee")
except chatnorm.UnknownVendorError as error:
    print(error)
"""


def test_another_distribution(tmp_path: Path) -> None:
    """One that is really built and installed."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    for name, text in ACME.items():
        (source / name).write_text(text)
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*install, "--no-index", "--target", str(target), str(source)], check=True)
    environment = {**os.environ, "PYTHONPATH": str(target)}
    done = subprocess.run(
        [sys.executable, "-c", USE], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.stdout.splitlines(), done.stderr) == (
        [
            "acme broken openai",
            "acme openai.chat stop {'region': 'eu'}",
            "openai openai.chat",
            "the adapter 'broken' (chatnorm_broken) does not load: ModuleNotFoundError:"
            " No module named 'nothing_of_this_name' | ModuleNotFoundError",
            "no adapter named 'acmee'",
            "hint: did you mean 'acme'?",
        ],
        "",
    )


def test_a_checkout_that_is_not_installed() -> None:
    code = "import chatnorm; chatnorm.normalize(b'{}', 'openai')"
    paths = [p for p in sys.path if p.endswith("site-packages")]
    run = f"import sys; sys.path[:] = [{str(ROOT)!r}] + [p for p in sys.path if 'site-packages' not in p] + {paths!r};"
    run += "sys.meta_path[:] = [m for m in sys.meta_path if '__editable__' not in repr(m)];" + code
    done = subprocess.run([sys.executable, "-S", "-c", run], capture_output=True, text=True, cwd="/")
    assert "ImportError: chatnorm is not installed; in a checkout, run: pip install -e ." in done.stderr


def test_names_are_checked_before_anything_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_import(name: str) -> Any:
        raise AssertionError(name)

    registry.adapters()
    registry.dialects()
    monkeypatch.setattr(registry, "load", no_import)
    for name in ("os", "os.path", "../x", "__init__", "openai; import os", "", "OPENAI.CHAT.", "a" * 10_000):
        with pytest.raises(UnknownVendorError):
            readers.reader(name)


def test_a_name_of_another_type() -> None:
    with pytest.raises(MisuseError):
        readers.reader(b"openai")  # type: ignore[arg-type]


def test_a_dialect_must_say_how_to_read() -> None:
    class Bare(Dialect):
        name = "bare.x"

    bare = object.__new__(Bare)
    with pytest.raises(NotImplementedError):
        bare.response(None, [])
