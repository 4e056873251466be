"""Cut lots made a few pieces smaller where components lack that nothing brings in time.

The model's quantities are cut into whole units, rounded up. What lots then take of a component beyond
what there is would be ordered again at the supplier's minimum, or all of a lot would wait for it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from capacityplan.domain.plan import Purchase
from capacityplan.formulate.builder import Floats
from capacityplan.prepare.grid import Grid
from capacityplan.prepare.levels import low_level_order
from capacityplan.prepare.lotflow import brought, comes_beside
from capacityplan.solve.types import PlannedLot

Needs = Callable[[PlannedLot], Iterable[tuple[str, int]]]


def fitted(
    grid: Grid, lots: list[PlannedLot], purchases: Iterable[Purchase], needs: Needs
) -> list[PlannedLot]:
    """Fit cut lots to the components that there are; later lots of an item make what earlier ones leave out.

    Parameters
    ----------
    needs : callable
        Components of a lot in base units.
    """
    work = _Fit(grid, lots, needs)
    arrived: dict[str, Floats] = defaultdict(lambda: np.zeros(grid.buckets))
    for row in purchases:
        bucket = grid.timeline.bucket_of_start(row.arrives)
        arrived[row.item][bucket] += row.quantity
    # Components first: what is left out of a lot is not brought to those above it.
    for item in reversed(low_level_order(grid.lookup)):
        work.fit(item, arrived[item])
    return work.lots


@dataclass(frozen=True, slots=True)
class _Taking:
    """What a lot takes of a component: base units, and by a unit less of the lot."""

    number: int
    quantity: int
    per_unit: float


class _Fit:
    def __init__(self, grid: Grid, lots: list[PlannedLot], needs: Needs) -> None:
        self._grid, self.lots, self._needs = grid, list(lots), needs
        self._of_item: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, lot in enumerate(lots):
            self._of_item[lot.lot.item, lot.lot.version].append(number)
        for numbers in self._of_item.values():
            numbers.sort(key=lambda number: (lots[number].start_bucket, number))
        self._beside = {line.component for lines in grid.lookup.by_products.values() for line in lines}
        self._makers: dict[str, list[int]] = defaultdict(list)
        self._takers: dict[str, list[int]] = defaultdict(list)
        for number, lot in enumerate(lots):
            self._makers[lot.lot.item].append(number)
            for component in {component for component, _ in needs(lot)}:
                self._takers[component].append(number)
        self._facts: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for (item, bucket), quantity in grid.facts.taken.items():
            self._facts[item].append((bucket, quantity))

    def fit(self, item: str, arrived: Floats) -> None:
        """Let lots take no more of an item than there is, where rounding alone makes the difference."""
        if item not in self._takers:
            return
        grid = self._grid
        index = grid.items[item]
        change = grid.inflow[index] * float(grid.unit[index]) + arrived
        for bucket, quantity in self._facts[item]:
            change[bucket] -= quantity
        for number in self._makers[item]:
            lot = self.lots[number]
            usable = grid.timeline.bucket_of_end(lot.need)
            if usable < grid.buckets:
                change[usable] += brought(grid.lookup, item, lot.lot.version, lot.lot.quantity)
        for lot in self.lots if item in self._beside else ():
            usable = grid.timeline.bucket_of_end(lot.need)
            if usable < grid.buckets:
                coming = comes_beside(grid.lookup, lot.lot.item, lot.lot.version, lot.lot.quantity)
                change[usable] += sum(quantity for component, quantity in coming if component == item)
        takings: dict[int, list[_Taking]] = defaultdict(list)
        for number in self._takers[item]:
            lot = self.lots[number]
            taken = sum(quantity for component, quantity in self._needs(lot) if component == item)
            if taken:
                change[lot.start_bucket] -= taken
                per_unit = taken / max(lot.lot.quantity, 1)
                takings[lot.start_bucket].append(_Taking(number, taken, per_unit))
        self._balance(takings, np.cumsum(change))

    def _balance(self, takings: dict[int, list[_Taking]], stock: Floats) -> None:
        """Take pieces out of the last lots before stock would be less than nothing."""
        rounded = 0.0
        for bucket in range(len(stock)):
            rounded += sum(one.per_unit + 1 for one in takings.get(bucket, ()))
            lacking = -float(stock[bucket])
            if not 0 < lacking <= rounded:
                continue
            for one in sorted(takings.get(bucket, ()), key=lambda one: (-one.quantity, one.number)):
                pieces = math.ceil(lacking / one.per_unit)
                if self._without(one.number, pieces):
                    stock[bucket:] += pieces * one.per_unit
                    stock[self._left_to(one.number, pieces) :] -= pieces * one.per_unit
                    break

    def _without(self, number: int, pieces: int) -> bool:
        """Take pieces out of a lot; False where its lots do not come in units, or it would be too small."""
        lot = self.lots[number]
        item = self._grid.lookup.items[lot.lot.item]
        if item.lot_multiple > 1 or lot.lot.quantity - pieces < max(item.min_lot, 1):
            return False
        self._sized(number, lot.lot.quantity - pieces)
        return True

    def _left_to(self, number: int, pieces: int) -> int:
        """Leave pieces to the next lot of the item; return when it starts (the number of buckets: never)."""
        lot = self.lots[number]
        most = self._grid.lookup.items[lot.lot.item].max_lot
        mine = self._of_item[lot.lot.item, lot.lot.version]
        for other in mine[mine.index(number) + 1 :]:
            larger = self.lots[other].lot.quantity + pieces
            if self.lots[other].start_bucket > lot.start_bucket and (not most or larger <= most):
                self._sized(other, larger)
                return self.lots[other].start_bucket
        return self._grid.buckets

    def _sized(self, number: int, quantity: int) -> None:
        lot = self.lots[number]
        self.lots[number] = replace(lot, lot=replace(lot.lot, quantity=quantity))
