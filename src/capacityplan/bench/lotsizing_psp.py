"""Discrete lot sizing with changeover costs on one machine (pigment sequencing, CSPLib problem 58).

A file has the numbers of periods and items, for each item a line of demand (0 or 1 by period), the cost
of holding a unit for a period, and a matrix of changeover costs; a last number, where there is one, is
the best known cost. A period is a day in which one unit is made, nothing may be late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from capacityplan.bench.case import Case, best_known, broken, named, text_of
from capacityplan.bench.periods import START, on_time
from capacityplan.domain.plant import (
    CalendarRow,
    Changeover,
    Costs,
    Horizon,
    Item,
    ItemKind,
    Lateness,
    Operation,
    OperationResource,
    Order,
    Plant,
    Resource,
    ResourceKind,
)
from capacityplan.units import MINUTES_PER_DAY

NAME = "lotsizing_psp"

_MACHINE, _ALWAYS, _MATRIX = "machine", "always", "changeovers"


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read the files of a folder and its folders; an instance is named by its file."""
    known = best_known(data)
    found = {path.stem: path for path in _files(data)}
    if not found:
        raise broken(data, "no instance is there", "files ending in .txt or .psp")
    for name, path in named(data, found, names):
        plant, best = _plant(path, name)
        lower, upper = known.get(name.partition("-")[0], (None, None if best is None else float(best)))
        yield Case(name, plant, lower, upper, solves=on_time)


def _files(data: Path) -> list[Path]:
    return [data] if data.is_file() else sorted([*data.rglob("*.txt"), *data.rglob("*.psp")])


def _plant(path: Path, name: str) -> tuple[Plant, int | None]:
    """Plant of a file, and the best known cost where the file states it."""
    try:
        lines = [[int(word) for word in line.split()] for line in text_of(path).splitlines() if line.split()]
        (periods,), (count,) = lines[:2]
        demand, (holding,), rest = lines[2 : 2 + count], lines[2 + count], lines[3 + count :]
        matrix = [row[:count] for row in rest[:count]]
        best = rest[-1][0] if len(rest[-1]) == 1 and len(rest) > count else None
        if any(len(row) != periods for row in demand) or any(len(row) != count for row in matrix):
            raise ValueError("rows of another length")
        if len(matrix) != count or any(one not in (0, 1) for row in demand for one in row):
            raise ValueError("no matrix, or no demand of 0 or 1")
    except (ValueError, IndexError):
        raise broken(path, "the file is no instance of this family", "periods, items, demand, ...") from None
    return _built(name, periods, demand, holding, matrix), best


def _built(name: str, periods: int, demand: list[list[int]], holding: int, matrix: list[list[int]]) -> Plant:
    items = [f"P{number:02d}" for number in range(1, len(demand) + 1)]
    beyond = Fraction(10 * (periods * holding + max(max(row) for row in matrix)))
    return Plant(
        name=name, start=START, timezone="UTC", currency="XXX",
        horizon=Horizon(daily=periods, weekly=0, monthly=0, schedule_days=periods),
        # By the bucket a unit might be a day late for nothing.
        costs=Costs(lateness=Lateness.MINUTE),
        # One unit to a lot: a lot of two would be there only when both are made.
        items=tuple(
            Item(item, ItemKind.FINISHED, holding_cost_per_day=Fraction(holding), max_lot=1) for item in items
        ),
        operations=tuple(
            Operation(item, "make", 1, run_minutes=Fraction(MINUTES_PER_DAY)) for item in items
        ),
        operation_resources=tuple(OperationResource(item, "make", _MACHINE) for item in items),
        resources=(Resource(_MACHINE, ResourceKind.MACHINE, calendar=_ALWAYS, changeover_matrix=_MATRIX),),
        calendars=tuple(CalendarRow(_ALWAYS, day, None, 0, MINUTES_PER_DAY) for day in range(7)),
        changeovers=tuple(
            Changeover(_MATRIX, before, after, 0, Fraction(matrix[i][j]))
            for i, before in enumerate(items)
            for j, after in enumerate(items)
            if i != j
        ),
        orders=tuple(
            Order(f"{item}-{period + 1:03d}", item, 1, (period + 1) * MINUTES_PER_DAY,
                  late_cost_per_day=beyond * MINUTES_PER_DAY, lost_cost=beyond * MINUTES_PER_DAY * periods)
            for item, row in zip(items, demand, strict=True)
            for period, wanted in enumerate(row)
            if wanted
        ),
    )  # fmt: skip
