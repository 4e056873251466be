"""Large relaxations in HiGHS, in units in which their numbers are near one.

What a relaxation counts in base units has numbers from 1e-6 to 1e9, and bounds that are far: more than all
that could ever be made. An interior point then takes more steps and is less exact, and what it is off by is
charged at those bounds. So rows and columns are scaled by powers of two (which is exact), and far bounds
are left out: without a bound no multiplier of the dual pulls at it. Both only change which multipliers are
proposed; what they prove is said of the model as it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import highspy
import numpy as np

from capacityplan.solve.relaxed import engine
from capacityplan.verify.relaxation.arrays import Floats, Ints
from capacityplan.verify.relaxation.builder import INFINITY, Relaxation

_FAR = 1e4
"""Bounds beyond it are left out: what is whole and decides has lesser ones."""
_TIED, _ALMOST = 1e6, 0.99
"""From such a number on a row that ties a column to a decision by (almost) its own far bound is left open."""
_ROUNDS = 4
"""Rounds of scaling."""
_CLOSE = 1e-6
"""Share of the optimum by which points and multipliers may be apart."""


class Scaled(highspy.Highs):  # type: ignore[misc]
    """The linear relaxation of a model: rows, columns, points and multipliers are the model's own."""

    def __init__(self, model: Relaxation, seconds: float) -> None:
        super().__init__()
        model = _without_far_ties(model)
        self._rows, self._columns = _scales(model)
        engine(_scaled(model, self._rows, self._columns), seconds, self)
        self.setOptionValue("ipm_optimality_tolerance", _CLOSE)

    def addRows(
        self, count: int, low: Floats, high: Floats, entries: int, begin: Any, columns: Any, values: Floats
    ) -> Any:
        """Add rows."""
        scaled = values * self._columns[columns]
        row = np.repeat(np.arange(count), np.diff(np.append(begin, entries)))
        size = np.log2(np.abs(scaled))
        by = 2.0 ** np.round(-_middle(row, size, count))
        self._rows = np.concatenate([self._rows, by])
        return super().addRows(count, low * by, high, entries, begin, columns, scaled * by[row])

    def deleteRows(self, count: int, rows: Any) -> Any:
        """Delete rows."""
        self._rows = np.delete(self._rows, rows)
        return super().deleteRows(count, rows)

    def changeColBounds(self, column: int, low: float, high: float) -> Any:
        """Change the bounds of a column."""
        return super().changeColBounds(column, low / self._columns[column], high / self._columns[column])

    def getSolution(self) -> Any:
        """Return the point and the multipliers."""
        found = super().getSolution()
        if found.value_valid:
            found.col_value = np.array(found.col_value) * self._columns
        if found.dual_valid:
            found.row_dual = np.array(found.row_dual) * self._rows
        return found

    def getDualRay(self) -> Any:
        """Return multipliers that no point satisfies."""
        status, found, ray = super().getDualRay()
        return status, found, np.array(ray) * self._rows if found else ray


def _without_far_ties(model: Relaxation) -> Relaxation:
    """Leave open rows ``x <= bound of x * decision`` with a far bound: their multipliers are mere noise."""
    size, count = np.abs(model.value), len(model.row_low)
    most, reach = np.zeros(count), np.zeros(count)
    np.maximum.at(most, model.row, size)
    rest = size < most[model.row]
    np.maximum.at(reach, model.row[rest], (size * model.high[model.column])[rest])
    far = (most > _TIED) & (most > _ALMOST * reach)
    kept = ~far[model.row]
    return replace(
        model,
        row_low=np.where(far, -INFINITY, model.row_low),
        row_high=np.where(far, INFINITY, model.row_high),
        row=model.row[kept],
        column=model.column[kept],
        value=model.value[kept],
    )


def _scales(model: Relaxation) -> tuple[Floats, Floats]:
    """Scales of rows and columns: the largest and the smallest number of each are as far from one."""
    used = model.value != 0
    row, column = model.row[used], model.column[used]
    size = np.log2(np.abs(model.value[used]))
    rows, columns = np.zeros(len(model.row_low)), np.zeros(len(model.cost))
    for _ in range(_ROUNDS):
        rows -= _middle(row, size + rows[row] + columns[column], len(rows))
        columns -= _middle(column, size + rows[row] + columns[column], len(columns))
    return 2.0 ** np.round(rows), 2.0 ** np.round(columns)


def _middle(place: Ints, size: Floats, count: int) -> Floats:
    """Half way between the largest and the smallest at each place; 0 where there are none."""
    most, least = np.full(count, -INFINITY), np.full(count, INFINITY)
    np.maximum.at(most, place, size)
    np.minimum.at(least, place, size)
    none = np.isinf(most)
    return np.where(none, 0.0, (np.where(none, 0.0, most) + np.where(none, 0.0, least)) / 2)


def _scaled(model: Relaxation, rows: Floats, columns: Floats) -> Relaxation:
    """Return the model in other units, without far bounds of what does not pay by itself."""
    far = (model.high > _FAR) & (model.cost >= 0)
    return replace(
        model,
        cost=model.cost * columns,
        low=model.low / columns,
        high=np.where(far, INFINITY, model.high / columns),
        row_low=model.row_low * rows,
        row_high=model.row_high * rows,
        value=model.value * rows[model.row] * columns[model.column],
    )
