"""Column contracts: what a cell of a table may hold, in one place for reader, writer and page."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum, StrEnum
from fractions import Fraction
from typing import Any


class Kind(Enum):
    """What a cell holds and how it is written; the value describes it for the user."""

    ID = "name"
    TEXT = "text"
    QUANTITY = "decimal in the item's unit"
    NUMBER = "number (decimal or fraction a/b)"
    MONEY = "money (decimal or fraction a/b)"
    MINUTES = "whole minutes"
    INT = "whole number"
    DATE = "date (YYYY-MM-DD)"
    BEGIN = "date or date-time; a date means the beginning of that day"
    END = "date or date-time; a date means the end of that day"
    BOOL = "true or false"
    CHOICE = "choice"
    CLOCK = "time of day (06:00 to 24:00)"
    WEEKDAY = "weekday (mon to sun, Monday to Sunday, or 0 to 6)"


NO_DEFAULT: Any = object()
NUMERIC = frozenset({Kind.QUANTITY, Kind.NUMBER, Kind.MONEY, Kind.MINUTES, Kind.INT})
TEXTUAL = frozenset({Kind.ID, Kind.TEXT})
TEMPORAL = frozenset({Kind.BEGIN, Kind.END})


@dataclass(frozen=True, slots=True)
class Column:
    """Contract of one column.

    Attributes
    ----------
    field : str
        Name in the domain row, where it differs from the column's.
    of : str
        Kind QUANTITY: the column naming the item whose unit and precision count.
    default : object
        What an empty cell means; taken from the domain row where not given.
    refs : str
        ``table.column`` in which an id must occur.
    low, high : int, optional
        Range of values, both included; with ``below`` the value stays under it, with ``above``
        over it.
    """

    name: str
    kind: Kind
    meaning: str
    field: str = ""
    required: bool = False
    of: str = "item"
    default: Any = NO_DEFAULT
    choices: tuple[str, ...] = ()
    refs: str = ""
    low: int | None = None
    high: int | None = None
    above: int | None = None
    below: int | None = None
    aliases: tuple[str, ...] = ()
    enum: type[StrEnum] | None = None

    @property
    def attribute(self) -> str:
        """Name of the field in the domain row."""
        return self.field or self.name

    @property
    def options(self) -> tuple[str, ...]:
        """Words a cell of kind CHOICE may hold."""
        return tuple(self.enum) if self.enum else self.choices

    def range_text(self) -> str:
        """Describe the range of values, empty where there is none."""
        parts = []
        for word, limit in (
            ("at least", self.low),
            ("more than", self.above),
            ("at most", self.high),
            ("less than", self.below),
        ):
            if limit is not None:
                parts.append(f"{word} {limit}")
        return " and ".join(parts)

    def in_range(self, value: Fraction | int) -> bool:
        """Whether a number keeps the column's range."""
        return (
            (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


@dataclass(frozen=True, slots=True)
class Table:
    """Contract of one table.

    Attributes
    ----------
    row : type or None
        The domain row; None for projections, which are columns.
    key : tuple of str
        Columns that together name a row.
    numbered : str
        Column that is filled with ``table-n`` where it is empty.
    needed : bool
        Whether the table must be there (it may have no rows).
    """

    name: str
    row: type[Any] | None
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    numbered: str = ""
    needed: bool = False

    def column(self, name: str) -> Column:
        """Return a column by its name or its domain field's name."""
        for column in self.columns:
            if name in (column.name, column.attribute):
                return column
        raise KeyError(f"{self.name} has no column {name}")

    def default(self, column: Column) -> Any:
        """Return what an empty cell of a column means (NO_DEFAULT: it may not be empty)."""
        if column.default is not NO_DEFAULT or self.row is None:
            return column.default
        found = {field.name: field.default for field in dataclasses.fields(self.row)}[column.attribute]
        return NO_DEFAULT if found is dataclasses.MISSING else getattr(found, "default", found)
