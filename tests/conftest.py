"""Options and profiles of the test suite."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

FIXTURES = Path(__file__).parents[1] / "fixtures"

settings.register_profile(
    "ci", derandomize=True, max_examples=60, deadline=None, suppress_health_check=list(HealthCheck)
)
settings.register_profile("dev", max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--chatnorm-goldens",
        choices=("create", "fix"),
        help="create: write goldens that are missing; fix: write those that differ as well",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--chatnorm-goldens") and os.environ.get("CI"):
        raise pytest.UsageError("--chatnorm-goldens is refused under CI: goldens are read by people")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    from chatnorm.goldens import cases

    unchecked = sum(not case.about.get("checked") for case in cases(FIXTURES))
    terminalreporter.write_line(f"goldens not yet compared with their bytes by a reader: {unchecked}")
    for line in terminalreporter.config.stash.get(CORPUS_LINES, []):
        terminalreporter.write_line(line)


Check = Callable[[Any], None]


def by_vendor(found: Iterable[Any]) -> Callable[[Check], Any]:
    """A check of one fixture, made a test for each vendor, which names the fixtures that fail."""
    of: dict[str, list[Any]] = {}
    for case in found:
        of.setdefault(case.vendor, []).append(case)

    def made(check: Check) -> Any:
        @pytest.mark.parametrize("vendor", list(of))
        def test(vendor: str) -> None:
            failed: dict[str, Exception] = {}
            for case in of[vendor]:
                try:
                    check(case)
                except Exception as error:
                    failed[case.id] = error
            if failed:
                raise AssertionError(", ".join(failed)) from next(iter(failed.values()))

        return test

    return made


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server on loopback, as long as the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


CORPUS_LINES = pytest.StashKey[list[str]]()


@pytest.fixture
def corpus_lines(request: pytest.FixtureRequest) -> list[str]:
    """What the corpus suite says at the end of the run."""
    return request.config.stash.setdefault(CORPUS_LINES, [])
