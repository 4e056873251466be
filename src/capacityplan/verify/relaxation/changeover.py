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
of the tail on. Runs to the minute come before the list of their bucket, so the second of a bucket has
a run right before it and is charged: one of each bucket at most is free (`unlisted_each`).
It takes a lot whose first setup began in the window, or an order in progress that is complete in the tail,
and a run of it in the tail for each change: at most as many as operations of it may run on the resource
(`visits`). Such lots are at most those whose first operation ended in the window (later ones count), without
those whose operation in question ended there too, and one for each unit of the resources of first
operations; of those set up at the window's end on the resource itself the first operation counts too
(`unlisted`). If the operation in question always is the second, and a longest wait before it holds for every
lot, lots whose first operation ended in the window start it within that wait of the window's end: in buckets
that begin later only the others are left (`unlisted_late`). Each group has as many at most by its own lots.
A free change follows a run to the minute of the same group, or of the same family where the family is entered
for nothing (the first time: the state that is begun with), and after that a list which changed to another
group: in a bucket before, and for each free change in another one. So there are at most as many as changes of
the tail, and one more for a machine that begins in no state that is stated: its first run to the minute
follows none (`unlisted_paid`).
With batches, rework or lots that the model leaves out on the resource, or batches before it, the sum is
not limited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from capacityplan.domain.plant import Resource
from capacityplan.verify.relaxation.arrays import Ints
from capacityplan.verify.relaxation.builder import INFINITY, Bools, Builder, Relation
from capacityplan.verify.relaxation.capacity import room
from capacityplan.verify.relaxation.chains import Chain, Step
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
    unlisted = _unlisted(builder, grid, shared, resource, known)
    # A free change follows a list that was changed to after the run to the minute before.
    paid = builder.rows("unlisted_paid", [name], -INFINITY, 0 if resource.initial_setup_group else count)
    held: list[Ints] = []
    for place, group in enumerate(known):
        free = unlisted[group]
        named = [f"{name},{group},{t}" for t in range(size)]
        state = builder.columns(size, count, integer=True)
        before: Ints = np.concatenate([first[place : place + 1], state[:-1]])
        change = builder.columns(size, count, integer=True)
        active = builder.columns(size, count, integer=True)
        shared.states[name, group] = [State((before,), change, (free,), grid.window + 1)]
        shared.active[name, group] = active
        held.append(state)
        builder.post(one, state, 1)
        for row_name, columns in (("set_up_for", active), ("state_kept", state)):
            rows = builder.rows(row_name, named, -INFINITY, 0)
            builder.post(rows, columns, 1)
            builder.post(rows, before, -1)
            builder.post(rows, change, -1)
            builder.post(rows[grid.window + 1 :], free, -1)
        builder.post(paid, free, 1)
        builder.post(paid, change[grid.window :], -1)
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
    builder: Builder, grid: Grid, shared: Columns, resource: Resource, known: Sequence[str]
) -> dict[str, Ints]:
    """Columns of changes in the tail that no list charges: (buckets from the tail's second,) by group."""
    later = range(grid.window + 1, grid.size)
    name, machines = resource.resource, grid.machines(resource.resource)
    found = {group: builder.columns(len(later), machines) for group in known}
    each = builder.rows("unlisted_each", [f"{name},{t}" for t in later], -INFINITY, machines)
    for columns in found.values():
        builder.post(each, columns, 1)
    on_it = [key for key, modes in grid.lookup.modes.items() if any(m.resource == name for m in modes)]
    reworked = any(key in grid.lookup.rework for key in on_it)
    batched = any(row.batch_size and (row.item, row.operation) in {(k[0], k[2]) for k in on_it}
                  for row in grid.plant.operations)  # fmt: skip
    uncounted = any(
        (one not in grid.chains or one.steps[0].operation.batch_size) and _visits(one.steps[1:], name)
        for one in grid.routes
    )
    if reworked or batched or uncounted or not later:
        return found
    last = _last_start(grid, name)
    late = np.array([last is not None and grid.starts[t] > last for t in later])
    _limit(builder, grid, shared, name, found, late)
    if len(known) > 1:
        for group, columns in found.items():
            _limit(builder, grid, shared, name, {group: columns}, late)
    return found


def _limit(
    builder: Builder, grid: Grid, shared: Columns, name: str, unlisted: Mapping[str, Ints], late: Bools
) -> None:
    """Limit what no list charges of some groups by the visits there may be."""

    def visits(chain: Chain, steps: Sequence[Step]) -> int:
        return _visits(steps, name) if grid.lookup.setup_group(chain.item) in unlisted else 0

    count = _set_up(grid, name, visits)
    key = ",".join([name, *(unlisted if len(unlisted) == 1 else ())])
    limit = builder.rows("unlisted", [key], -INFINITY, count)
    for block in shared.steps:
        is_first = block.step is block.chain.steps[0]
        share = visits(block.chain, block.chain.steps[1:]) if is_first else -visits(block.chain, [block.step])
        if share:
            builder.post(limit, block.lots[: grid.window], -share)
    rows = [(limit, np.full(len(late), True))]
    if late.any():
        rows.append((builder.rows("unlisted_late", [key], -INFINITY, count), late))
    orders = [(shared.done[order], visits(chain, chain.steps)) for order, chain in grid.orders]
    for row, buckets in rows:
        for columns in unlisted.values():
            builder.post(row, columns[buckets], 1)
        for done, share in orders:
            builder.post(row, done[grid.window :], -share)


def _set_up(grid: Grid, name: str, visits: Callable[[Chain, Sequence[Step]], int]) -> int:
    """Visits of lots that are set up for their first operation, or in it, at the window's end."""
    found: dict[str, int] = {}
    for chain in grid.routes:
        for mode in chain.steps[0].modes:
            steps = chain.steps if mode.resource == name else chain.steps[1:]
            count = visits(chain, steps) * grid.units(mode.resource)
            found[mode.resource] = max(found.get(mode.resource, 0), count)
    return sum(found.values())


def _last_start(grid: Grid, name: str) -> int | None:
    """Last minute in which lots start on a resource whose first operation ended in the window, if known."""
    last = grid.timeline.window_end
    for chain in grid.routes:
        first = chain.steps[0]
        longest = first.operation.max_wait_minutes
        if not _visits(chain.steps[1:], name):
            continue
        if longest is None or first.inspections or first.overlaps or _visits(chain.steps[2:], name):
            return None
        last = max(last, grid.timeline.window_end + longest)
    return last


def _visits(steps: Sequence[Step], name: str) -> int:
    """Operations that may run on a resource."""
    return sum(any(mode.resource == name for mode in step.modes) for step in steps)
