"""Lots of a new plan take the names of the previous plan's lots that they most resemble.

An operation that is gone and one that is new are two changes, one that stays where it was is none
(docs/model.md, section 10). Lots are cut without names in mind, so each item's lots are assigned to
its previous ones at the least that the changes then cost (a linear assignment per item).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.prepare.stability import Formerly, Stability
from capacityplan.solve.types import LotPlan, PlannedLot

_NEARER = 1e-3
"""What a bucket of distance, and a wholly other quantity, weigh in changes."""

_MOST = 300
"""Lots of an item that are assigned together."""


def kept_names(plant: Plant, lots: LotPlan, taken: Collection[str] = ()) -> LotPlan:
    """Name lots after the previous plan's lots where that makes for the least changes.

    Parameters
    ----------
    plant : Plant
    lots : LotPlan
        ``other`` is named too.
    taken : collection of str
        Names that are in use: of lots in a window that stands.
    """
    if not plant.previous_runs:
        return lots
    other = lots.other and kept_names(plant, lots.other, taken)
    return replace(lots, lots=_Namer(plant, taken).named(lots.lots), other=other)


class _Namer:
    def __init__(self, plant: Plant, taken: Collection[str]) -> None:
        self._timeline = Timeline.of(plant)
        self._stability = Stability(plant)
        self._routings = Lookup(plant).routings
        # Where changes are free, few of them are wanted all the same.
        self._free = not any(self._stability.rates)
        used = {*taken, *(row.stock for row in plant.stock)}
        self._former: dict[str, list[Formerly]] = defaultdict(list)
        for row in self._stability.lots:
            if row.lot not in used:
                self._former[row.item].append(row)

    def named(self, lots: tuple[PlannedLot, ...]) -> tuple[PlannedLot, ...]:
        """Return the lots in their order, under their names."""
        by_item: dict[str, list[PlannedLot]] = defaultdict(list)
        for wish in lots:
            if not wish.lot.receipt:
                by_item[wish.lot.item].append(wish)
        names: dict[str, str] = {}
        for item, wishes in by_item.items():
            for former, here in self._stretches(self._former.get(item, []), wishes):
                names.update(self._assigned(former, here))
        return tuple(
            replace(wish, lot=replace(wish.lot, lot=names.get(wish.lot.lot, wish.lot.lot))) for wish in lots
        )

    def _stretches(
        self, former: list[Formerly], wishes: list[PlannedLot]
    ) -> Iterator[tuple[list[Formerly], list[PlannedLot]]]:
        """Cut an item's lots into stretches of time: an assignment of thousands takes too long."""
        borders = [self._bucket(was) for was in former[_MOST::_MOST]]
        for begin, end in zip([-1, *borders], [*borders, len(self._timeline)], strict=True):
            yield (
                [was for was in former if begin < self._bucket(was) <= end],
                [wish for wish in wishes if begin < wish.start_bucket <= end],
            )

    def _bucket(self, was: Formerly) -> int:
        return min(self._timeline.bucket_of_start(max(was.start, 0)), len(self._timeline) - 1)

    def _assigned(self, former: list[Formerly], wishes: list[PlannedLot]) -> dict[str, str]:
        """Name after each lot of an item that takes one: lots left over on either side count as changed."""
        before, after = len(former), len(wishes)
        cost = np.zeros((before + after, before + after))
        for row, was in enumerate(former):
            cost[row, after:] = self._price(was.start) * was.operations
            for column, wish in enumerate(wishes):
                cost[row, column] = self._changed(was, wish)
        for column, wish in enumerate(wishes):
            cost[before:, column] = self._new(wish)
        pairs = zip(*linear_sum_assignment(cost), strict=True)
        return {
            wishes[column].lot.lot: former[row].lot
            for row, column in pairs
            if row < before and column < after
        }

    def _changed(self, was: Formerly, wish: PlannedLot) -> float:
        """What is charged where a lot takes the place of a previous one, and how far they are apart."""
        at = min(wish.start_bucket, len(self._timeline) - 1)
        begin, end = int(self._timeline.starts[at]), int(self._timeline.ends[at])
        kept = was.meets(begin, end, 0)
        apart = abs(self._bucket(was) - at)
        most = max(was.quantity, wish.lot.quantity, 1)
        other = abs(was.quantity - wish.lot.quantity) / most
        unlike = _NEARER * (apart + other)
        if kept and (not other or not (was.to_the_minute and self._in_window(wish))):
            return unlike
        return self._price(min(was.start, self._begins(wish))) * was.operations + unlike

    def _new(self, wish: PlannedLot) -> float:
        """What is charged for a lot that takes no name."""
        if not self._in_window(wish):
            return 0.0
        operations = len(self._routings.get((wish.lot.item, wish.lot.version), ()))
        return self._price(self._begins(wish)) * operations

    def _price(self, minute: int) -> float:
        return 1.0 if self._free else self._stability.rate(max(minute, 0))

    def _begins(self, wish: PlannedLot) -> int:
        return int(self._timeline.starts[min(wish.start_bucket, len(self._timeline) - 1)])

    def _in_window(self, wish: PlannedLot) -> bool:
        return wish.start_bucket < self._timeline.window_buckets
