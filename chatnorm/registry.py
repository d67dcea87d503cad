"""Which adapters there are.

The file name is the registration: `adapters/<vendor>.py`, or a package of that name, is the vendor. Names
are checked before anything is imported, and nothing is imported before it is asked for. Other distributions
add adapters through the entry-point group `chatnorm.adapters`.
"""

import re
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from .dialect import Vendor

PACKAGE = "chatnorm.adapters"


def load(vendor: str) -> Vendor:
    """A vendor's adapter, imported. `vendor` is one of `adapters()`.

    Raises `ImportError` if it cannot be, with what it raised as the cause.
    """
    module = own().get(vendor) or adapters()[vendor]
    try:
        found = import_module(module).VENDOR
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise ImportError(f"the adapter {vendor!r} ({module}) does not load: {told}") from error
    if not isinstance(found, Vendor):
        raise ImportError(f"the adapter {vendor!r} ({module}): VENDOR is no chatnorm.dialect.Vendor")
    return found


@lru_cache(1)
def own() -> dict[str, str]:
    """Vendor → module, of the adapters that are part of chatnorm."""
    folder = Path(str(_package().__file__)).parent
    files = [*folder.glob("[a-z]*.py"), *(init.parent for init in folder.glob("[a-z]*/__init__.py"))]
    return {name: f"{PACKAGE}.{name}" for name in sorted(file.stem for file in files)}


@lru_cache(1)
def adapters() -> dict[str, str]:
    """Vendor → module, of our own adapters and of those that other distributions register."""
    found = dict(own())
    for point in _entry_points():
        if re.fullmatch("[a-z][a-z0-9_]*", point.name):
            found.setdefault(point.name, point.value)
    return found


def _entry_points() -> list:  # type: ignore[type-arg]
    from importlib.metadata import entry_points  # slow to load

    return list(entry_points(group=PACKAGE))


def _package() -> ModuleType:
    try:
        return import_module(PACKAGE)
    except ModuleNotFoundError:  # the repository's own folder shadows the package
        raise ImportError("chatnorm is not installed; in a checkout, run: pip install -e .") from None


def aliases() -> dict[str, str]:
    """Other name → adapter."""
    return _package().ALIASES  # type: ignore[no-any-return]


def vendors() -> tuple[str, ...]:
    """The names of all vendors that can be read, sorted. Imports no adapter."""
    plain = {name for name, target in aliases().items() if "." in target and name.isidentifier()}
    return tuple(sorted({*adapters(), *plain}))


@lru_cache(1)
def dialects() -> tuple[str, ...]:
    """The names of all grammars that can be read, sorted. Imports the adapters of other distributions."""
    others = (dialect.name for vendor in adapters().keys() - own() for dialect in load(vendor).speaks)
    return tuple(sorted({*grammars(), *others}))


@lru_cache(1)
def grammars() -> frozenset[str]:
    """The grammars of our own adapters."""
    return frozenset(index().GRAMMARS)


def index() -> ModuleType:
    """What the tables of our own adapters say for detection, written down so that none has to be imported:
    `MARKS`, `ENVELOPES` and `GRAMMARS`, see `detect.gathered`. `make table` writes it."""
    return import_module(f"{PACKAGE}._index")
