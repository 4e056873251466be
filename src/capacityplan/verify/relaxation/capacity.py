"""Capacity of machines, labour and tools, with work in progress at the borders of buckets.

RELAXED (maintenance, weekly totals of overtime, and order within a bucket are left out).

Validity. Take a plan. worked[r, g, t] is what resource r works in bucket t on runs of setup group g
(run minutes, of the kinds of work that other families post), ahead[r, g, t] what of it belongs to
operations that have not ended by the end of t: row `work`. Setup minutes are counted where their
run ends (changeovers where it starts); `set_up` is what of them was worked before. In a bucket
a resource works at most its regular capacity-minutes and the overtime opened, times the units it
works with (row `load`). In the window an operation that has started and not ended at a border is a
run that is open there, at most one per unit of the resource, so both together are at most the longest
run, setup included, times the units (row `open`), unless batches are run there: a lot may then have
several runs. In the tail loads may be spread over buckets at will: they only cannot exceed what
all earlier buckets can work, and not at all where every lot is made within a bucket (`within_buckets`:
then nothing is worked on for an operation that ends later). Labour and tools likewise, with the sum of
the machines' limits.
Overtime is opened within the minutes offered (in the tail once by the minute and once by the bucket)
and within the weekly limit of each week touched; each minute is charged.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from capacityplan.domain.plant import Operation, OperationResource, Resource
from capacityplan.domain.timeline import weeks_touched
from capacityplan.verify.facts import run_minutes
from capacityplan.verify.relaxation.arrays import Floats, Ints
from capacityplan.verify.relaxation.builder import INFINITY, Builder, Relation
from capacityplan.verify.relaxation.columns import Columns, groups, machines, pools
from capacityplan.verify.relaxation.grid import Grid

RELATION = Relation.RELAXED


def build(builder: Builder, grid: Grid, shared: Columns) -> None:
    """Post machines, then labour pools and tools."""
    limits: dict[str, Fraction | None] = {}
    for resource in machines(grid):
        limits[resource.resource] = _open_limit(grid, resource)
        _machine(builder, grid, shared, resource, limits[resource.resource])
    for name in pools(grid):
        _pool(builder, grid, shared, name, limits)


def room(grid: Grid, resource: str) -> Floats:
    """Most minutes that a resource can work by bucket, all overtime included."""
    most = grid.units(resource)
    pairs = zip(grid.capacity(resource), overtime_limits(grid, resource), strict=True)
    return np.array([float(regular + most * extra) for regular, extra in pairs])


def within_buckets(grid: Grid) -> bool:
    """Whether every operation ends in the bucket in which it begins."""
    return grid.plant.horizon.lots_within_buckets and not grid.window


def _by_then(grid: Grid, most: Floats) -> Floats:
    """Most minutes that can be worked by the end of a bucket on what ends later."""
    return np.zeros(len(most)) if within_buckets(grid) else np.cumsum(most)


def overtime_limits(grid: Grid, resource: str) -> list[Fraction]:
    """Most overtime minutes that a plan may open on a resource by bucket."""
    offered = grid.overtime(resource)
    limits = [Fraction(minutes if t < grid.window else 2 * minutes) for t, minutes in enumerate(offered)]
    weekly = grid.lookup.resources[resource].max_overtime_hours_per_week
    if weekly is not None:
        limits = [min(limit, weekly * 60 * weeks_touched(grid.timeline, t)) for t, limit in enumerate(limits)]
    return limits


def _machine(
    builder: Builder, grid: Grid, shared: Columns, resource: Resource, limit: Fraction | None
) -> None:
    name = resource.resource
    most = room(grid, name)
    by_then = _by_then(grid, most)
    load = shared.load[name]
    _overtime(builder, grid, shared, name, load)
    ahead = []
    for group in groups(grid, resource):
        rows = shared.work[name, group]
        worked = builder.columns(grid.size, most)
        shared.worked[name, group] = worked
        builder.post(rows, worked, -1)
        builder.post(load, worked, 1)
        ahead.append(_ahead(builder, rows, by_then))
    ahead.append(_ahead(builder, load, by_then))
    if limit is not None and grid.window:
        keys = [f"{name},{t}" for t in range(grid.window)]
        rows = builder.rows("open", keys, -INFINITY, limit)
        for columns in ahead:
            builder.post(rows, columns[: grid.window], 1)


def _ahead(builder: Builder, rows: Ints, by_then: Floats) -> Ints:
    """Columns of work that is done at a border for what ends later."""
    ahead = builder.columns(len(rows), by_then)
    builder.post(rows, ahead, 1)
    builder.post(rows[1:], ahead[:-1], -1)
    return ahead


def _overtime(builder: Builder, grid: Grid, shared: Columns, name: str, rows: Ints) -> None:
    limits = overtime_limits(grid, name)
    if name in shared.overtime or not any(limits):
        return
    extra = builder.columns(grid.size, limits)
    shared.overtime[name] = extra
    builder.post(rows, extra, -grid.units(name))
    builder.charge("overtime", extra, grid.lookup.resources[name].overtime_cost_per_hour / 60)


def _pool(
    builder: Builder, grid: Grid, shared: Columns, name: str, limits: dict[str, Fraction | None]
) -> None:
    rows = shared.pool[name]
    _overtime(builder, grid, shared, name, rows)
    ahead = _ahead(builder, rows, _by_then(grid, room(grid, name)))
    total = Fraction(0)
    for modes in grid.lookup.modes.values():
        for mode in modes:
            if name in dict(grid.lookup.pools(mode)) and limits.get(mode.resource) is None:
                return
    used: dict[str, int] = {}
    for modes in grid.lookup.modes.values():
        for mode in modes:
            for pool, staff in grid.lookup.pools(mode):
                if pool == name:
                    used[mode.resource] = max(used.get(mode.resource, 0), staff, 1)
    for resource, staff in used.items():
        total += (limits[resource] or Fraction(0)) * staff
    open_rows = builder.rows("open", [f"{name},{t}" for t in range(grid.window)], -INFINITY, total)
    builder.post(open_rows, ahead[: grid.window], 1)


def _open_limit(grid: Grid, resource: Resource) -> Fraction | None:
    """Most minutes already worked on runs that are open at a border of the window."""
    longest = 0
    for (item, version, name), modes in grid.lookup.modes.items():
        for mode in modes:
            if mode.resource != resource.resource:
                continue
            minutes = _longest(grid, item, version, name, mode)
            if minutes is None:
                return None
            longest = max(longest, minutes + mode.setup_minutes)
    changes = [row.minutes for row in grid.plant.changeovers if row.matrix == resource.changeover_matrix]
    return Fraction((longest + max(changes, default=0)) * grid.units(resource.resource))


def _longest(grid: Grid, item: str, version: str, name: str, mode: OperationResource) -> int | None:
    """Longest run of an operation on a mode; None where nothing bounds it."""
    row, scale = grid.lookup.items[item], grid.lookup.scale[item]
    steps: list[Operation] = [
        step for step in grid.lookup.routings.get((item, version), ()) if step.operation == name
    ]
    reworks = [step for key, step in grid.lookup.rework.items() if key == (item, version, name)]
    if not row.max_lot or (reworks and any(offer.item == item for offer in grid.plant.suppliers)):
        return None
    quantities = [receipt.quantity for receipt in grid.plant.receipts if receipt.item == item]
    quantities += [stock.quantity for stock in grid.plant.stock if stock.item == item]
    largest = max([row.max_lot, *quantities])
    efficiency = grid.lookup.resources[mode.resource].efficiency
    longest = 0
    for step in (*steps, *reworks):
        if step.batch_size:
            return None
        longest = max(longest, run_minutes(step, mode, efficiency, largest, scale))
    return longest
