"""Nothing is in stock longer than it may be.

Formulation: stock at the end of t <= inflows of the buckets whose lots have not expired by then
(first expired first out); the rest is written off.
Relation: RESTRICTED by the remaining life that deliveries need, and by whole buckets.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from capacityplan.domain.plant import Item
from capacityplan.formulate.builder import Builder
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.units import MINUTES_PER_DAY

Ints = npt.NDArray[np.int64]


def applies(grid: Grid) -> bool:
    """Only where an item expires."""
    return bool(grid.lookup.perishable)


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """One row per expiring item and bucket."""
    given: dict[int, list[tuple[int, int, int, float]]] = {}
    for flow in grid.tables.given:
        completed = grid.starts[flow.start].flow.completed
        given.setdefault(flow.item, []).append((flow.start, flow.bucket, completed, flow.per_unit))
    bought: dict[int, list[tuple[int, int, int]]] = {}
    for position, (arrival, _) in enumerate(x.tiers.tolist()):
        arrived = grid.arrivals[arrival]
        row = (position, arrived.released, arrived.minute)
        bought.setdefault(grid.items[arrived.item], []).append(row)
    for item in grid.plant.items:
        if item.item not in grid.lookup.perishable:
            continue
        index = grid.items[item.item]
        last = _last_buckets(grid, item, _completed(grid))
        rows = builder.rows(grid.buckets, high=_fresh_facts(grid, item))
        builder.post(rows, x.stock[index], 1.0)
        for start, bucket, completed, per_unit in given.get(index, ()):
            builder.post(rows[bucket : last[completed] + 1], x.made[start], -per_unit)
        orders = bought.get(index, [])
        kept = _last_buckets(grid, item, np.array([minute for _, _, minute in orders], dtype=np.int64))
        for (position, released, _), until in zip(orders, kept.tolist(), strict=True):
            builder.post(rows[released : until + 1], x.bought[position], -1.0)


def _completed(grid: Grid) -> Ints:
    """Minute from which the life of a lot completed in each bucket counts: at worst in the window."""
    timeline = grid.timeline
    window = np.arange(grid.buckets) < timeline.window_buckets
    return np.where(window, timeline.starts, timeline.ends)


def _last_buckets(grid: Grid, item: Item, since: Ints) -> Ints:
    """Last bucket at whose end what is there since a minute may still be in stock.

    What is in stock at the end of t must be usable in t + 1 at least: for its shelf life, less what
    deliveries need. Without one only stock that is dated expires.
    """
    if item.shelf_life_days is None:
        return np.full(len(since), grid.buckets - 1, dtype=np.int64)
    expires = since + max(item.shelf_life_days - item.min_remaining_life_days, 0) * MINUTES_PER_DAY
    timeline = grid.timeline
    following = np.where(
        np.arange(grid.buckets) + 1 < timeline.window_buckets, timeline.ends, timeline.starts
    )
    last = np.searchsorted(following, expires, side="left").astype(np.int64) - 2
    return np.maximum(last, -1)


def _fresh_facts(grid: Grid, item: Item) -> npt.NDArray[np.float64]:
    """Quantity of facts that may be in stock at each bucket's end, model units."""
    out = np.zeros(grid.buckets)
    unit = grid.unit[grid.items[item.item]]
    for flow in grid.facts.inflows:
        if flow.item != item.item:
            continue
        if flow.expires is None:
            out[flow.bucket :] += flow.quantity / unit
            continue
        spare = flow.expires - item.min_remaining_life_days * MINUTES_PER_DAY
        held = (np.arange(grid.buckets) >= flow.bucket) & (grid.timeline.ends < spare)
        out[held] += flow.quantity / unit
    return out
