"""A plant as far as it could be read, with the place of every row: what the cross-checks look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Clock
from capacityplan.errors import Finding
from capacityplan.exchange.cells import Cells
from capacityplan.exchange.tables import BY_NAME, SECTIONS


@dataclass(slots=True)
class Draft:
    """A plant under inspection.

    Attributes
    ----------
    files : dict
        File by table; ``plant`` is the head's.
    rows : dict
        Row in the file by table and position; tables without an entry count from 1 (JSON).
    suspect : dict
        Rows by table that hold an unreadable cell; they are not judged again.
    broken : set of str
        Tables that could not be read, in whole or in their names.
    timed : bool
        False where start, time zone or horizon could not be read.
    faulty : list of (table, position)
        Rows in which a cross-check has found an error since `settle`.
    """

    plant: Plant
    clock: Clock
    files: dict[str, str] = field(default_factory=dict)
    rows: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    setting_rows: dict[str, int] = field(default_factory=dict)
    suspect: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    timed: bool = True
    faulty: list[tuple[str, int]] = field(default_factory=list)

    def settle(self) -> None:
        """Trust the rows no longer in which an error was found so far."""
        for table, position in self.faulty:
            if table not in self.suspect:
                self.suspect[table] = np.zeros(len(getattr(self.plant, table)), dtype=bool)
            self.suspect[table][position] = True
        self.faulty.clear()

    def trusted(self, table: str) -> Iterator[tuple[int, Any]]:
        """Yield position and row of every row without an unreadable cell."""
        doubtful = self.suspect.get(table)
        for position, row in enumerate(getattr(self.plant, table)):
            if doubtful is None or not doubtful[position]:
                yield position, row

    def whole(self, *tables: str) -> bool:
        """Whether every row of some tables could be read, and holds no error."""
        return not any(
            table in self.broken or (table in self.suspect and bool(self.suspect[table].any()))
            for table in tables
        )

    def names(self, table: str, attribute: str) -> set[str]:
        """All names in a column, those of doubtful rows too."""
        return {getattr(row, attribute) for row in getattr(self.plant, table)} - {""}

    def by_name(self, table: str, attribute: str) -> dict[str, Any]:
        """Trusted rows by name (the first of a name)."""
        found: dict[str, Any] = {}
        for _, row in self.trusted(table):
            found.setdefault(getattr(row, attribute), row)
        return found

    def finding(
        self, table: str, position: int, column: str, code: str, message: str,
        *, expected: str = "", hint: str = "", severity: str = "error", value: str | None = None,
    ) -> Finding:  # fmt: skip
        """Make a finding at a cell (``column`` is the domain field's or the column's name)."""
        contract = BY_NAME[table].column(column)
        if severity == "error":
            self.faulty.append((table, position))
        lines = self.rows.get(table)
        row = position + 1 if lines is None else int(lines[position])
        if value is None:
            value = Cells(self.clock, self.plant).of_row(table, contract, position)
        return Finding(
            code,
            message,
            self.files.get(table, ""),
            table,
            row,
            contract.name,
            value,
            expected,
            hint,
            severity,
        )

    def setting(
        self, key: str, value: str, code: str, message: str, expected: str = "", hint: str = ""
    ) -> Finding:
        """Make a finding at one of the plant's settings."""
        row = self.setting_rows.get(key)
        return Finding(code, message, self.files.get("plant", ""), "plant", row, key, value, expected, hint)

    def settings(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield key, contract and value of every setting in a section."""
        for section in SECTIONS:
            values = getattr(self.plant, section.name)
            for column in section.columns:
                yield f"{section.name}.{column.name}", column, getattr(values, column.attribute)
