"""Lots are cut in the sizes that the previous plan has where a solution of the lots model allows it."""

from __future__ import annotations

from collections.abc import Callable

from capacityplan.domain.plant import Item
from capacityplan.formulate.builder import Floats
from capacityplan.formulate.lots.stability import formerly
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.prepare.stability import Stability

_NEAR = 0.1
"""Share of a lot by which a previous size may miss what is wanted: the next lot makes it up."""


class PreviousSizes:
    """Sizes of the previous plan's lots by start of the lots model, in the window: later they are free.

    Where versions of an item start in the same bucket, the one that makes most is taken to go on.
    """

    def __init__(self, grid: Grid, x: Variables, values: Floats) -> None:
        self._of: dict[int, list[int]] = {}
        if not grid.plant.previous_runs:
            return
        by_place: dict[tuple[int, int], int] = {}
        for index, start in enumerate(grid.starts):
            place = start.item, start.flow.start
            if place not in by_place or values[x.made[index]] > values[x.made[by_place[place]]]:
                by_place[place] = index
        for place, lots in formerly(grid, Stability(grid.plant)).items():
            if place in by_place and place[1] < grid.timeline.window_buckets:
                item = grid.plant.items[place[0]]
                self._of[by_place[place]] = [lot.quantity for lot in lots if _is_legal(item, lot.quantity)]

    def cut(
        self, index: int, item: Item, wanted: float, sized: Callable[[float, int], list[int]]
    ) -> list[int] | None:
        """Cut a start's quantity into previous sizes and what is wanted besides; None where there are none.

        Parameters
        ----------
        sized : callable
            Sizes of so many lots of a quantity, by the item's lot rules.
        """
        sizes = self._of.get(index)
        if not sizes:
            return None
        slack = _NEAR * sum(sizes) / len(sizes)
        kept, left = [], wanted
        for size in sizes:
            if size <= left + slack:
                kept.append(size)
                left -= size
        if left <= slack or not kept:
            return kept or None
        if left < max(item.min_lot, item.lot_multiple):
            return [*kept[:-1], *sized(kept[-1] + left, 1)]
        return [*kept, *sized(left, 1)]


def _is_legal(item: Item, quantity: int) -> bool:
    """Whether a lot of a size may be made today."""
    fits = item.min_lot <= quantity and quantity % max(item.lot_multiple, 1) == 0
    return fits and not (item.max_lot and quantity > item.max_lot)
