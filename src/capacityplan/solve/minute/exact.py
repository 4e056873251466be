"""Exact scheduling of small job shops with CP-SAT.

Applies where nothing but machines binds: unary machines without setup, always open, no material,
labour, tools or inspections in the way. The objective is lateness plus makespan; the
dispatcher's schedule is the complete hint, so the answer is never worse than it.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from ortools.sat.python import cp_model

from capacityplan.demand.netting import net
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot, Run
from capacityplan.domain.plant import Operation, OperationResource, Plant, ResourceKind
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.prepare.lotflow import run_minutes
from capacityplan.solve.types import Limits, LotPlan, WindowSchedule
from capacityplan.units import MINUTES_PER_DAY, floor_fraction

MAX_OPERATIONS = 150
_SEARCH_WORKERS = 8
"""CP-SAT's strategies complement each other: eight even where there are fewer cores."""
_WEIGHT_TOP = 1_000_000
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class _Task:
    operation: Operation
    quantity: int
    minutes: tuple[tuple[OperationResource, int], ...]


def applies(plant: Plant, plan: LotPlan, timeline: Timeline) -> bool:
    """Whether a plan's window is a job shop small enough to be scheduled exactly."""
    lookup = Lookup(plant)
    wishes = [wish for wish in plan.lots if wish.start_bucket < timeline.window_buckets]
    if not wishes or len(wishes) < len(plan.lots) or any(receipt.operation for receipt in plant.receipts):
        return False
    if plant.locks or plant.inspections or plant.downtime or plant.fences.frozen_hours or plan.overtime:
        return False
    steps = [lookup.routings.get((wish.lot.item, wish.lot.version), ()) for wish in wishes]
    if not all(steps) or sum(map(len, steps)) > MAX_OPERATIONS:
        return False
    working = WorkingTime(plant, timeline)
    return all(_plain(wish.lot, lookup, working, timeline) for wish in wishes)


def _plain(lot: Lot, lookup: Lookup, working: WorkingTime, timeline: Timeline) -> bool:
    """Whether a lot needs nothing but always-open unary machines without setup."""
    item = lookup.items[lot.item]
    if item.phase_in is not None or item.phase_out is not None:
        return False
    for operation in lookup.routings[lot.item, lot.version]:
        key = (lot.item, lot.version, operation.operation)
        if operation.batch_size or operation.artwork_approved_on is not None or lookup.components.get(key):
            return False
        for mode in lookup.modes.get(key, ()):
            row = lookup.resources[mode.resource]
            bare = not (mode.setup_minutes or mode.labour or mode.tool or row.changeover_matrix)
            unary = row.kind is ResourceKind.MACHINE and row.capacity == 1
            if not (bare and unary and working.regular(mode.resource).contains(0, timeline.horizon_end)):
                return False
    return True


def improve(plant: Plant, plan: LotPlan, hint: WindowSchedule, limits: Limits) -> WindowSchedule:
    """Find a schedule of least lateness and makespan, starting from a complete one.

    Parameters
    ----------
    plant : Plant
        One for which `applies` holds.
    plan : LotPlan
    hint : WindowSchedule
        With every lot placed.
    limits : Limits
        ``work`` is CP-SAT's deterministic time in seconds.

    Returns
    -------
    WindowSchedule
        The hint itself where nothing better was found.
    """
    shop = _Shop(plant, plan, hint)
    solver = _solver(limits)
    done = threading.Thread(target=solver.solve, args=(shop.model,), daemon=True)
    done.start()
    while done.is_alive():
        done.join(_POLL_SECONDS)
        late = limits.work is None and time.monotonic() >= limits.deadline
        if limits.stop() or late:
            solver.stop_search()
    return shop.read(solver, hint)


def _solver(limits: Limits) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_search_workers = _SEARCH_WORKERS
    solver.parameters.random_seed = limits.seed
    if limits.work is not None:
        solver.parameters.interleave_search = True
        solver.parameters.max_deterministic_time = limits.work
    else:
        solver.parameters.max_time_in_seconds = max(limits.deadline - time.monotonic(), 0.01)
    return solver


