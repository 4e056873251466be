"""Forms of a relaxation that branch and bound does better on than on all of its rows.

Both leave rows out, which only admits more: what is proven of them holds for the relaxation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capacityplan.verify.relaxation.arrays import Floats, Ints
from capacityplan.verify.relaxation.builder import Relaxation

_CUTS = ("setup_cut[",)
_TOLD_TWICE = (
    *_CUTS,
    "count_cut[",
    "supplied[",
    "cover[",
    "short[",
    "forgone[",
    "passed[",
    "echelon_stock[",
    "loss[",
    "free[",
    "lot_least[",
)
"""What balances of stock say again of echelons, of stock that is not on hold and of the least of a lot."""


def uncut(model: Relaxation) -> Relaxation:
    """Leave out the cuts that follow from locations: a solver finds those it needs sooner in its own tree."""
    return _without(model, _CUTS)


def lean(model: Relaxation) -> Relaxation:
    """Leave balances, capacities and setups alone, as a textbook has them.

    A solver's cuts follow paths of rows through columns in few of them, and its nodes are quicker.
    """
    model = _without(model, _TOLD_TWICE)
    named = np.zeros(len(model.cost), dtype=np.bool_)
    named[model.column] = True
    idle = ~named & (model.cost >= 0) & (model.low <= 0)
    return replace(model, high=np.where(idle, np.minimum(model.high, 0.0), model.high))


def _without(model: Relaxation, kinds: tuple[str, ...]) -> Relaxation:
    """Leave out the rows of some kinds."""
    kept = np.array([not name.startswith(kinds) for name in model.row_names], dtype=np.bool_)
    place = np.cumsum(kept) - 1
    here = kept[model.row]
    return replace(
        model,
        row_names=tuple(np.array(model.row_names, dtype=object)[kept]),
        row_low=model.row_low[kept], row_high=model.row_high[kept],
        row=place[model.row[here]], column=model.column[here], value=model.value[here],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compact:
    """A model without the columns that have one value.

    Attributes
    ----------
    model : Relaxation
        Of the other columns, with the rows in which any of them is.
    kept : (k,) int
        Their places in the whole model.
    values : (columns,) float
        Of the whole model: those of fixed columns.
    offset : float
        What the fixed columns cost.
    """

    model: Relaxation
    kept: Ints
    values: Floats
    offset: float

    @staticmethod
    def of(model: Relaxation) -> Compact:
        """Fix what has one value, or is alone in a row that says which."""
        low, high = model.low.copy(), model.high.copy()
        size = len(model.row_low)
        free = ((high > low) | (low != 0))[model.column] & (model.value != 0)
        alone = free & (np.bincount(model.row[free], minlength=size) == 1)[model.row]
        alone &= (model.row_low == model.row_high)[model.row]
        told = model.row_low[model.row[alone]] / model.value[alone]
        low[model.column[alone]] = high[model.column[alone]] = told
        fixed = low == high
        gone = fixed[model.column]
        there = ~gone & (model.value != 0)
        moved = np.bincount(
            model.row[gone], weights=model.value[gone] * low[model.column[gone]], minlength=size
        )
        used = np.bincount(model.row[there], minlength=size) > 0
        kept, place, row = np.flatnonzero(~fixed), np.cumsum(~fixed) - 1, np.cumsum(used) - 1
        small = replace(
            model, cost=model.cost[kept], low=low[kept], high=high[kept], integer=model.integer[kept],
            grain=model.grain[kept], row_names=tuple(np.array(model.row_names, dtype=object)[used]),
            row_low=(model.row_low - moved)[used], row_high=(model.row_high - moved)[used],
            row=row[model.row[there]], column=place[model.column[there]], value=model.value[there],
        )  # fmt: skip
        values = np.where(fixed, low, 0.0)
        return Compact(small, kept, values, float(model.cost @ values))

    def whole(self, values: Floats) -> Floats:
        """Put values of the columns that are left into the whole model."""
        every = self.values.copy()
        every[self.kept] = values
        return every
