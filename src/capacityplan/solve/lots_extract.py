"""From the model's quantities to lots, purchases and overtime: whole numbers that obey the rules."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

import numpy as np

from capacityplan.domain.naming import mark
from capacityplan.domain.plan import Lot, Purchase
from capacityplan.domain.plant import Item
from capacityplan.formulate.builder import Floats
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.divide import side_by_side
from capacityplan.prepare.grid import Grid
from capacityplan.prepare.levels import low_level_order
from capacityplan.prepare.lotflow import brought, comes_beside, components_taken
from capacityplan.solve.lots_fit import fitted
from capacityplan.solve.lots_keep import PreviousSizes
from capacityplan.solve.lots_orders import order_lines
from capacityplan.solve.types import LotPlan, PlannedLot
from capacityplan.units import MINUTES_PER_DAY, ceil_div

_NEGLIGIBLE = 1e-5
"""Model units (a typical lot has 10 to 100) below which nothing is made or bought."""
_SLACK = 1e-4
_MOST_LOTS_PER_START = 2_000
"""Lots of one start beyond these are not made in it; what they lack is asked of the next start."""
_WORTH_ROUNDING = 2.0
"""Times what lots above lack by which lots may grow to bring it: multiples and smallest lots can ask for
much more, and lots above do better with what there is."""
_SMALLEST_PART = 0.05
"""Share of a start for which a mode gets a lot of its own."""


def extract(grid: Grid, x: Variables, values: Floats, method: str) -> LotPlan:
    """Cut lots and order lines out of a solution of the lots model.

    Parameters
    ----------
    values : (columns,) float
        Quantities may be fractional, and numbers of lots too.
    method : str
        How the solution was found, for the log.
    """
    lots = _Cutter(grid, x, values).cut()
    purchases = _purchases(grid, x, values, lots)
    lots = fitted(grid, lots, purchases, partial(lot_needs, grid))
    return LotPlan(
        tuple(_with_needs(grid, lots, purchases)), tuple(purchases), _overtime(grid, x, values), method
    )


class _Cutter:
    """Cuts the lots of every item, items before their components: what is rounded up is carried forward.

    Lots of a component make at least what the lots above it take: rounded, these can take more than
    the model thought, and would wait for a few pieces.
    """

    def __init__(self, grid: Grid, x: Variables, values: Floats) -> None:
        self._grid, self._x, self._values = grid, x, values
        self._mark = mark(grid.lookup.plant)
        self._previous = PreviousSizes(grid, x, values)
        self._splits: dict[int, dict[int, list[tuple[str, float]]]] = defaultdict(lambda: defaultdict(list))
        for column, choice in zip(x.split.tolist(), grid.tables.choices, strict=True):
            if values[column] > _NEGLIGIBLE:
                phase = self._splits[choice.start][choice.phase]
                phase.append((choice.rates.mode.resource, float(values[column])))

    def cut(self) -> list[PlannedLot]:
        grid = self._grid
        starts: dict[str, list[int]] = defaultdict(list)
        for index, start in enumerate(grid.starts):
            if self._values[self._x.made[index]] > _NEGLIGIBLE:
                starts[grid.processes[start.process].item].append(index)
        bought = _bought(grid, self._x, self._values)
        taken = _taken(grid, [])
        sizes: dict[int, list[int]] = {}
        for item in low_level_order(grid.lookup):
            row = grid.items.get(item)
            if item not in starts or row is None:
                continue
            wanted = np.cumsum(taken[item] - bought[item] - grid.inflow[row] * float(grid.unit[row]))
            for index, cut in self._sizes(item, starts[item], wanted):
                sizes[index] = cut
                start = grid.starts[index]
                version, bucket = grid.processes[start.process].version, start.flow.start
                for size in cut:
                    for component, quantity in _needs(grid, item, version, size, bucket):
                        taken[component][bucket] += quantity
        lots: list[PlannedLot] = []
        for index in sorted(sizes):
            lots += self._lots(index, sizes[index], len(lots))
        return lots

    def _sizes(self, item: str, starts: list[int], wanted: Floats) -> Iterator[tuple[int, list[int]]]:
        """Sizes of an item's lots by start.

        Parameters
        ----------
        starts : list of int
            With a quantity.
        wanted : (buckets,) float
            Base units that lots above take by the end of each bucket beyond all other supply.
        """
        grid = self._grid
        starts = sorted(starts, key=lambda index: (grid.starts[index].flow.usable, index))
        usable = [grid.starts[index].flow.usable for index in starts]
        carried: dict[int, float] = defaultdict(float)
        planned = more = 0.0
        for index, first, last in zip(starts, usable, [*usable[1:], grid.buckets], strict=True):
            start = grid.starts[index]
            share = grid.processes[start.process].share
            made = float(self._values[self._x.made[index]]) * float(grid.unit[start.item])
            planned += made * share
            lacking = max(float(wanted[first:last].max(initial=0.0)) - planned, 0.0)
            whole, added = made - carried[start.process], (lacking - more) / share
            cut = self._cut(index, grid.lookup.items[item], whole)
            larger = self._cut(index, grid.lookup.items[item], whole + added)
            if abs(sum(larger) - sum(cut)) <= _WORTH_ROUNDING * abs(added):
                more, whole, cut = lacking, whole + added, larger
            carried[start.process] = sum(cut) - whole
            yield index, cut

    def _cut(self, index: int, item: Item, quantity: float) -> list[int]:
        """Sizes of the lots of a start; where their number is no matter, one for each mode with a share."""
        kept = self._previous.cut(index, item, quantity, partial(lot_sizes, item))
        if kept is not None:
            return kept
        counted = self._x.lots[index]
        if counted >= 0:
            return lot_sizes(item, quantity, max(round(float(self._values[counted])), 1))
        parts = max(self._splits[index].values(), key=len, default=[])
        total = sum(amount for _, amount in parts)
        large = [amount for _, amount in parts if amount >= _SMALLEST_PART * total]
        if len(large) > 1:
            marks = np.concatenate([[0.0], np.cumsum(large) / sum(large) * quantity])
            sizes = [lot_sizes(item, part, 1) for part in np.diff(np.round(marks)).tolist()]
        else:
            sizes = [lot_sizes(item, quantity, 1)]
        version = self._grid.processes[self._grid.starts[index].process].version
        lookup = self._grid.lookup
        return [
            cut for part in sizes for size in part for cut in side_by_side(lookup, item.item, version, size)
        ]

    def _lots(self, index: int, sizes: list[int], before: int) -> list[PlannedLot]:
        grid = self._grid
        start = grid.starts[index]
        process = grid.processes[start.process]
        modes = self._modes(index, sizes)
        letter = "T" if grid.facts.first else "L"
        end = max(start.flow.completed, start.flow.start)
        need = int(grid.timeline.ends[start.flow.usable])
        return [
            PlannedLot(
                Lot(f"{letter}{self._mark}{before + number + 1:05d}", process.item, size, process.version),
                start.flow.start, end, need, modes[number],
            )
            for number, size in enumerate(sizes)
        ]  # fmt: skip

    def _modes(self, index: int, sizes: list[int]) -> list[tuple[tuple[str, str], ...]]:
        """Preferred resources of the lots of a start, in proportion to the model's split."""
        process = self._grid.processes[self._grid.starts[index].process]
        chosen = [list(process.chosen) for _ in sizes]
        for phase, parts in sorted(self._splits[index].items()):
            total = sum(amount for _, amount in parts)
            owed = {resource: sum(sizes) * amount / total for resource, amount in parts}
            for number, size in enumerate(sizes):
                resource = max(owed, key=lambda name: (owed[name], name))
                owed[resource] -= size
                chosen[number].append((process.phases[phase].operation.operation, resource))
        return [tuple(row) for row in chosen]