class _Shop:
    """The job shop as a CP-SAT model."""

    def __init__(self, plant: Plant, plan: LotPlan, hint: WindowSchedule) -> None:
        self._plant, self._lookup = plant, Lookup(plant)
        self._timeline = Timeline.of(plant)
        self._horizon = self._timeline.horizon_end
        self.model = cp_model.CpModel()
        self._lots = [wish.lot for wish in plan.lots]
        self._needs = {wish.lot.lot: wish.need for wish in plan.lots}
        self._machines: dict[str, list[cp_model.IntervalVar]] = defaultdict(list)
        self._starts: dict[tuple[str, str], cp_model.IntVar] = {}
        self._chosen: dict[tuple[str, str, str], cp_model.IntVar] = {}
        self._tasks: dict[str, list[_Task]] = {}
        self._hints = {(run.lot, run.operation): run for run in hint.runs}
        ends = {lot.lot: self._chain(lot) for lot in self._lots}
        for intervals in self._machines.values():
            self.model.add_no_overlap(intervals)
        self._charge(ends)

    def _chain(self, lot: Lot) -> cp_model.IntVar:
        """Add a lot's operations in sequence; return its completion."""
        quantity = lot.quantity
        tasks = self._tasks.setdefault(lot.lot, [])
        before: tuple[Operation, cp_model.IntVar] | None = None
        for operation in self._lookup.routings[lot.item, lot.version]:
            modes = self._lookup.modes[lot.item, lot.version, operation.operation]
            task = _Task(
                operation, quantity,
                tuple((mode, run_minutes(self._lookup, operation, mode, quantity)) for mode in modes),
            )  # fmt: skip
            tasks.append(task)
            last = self._timeline.window_end - 1 if before is None else self._horizon
            start, end = self._task(lot.lot, task, last)
            if before is not None:
                previous, ready = before
                self.model.add(start >= ready + previous.min_wait_minutes)
                if previous.max_wait_minutes is not None:
                    self.model.add(start <= ready + previous.max_wait_minutes)
            before = operation, end
            quantity = floor_fraction(quantity * operation.yield_fraction)
        if before is None:
            raise ValueError(f"lot {lot.lot} has no operations")
        return before[1]

    def _task(self, lot: str, task: _Task, last: int) -> tuple[cp_model.IntVar, cp_model.IntVar]:
        name = f"{lot}/{task.operation.operation}"
        start = self.model.new_int_var(0, last, f"{name}:start")
        end = self.model.new_int_var(0, self._horizon, f"{name}:end")
        run = self._hints[lot, task.operation.operation]
        self.model.add_hint(start, run.start)
        self.model.add_hint(end, run.end)
        self._starts[lot, task.operation.operation] = start
        literals = []
        for mode, minutes in task.minutes:
            literal = self.model.new_bool_var(f"{name}:{mode.resource}")
            self.model.add_hint(literal, mode.resource == run.resource)
            interval = self.model.new_optional_interval_var(start, minutes, end, literal, name)
            self._machines[mode.resource].append(interval)
            self._chosen[lot, task.operation.operation, mode.resource] = literal
            literals.append(literal)
        self.model.add_exactly_one(literals)
        return start, end

    def _charge(self, ends: dict[str, cp_model.IntVar]) -> None:
        """Minimise lateness and makespan, the prices scaled to whole numbers."""
        span = self.model.new_int_var(0, self._horizon, "makespan")
        self.model.add_max_equality(span, list(ends.values()))
        self.model.add_hint(span, max(run.end for run in self._hints.values()))
        prices = self._late_prices()
        span_price = self._plant.costs.makespan_cost_per_minute
        top = max([span_price, *prices.values()], default=Fraction(0))
        scale = Fraction(_WEIGHT_TOP) / top if top else Fraction(0)
        terms = [floor_fraction(span_price * scale) * span]
        for lot, end in ends.items():
            late = self.model.new_int_var(0, self._horizon, f"{lot}:late")
            self.model.add_max_equality(late, [0, end - self._needs[lot]])
            done = max(run.end for key, run in self._hints.items() if key[0] == lot)
            self.model.add_hint(late, max(0, done - self._needs[lot]))
            terms.append(floor_fraction(prices[lot] * scale) * late)
        self.model.minimize(sum(terms))

    def _late_prices(self) -> dict[str, Fraction]:
        """Price of a minute's lateness by lot: its item's dearest demand, for the whole lot."""
        rates: dict[str, Fraction] = defaultdict(Fraction)
        for row in net(self._plant, self._timeline):
            rates[row.item] = max(rates[row.item], row.late_rate)
        return {
            lot.lot: rates[lot.item] * lot.quantity / self._lookup.scale[lot.item] / MINUTES_PER_DAY
            for lot in self._lots
        }

    def read(self, solver: cp_model.CpSolver, hint: WindowSchedule) -> WindowSchedule:
        """Read the schedule that was found, or hand back the hint."""
        if solver.response_proto.status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return hint
        runs = []
        for lot in self._lots:
            for task in self._tasks[lot.lot]:
                name = task.operation.operation
                start = solver.value(self._starts[lot.lot, name])
                mode, minutes = next(
                    pair
                    for pair in task.minutes
                    if solver.boolean_value(self._chosen[lot.lot, name, pair[0].resource])
                )
                runs.append(Run(lot.lot, name, mode.resource, task.quantity, start, start, start + minutes))
        return WindowSchedule(tuple(self._lots), tuple(runs), hint.inspections, cost_estimate=0.0)
