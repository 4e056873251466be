"""A shop as a CP-SAT model: operations on machines, setups, pools, material.

Times are on the shop's `Axis`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from itertools import islice, pairwise

from ortools.sat.python import cp_model

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot, Run
from capacityplan.domain.plant import Operation, OperationResource, Resource
from capacityplan.domain.timeline import Steps
from capacityplan.prepare.lotflow import consumption, run_minutes
from capacityplan.solve.minute.exact_axis import Axis
from capacityplan.solve.minute.exact_twins import alike
from capacityplan.units import MINUTES_PER_HOUR, floor_product


@dataclass(frozen=True, slots=True)
class Option:
    """A mode of a task with its run minutes and the variable that chooses it."""

    mode: OperationResource
    minutes: int
    chosen: cp_model.IntVar


@dataclass(slots=True)
class Task:
    """An operation of a lot: its variables on the axis, and the hint's run."""

    lot: Lot
    operation: Operation
    quantity: int
    start: cp_model.IntVar
    end: cp_model.IntVar
    hint: tuple[str, int, int] | None
    """Resource, and start and end on the axis, where the hint has the lot."""
    options: list[Option] = field(default_factory=list)


@dataclass(slots=True)
class Place:
    """A task's option on a machine; ``changeover`` is what precedes its setup there."""

    task: Task
    option: Option
    changeover: cp_model.IntVar | int = 0


@dataclass(frozen=True, slots=True)
class Arc:
    """Two runs in succession on a machine (first: none before), and the changeover's minutes."""

    before: Task | None
    after: Task
    machine: str
    taken: cp_model.IntVar
    minutes: int
    price: Fraction