def lot_sizes(item: Item, wanted: float, count: int) -> list[int]:
    """Sizes of lots that together make a quantity, by the item's lot rules.

    Parameters
    ----------
    wanted : float
        Base units; nothing is cut for none.
    count : int
        Number of lots asked for; more are cut where the maximum wants it, fewer where the
        minimum does.
    """
    if wanted <= _SLACK:
        return []
    step = max(item.lot_multiple, 1)
    smallest = max(ceil_div(item.min_lot, step) * step, step)
    steps = max(1, math.ceil(wanted / step - _SLACK))
    least = smallest // step
    largest = max(item.max_lot // step, least) if item.max_lot else steps
    steps = min(steps, largest * _MOST_LOTS_PER_START)
    count = min(max(count, ceil_div(steps, largest)), max(1, steps // least), _MOST_LOTS_PER_START)
    if steps > count * largest:
        # No number of lots makes just that: too little for one more, too much for these.
        too_much, too_little = (count + 1) * least - steps, steps - count * largest
        count += too_much <= too_little
        steps = count * least if too_much <= too_little else count * largest
    base, more = divmod(steps, count)
    return [max((base + (number < more)) * step, smallest) for number in range(count)]


def _overtime(grid: Grid, x: Variables, values: Floats) -> dict[tuple[str, int], int]:
    """Whole overtime minutes per resource and bucket."""
    found = {}
    for resource, bucket in np.argwhere(x.opened >= 0).tolist():
        minutes = math.ceil(float(values[x.opened[resource, bucket]]) - 0.01)
        if minutes > 0:
            row = grid.plant.resources[resource]
            most = int(grid.overtime[resource, bucket] // max(row.capacity, 1))
            found[row.resource, bucket] = min(minutes, most)
    return {place: minutes for place, minutes in found.items() if minutes > 0}


def lot_needs(grid: Grid, lot: PlannedLot) -> list[tuple[str, int]]:
    """Components of a lot in base units, without in-process losses."""
    return _needs(grid, lot.lot.item, lot.lot.version, lot.lot.quantity, lot.start_bucket)


def _needs(grid: Grid, item: str, version: str, quantity: int, bucket: int) -> list[tuple[str, int]]:
    """Components of a lot in base units, without in-process losses."""
    found: list[tuple[str, int]] = []
    minute = int(grid.timeline.starts[bucket])
    for operation in grid.lookup.routings[item, version]:
        found += components_taken(grid.lookup, item, version, operation.operation, quantity, minute)
        quantity = quantity * operation.yield_fraction.numerator // operation.yield_fraction.denominator
    return found


def _bought(grid: Grid, x: Variables, values: Floats) -> dict[str, Floats]:
    """Base units of every item that the model buys, by the bucket from which they can be used."""
    found: dict[str, Floats] = defaultdict(lambda: np.zeros(grid.buckets))
    for position, (index, _) in enumerate(x.tiers.tolist()):
        arrival = grid.arrivals[index]
        if arrival.released < grid.buckets:
            unit = float(grid.unit[grid.items[arrival.item]])
            found[arrival.item][arrival.released] += float(values[x.bought[position]]) * unit
    return found


def _purchases(grid: Grid, x: Variables, values: Floats, lots: list[PlannedLot]) -> list[Purchase]:
    """Order lines for what the cut lots take beyond what they bring."""
    used = _taken(grid, lots)
    for item, made in _made(grid, lots).items():
        used[item] -= made
    return order_lines(grid, x, values, used, _rounded(grid, lots))


def _rounded(grid: Grid, lots: list[PlannedLot]) -> dict[str, Floats]:
    """What rounding to whole units may add to what lots take, by component and bucket."""
    found: dict[str, Floats] = defaultdict(lambda: np.zeros(grid.buckets))
    for lot in lots:
        if grid.lookup.items[lot.lot.item].lot_multiple <= 1:
            for component, quantity in lot_needs(grid, lot):
                found[component][lot.start_bucket] += quantity / max(lot.lot.quantity, 1) + 1
    return found


def _taken(grid: Grid, lots: list[PlannedLot]) -> dict[str, Floats]:
    """Base units of every item that lots and facts take, by bucket."""
    taken: dict[str, Floats] = defaultdict(lambda: np.zeros(grid.buckets))
    for lot in lots:
        for component, quantity in lot_needs(grid, lot):
            taken[component][lot.start_bucket] += quantity
    for (item, bucket), quantity in grid.facts.taken.items():
        taken[item][bucket] += quantity
    return taken


def _made(grid: Grid, lots: list[PlannedLot]) -> dict[str, Floats]:
    """Base units of every item that cut lots bring, by the bucket from which they can be used."""
    made: dict[str, Floats] = defaultdict(lambda: np.zeros(grid.buckets))
    for lot in lots:
        usable = grid.timeline.bucket_of_end(lot.need)
        if usable < grid.buckets:
            item, version = lot.lot.item, lot.lot.version
            made[item][usable] += brought(grid.lookup, item, version, lot.lot.quantity)
            for component, quantity in comes_beside(grid.lookup, item, version, lot.lot.quantity):
                made[component][usable] += quantity
    return made


def _with_needs(grid: Grid, lots: list[PlannedLot], purchases: list[Purchase]) -> list[PlannedLot]:
    """Give every lot the minute by which its output is wanted: first in, first out."""
    wanted = _outflow(grid, lots)
    supplied: dict[str, float] = defaultdict(float)
    for name, index in grid.items.items():
        supplied[name] = float(grid.inflow[index].sum() * grid.unit[index])
    for purchase in purchases:
        supplied[purchase.item] += purchase.quantity
    share = {(process.item, process.version): process.share for process in grid.processes}
    result = []
    for lot in sorted(lots, key=lambda row: (row.need, row.lot.lot)):
        item = lot.lot.item
        need = _first_reached(grid, wanted.get(item), supplied[item], lot.need)
        supplied[item] += lot.lot.quantity * share[item, lot.lot.version]
        result.append(PlannedLot(lot.lot, lot.start_bucket, lot.end_bucket, need, lot.modes))
    return sorted(result, key=lambda row: row.lot.lot)


def _outflow(grid: Grid, lots: list[PlannedLot]) -> dict[str, Floats]:
    """Base units of every item wanted by bucket: what lots take, and demand when it is due."""
    wanted = _taken(grid, lots)
    for row, item in enumerate(grid.classes.item.tolist()):
        wanted[grid.plant.items[item].item] += grid.classes.quantity[row] * float(grid.unit[item])
    return {item: np.cumsum(quantity) for item, quantity in wanted.items()}


def _first_reached(grid: Grid, wanted: Floats | None, supplied: float, planned: int) -> int:
    """End of the bucket in which what is wanted exceeds what was supplied before."""
    week = 7 * MINUTES_PER_DAY
    if wanted is None:
        return min(planned + week, grid.timeline.horizon_end)
    bucket = int(np.searchsorted(wanted, supplied + _SLACK, side="right"))
    if bucket >= grid.buckets:
        return min(planned + week, grid.timeline.horizon_end)
    return int(grid.timeline.ends[bucket])
