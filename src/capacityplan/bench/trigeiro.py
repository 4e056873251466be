"""Capacitated lot sizing with setup times on one machine (Trigeiro, Thomas and McClain 1989).

A file has items and periods, a flag, the capacity of every period, for each item its time per
unit, holding cost, setup time and setup cost, then demand: a line for each period, wide sets in
blocks of columns. Nothing may be late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from capacityplan.bench.case import Case, best_known, broken, files, text_of
from capacityplan.bench.periods import Product, Works, on_time, plant_of

NAME = "trigeiro"
SUFFIXES = (".DAT", ".dat", "")


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read Trigeiro files."""
    known = {name.partition("(")[0]: values for name, values in best_known(data).items()}
    for path in files(data, names, SUFFIXES):
        lower, upper = known.get(path.stem, (None, None))
        yield Case(path.stem, plant_of(works_of(path)), lower, upper, solves=on_time)


def works_of(path: Path) -> Works:
    """Read the problem of a file.

    Raises
    ------
    DataError
        If the file is malformed.
    """
    lines = [line for line in _numbers(path) if line]
    try:
        (items, periods), (capacity,) = (int(one) for one in lines[0]), lines[2]
        heads, rest = lines[3 : 3 + items], lines[3 + items :]
        demand = _columns(rest, items, periods)
        products = [
            Product(
                f"P{number:02d}", demand[number - 1], holding, setup_cost, setup_time, unit_time, "machine"
            )
            for number, (unit_time, holding, setup_time, setup_cost) in enumerate(heads, start=1)
        ]
    except (ValueError, IndexError):
        raise broken(
            path, "the file is no lot-sizing instance", "items, periods, flag, capacity, ..."
        ) from None
    return Works(path.stem, products, {"machine": [capacity] * periods})


def _numbers(path: Path) -> Iterator[list[Fraction]]:
    """The numbers of each line, up to the first line of words after them."""
    for line in text_of(path).splitlines():
        words = line.split()
        if words and not words[0][0].isdigit() and not words[0].startswith("."):
            return
        try:
            yield [Fraction(word.rstrip(".")) for word in words]
        except ValueError:
            return


def _columns(lines: list[list[Fraction]], items: int, periods: int) -> list[list[Fraction]]:
    """Demand of every item: blocks of columns, each with a line for every period."""
    found: list[list[Fraction]] = []
    while len(found) < items:
        block, lines = lines[:periods], lines[periods:]
        found += [list(column) for column in zip(*block, strict=True)]
        if len(block) < periods:
            raise ValueError("too few lines of demand")
    if len(found) != items:
        raise ValueError("the blocks of demand do not add up to the items")
    return found