class Shop:
    """Builds the model for lots with a complete schedule as its hint.

    Parameters
    ----------
    lookup : Lookup
    axis : Axis
    lots : sequence of Lot
    hints : dict of (lot, operation) to Run
    window_end : int
        First setups begin before it.
    """

    def __init__(
        self, lookup: Lookup, axis: Axis, lots: Sequence[Lot], hints: dict[tuple[str, str], Run],
        window_end: int,
    ) -> None:  # fmt: skip
        self.model = cp_model.CpModel()
        self.lookup, self.axis, self._hints = lookup, axis, hints
        self._frozen = axis.before(lookup.plant.fences.frozen_hours * MINUTES_PER_HOUR)
        self._last_start = axis.before(window_end) - 1
        self.lots = list(lots)
        self.chains: dict[str, list[Task]] = {}
        self.arcs: list[Arc] = []
        self._places: dict[str, list[Place]] = defaultdict(list)
        for lot in lots:
            self._chain(lot)

    def end(self, lot: str) -> cp_model.IntVar:
        """Completion of a lot on the axis."""
        return self.chains[lot][-1].end

    def _chain(self, lot: Lot) -> None:
        quantity = lot.quantity
        chain = self.chains.setdefault(lot.lot, [])
        since = self.lookup.made_from(lot.item, lot.version)
        until = self.lookup.made_until(lot.item, lot.version)
        for operation in self.lookup.routings[lot.item, lot.version]:
            gate = max(operation.artwork_approved_on or 0, 0 if chain else since or 0)
            task = self._task(lot, operation, quantity, max(self._frozen, self.axis.before(gate)))
            if chain:
                before = chain[-1]
                self.model.add(task.start >= before.end + before.operation.min_wait_minutes)
                if before.operation.max_wait_minutes is not None:
                    self.model.add(task.start <= before.end + before.operation.max_wait_minutes)
            else:
                last = self._last_start
                if until is not None:
                    last = min(last, self.axis.before(until) - 1)
                self.model.add(task.start <= last)
            chain.append(task)
            quantity = floor_product(quantity, operation.yield_fraction)

    def _task(self, lot: Lot, operation: Operation, quantity: int, first: int) -> Task:
        name, model = f"{lot.lot}/{operation.operation}", self.model
        run = self._hints.get((lot.lot, operation.operation))
        start = model.new_int_var(first, self.axis.length, f"{name}:start")
        end = model.new_int_var(first, self.axis.length, f"{name}:end")
        hint = (run.resource, self.axis.before(run.start), self.axis.before(run.end)) if run else None
        task = Task(lot, operation, quantity, start, end, hint)
        if hint:
            model.add_hint(start, hint[1])
            model.add_hint(end, hint[2])
        modes = self.lookup.modes[lot.item, lot.version, operation.operation]
        for mode in modes:
            minutes = run_minutes(self.lookup, operation, mode, quantity)
            chosen = (
                model.new_constant(1) if len(modes) == 1 else model.new_bool_var(f"{name}:{mode.resource}")
            )
            if len(modes) > 1 and run:
                model.add_hint(chosen, mode.resource == run.resource)
            model.add(end == start + minutes).only_enforce_if(chosen)
            model.add(start >= self._frozen + mode.setup_minutes).only_enforce_if(chosen)
            task.options.append(Option(mode, minutes, chosen))
            self._places[mode.resource].append(Place(task, task.options[-1]))
        model.add_exactly_one(option.chosen for option in task.options)
        return task

    def order(self, twins: Sequence[Sequence[Lot]]) -> None:
        """Keep twins in their order, at every operation up to the first whose time depends on the mode."""
        for lots in twins:
            ordered = alike(self.lookup, lots[0])
            for before, after in pairwise(lots):
                for a, b in islice(
                    zip(self.chains[before.lot], self.chains[after.lot], strict=True), ordered
                ):
                    self.model.add(a.start <= b.start)

    def keep_order(self) -> bool:
        """Start lots in one order everywhere: that of the hint, where it has one.

        Returns
        -------
        bool
            False, with nothing changed, where lots are not all hinted, or do not visit the
            machines in one sequence.
        """
        stages: dict[frozenset[str], list[Task]] = defaultdict(list)
        visits: TopologicalSorter[frozenset[str]] = TopologicalSorter()
        begun = {lot: [task.hint[1] for task in chain if task.hint] for lot, chain in self.chains.items()}
        for lot in sorted(self.chains, key=lambda lot: sum(begun[lot])):
            before: frozenset[str] | None = None
            for task in self.chains[lot]:
                stage = frozenset(option.mode.resource for option in task.options)
                stages[stage].append(task)
                visits.add(stage, *((before,) if before else ()))
                before = stage
        try:
            visits.prepare()
        except CycleError:
            return False
        if not all(begun.values()):
            return False
        for tasks in stages.values():
            for a, b in pairwise(tasks):
                self.model.add(a.start <= b.start)
        return True

    def load(self, regular: dict[str, Steps]) -> None:
        """Let no resource do more at once than it can.

        Parameters
        ----------
        regular : dict of str to Steps
            Working time of every resource.
        """
        for name, places in sorted(self._places.items()):
            resource = self.lookup.resources[name]
            intervals = [self._interval(place, with_changeover=False) for place in places]
            if resource.capacity > 1:
                self._cumulate(name, [(interval, 1) for interval in intervals], regular[name])
                continue
            self.model.add_no_overlap(intervals)
            if resource.changeover_matrix:
                self._sequence(resource, places)
        self._pools(regular)

    def _interval(self, place: Place, with_changeover: bool) -> cp_model.IntervalVar:
        option, task = place.option, place.task
        setup = option.mode.setup_minutes
        if not with_changeover or isinstance(place.changeover, int):
            return self.model.new_optional_interval_var(
                task.start - setup, option.minutes + setup, task.end, option.chosen, ""
            )
        size = place.changeover + option.minutes + setup
        begin = self.model.new_int_var(0, self.axis.length, "begin")
        return self.model.new_optional_interval_var(begin, size, task.end, option.chosen, "")

    def _pools(self, regular: dict[str, Steps]) -> None:
        """Labour pools and tools, occupied from the beginning of the changeover to the end."""
        loads: dict[str, list[tuple[cp_model.IntervalVar, int]]] = defaultdict(list)
        for _, places in sorted(self._places.items()):
            for place in places:
                mode = place.option.mode
                if not (pools := self.lookup.pools(mode)):
                    continue
                interval = self._interval(place, with_changeover=True)
                for pool, units in pools:
                    loads[pool].append((interval, units))
        for name, rows in sorted(loads.items()):
            self._cumulate(name, rows, regular[name])

    def _cumulate(self, name: str, loads: list[tuple[cp_model.IntervalVar, int]], steps: Steps) -> None:
        """Bound the use of a resource by its capacity, which may change along the axis."""
        stretches = self.axis.stretches(steps)
        highest = max((capacity for _, _, capacity in stretches), default=0)
        for start, end, capacity in stretches:
            if capacity < highest:
                closed = self.model.new_fixed_size_interval_var(start, end - start, f"{name}:less")
                loads = [*loads, (closed, highest - capacity)]
        if sum(amount for _, amount in loads) > highest:
            self.model.add_cumulative([row for row, _ in loads], [amount for _, amount in loads], highest)

    def _sequence(self, resource: Resource, places: list[Place]) -> None:
        """Changeovers of a machine as a circuit through its runs; node 0 is its beginning and end."""
        model = self.model
        hinted = sorted(
            (place.task.hint[1], place.task.hint[2], number)
            for number, place in enumerate(places, 1)
            if place.task.hint and place.task.hint[0] == resource.resource
        )
        order = [0, *(number for _, _, number in hinted), 0]
        follows = set(pairwise(order))
        arcs: list[tuple[int, int, cp_model.LiteralT]] = []
        first = self.lookup.initial_group(resource)
        for number, place in enumerate(places, 1):
            place.changeover = model.new_int_var(0, self.axis.length, "changeover")
            minutes = []
            if len(place.task.options) > 1:
                arcs.append((number, number, ~place.option.chosen))
            others: list[tuple[int, Place | None]] = [(0, None), *enumerate(places, 1)]
            for other, before in others:
                if other == number:
                    continue
                taken = model.new_bool_var(f"{resource.resource}:{other}>{number}")
                model.add_hint(taken, (other, number) in follows)
                arcs.append((other, number, taken))
                group = first if before is None else self._group(before.task)
                length, price = self.lookup.changeover(resource, group, self._group(place.task))
                minutes.append(length * taken)
                self.arcs.append(
                    Arc(before.task if before else None, place.task, resource.resource, taken, length, price)
                )
                ready = self._frozen if before is None else before.task.end
                free = place.task.start - place.option.mode.setup_minutes - length
                model.add(free >= ready).only_enforce_if(taken)
            model.add(place.changeover == sum(minutes))
            leaves = model.new_bool_var(f"{resource.resource}:{number}>")
            model.add_hint(leaves, (number, 0) in follows)
            arcs.append((number, 0, leaves))
        idle = model.new_bool_var(f"{resource.resource}:idle")
        model.add_hint(idle, not hinted)
        model.add_circuit([*arcs, (0, 0, idle)])

    def _group(self, task: Task) -> str:
        return self.lookup.setup_group(task.lot.item)

    def supply(self, standing: dict[str, list[tuple[int, int]]]) -> None:
        """Take components from stock, arrivals and other lots, never before they are there."""
        events: dict[str, list[tuple[cp_model.LinearExprT, int]]] = defaultdict(list)
        for chain in self.chains.values():
            for task in chain:
                for component, taken in self.components(task):
                    events[component].append((task.start, -taken))
        for component, taking in sorted(events.items()):
            rows = [(self.axis.before(minute), quantity) for minute, quantity in standing.get(component, ())]
            if sum(quantity for at, quantity in rows if not at) >= -sum(amount for _, amount in taking):
                continue
            inflows: list[tuple[cp_model.LinearExprT, int]] = [
                (chain[-1].end, output(chain))
                for chain in self.chains.values()
                if chain[-1].lot.item == component
            ]
            inflows += [row for row in rows if row[0] <= self.axis.length]
            steps = [*inflows, *taking]
            self.model.add_reservoir_constraint(
                [at for at, _ in steps],
                [amount for _, amount in steps],
                0,
                sum(amount for _, amount in inflows),
            )

    def components(self, task: Task) -> list[tuple[str, int]]:
        """What a task takes at its start: (component, base units)."""
        lot = task.lot
        item = self.lookup.items[lot.item]
        return [
            (line.component, consumption(self.lookup, item, task.quantity, line.quantity / line.per_quantity,
                                         line.scrap_fraction, line.component))
            for line in self.lookup.components.get((lot.item, lot.version, task.operation.operation), ())
        ]  # fmt: skip


def output(chain: Sequence[Task]) -> int:
    """Quantity that a lot gives."""
    return floor_product(chain[-1].quantity, chain[-1].operation.yield_fraction)
