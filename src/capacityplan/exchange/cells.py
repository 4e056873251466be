"""From values to text cells: the writing half of the column contracts."""

from __future__ import annotations

from typing import Any

import numpy as np

from capacityplan.domain.plant import Plant
from capacityplan.domain.projections import Projections
from capacityplan.domain.timeline import Clock
from capacityplan.errors import OutputError
from capacityplan.exchange.contracts import TEMPORAL, TEXTUAL, Column, Kind, Table
from capacityplan.exchange.raw import Texts
from capacityplan.exchange.texts import clock_text, number_text, quote, scaled_text, weekday_text
from capacityplan.exchange.times import date_text, moment_text

_MILLIONTHS = 6
_ENCODED = ("item", "stream", "segment", "certainty", "author", "dated")


class Cells:
    """Writes a plant's values as cells."""

    def __init__(self, clock: Clock, plant: Plant) -> None:
        self._clock = clock
        self._plant = plant
        self._precision = {row.item: row.precision for row in plant.items}

    def text(self, column: Column, value: Any, item: str = "") -> str:
        """Write one value; texts are not quoted yet."""
        kind = column.kind
        if value is None:
            return ""
        if kind is Kind.QUANTITY:
            return scaled_text(value, max(self._precision.get(item, 0), 0))
        if kind in (Kind.NUMBER, Kind.MONEY):
            return number_text(value)
        if kind in TEMPORAL:
            return self._moment(kind, value)
        if kind is Kind.DATE:
            return self._date(value)
        if kind is Kind.BOOL:
            return "true" if value else "false"
        if kind is Kind.CLOCK:
            return clock_text(value)
        return weekday_text(value) if kind is Kind.WEEKDAY else str(value)

    def _moment(self, kind: Kind, value: int) -> str:
        try:
            return moment_text(self._clock, kind, value)
        except (OverflowError, ValueError):
            return f"minute {value}"

    def _date(self, value: int) -> str:
        try:
            return date_text(value)
        except (OverflowError, ValueError):
            return f"day {value}"

    def of_row(self, table: str, column: Column, position: int) -> str:
        """Write the cell of a row of the plant, as a finding shows it."""
        if table == "projections":
            return self.projections(column, slice(position, position + 1))[0]
        row = getattr(self._plant, table)[position]
        return self.text(column, getattr(row, column.attribute), getattr(row, column.of, ""))

    def column(self, table: Table, column: Column) -> list[str]:
        """Write a column of the plant, ready for a file."""
        if table.name == "projections":
            return self.projections(column, slice(None))
        default = table.default(column)
        out = []
        for row in getattr(self._plant, table.name):
            text = self.text(column, getattr(row, column.attribute), getattr(row, column.of, ""))
            if column.kind in TEXTUAL:
                if "\0" in text:
                    raise OutputError(f"{table.name}: {text!r} has a NUL character; no table can hold it")
                text = quote(text) if text or default in ("", None) or column.required else "'"
            out.append(text)
        return out

    def projections(self, column: Column, part: slice) -> list[str]:
        """Write a column of projections, each distinct value once."""
        rows = self._plant.projections
        name = {"weight": "weight_millionths", "probability": ""}.get(column.name, column.attribute)
        if not name:
            return ["1"] * len(range(*part.indices(len(rows))))
        values = getattr(rows, name)[part]
        if column.kind is Kind.QUANTITY:
            return self._quantities(rows, values, rows.item[part])
        distinct, codes = np.unique(values, return_inverse=True)
        if name in _ENCODED:
            texts = [quote(rows.names[code]) for code in distinct.tolist()]
        elif column.kind is Kind.DATE:
            texts = [self._date(day) for day in distinct.tolist()]
        else:
            texts = [scaled_text(value, _MILLIONTHS) for value in distinct.tolist()]
        return _spread(texts, codes)

    def _quantities(self, rows: Projections, values: Any, items: Any) -> list[str]:
        places = np.array([max(self._precision.get(name, 0), 0) for name in rows.names], dtype=np.int64)
        pairs, codes = np.unique(np.stack([values, places[items]]), axis=1, return_inverse=True)
        texts = ["" if value == -1 else scaled_text(value, digits) for value, digits in pairs.T.tolist()]
        return _spread(texts, codes)


def _spread(texts: list[str], codes: Any) -> list[str]:
    table: Texts = np.array(texts, dtype=object)
    spread: list[str] = table[codes].tolist() if texts else []
    return spread


def unused(plant: Plant, table: Table, column: Column) -> bool:
    """Whether a column may be left out of a file because every row holds what its absence means."""
    if column.required or table.numbered == column.name:
        return False
    default = table.default(column)
    if table.name != "projections":
        return all(getattr(row, column.attribute) == default for row in getattr(plant, table.name))
    if column.name == "probability":
        return True
    rows = plant.projections
    if column.name == "weight":
        return bool((rows.weight_millionths == 10**_MILLIONTHS).all())
    empty = -1 if column.kind is Kind.QUANTITY else 0
    return bool((getattr(rows, column.attribute) == empty).all())
