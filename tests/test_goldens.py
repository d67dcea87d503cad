"""Every fixture gives its golden, and every file belongs to a fixture."""

import pytest
from conftest import FIXTURES

from chatnorm.goldens import Case, cases, orphans

PROVENANCES = {"recorded", "documented", "constructed"}


@pytest.mark.parametrize("case", cases(FIXTURES), ids=lambda case: case.id)
def test_golden(case: Case, request: pytest.FixtureRequest) -> None:
    mode = request.config.getoption("--chatnorm-goldens")
    found = case.read()
    path = case.target(found)
    if mode == "fix" or (mode == "create" and not path.exists()):
        path.write_bytes(found)
    assert path.exists(), f"no golden: run pytest --chatnorm-goldens=create and read {path.name}"
    assert found.decode() == path.read_text("utf-8")


def test_a_fixture_says_where_it_comes_from() -> None:
    for case in cases(FIXTURES):
        assert case.about["provenance"] in PROVENANCES, case.id
        assert case.about["source"], case.id
        assert case.about["dialect"], case.id


def test_every_file_belongs_to_a_fixture() -> None:
    assert orphans(FIXTURES) == []
    for case in cases(FIXTURES):
        assert case.golden.exists() != case.error.exists(), case.id
