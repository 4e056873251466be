"""Multi-level capacitated lot sizing with backlog: labelled files with several resources.

The classes of Tempelmeier and Derstroff, Stadtler, and the sets of Simpson and Erenguc and of
Akartunali and Miller in the form with labelled sections. Backlog is unlimited and substitution is
not used. Components may not be late.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from capacityplan.bench.case import Case, best_known, broken, named, text_of
from capacityplan.bench.periods import Product, Works, objective, plant_of, solves

NAME = "mlclsp"
_SECTIONS = (
    "N_Product", "N_Periods", "Cap(R,Cap)", "Production_Time", "Demand", "Setup_Time", "Setup_Cost",
    "Holding_Cost", "Delay_Cost", "Assemble,Component,Quantity",
)  # fmt: skip


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read labelled files of a folder and its folders; an instance is named folder/file."""
    known = best_known(data)
    for name, path in _files(data, names):
        lower, upper = known.get(name, (None, None))
        plant = plant_of(works_of(path, name))
        yield Case(name, plant, lower, upper, objective=objective, solves=solves)


def _files(data: Path, names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    if data.is_file():
        yield data.stem, data
        return
    found = {
        path.relative_to(data).with_suffix("").as_posix(): path
        for path in sorted(data.rglob("*.txt"))
        if text_of(path).startswith("N_Product")
    }
    if not found:
        raise broken(data, "no instance is there", "files that begin with N_Product")
    yield from named(data, found, names)


def works_of(path: Path, name: str) -> Works:
    """Read the problem of a file.

    Raises
    ------
    DataError
        If the file is malformed.
    """
    sections = _sections(path)
    missing = [label for label in _SECTIONS if label not in sections]
    if missing:
        raise broken(path, f"section {missing[0]} is missing", ", ".join(_SECTIONS))
    try:
        return _works(sections, name)
    except (IndexError, ValueError, TypeError):
        raise broken(path, "the sections do not fit each other") from None


def _sections(path: Path) -> dict[str, list[list[Fraction]]]:
    """Rows of numbers by label; a row of rows counts as rows."""
    found: dict[str, list[list[Fraction]]] = {}
    label = ""
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        text = line.strip()
        if not text:
            continue
        if text[0].isalpha():
            label = text
            found[label] = []
            continue
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            raise broken(path, "the line cannot be read", "a list of numbers", number) from None
        rows = value if isinstance(value, list) else [value]
        if not label or any(isinstance(row, list) for row in rows) != all(
            isinstance(row, list) for row in rows
        ):
            raise broken(path, "the line cannot be read", "a list of numbers", number)
        for row in rows if rows and isinstance(rows[0], list) else [rows]:
            found[label].append([Fraction(str(one)) for one in row])
    return found


def _works(sections: dict[str, list[list[Fraction]]], name: str) -> Works:
    count = int(sections["N_Product"][0][0])
    names = [f"P{number:03d}" for number in range(1, count + 1)]
    resources = [f"R{number}" for number in range(1, len(sections["Cap(R,Cap)"]) + 1)]
    times, demand = sections["Production_Time"], sections["Demand"]
    components: dict[str, dict[str, Fraction]] = {one: {} for one in names}
    for parent, component, quantity in sections["Assemble,Component,Quantity"]:
        components[names[int(parent) - 1]][names[int(component) - 1]] = quantity
    periods = int(sections["N_Periods"][0][0])
    products = []
    for index, product in enumerate(names):
        used = [r for r in range(len(resources)) if times[r][index] or sections["Setup_Time"][r][index]]
        if len(used) > 1:
            raise ValueError("a product needs several resources")
        row = used[0] if used else 0
        wanted = demand[index] if index < len(demand) else []
        backlog = sections["Delay_Cost"][0][index]
        products.append(
            Product(
                product,
                [*wanted, *[Fraction(0)] * (periods - len(wanted))],
                sections["Holding_Cost"][0][index],
                max(line[index] for line in sections["Setup_Cost"]),
                sections["Setup_Time"][row][index],
                times[row][index],
                resources[row] if used else "",
                backlog or None,
                components[product],
            )
        )
    capacity = {resource: sections["Cap(R,Cap)"][r] for r, resource in enumerate(resources)}
    return Works(name, products, capacity)
