"""Changeovers between setup groups, with the state carried from bucket to bucket.

Formulation (linked lot sizes, Suerie and Stadtler 2003): runs[r,g,t] binary, minutes of g <=
big * runs; changed >= runs[t] - state[t-1]; state[t] <= runs[t] + state[t-1]; one state per machine.
Where a resource stands for several identical machines, all of these count machines.
The states may be split: a bucket still saves one changeover at most, which is what matters here.
Relation: estimate. A changeover takes an average of the cheapest and the mean one into the group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacityplan.domain.plant import Resource
from capacityplan.formulate.builder import Builder
from capacityplan.formulate.lots.variables import Variables
from capacityplan.prepare.grid import Grid
from capacityplan.units import MINUTES_PER_HOUR

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Setups:
    """Places (resource, group, bucket) with a possible run, and their position."""

    places: list[tuple[int, int, int]]
    position: dict[tuple[int, int, int], int]


def applies(grid: Grid) -> bool:
    """Only where a resource has a changeover matrix and something to run."""
    return bool(grid.tables.groups)


def build(builder: Builder, grid: Grid, x: Variables) -> None:
    """Create run and state columns, and charge changeovers."""
    setups = _setups(grid)
    if not setups.places:
        return
    where = np.array(setups.places, dtype=np.int64)
    runs = builder.columns(len(where), high=_machines(grid)[where[:, 0]], integer=True)
    series = builder.series([("runs", r, g) for r, g, _ in setups.places])
    builder.place(runs, where[:, 2], np.full(len(runs), -1), where[:, 0], series)
    _tie_loads(builder, grid, x, setups, runs)
    _tie_batches(builder, grid, x, setups, runs)
    _states(builder, grid, x, setups, runs)


def _machines(grid: Grid) -> Floats:
    """How many machines every resource stands for."""
    return np.array([float(grid.pool.count(row.resource)) for row in grid.plant.resources])


def _setups(grid: Grid) -> _Setups:
    keys = grid.tables.batch_keys
    found = {(row.resource, row.group, row.bucket) for row in grid.tables.loads if row.group >= 0}
    found |= {
        (keys[row.key].resource, keys[row.key].group, row.bucket)
        for row in grid.tables.batched
        if keys[row.key].group >= 0
    }
    places = sorted(found)
    return _Setups(places, {place: number for number, place in enumerate(places)})


def _tie_loads(builder: Builder, grid: Grid, x: Variables, setups: _Setups, runs: Ints) -> None:
    table = [row for row in grid.tables.loads if row.group >= 0]
    if not table:
        return
    rows = builder.rows(len(setups.places), high=0.0)
    at = np.array([setups.position[row.resource, row.group, row.bucket] for row in table])
    builder.post(
        rows[at], x.source[np.array([row.source for row in table])], np.array([row.per_unit for row in table])
    )
    lots = x.lots[np.array([row.start for row in table])]
    per_lot = np.array([row.per_lot for row in table])
    live = (lots >= 0) & (per_lot != 0)
    builder.post(rows[at[live]], lots[live], per_lot[live])
    builder.link(rows, runs, _most(grid, setups))


def _tie_batches(builder: Builder, grid: Grid, x: Variables, setups: _Setups, runs: Ints) -> None:
    keys = grid.tables.batch_keys
    table = [row for row in grid.tables.batched if keys[row.key].group >= 0]
    if not table:
        return
    rows = builder.rows(len(setups.places), high=0.0)
    at = np.array([setups.position[keys[row.key].resource, keys[row.key].group, row.bucket] for row in table])
    # In minutes of the resource, so that the same bound serves runs and fillings.
    value = np.array([row.per_unit * keys[row.key].minutes / keys[row.key].size for row in table])
    builder.post(rows[at], x.source[np.array([row.source for row in table])], value)
    builder.link(rows, runs, _most(grid, setups))


def _most(grid: Grid, setups: _Setups) -> Floats:
    """Most minutes a group can run on a machine in a bucket: never less than a fixed lot may put there."""
    where = np.array([(r, t) for r, _, t in setups.places])
    open_minutes = grid.capacity[where[:, 0], where[:, 1]] + grid.overtime[where[:, 0], where[:, 1]]
    open_minutes /= _machines(grid)[where[:, 0]]
    elapsed = (grid.timeline.ends - grid.timeline.starts)[where[:, 1]]
    most: Floats = np.maximum(open_minutes, elapsed)
    return most


def _states(builder: Builder, grid: Grid, x: Variables, setups: _Setups, runs: Ints) -> None:
    groups: dict[int, set[int]] = {}
    for resource, group, _ in setups.places:
        groups.setdefault(resource, set()).add(group)
    for resource, members in groups.items():
        _state_of(builder, grid, x, setups, runs, resource, sorted(members))


def _state_of(
    builder: Builder, grid: Grid, x: Variables, setups: _Setups, runs: Ints, resource: int, members: list[int]
) -> None:
    first, count = grid.facts.first, grid.buckets - grid.facts.first
    row = grid.plant.resources[resource]
    machines = grid.pool.count(row.resource)
    known = grid.facts.groups.get(row.resource) if machines == 1 else None
    names = grid.tables.groups
    state = builder.columns(len(members) * (count + 1), high=float(machines)).reshape(len(members), -1)
    one = builder.rows(count + 1, high=float(machines))
    builder.post(one[None, :], state, 1.0)
    if known is not None:
        begin = np.array([1.0 if names[group] == known else 0.0 for group in members])
        fixed = builder.rows(len(members), begin, begin)
        builder.post(fixed, state[:, 0], 1.0)
    kept = builder.rows(len(members) * count, high=0.0).reshape(len(members), count)
    builder.post(kept, state[:, 1:], 1.0)
    builder.post(kept, state[:, :-1], -1.0)
    minutes, money = _changeovers(grid, row, members, known)
    for index, group in enumerate(members):
        buckets = [t for t in range(first, grid.buckets) if (resource, group, t) in setups.position]
        run = runs[[setups.position[resource, group, t] for t in buckets]]
        offset = np.array(buckets, dtype=np.int64) - first
        builder.post(kept[index, offset], run, -1.0)
        changed = builder.columns(len(buckets), cost=money[index])
        need = builder.rows(len(buckets), low=0.0)
        builder.post(need, changed, 1.0)
        builder.post(need, run, -1.0)
        builder.post(need, state[index, offset], 1.0)
        taken = 0.0 if row.setup_in_breaks else minutes[index]
        builder.post(x.load_row[resource, buckets], changed, taken)


def _changeovers(
    grid: Grid, row: Resource, members: list[int], known: str | None
) -> tuple[list[float], list[float]]:
    """Minutes and money of an average changeover into each group."""
    names = [grid.tables.groups[group] for group in members]
    befores = [*names, *([known] if known is not None and known not in names else [])]
    hourly = float(grid.lookup.machine_hour(row)) + _labour(grid, row.resource)
    minutes, money = [], []
    for after in names:
        found = [
            grid.lookup.changeovers.get((row.changeover_matrix, before, after))
            for before in befores
            if before != after
        ]
        pairs = [(float(pair.minutes), float(pair.cost)) for pair in found if pair is not None] or [
            (0.0, 0.0)
        ]
        lasting = _typical([pair[0] for pair in pairs])
        minutes.append(lasting)
        money.append(_typical([pair[1] for pair in pairs]) + lasting * hourly / MINUTES_PER_HOUR)
    return minutes, money


def _typical(values: list[float]) -> float:
    """Good sequences take cheap changeovers: between the cheapest and the mean."""
    return (min(values) + sum(values) / len(values)) / 2


def _labour(grid: Grid, resource: str) -> float:
    """Money per hour of the labour that sets up (that of the resource's first mode with labour)."""
    for mode in grid.plant.operation_resources:
        if mode.resource == resource and (wage := grid.lookup.wage(mode)):
            return float(wage)
    return 0.0
