"""Tells whether a window is a plain shop, and lays it out in flat arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from capacityplan.demand.netting import net
from capacityplan.domain.plan import Lot
from capacityplan.domain.plant import Lateness, Operation, OperationResource, ResourceKind
from capacityplan.domain.stoppages import stoppages
from capacityplan.domain.timeline import Steps
from capacityplan.prepare.lotflow import run_minutes
from capacityplan.solve.dispatch import Ground
from capacityplan.solve.minute.arrays import Floats, Ints, Rates, Shorts, ints, offsets, packed
from capacityplan.solve.minute.shop import tables as t
from capacityplan.units import MINUTES_PER_DAY, MINUTES_PER_HOUR

_MOST_CALENDAR = 40_000_000
"""Minutes of calendar tables, at most."""


def applies(ground: Ground) -> bool:
    """Whether nothing but machines, changeovers, calendars and due dates decides the window."""
    plant, plan, lookup = ground.plant, ground.plan, ground.lookup
    if ground.timeline.window_buckets < len(ground.timeline) or not plan.lots:
        return False
    if plant.costs.lateness is not Lateness.MINUTE or plan.overtime or plan.purchases:
        return False
    if plant.receipts or plant.stock or plant.locks or stoppages(plant) or plant.inspections:
        return False
    if plant.bill_of_materials or plant.storages or len(plant.projections):
        return False
    lots = [wish.lot for wish in plan.lots]
    made = {lot.item: lot for lot in lots}
    demands = net(plant, ground.timeline)
    single = len(made) == len(lots) == len({row.item for row in demands}) == len(demands)
    if not single or any(row.transit or row.ship_from for row in demands):
        return False
    calendars = {row.calendar for row in plant.resources}
    if 3 * (ground.minutes + 1) * len(calendars) > _MOST_CALENDAR:
        return False
    return all(_plain(ground, lot) for lot in lots) and all(
        made[row.item].quantity >= row.quantity and not lookup.holding_rate(row.item) for row in demands
    )


def _plain(ground: Ground, lot: Lot) -> bool:
    """Whether a lot needs nothing but unary machines."""
    lookup = ground.lookup
    item = lookup.items[lot.item]
    if item.shelf_life_days is not None or lookup.wants_safety(lot.item):
        return False
    if lookup.made_until(lot.item, lot.version) is not None:
        return False
    if item.max_stock is not None or item.salvage_value:
        return False
    steps = lookup.routings.get((lot.item, lot.version), ())
    for operation in steps:
        if operation.batch_size or operation.yield_fraction != 1 or operation.max_wait_minutes is not None:
            return False
        if operation.overlap_quantity:
            return False
        for mode in lookup.modes.get((lot.item, lot.version, operation.operation), ()):
            row = lookup.resources[mode.resource]
            whole = operation.pausable or _always(ground, mode.resource)
            if row.capacity != 1 or lookup.pools(mode) or not whole:
                return False
            if row.kind is not ResourceKind.MACHINE:
                return False
    return bool(steps) and all(
        lookup.modes.get((lot.item, lot.version, operation.operation)) for operation in steps
    )


def _always(ground: Ground, resource: str) -> bool:
    return ground.steps[resource].contains(0, ground.minutes)


class Build:
    """Lays a plain shop out.

    Attributes
    ----------
    lots : list of Lot
    steps : list of (Lot, Operation)
        By number of operation.
    modes : list of OperationResource
        By number of mode.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground, self._lookup = ground, ground.lookup
        self.lots = sorted((wish.lot for wish in ground.plan.lots), key=lambda lot: lot.lot)
        self.steps: list[tuple[Lot, Operation]] = [
            (lot, operation)
            for lot in self.lots
            for operation in self._lookup.routings[lot.item, lot.version]
        ]
        rows = [self._lookup.modes[lot.item, lot.version, step.operation] for lot, step in self.steps]
        self._counts = [len(row) for row in rows]
        self.modes: list[OperationResource] = [mode for row in rows for mode in row]
        self._owner = [k for k, row in enumerate(rows) for _ in row]
        used = {mode.resource for mode in self.modes}
        self.machines = [name for name in self._lookup.resources if name in used]
        self._number = {name: k for k, name in enumerate(self.machines)}
        self._rates = Rates()

    def tables(self) -> tuple[Ints, Floats, Shorts]:
        """Build the problem ``g``, the rates ``f`` and the calendars ``c``."""
        shorts, calendars = self._calendars()
        entries: dict[int, int | Ints] = {**self._jobs(), **self._modes(), **self._machines(), **calendars}
        return packed(entries), self._rates.array(), shorts

    def state(self, seed: int) -> Ints:
        """Make room for a search."""
        ops, machines = len(self.steps), len(self.machines)
        room = ops + 1
        sizes = {
            t.SEQUENCE: machines * room, t.LENGTH: machines, t.PLACE: ops, t.MODE: ops, t.START: ops,
            t.END: ops, t.ORDER: ops, t.TURN: ops, t.WAITING: ops, t.OLD_OP: ops, t.OLD_START: ops,
            t.OLD_END: ops, t.MOVES: t.MOST_MOVES * t.MOVE_WIDTH, t.PATH: max(ops, len(self.lots)) + 1,
        }  # fmt: skip
        entries: dict[int, int | Ints] = {place: 0 for place in range(t.SEQUENCE)}
        entries.update({place: np.zeros(size, dtype=np.int64) for place, size in sizes.items()})
        state = packed(entries)
        state[t.ROOM], state[t.LUCK] = room, 2 * seed + 1
        return state

    def _jobs(self) -> dict[int, int | Ints]:
        plant, lookup = self._ground.plant, self._lookup
        demands = {row.item: row for row in net(plant, self._ground.timeline)}
        counts = [len(lookup.routings[lot.item, lot.version]) for lot in self.lots]
        first = set(offsets(counts).tolist())
        rate = [
            float(demands[lot.item].late_rate * demands[lot.item].quantity)
            / lookup.scale[lot.item]
            / MINUTES_PER_DAY
            for lot in self.lots
        ]
        frozen = plant.fences.frozen_hours * 60
        return {
            t.OPS: len(self.steps),
            t.JOBS: len(self.lots),
            t.FLOOR: frozen,
            t.END_OF_TIME: self._ground.minutes,
            t.JOB_AT: offsets(counts),
            t.JOB_OF: np.repeat(np.arange(len(counts)), counts),
            t.DUE: ints(demands[lot.item].due for lot in self.lots),
            t.READY: ints(
                max(
                    operation.artwork_approved_on or 0,
                    (lookup.made_from(lot.item, lot.version) or 0) if k in first else 0,
                )
                for k, (lot, operation) in enumerate(self.steps)
            ),
            t.WAIT: ints(operation.min_wait_minutes for _, operation in self.steps),
            t.F_LATE: self._rates.add(rate),
            t.F_MAKESPAN: self._rates.add([float(plant.costs.makespan_cost_per_minute)]),
        }

    def _modes(self) -> dict[int, int | Ints]:
        lookup, work = self._lookup, []
        for mode, owner in zip(self.modes, self._owner, strict=True):
            lot, operation = self.steps[owner]
            work.append(run_minutes(lookup, operation, mode, lot.quantity))
        hourly = [
            float(lookup.machine_hour(lookup.resources[mode.resource])) / MINUTES_PER_HOUR
            for mode in self.modes
        ]
        own = [float(lookup.run_hour(mode)) / MINUTES_PER_HOUR for mode in self.modes]
        return {
            t.MODE_AT: offsets(self._counts),
            t.MODE_MACHINE: ints(self._number[mode.resource] for mode in self.modes),
            t.MODE_WORK: ints(work),
            t.REST: self._rest(work),
            t.MODE_SETUP: ints(mode.setup_minutes for mode in self.modes),
            t.F_RUN: self._rates.add(own),
            t.F_SETUP: self._rates.add(hourly),
            t.F_FIXED: self._rates.add([float(mode.setup_cost) for mode in self.modes]),
        }

    def _rest(self, work: Sequence[int]) -> Ints:
        """Minutes of work and waits of a job behind each operation, on first machines."""
        rest = np.zeros(len(self.steps), dtype=np.int64)
        first = offsets(self._counts)
        for k in range(len(self.steps) - 2, -1, -1):
            if self.steps[k][0] is self.steps[k + 1][0]:
                rest[k] = rest[k + 1] + work[first[k + 1]] + self.steps[k][1].min_wait_minutes
        return rest

    def _machines(self) -> dict[int, int | Ints]:
        lookup = self._lookup
        rows = [lookup.resources[name] for name in self.machines]
        matrices = sorted({row.changeover_matrix for row in rows if row.changeover_matrix})
        groups: dict[str, int] = {}
        for lot in self.lots:
            groups.setdefault(lookup.setup_group(lot.item), len(groups))
        known = [lookup.initial_group(row) for row in rows]
        for group in known:
            if group is not None:
                groups.setdefault(group, len(groups))
        shape = (max(len(matrices), 1), len(groups), len(groups))
        minutes, costs = np.zeros(shape, dtype=np.int64), np.zeros(shape)
        for row in lookup.changeovers.values():
            if row.matrix in matrices and row.from_group in groups and row.to_group in groups:
                at = (matrices.index(row.matrix), groups[row.from_group], groups[row.to_group])
                minutes[at], costs[at] = row.minutes, float(row.cost)
        return {
            t.MACHINES: len(rows),
            t.GROUPS: len(groups),
            t.GROUP: ints(groups[lookup.setup_group(lot.item)] for lot, _ in self.steps),
            t.MATRIX: ints(
                matrices.index(row.changeover_matrix) if row.changeover_matrix else -1 for row in rows
            ),
            t.INITIAL: ints(-1 if group is None else groups[group] for group in known),
            t.IN_BREAKS: ints(row.setup_in_breaks for row in rows),
            t.CHANGE: minutes.ravel(),
            t.F_CHANGE: self._rates.add(costs),
        }

    def _calendars(self) -> tuple[Shorts, dict[int, int | Ints]]:
        """Tables of each calendar: next working minute, working minutes before, n-th working minute."""
        size = self._ground.minutes + 1
        kinds: dict[bytes, int] = {}
        found: list[Shorts] = []
        chosen = []
        for name in self.machines:
            if _always(self._ground, name):
                chosen.append(-1)
                continue
            steps = self._ground.steps[name]
            key = steps.starts.tobytes() + steps.ends.tobytes()
            if key not in kinds:
                kinds[key] = len(kinds)
                found.append(_calendar(steps, size))
            chosen.append(kinds[key])
        tables = np.concatenate(found) if found else np.zeros(1, dtype=np.int32)
        places = ints(3 * size * k for k in range(len(found)))
        return tables, {t.CALENDAR: ints(chosen), t.CALENDAR_AT: places}


def _calendar(steps: Steps, size: int) -> Shorts:
    opens = np.zeros(size, dtype=np.int32)
    for a, b, _ in steps.intervals():
        opens[min(a, size - 1) : min(b, size - 1)] = 1
    before = np.concatenate([[0], np.cumsum(opens)[:-1]]).astype(np.int32)
    working = np.flatnonzero(opens).astype(np.int32)
    number = np.full(size, size - 1, dtype=np.int32)
    number[: len(working)] = working
    following = number[np.minimum(before, size - 1)]
    return np.concatenate([following, before, number])
