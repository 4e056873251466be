"""New stock, orders or receipts taken into an instance that is there, with what is different."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from capacityplan.domain.plant import Plant
from capacityplan.exchange.files_csv import read_folder
from capacityplan.exchange.raw import RawPlant, RawTable
from capacityplan.exchange.tables import BY_NAME
from capacityplan.exchange.write import write

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """How a table differs from what stood in the instance before, with the first few names of each."""

    table: str
    new: int
    changed: int
    removed: int
    examples: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def text(self) -> str:
        """Write the difference as one line."""
        line = f"{self.table}: {self.new} new, {self.changed} changed, {self.removed} removed"
        named = "; ".join(f"{word} {', '.join(keys)}" for word, keys in self.examples)
        return f"{line} ({named})" if named else line


def raw_of(plant: Plant) -> RawPlant:
    """Return a plant as text cells, in which dates are dates and do not depend on its start."""
    with tempfile.TemporaryDirectory(prefix="capacityplan-") as folder:
        path = Path(folder) / "instance"
        write(plant, path)
        return read_folder(path)


def differences(before: RawPlant, after: Plant, tables: Iterable[str]) -> tuple[Difference, ...]:
    """Compare some tables of an instance with what stood there before, row by row by their keys."""
    now = raw_of(after)
    return tuple(_difference(name, before.tables.get(name), now.tables.get(name)) for name in tables)


def _difference(name: str, old: RawTable | None, fresh: RawTable | None) -> Difference:
    before, after = _rows(name, old), _rows(name, fresh)
    new = [key for key in after if key not in before]
    changed = [key for key, row in after.items() if key in before and before[key] != row]
    removed = [key for key in before if key not in after]
    groups = (("new", new), ("changed", changed), ("removed", removed))
    examples = tuple((word, tuple(keys[:_EXAMPLES])) for word, keys in groups if keys)
    return Difference(name, len(new), len(changed), len(removed), examples)


def _rows(name: str, table: RawTable | None) -> dict[str, dict[str, str]]:
    """Rows of a table by their key; those that have the same one by their place among them."""
    if table is None:
        return {}
    keys = BY_NAME[name].key or tuple(column.name for column in BY_NAME[name].columns if column.required)
    found: dict[str, dict[str, str]] = {}
    for cells in zip(*(column.tolist() for column in table.cells), strict=True):
        row = {heading: cell for heading, cell in zip(table.header, cells, strict=True) if cell}
        key = "/".join(row.get(heading, "") for heading in keys)
        while key in found:
            key += "'"
        found[key] = row
    return found
