"""The columns and rows in which the rule families of the lots model meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacityplan.formulate.builder import INFINITY, Builder
from capacityplan.prepare.grid import Grid
from capacityplan.prepare.tables import floats, ints

_SPARE = 0.05
"""Share of the last bucket's capacity kept free: lots that a schedule cannot place where they should
lie go to the next bucket, and there is none after it."""
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Variables:
    """Shared blocks.

    Attributes
    ----------
    made : (starts,) column
        Model units started.
    lots : (starts,) column or -1
        Number of lots, where it matters.
    split : (choices,) column
        Model units of a start that run on a mode.
    source : (starts + choices,) column
        ``made`` and ``split`` in one array: what a load's source points into.
    bought : (offers,) column
        Model units per arrival and tier, ``offers`` as listed in ``tiers``.
    ordered : (offers,) column or -1
        Whether the tier is used, where that costs or limits something.
    tiers : (offers, 2) int
        Arrival and position of the tier in it.
    stock : (items, buckets) column
        Model units in stock at the bucket's end.
    stock_row : (items, buckets) row
        Inflows less outflows less the increase of stock = 0 (what flows in is positive).
    load_row : (resources, buckets) row
        Minutes <= capacity-minutes.
    opened : (resources, buckets) column or -1
        Overtime minutes.
    most : (starts,) float
        Largest sensible quantity of a start, model units.
    short : (items, buckets) column
        Model units taken from nowhere (at a price that no plan pays).
    delivered : (deliveries, 4) int
        Class of demand, buckets of arrival and of shipping, and column of each possible delivery.
    """

    made: Ints
    lots: Ints
    split: Ints
    source: Ints
    bought: Ints
    ordered: Ints
    tiers: Ints
    stock: Ints
    stock_row: Ints
    load_row: Ints
    opened: Ints
    most: Floats
    short: Ints
    delivered: Ints


def shared(builder: Builder, grid: Grid) -> Variables:
    """Create the shared columns and rows."""
    count = len(grid.starts)
    most = largest(grid)
    made = builder.columns(count, high=most)
    lots = np.full(count, -1, dtype=np.int64)
    counted = np.array([grid.processes[start.process].counted for start in grid.starts], dtype=bool)
    lots[counted] = builder.columns(int(counted.sum()), integer=True, high=_most_lots(grid, most)[counted])
    split = builder.columns(len(grid.tables.choices))
    tiers = np.array(
        [(a, k) for a, arrival in enumerate(grid.arrivals) for k in range(len(arrival.tiers))], dtype=np.int64
    ).reshape(-1, 2)
    bought = builder.columns(len(tiers))
    binary = np.array([needs_order(grid, int(a), int(k)) for a, k in tiers], dtype=bool)
    ordered = np.full(len(tiers), -1, dtype=np.int64)
    ordered[binary] = builder.columns(int(binary.sum()), high=1.0, integer=True)
    shape = (len(grid.items), grid.buckets)
    rhs = (grid.taken - grid.inflow).ravel()
    stock_row = builder.rows(rhs.size, rhs, rhs).reshape(shape)
    stock = builder.columns(rhs.size).reshape(shape)
    load_row = builder.rows(grid.capacity.size, -INFINITY, _usable(grid).ravel())
    return Variables(
        made, lots, split, np.concatenate([made, split]), bought, ordered, tiers,
        stock, stock_row, load_row.reshape(grid.capacity.shape), _overtime(builder, grid), most,
        builder.columns(rhs.size).reshape(shape), _deliveries(builder, grid),
    )  # fmt: skip


def _usable(grid: Grid) -> Floats:
    """Capacity-minutes, at the end of the horizon less what lots that come late will need there."""
    usable = grid.capacity.copy()
    if grid.timeline.window_buckets:
        usable[:, -1] *= 1 - _SPARE
    return usable


def _deliveries(builder: Builder, grid: Grid) -> Ints:
    """A column for every class and bucket of arrival from its first due bucket on that can be reached."""
    due = grid.classes.quantity > 0
    ships = _ship_bucket(grid)
    live = (np.cumsum(due, axis=1) > 0) & (ships >= 0)
    served, arrives = np.nonzero(live)
    return np.stack([served, arrives, ships[live], builder.columns(len(served))], axis=1)


def _ship_bucket(grid: Grid) -> Ints:
    """Latest bucket in which a delivery arriving in a bucket can leave; -1: none."""
    timeline = grid.timeline
    out = np.empty((len(grid.classes), grid.buckets), dtype=np.int64)
    for index, transit in enumerate(grid.classes.transit.tolist()):
        leave = timeline.ends - transit
        out[index] = np.where(leave > 0, np.searchsorted(timeline.ends, leave, side="left"), -1)
    return out


def _overtime(builder: Builder, grid: Grid) -> Ints:
    """Overtime columns where overtime can be opened."""
    units = np.array([max(row.capacity, 1) for row in grid.lookup.resources.values()], dtype=float)
    possible = grid.overtime > 0
    opened = np.full(grid.overtime.shape, -1, dtype=np.int64)
    high = (grid.overtime / units.reshape(-1, 1))[possible]
    opened[possible] = builder.columns(len(high), high=high)
    return opened


def needs_order(grid: Grid, arrival: int, tier: int) -> bool:
    """Whether using a tier is a yes-or-no question (order cost, minimum, price break, inspection)."""
    row = grid.arrivals[arrival]
    offer = row.tiers[tier].offer
    step = max(offer.order_multiple, 1)
    return bool(
        offer.order_cost or offer.min_order > step or offer.from_quantity > 1 or len(row.tiers) > 1
        or row.inspections
    )  # fmt: skip


def largest(grid: Grid) -> Floats:
    """Largest quantity of every start that can make sense: what is needed at all, what fits."""
    total = needed(grid)
    most = np.empty(len(grid.starts))
    for index, start in enumerate(grid.starts):
        process = grid.processes[start.process]
        item = grid.lookup.items[process.item]
        floor = max(item.min_lot, item.lot_multiple, 1) / grid.unit[start.item]
        wanted = total[start.item] / max(process.share, 0.05)
        most[index] = max(wanted, floor) * 1.05 + floor
    room = (grid.capacity + grid.overtime).ravel()
    loads = [row for row in grid.tables.loads if row.source < len(grid.starts) and row.per_unit > 0]
    source, per_unit = ints(loads, 0), floats(loads, 4)
    place = ints(loads, 2) * grid.buckets + ints(loads, 3)
    fits = room[place] / per_unit if len(loads) else np.zeros(0)
    # A start that fills several buckets is not held to the smallest of them (lags are estimates).
    best = np.zeros(len(grid.starts))
    np.maximum.at(best, source, fits)
    touched = np.zeros(len(grid.starts), dtype=bool)
    touched[source] = True
    return np.where(touched, np.minimum(most, best), most)


def needed(grid: Grid) -> Floats:
    """Model units of every item needed over the horizon at most: demand through all bills, and targets."""
    total = np.zeros(len(grid.items))
    np.add.at(total, grid.classes.item, grid.classes.quantity.sum(axis=1))
    for row in grid.plant.items:
        index = grid.items[row.item]
        total[index] += grid.lookup.safety_stocks(row.item, grid.timeline).max() / grid.unit[index]
    total += grid.taken.sum(axis=1)
    ratio: dict[tuple[int, int], float] = {}
    for flow in grid.tables.taken:
        start = grid.starts[flow.start]
        process = grid.processes[start.process]
        size = process.lot / grid.unit[start.item]
        made = max(process.share - process.loss / process.lot, 0.05)
        key = (start.item, flow.item)
        ratio[key] = max(ratio.get(key, 0.0), (flow.per_unit + flow.per_lot / size) / made)
    parents: dict[int, list[tuple[int, float]]] = {}
    for (parent, component), value in ratio.items():
        parents.setdefault(component, []).append((parent, value))
    done: dict[int, float] = {}

    def need(item: int) -> float:
        if item not in done:
            done[item] = total[item]
            done[item] += sum(need(parent) * value for parent, value in parents.get(item, ()))
        return done[item]

    for parent, component, per in _only_beside(grid):
        total[parent] += need(component) / per
    done.clear()
    return np.array([need(item) for item in range(len(total))])


def _only_beside(grid: Grid) -> Iterator[tuple[int, int, float]]:
    """What is neither made nor bought: items that it comes beside of, and how much for a unit of these."""
    sourced = {row.item for row in grid.plant.suppliers} | set(grid.lookup.versions)
    for line in grid.plant.bill_of_materials:
        if line.by_product and line.component not in sourced:
            parent, component = grid.items[line.item], grid.items[line.component]
            per = line.quantity / line.per_quantity * (1 - line.scrap_fraction)
            scale = grid.lookup.scale[line.component] / grid.lookup.scale[line.item]
            yield parent, component, float(per) * scale * grid.unit[parent] / grid.unit[component]


def _most_lots(grid: Grid, most: Floats) -> Floats:
    """Highest number of lots of every start in its bucket."""
    limit = np.ones(len(most))
    for index, start in enumerate(grid.starts):
        item = grid.lookup.items[grid.processes[start.process].item]
        if item.max_lot:
            limit[index] = np.ceil(most[index] * grid.unit[start.item] / item.max_lot)
    return np.maximum(limit, 1.0)
