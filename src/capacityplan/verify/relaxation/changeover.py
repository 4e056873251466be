"""Changeovers: a group is worked on only in a state, and states change at a price.

RELAXED (a change costs what the cheapest predecessor costs, and what coming into families of groups adds).

Validity. Take a plan and a machine with a matrix. state[g, t] = 1 if the last run that started
before the end of bucket t is of group g (in the tail: the last group listed by then); before
any run it is the initial group, or none if that is not stated, and then the first change is free:
the relaxation lets it choose the state it begins with. At most one group per border (`one_state`).
change[g, t] counts the runs of group g that start in bucket t (in the tail: listings) after a run of
another group. If r works on group g in bucket t, a run of g is open at the bucket's start, and is then
the last that started before, or one starts in t: after a change in t or in the state of the start
(`set_up_for`); hence worked <= minutes of the bucket times active, active <= state before + change.
Likewise `state_kept`. Each change is charged at least the cheapest entry of the matrix into the
group, minutes at the resource's rate, and takes at least the shortest minutes (row `load`, unless
setups run in breaks). Where a resource stands for n identical machines, its columns are the sums of
theirs: as many states at most at a border, each that begins free to choose, and minutes of one machine for
each that is active.

In the tail a run planned to the minute is charged from the run to the minute before it, even where
lists came in between: such a change may be free. `unlisted` stands for it, from the second bucket
of the tail on. It takes a lot whose first setup began in the window, or an order in progress, and a run of
it in the tail for each change: at most as many as later operations of it may run on the resource (`visits`).
Such lots are at most those whose first operation ended in the window, without those whose operation in
question ended there too, and one for each unit of the resources of first operations; of one that is set up
at the window's end the first operation counts too (`unlisted`).
With batches, rework or lots that the model leaves out on the resource it is not limited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from capacityplan.domain.plant import Resource
from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.builder import INFINITY, Builder, Relation
from capacityplan.verify.relaxation.capacity import room
from capacityplan.verify.relaxation.chains import Step
from capacityplan.verify.relaxation.columns import Columns, State, groups, machines
from capacityplan.verify.relaxation.families import Family, Least, cheapest, families
from capacityplan.verify.relaxation.grid import Grid

RELATION = Relation.RELAXED


def build(builder: Builder, grid: Grid, shared: Columns) -> None:
    """Post states and changes of resources with a matrix."""
    for resource in machines(grid):
        if resource.changeover_matrix:
            _resource(builder, grid, shared, resource)


def _resource(builder: Builder, grid: Grid, shared: Columns, resource: Resource) -> None:
    name, size, count = resource.resource, grid.size, grid.machines(resource.resource)
    most = room(grid, name) / count
    keys = [f"{name},{t}" for t in range(size)]
    one = builder.rows("one_state", keys, -INFINITY, count)
    known = groups(grid, resource)
    first = builder.columns(len(known), [float(group == resource.initial_setup_group) for group in known]
                            if resource.initial_setup_group else np.full(len(known), count))  # fmt: skip
    if not resource.initial_setup_group:
        begin = builder.rows("first_state", [name], -INFINITY, count)
        builder.post(begin, first, 1)
    unlisted = _unlisted(builder, grid, shared, resource, len(known))
    held: list[Ints] = []
    for place, group in enumerate(known):
        named = [f"{name},{group},{t}" for t in range(size)]
        state = builder.columns(size, count, integer=True)
        before: Ints = np.concatenate([first[place : place + 1], state[:-1]])
        change = builder.columns(size, count, integer=True)
        active = builder.columns(size, count, integer=True)
        shared.states[name, group] = [State((before,), change, (unlisted[place],), grid.window + 1)]
        shared.active[name, group] = active
        held.append(state)
        builder.post(one, state, 1)
        for row_name, columns in (("set_up_for", active), ("state_kept", state)):
            rows = builder.rows(row_name, named, -INFINITY, 0)
            builder.post(rows, columns, 1)
            builder.post(rows, before, -1)
            builder.post(rows, change, -1)
            builder.post(rows[grid.window + 1 :], unlisted[place], -1)
        busy = builder.rows("busy", named, -INFINITY, 0)
        builder.post(busy, shared.worked[name, group], 1)
        builder.post(busy, active, -most)
        _charge(builder, grid, shared, resource, change, cheapest(grid, resource, group))
    states = dict(zip(known, held, strict=True))
    for number, family in enumerate(families(grid, resource, known)):
        _family(builder, grid, shared, resource, number, family, states)


def _family(
    builder: Builder, grid: Grid, shared: Columns, resource: Resource, number: int, family: Family,
    states: Mapping[str, Ints],
) -> None:  # fmt: skip
    """Post what entering a family costs; ``states`` are columns at the ends of buckets, by group."""
    name = resource.resource
    alone = [shared.states[name, group][0] for group in family.groups]
    entered = builder.columns(grid.size, grid.machines(name), integer=True)
    state = State(
        tuple(columns for one in alone for columns in one.before), entered,
        tuple(columns for one in alone for columns in one.unlisted), grid.window + 1,
    )  # fmt: skip
    wanted = [("family_kept", "", [states[group] for group in family.groups])]
    wanted += [("family_set_up", f",{group}", [shared.active[name, group]]) for group in family.groups]
    for row_name, of, blocks in wanted:
        keys = [f"{name},{number}{of},{t}" for t in range(grid.size)]
        rows = builder.rows(row_name, keys, -INFINITY, 0)
        for columns in blocks:
            builder.post(rows, columns, 1)
        builder.post(rows, entered, -1)
        for before, free in zip(state.before, state.unlisted, strict=True):
            builder.post(rows, before, -1)
            builder.post(rows[state.tail :], free, -1)
    for group in family.groups:
        shared.states[name, group].append(state)
    _charge(builder, grid, shared, resource, entered, family.least)


def _charge(
    builder: Builder, grid: Grid, shared: Columns, resource: Resource, changes: Ints, least: Least
) -> None:
    """Charge what changes cost and take at least."""
    builder.charge("setup", changes, least.money)
    if not resource.setup_in_breaks:
        builder.post(shared.load[resource.resource], changes, least.minutes)


def _unlisted(
    builder: Builder, grid: Grid, shared: Columns, resource: Resource, groups_known: int
) -> list[Ints]:
    """Columns of changes in the tail that no list charges: (buckets from the tail's second,) by group."""
    later = max(grid.size - grid.window - 1, 0)
    name = resource.resource
    found = [builder.columns(later, grid.machines(name)) for _ in range(groups_known)]
    on_it = [key for key, modes in grid.lookup.modes.items() if any(m.resource == name for m in modes)]
    reworked = any(key in grid.lookup.rework for key in on_it)
    batched = any(row.batch_size and (row.item, row.operation) in {(k[0], k[2]) for k in on_it}
                  for row in grid.plant.operations)  # fmt: skip
    uncounted = any(one not in grid.chains and _visits(one.steps[1:], name) for one in grid.routes)
    if reworked or batched or uncounted or not later:
        return found
    begun, count = _begun(grid, shared, name)
    limit = builder.rows("unlisted", [name], -INFINITY, count)
    for columns in found:
        builder.post(limit, columns, 1)
    for lots, visits in begun:
        builder.post(limit, lots[: grid.window], -visits)
    return found


def _begun(grid: Grid, shared: Columns, name: str) -> tuple[list[tuple[Ints, int]], int]:
    """Lots by the end of their first operation, with later visits to a resource; visits of all others.

    Lots by the end of a later operation that may run there have a visit less.
    """
    begun = []
    for block in shared.steps:
        if block.step is block.chain.steps[0]:
            begun.append((block.lots, _visits(block.chain.steps[1:], name)))
        else:
            begun.append((block.lots, -_visits([block.step], name)))
    units: dict[str, int] = {}
    for chain in grid.routes:
        visits = _visits(chain.steps[1:], name)
        for mode in chain.steps[0].modes:
            units[mode.resource] = max(units.get(mode.resource, 0), visits * grid.units(mode.resource))
    orders = sum(_visits(chain.steps, name) for _, chain in grid.orders)
    return begun, 1 + sum(units.values()) + orders


def _visits(steps: Sequence[Step], name: str) -> int:
    """Operations that may run on a resource."""
    return sum(any(mode.resource == name for mode in step.modes) for step in steps)
