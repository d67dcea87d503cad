"""The usage ledger: what the vendor's counters add up to, and what they contradict.

A dialect says in a table where its counters are. What its sums are called, which of them held, and what
does not add up is decided here. Nothing is corrected: a figure that does not fit is reported.
"""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from .canonical import FIGURES, Cost, Notice, Usage
from .errors import SEVERITY
from .tables import expression_paths, snake, usage_reader

UsageReader = Callable[[Any, list[Notice]], Usage]


def compile_usage(
    table: Mapping[str, str],
    *,
    path: str,
    reasoning_beside_output: bool,
    reasoning_left_out: bool,
    currency: str | None,
    estimated: bool,
    cost_units: int,
    cost_details: tuple[str, ...],
    tools: tuple[str, ...],
    rows: tuple[str, str],
    numbered: Mapping[int, str],
) -> UsageReader:
    """The reader of one dialect's usage object.

    `table`: see `tables.usage_reader`; its keys are figures of `Usage`, `cost` and `tools`. `path`: where
    the object is, for notices. `reasoning_beside_output`, `reasoning_left_out`: whether a total that only
    fits with the thoughts added, and whether more thoughts than output, mean that the vendor's output leaves
    them out. `tools`: the counters of vendor-run tools that count runs; none: all do. `rows`, `numbered`:
    see `tables.usage_reader`.
    """
    reasoning_added = table.get("reasoning_tokens") in expression_paths(table.get("output_tokens", ""))[1:]
    owner = {
        path: figure.removesuffix("_tokens")
        for figure, text in reversed([*table.items()])
        for path in expression_paths(text)
        if "+" not in text
    }

    def label(figure: str, mask: int) -> list[str]:
        own = figure.removesuffix("_tokens")
        terms = expression_paths(table.get(figure, "")) if "+" in table.get(figure, "") else [own]
        return [owner.get(t, own) if i else own for i, t in enumerate(terms) if mask >> i & 1]

    masks_in = range(1, 2 ** (table.get("input_tokens", "").count("+") + 1))
    masks_out = range(1, 2 ** (table.get("output_tokens", "").count("+") + 1))
    checked = {}
    unchecked = {}
    for i in masks_in:
        for o in masks_out:
            m = i | o << 8
            terms_in, terms_out = label("input_tokens", i), label("output_tokens", o)
            checked[m] = " + ".join([*terms_in, *terms_out])
            if len(terms_in) > 1:
                unchecked[m] = " + ".join(terms_in)

    def conflict(detail: str) -> Notice:
        return Notice("conflict", SEVERITY["conflict"], path, detail)

    def settle(
        i: int | None, o: int | None, total: int, thoughts: int | None, notices: list[Notice]
    ) -> tuple[int | None, str | None]:
        if i is None or o is None:
            return o, None
        if reasoning_beside_output and thoughts and i + o + thoughts == total:
            return o + thoughts, "input + output + reasoning"
        if reasoning_added and thoughts and i + o - thoughts == total:
            return o - thoughts, "input + output"  # a server whose output has the thoughts in it already
        notices.append(conflict(f"the total is {total}, input and output are {i + o}"))
        return o, None

    def contradict(
        i: int | None,
        o: int | None,
        read: int | None,
        write: int | None,
        thoughts: int | None,
        identity: str | None,
        notices: list[Notice],
    ) -> tuple[int | None, str | None]:
        cached = (read or 0) + (write or 0)
        if i is not None and cached > i:
            notices.append(conflict(f"{cached} tokens are cached, of an input of {i}"))
        if o is not None and thoughts is not None and thoughts > o:
            told = f"{thoughts} tokens are reasoning, of an output of {o}"
            if not reasoning_left_out:
                notices.append(conflict(told))
            else:  # an output without the thoughts, and without them in the total
                notices.append(conflict(f"{told}; added to it"))
                return o + thoughts, None
        return o, identity

    return usage_reader(
        table,
        FIGURES,
        currency=currency,
        estimated=estimated,
        cost_units=cost_units,
        cost_details=cost_details,
        rows=rows,
        numbered=numbered,
        Usage=Usage,
        Cost=Cost,
        checked=checked,
        unchecked=unchecked,
        settle=settle,
        contradict=contradict,
        counts=counts,
        spelled=spelled,
        names=tools,
    )


def counts(value: Any, names: tuple[str, ...]) -> dict[str, int] | None:
    """The counters of an object of counters, or of those of these names; `None` if there are none."""
    if type(value) is not dict:
        return None
    found = {snake(key): count for key, count in value.items() if type(count) is int}
    return ({key: n for key, n in found.items() if key in names} if names else found) or None


_SNAKE: set[str] = set()
"""Names that were seen in break-downs and are in snake_case; at most `_NAMES`."""

_NAMES = 1_000


def spelled(value: dict[str, Any]) -> dict[str, Any]:
    """A vendor's break-down with its names in snake_case."""
    if not _SNAKE.issuperset(value):
        value = {snake(key): item for key, item in value.items()}
        if len(_SNAKE) < _NAMES:
            _SNAKE.update(key for key in islice(value, 100) if len(key) <= 64)
    return {k: item for k, item in value.items() if item is not None} if None in value.values() else {**value}
