"""Tells whether a plan is a project, and lays it out in flat arrays.

A project is a shop of plain rules without changeovers and longest waits: its operations share machines
and pools of several units (labour, tools), wait for each other and for components, and serve promises.
What holding stock costs is left to whoever compares schedules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import numpy as np

from capacityplan.demand.netting import net
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import OperationResource, Plant
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.prepare.lotflow import run_minutes
from capacityplan.solve.minute.arrays import Floats, Ints, Rates, ints, offsets, packed
from capacityplan.solve.minute.exact_promises import WHOLE_SHARE, Promise, promises, standing_supply
from capacityplan.solve.minute.plain import axis_of, is_plain, machines_of, mode_price, output_of
from capacityplan.solve.minute.project import tables as t
from capacityplan.solve.minute.project.pegs import Pegs, Task, pegs, tasks_of
from capacityplan.solve.types import LotPlan
from capacityplan.units import MINUTES_PER_HOUR

MAX_OPERATIONS = 5000


def build(plant: Plant, plan: LotPlan) -> Build | None:
    """Lay a project out; None where the plan is none, or lacks material."""
    timeline = Timeline.of(plant)
    if not is_plain(plant, plan, timeline):
        return None
    lookup = Lookup(plant)
    lots = [wish.lot for wish in sorted(plan.lots, key=lambda wish: (wish.need, wish.lot.lot))]
    if any(lookup.resources[name].changeover_matrix for name in machines_of(lots, lookup)):
        return None
    chains = tasks_of(lookup, lots)
    steps = [task.operation for chain in chains for task in chain]
    if len(steps) > MAX_OPERATIONS or any(step.max_wait_minutes is not None for step in steps):
        return None
    supply = standing_supply(plant, plan)
    pegged = pegs(lookup, chains, supply)
    if pegged is None:
        return None
    outputs = [(lot.lot, lot.item, output_of(lookup, lot)) for lot in lots]
    promised = promises(plant, timeline, net(plant, timeline), outputs, supply)
    made = Build(lookup, timeline, chains, pegged, promised)
    return made if made.is_possible() else None


class Build:
    """Lays a project out.

    Attributes
    ----------
    tasks : list of Task
        By number of operation: each after those it waits for.
    modes : list of OperationResource
        By number of mode.
    axis : Axis
    """

    def __init__(
        self, lookup: Lookup, timeline: Timeline, chains: Sequence[Sequence[Task]], pegged: Pegs,
        promised: Sequence[Promise],
    ) -> None:  # fmt: skip
        self.lookup = lookup
        self._timeline, self._chains = timeline, chains
        self.lots = [chain[0].lot for chain in chains]
        self._pegs, self._promises = pegged, promised
        self._working = WorkingTime(lookup.plant, timeline)
        axis = axis_of(self.lots, lookup, self._working)
        if axis is None:
            raise ValueError("the machines of the project do not share their working time")
        self.axis = axis
        self._arcs = self._waits()
        self.tasks = self._sorted()
        self._number = {task.number: place for place, task in enumerate(self.tasks)}
        self._numbered = sorted((self._number[a], self._number[b], wait) for a, b, wait in self._arcs)
        self._ends = {chain[0].lot.lot: self._number[chain[-1].number] for chain in chains}
        rows = [
            self.lookup.modes[task.lot.item, task.lot.version, task.operation.operation]
            for task in self.tasks
        ]
        self._counts = [len(row) for row in rows]
        self.modes: list[OperationResource] = [mode for row in rows for mode in row]
        self._owner = [task for task, row in zip(self.tasks, rows, strict=True) for _ in row]
        self._work = [
            run_minutes(lookup, task.operation, mode, task.quantity)
            for task, mode in zip(self._owner, self.modes, strict=True)
        ]
        self._units = self._used_units()
        self._pools = self._binding()
        self._prices = [
            float(mode_price(lookup, mode, minutes))
            for mode, minutes in zip(self.modes, self._work, strict=True)
        ]
        self._rates = Rates()

    def _waits(self) -> list[tuple[int, int, int]]:
        """Pairs of tasks with the least wait between them: within lots, and from components on."""
        found = [
            (a.number, b.number, a.operation.min_wait_minutes)
            for chain in self._chains
            for a, b in pairwise(chain)
        ]
        parts = {(self._chains[lot][-1].number, task, 0) for lot, task in self._pegs.lots}
        return found + sorted(parts)

    def _sorted(self) -> list[Task]:
        sorter: TopologicalSorter[int] = TopologicalSorter()
        tasks = [task for chain in self._chains for task in chain]
        for task in tasks:
            sorter.add(task.number)
        for before, after, _ in self._arcs:
            sorter.add(after, before)
        try:
            return [tasks[number] for number in sorter.static_order()]
        except CycleError:
            # Some lot would wait for itself: nothing can be scheduled that way.
            return []

    def _used_units(self) -> list[dict[str, int]]:
        """Units that each mode takes of its machine and of pools."""
        rows = []
        for mode in self.modes:
            units = dict(self.lookup.pools(mode))
            units[mode.resource] = 1
            rows.append(units)
        return rows

    def _binding(self) -> dict[str, list[tuple[int, int, int]]]:
        """Capacities along the axis of the resources that all operations at once would exceed."""
        most: dict[str, dict[int, int]] = defaultdict(dict)
        for task, units in zip(self._owner, self._units, strict=True):
            for name, count in units.items():
                most[name][task.number] = max(most[name].get(task.number, 0), count)
        found = {}
        for name in sorted(most):
            stretches = self.axis.stretches(self._working.regular(name))
            if sum(most[name].values()) > min((units for _, _, units in stretches), default=0):
                found[name] = stretches
        return found

    def is_possible(self) -> bool:
        """Whether every operation finds its units at some time, and none waits for itself."""
        highest = {name: max(units for _, _, units in rows) for name, rows in self._pools.items()}
        able = {
            task.number
            for task, units in zip(self._owner, self._units, strict=True)
            if all(count <= highest.get(name, count) for name, count in units.items())
        }
        return bool(self.tasks) and len(able) == len(self.tasks)

    def tables(self) -> tuple[Ints, Floats]:
        """Build the problem ``g`` and the rates ``f``."""
        entries: dict[int, int | Ints] = {
            t.OPS: len(self.tasks),
            t.FLOOR: self.axis.before(self.lookup.plant.fences.frozen_hours * MINUTES_PER_HOUR),
            **self._operations(), **self._modes(), **self._order(), **self._promised(), **self._profile(),
        }  # fmt: skip
        return packed(entries), self._rates.array()

    def release(self) -> list[int]:
        """Earliest starts on the axis by dates alone."""
        found = []
        for task in self.tasks:
            since = self.lookup.made_from(task.lot.item, task.lot.version)
            first = task is self._chains[task.lot_number][0]
            gate = max(task.operation.artwork_approved_on or 0, since or 0 if first else 0)
            found.append(self.axis.before(max(gate, self._pegs.arrivals.get(task.number, 0))))
        return found

    def _operations(self) -> dict[int, int | Ints]:
        rank = self._urgency()
        low = min(rank)
        return {t.RELEASE: ints(self.release()), t.RANK: ints(at - low for at in rank)}

    def _least_work(self) -> list[int]:
        """Least minutes of each operation."""
        first = offsets(self._counts).tolist()
        return [min(self._work[a:b]) for a, b in pairwise(first)]

    def _urgency(self) -> list[int]:
        """Latest end of each operation by which all promises could be kept were there room for all."""
        work = self._least_work()
        last = sum(work) + self.axis.length
        until = [last] * len(work)
        for promise in self._promises:
            if promise.late_price:
                for lot, _ in promise.lots:
                    until[self._ends[lot]] = min(until[self._ends[lot]], self.axis.before(promise.due))
        for a, b, wait in reversed(self._numbered):
            until[a] = min(until[a], until[b] - work[b] - wait)
        return until

    def least(self) -> float:
        """Cost that no schedule can beat: all operations as early as they could be without each other."""
        work, until = self._least_work(), self.release()
        for op, minutes in enumerate(work):
            until[op] += minutes
        for a, b, wait in self._numbered:
            until[b] = max(until[b], until[a] + wait + work[b])
        rows = self._deliveries()
        late = sum(price * max(0, *(until[op] - due for op in ops)) for ops, due, price in rows)
        first = offsets(self._counts).tolist()
        modes = sum(min(self._prices[a:b]) for a, b in pairwise(first))
        return late + modes + max(until) * self._makespan_price(bool(rows))

    def last_start(self, task: Task) -> int:
        """Latest start of a task that begins a lot on the axis; of others there is none."""
        if task is not self._chains[task.lot_number][0]:
            return self.axis.length
        last = self._timeline.window_end
        gone = self.lookup.made_until(task.lot.item, task.lot.version)
        return self.axis.before(last if gone is None else min(last, gone)) - 1

    def _modes(self) -> dict[int, int | Ints]:
        place = {name: k for k, name in enumerate(self._pools)}
        uses = [
            [(place[name], count) for name, count in units.items() if name in place] for units in self._units
        ]
        return {
            t.MODE_AT: offsets(self._counts),
            t.MODE_SETUP: ints(mode.setup_minutes for mode in self.modes),
            t.MODE_WORK: ints(self._work),
            t.USE_AT: offsets([len(row) for row in uses]),
            t.USE_POOL: ints(pool for row in uses for pool, _ in row),
            t.USE_UNITS: ints(count for row in uses for _, count in row),
            t.F_MODE: self._rates.add(self._prices),
        }

    def _order(self) -> dict[int, int | Ints]:
        arcs, count = self._numbered, len(self.tasks)
        backward = sorted(arcs, key=lambda row: (row[1], row[0]))
        return {
            t.AFTER_AT: np.searchsorted([a for a, _, _ in arcs], np.arange(count + 1)),
            t.AFTER: ints(b for _, b, _ in arcs),
            t.AFTER_WAIT: ints(wait for _, _, wait in arcs),
            t.BEFORE_AT: np.searchsorted([b for _, b, _ in backward], np.arange(count + 1)),
            t.BEFORE: ints(a for a, _, _ in backward),
            t.BEFORE_WAIT: ints(wait for _, _, wait in backward),
        }

    def _deliveries(self) -> list[tuple[list[int], int, float]]:
        """What has a price: operations that complete it, due time, money per minute on the axis."""
        clock = Fraction(self._timeline.horizon_end, self.axis.length)
        parts: dict[str, list[Promise]] = defaultdict(list)
        for promise in self._promises:
            if promise.late_price:
                parts[promise.demand].append(promise)
        found = []
        for rows in parts.values():
            wholes = [(rows[0].due, sum((row.late_price for row in rows), Fraction(0)) * WHOLE_SHARE, rows)]
            for due, price, group in (
                *((row.due, row.late_price, [row]) for row in rows),
                *(wholes if len(rows) > 1 else ()),
            ):
                numbers = sorted({self._ends[lot] for row in group for lot, _ in row.lots})
                found.append((numbers, self.axis.before(due), float(price * clock)))
        return found

    def _makespan_price(self, priced: bool) -> float:
        """Money per minute of the axis until the last end; 1 where nothing else has a price."""
        clock = Fraction(self._timeline.horizon_end, self.axis.length)
        return float(self.lookup.plant.costs.makespan_cost_per_minute * clock) or float(not priced)

    def _promised(self) -> dict[int, int | Ints]:
        rows = self._deliveries()
        return {
            t.PROMISES: len(rows),
            t.PROMISE_AT: offsets([len(ops) for ops, _, _ in rows]),
            t.PROMISE_OP: ints(op for ops, _, _ in rows for op in ops),
            t.DUE: ints(due for _, due, _ in rows),
            t.F_LATE: self._rates.add([price for _, _, price in rows]),
            t.F_MAKESPAN: self._rates.add([self._makespan_price(bool(rows))]),
        }

    def _profile(self) -> dict[int, int | Ints]:
        """Nodes of the profile, in a chain; behind the axis everything is free."""
        edges = {0, self.axis.length}
        for rows in self._pools.values():
            edges |= {start for start, _, _ in rows}
        times = sorted(edges)
        table = np.zeros((len(times), t.FREE + len(self._pools)), dtype=np.int64)
        table[:, t.TIME] = times
        table[:, t.NEXT] = [*range(1, len(times)), -1]
        table[:, t.BACK] = range(-1, len(times) - 1)
        for pool, rows in enumerate(self._pools.values()):
            at = np.searchsorted([start for start, _, _ in rows], times, side="right") - 1
            table[:, t.FREE + pool] = np.array([units for _, _, units in rows])[at]
            table[-1, t.FREE + pool] = max(units for _, _, units in rows)
        return {t.WIDTH: table.shape[1], t.SEGMENTS: len(times), t.SEGMENT: table}
