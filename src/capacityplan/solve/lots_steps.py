"""Amounts in whole steps: multiples of lots and of orders, decided together once the lots stand.

The search leaves multiples out: each would be another whole number in every one of its programs.
Rounded up one by one afterwards, lots would take components that nobody made, and orders would bring
what nobody takes. Here all else that is whole is fixed, and steps are rounded from the first buckets
to the last: what comes later adapts to what is fixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capacityplan.formulate.builder import Bools, Floats, Ints, Model
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.solve.highs import Linear, Solution
from capacityplan.solve.lots_budget import Budget
from capacityplan.solve.lots_search import GRACE_SECONDS, Links

_NEGLIGIBLE = 1e-5
_BLOCKS = 48
_WORTH = 0.02
"""Share of the cost that whole steps may cost: where they cost more, it is for what lots then lack, and
rounding them one by one, with orders raised to what they take, does better."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Amounts that come in steps.

    Attributes
    ----------
    column : (k,) int
    size : (k,) float
        Steps in model units.
    bucket : (k,) int
        Where lots start and orders arrive.
    bought : (k,) bool
        Orders, the rest are lots.
    """

    column: Ints
    size: Floats
    bucket: Ints
    bought: Bools

    @staticmethod
    def of(grid: Grid, x: Variables) -> Steps:
        """All lots and orders with a multiple."""
        rows = [row for row in (*_lots(grid, x), *_orders(grid, x)) if row[1] > 0]
        column, size, bucket, bought = zip(*rows, strict=True) if rows else ((), (), (), ())
        return Steps(
            np.array(column, dtype=np.int64), np.array(size, dtype=np.float64),
            np.array(bucket, dtype=np.int64), np.array(bought, dtype=np.bool_),
        )  # fmt: skip

    def only(self, which: Bools) -> Steps:
        """Some of them."""
        return Steps(self.column[which], self.size[which], self.bucket[which], self.bought[which])

    def __len__(self) -> int:
        return len(self.column)


def _lots(grid: Grid, x: Variables) -> Iterator[tuple[int, float, int, bool]]:
    for index, start in enumerate(grid.starts):
        step = grid.lookup.items[grid.processes[start.process].item].lot_multiple
        yield int(x.made[index]), _size(grid, start.item, step), start.flow.start, False


def _orders(grid: Grid, x: Variables) -> Iterator[tuple[int, float, int, bool]]:
    for position, (arrival, tier) in enumerate(x.tiers.tolist()):
        row = grid.arrivals[arrival]
        step = row.tiers[tier].offer.order_multiple
        yield int(x.bought[position]), _size(grid, grid.items[row.item], step), row.bucket, True


def _size(grid: Grid, item: int, step: int) -> float:
    return step / float(grid.unit[item]) if step > 1 else 0.0


def in_steps(model: Model, steps: Steps, values: Floats, budget: Budget) -> Floats | None:
    """Amounts in whole steps for the whole numbers of a solution.

    Parameters
    ----------
    model : Model
        In which whole numbers are whole.
    values : (columns,) float
        The solution.
    budget : Budget
        Where its time runs out, what is left is rounded at once.

    Returns
    -------
    (columns,) float or None
        None where the time was not enough for that, or where lots would starve.
    """
    whole = np.flatnonzero(model.integer)
    fixed = np.where(model.integer, np.round(values), 0.0)
    most = np.floor(Links(model).limits(fixed)[steps.column] / steps.size + _NEGLIGIBLE)
    linear = Linear(model)
    linear.bound(whole, fixed[whole], fixed[whole])
    found = linear.solve(budget.left())
    blocks = _blocks(steps)
    while found is not None and blocks:
        block = blocks.pop(0)
        ways = _ways(steps.only(block), found, most[block])
        if budget.work is None and budget.left() <= 0:
            block = np.logical_or.reduce([block, *blocks])
            ways, blocks = _ways(steps.only(block), found, most[block])[:1], []
        found = _best(linear, steps.column[block], ways, budget) or _opened(
            linear, model, steps.column[block], budget
        )
    worth = found is not None and found.objective <= _dearest(model, values)
    return found.values if found is not None and worth else None


def _dearest(model: Model, values: Floats) -> float:
    cost = float(model.cost @ values) + model.offset
    return cost + _WORTH * abs(cost)


def _blocks(steps: Steps) -> list[Bools]:
    """Spans of buckets with about equally many steps, the first ones first."""
    if not len(steps):
        return []
    cuts = np.unique(np.quantile(steps.bucket, np.linspace(0, 1, _BLOCKS + 1), method="lower"))
    place = np.searchsorted(cuts, steps.bucket, side="right")
    return [place == number for number in np.unique(place)]


def _ways(steps: Steps, found: Solution, most: Floats) -> list[Floats]:
    """Amounts to choose from: lots to the nearest step, down or up; orders always up."""
    number = found.values[steps.column] / steps.size
    up, down = np.ceil(number - _NEGLIGIBLE), np.floor(number + _NEGLIGIBLE)
    ways = (np.where(steps.bought, up, way) for way in (np.round(number), down, up))
    return [np.clip(way, 0.0, np.maximum(most, 0.0)) * steps.size for way in ways]


def _best(linear: Linear, columns: Ints, ways: list[Floats], budget: Budget) -> Solution | None:
    """Fix amounts in the way that costs least."""
    tried: list[tuple[float, int, Solution]] = []
    for number, amounts in enumerate(ways):
        linear.bound(columns, amounts, amounts)
        found = linear.solve(max(budget.left(), GRACE_SECONDS))
        if found is not None:
            tried.append((found.objective, number, found))
    if not tried:
        return None
    _, number, found = min(tried, key=lambda row: row[:2])
    linear.bound(columns, ways[number], ways[number])
    return found


def _opened(linear: Linear, model: Model, columns: Ints, budget: Budget) -> Solution | None:
    """Leave amounts for which no steps are possible as they come."""
    linear.bound(columns, model.low[columns], model.high[columns])
    return linear.solve(max(budget.left(), GRACE_SECONDS))
