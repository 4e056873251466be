"""A table for people: named columns with their kind and unit, rows of exact values.

Every output (CSV, workbook, terminal, web page) shows the same tables; only the way a value is
written differs, and that depends on the column's kind alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from capacityplan.units import decimal_text

Value = str | int | Decimal | Fraction | datetime | date | None
Row = tuple[Value, ...]


class Kind(StrEnum):
    """What a column holds, and so how its values are written."""

    TEXT = "text"
    INTEGER = "integer"
    QUANTITY = "quantity"
    MONEY = "money"
    RATE = "rate"
    SHARE = "share"
    TIME = "time"
    DAY = "day"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    unit : str
        Written after the name in every header; empty for texts and times.
    """

    name: str
    kind: Kind = Kind.TEXT
    unit: str = ""

    @property
    def heading(self) -> str:
        """Name and unit, for example ``amount [EUR]``."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a plan; ``name`` is also the file's and the sheet's name."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def column(self, name: str) -> tuple[Value, ...]:
        """Return the values of one column.

        Raises
        ------
        ValueError
            If the table has no such column.
        """
        index = [column.name for column in self.columns].index(name)
        return tuple(row[index] for row in self.rows)


_PLACES = {Kind.MONEY: 2, Kind.RATE: 6, Kind.SHARE: 4, Kind.HOURS: 2}


def text(value: Value, kind: Kind) -> str:
    """Write a value as plain text: local ISO times, exact quantities, money with two decimals.

    Parameters
    ----------
    value : Value
        None becomes the empty text.
    kind : Kind
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Fraction):
        return decimal_text(value, _PLACES.get(kind, 6))
    return str(value)


def records(table: Table) -> list[dict[str, str]]:
    """Return the rows as texts by heading, for JSON."""
    names = [column.heading for column in table.columns]
    kinds = [column.kind for column in table.columns]
    return [
        {name: text(value, kind) for name, value, kind in zip(names, row, kinds, strict=True)}
        for row in table.rows
    ]
