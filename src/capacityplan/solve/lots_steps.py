"""Amounts in whole steps: multiples of lots and of orders.

The search leaves multiples out at first: each is another whole number in every one of its programs.
Rounded up one by one afterwards, lots would take components that nobody made, and orders would bring
what nobody takes. So, once the lots stand, steps are rounded from the first buckets to the last (what
comes later adapts to what is fixed), and the search goes on in whole steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from capacityplan.formulate.builder import Bools, Floats, Ints, Model
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.solve.highs import Linear, Solution
from capacityplan.solve.lots_budget import Budget
from capacityplan.solve.lots_search import GRACE_SECONDS, Links

_NEGLIGIBLE = 1e-5
_BLOCKS = 48


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

    def sizes(self, columns: int) -> Floats:
        """Step of every column of the model, 0 where it comes in any amount."""
        found = np.zeros(columns)
        found[self.column] = self.size
        return found

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
        None where the time was not enough for that.
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
    return None if found is None else found.values


def counted(model: Model, step: Floats) -> Model:
    """The model in which columns that come in steps are numbers of them, and whole.

    Parameters
    ----------
    step : (columns,) float
        0 where a column comes in any amount.
    """
    stepped = step > 0
    if not stepped.any():
        return model
    size = np.where(stepped, step, 1.0)
    return replace(
        model,
        cost=model.cost * size, low=model.low / size, high=model.high / size,
        integer=model.integer | stepped, value=model.value * np.repeat(size, np.diff(model.begin)),
    )  # fmt: skip


def amounts(values: Floats, step: Floats) -> Floats:
    """What numbers of steps stand for, and all else as it is."""
    return np.where(step > 0, np.round(values) * step, values)


def numbers(values: Floats, step: Floats) -> Floats:
    """Numbers of steps in place of amounts."""
    return values / np.where(step > 0, step, 1.0)


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
