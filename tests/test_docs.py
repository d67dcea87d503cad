"""The documentation runs, and the README's generated parts are fresh."""

import doctest
from pathlib import Path

import pytest
from conftest import FIXTURES

from chatnorm import goldens

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))], ids=lambda p: p.name)
def test_examples(path: Path) -> None:
    found = doctest.testfile(str(path), module_relative=False, optionflags=doctest.REPORT_ONLY_FIRST_FAILURE)
    assert found.failed == 0
    assert found.attempted or path.name in ("adding-a-vendor.md", "speed.md")


def test_the_support_table_is_fresh() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert goldens.with_table(text, FIXTURES) == text, "run: make table"


def test_the_support_table_tells_the_best_provenance(tmp_path: Path) -> None:
    for vendor, case, provenance, status in (
        ("a", "text-plain", "constructed", 200),
        ("a", "text-other", "recorded", 200),
        ("a", "error-x", "documented", 400),
    ):
        folder = tmp_path / vendor
        folder.mkdir(exist_ok=True)
        (folder / f"{case}.wire.json").write_text("{}")
        about = f'dialect = "x.y"\nstatus = {status}\nprovenance = "{provenance}"\n'
        (folder / f"{case}.toml").write_text(about)
    (tmp_path / "a" / "left.over").write_text("")
    table = goldens.support_table(tmp_path)
    assert "| a | `x.y` | r | – | d |" in table
    assert goldens.orphans(tmp_path) == [tmp_path / "a" / "left.over"]


def test_sources_name_no_place_of_this_machine() -> None:
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *FIXTURES.glob("*/*.toml")):
        text = path.read_text("utf-8")
        assert "/" + "work/" not in text, path
        assert "../" + "shared" not in text, path
