"""Exact scheduling of shops with CP-SAT: job shops, flow shops, with alternatives and pools.

Applies where a shop keeps to the plain rules: machines that work at the same hours, with or
without changeovers, labour pools and tools, components from stock and from each other; no
inspections, batches, locks or perishable items. The dispatcher's schedule is the complete hint,
so the answer is never worse than it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ortools.sat.python import cp_model

from capacityplan.demand.netting import net
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot, Run
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.solve.minute.estimate import Estimator
from capacityplan.solve.minute.exact_model import Shop
from capacityplan.solve.minute.exact_prices import least_cost, least_latest
from capacityplan.solve.minute.exact_promises import WHOLE_SHARE, promises, standing_supply
from capacityplan.solve.minute.exact_twins import alike, twins
from capacityplan.solve.minute.plain import axis_of, is_plain, machines_of, output_of
from capacityplan.solve.types import Limits, LotPlan, PlannedLot, WindowSchedule

MAX_OPERATIONS = 1000
MAX_SUCCESSIONS = 60_000
"""Pairs of runs that may follow each other on machines with changeovers."""
_SEARCH_WORKERS = 8
"""CP-SAT's strategies complement each other: eight even where there are fewer cores."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """What a stage looks for, and the share of the time by which it ends."""

    until: float
    latest: bool = False
    """The shortest longest lateness instead of the least cost."""
    same_order: bool = False
    """Only schedules with the lots in one order on all machines."""


_STAGES = (
    _Stage(0.2, latest=True, same_order=True),
    _Stage(0.4, same_order=True),
    _Stage(0.6, latest=True),
    _Stage(1.0),
)
_POLL_SECONDS = 0.05


def applies(plant: Plant, plan: LotPlan, timeline: Timeline) -> bool:
    """Whether a plan's window is a shop of plain rules, small enough to be scheduled exactly."""
    if not is_plain(plant, plan, timeline):
        return False
    lookup = Lookup(plant)
    lots = [wish.lot for wish in plan.lots]
    count = sum(len(lookup.routings[lot.item, lot.version]) for lot in lots)
    return count <= MAX_OPERATIONS and _successions(lots, lookup) <= MAX_SUCCESSIONS


def _successions(lots: Iterable[Lot], lookup: Lookup) -> int:
    machines = machines_of(lots, lookup).items()
    return sum(count * count for name, count in machines if lookup.resources[name].changeover_matrix)


def improve(plant: Plant, plan: LotPlan, hint: WindowSchedule, limits: Limits) -> WindowSchedule:
    """Find a schedule of least cost, starting from a complete one.

    In a flow shop the lots first keep the hint's order: with that alone most of what can be won is
    won. The longest lateness is made least before the cost, because there the machines' limits tell
    most.

    Parameters
    ----------
    plant : Plant
        One for which `applies` holds.
    plan : LotPlan
    hint : WindowSchedule
        Lots that it dropped are scheduled without a hint.
    limits : Limits
        ``work`` is CP-SAT's deterministic time in seconds.

    Returns
    -------
    WindowSchedule
        The hint itself where nothing better was found.
    """
    search = _Search(plant, plan, limits)
    best = search.reordered(hint)
    for stage in _STAGES:
        if limits.stop():
            break
        found = search.run(best, stage)
        if found is not None and search.cost(found) < search.cost(best):
            best = found
    return best if search.cost(best) < search.cost(hint) else hint


class _Search:
    def __init__(self, plant: Plant, plan: LotPlan, limits: Limits) -> None:
        self._plant, self._plan, self._limits = plant, plan, limits
        self._began = time.monotonic()
        self._lookup, self._timeline = Lookup(plant), Timeline.of(plant)
        wishes = sorted(plan.lots, key=_turn)
        self._lots = [wish.lot for wish in wishes]
        working = WorkingTime(plant, self._timeline)
        axis = axis_of(self._lots, self._lookup, working)
        if axis is None:
            raise ValueError("the machines of the shop do not share their working time")
        self._axis = axis
        self._regular = {name: working.regular(name) for name in self._lookup.resources}
        self._supply = standing_supply(plant, plan)
        outputs = [(lot.lot, lot.item, output_of(self._lookup, lot)) for lot in self._lots]
        self._promises = promises(plant, self._timeline, net(plant, self._timeline), outputs, self._supply)
        self._twins = twins(self._lookup, self._lots, self._promises)
        self._estimator = Estimator(plant, plan)

    def cost(self, window: WindowSchedule) -> float:
        """Estimate what a schedule costs, with what guides to completing demands of several deliveries."""
        ends: dict[str, int] = defaultdict(int)
        for run in window.runs:
            ends[run.lot] = max(ends[run.lot], run.end)
        horizon = self._timeline.horizon_end
        last: dict[str, int] = defaultdict(int)
        price: dict[str, Fraction] = defaultdict(Fraction)
        count: Counter[str] = Counter()
        for row in self._promises:
            done = max(ends.get(lot, horizon) for lot, _ in row.lots)
            last[row.demand] = max(last[row.demand], done - row.due)
            price[row.demand] += row.late_price
            count[row.demand] += 1
        guide = sum(last[name] * float(price[name]) for name in last if count[name] > 1)
        return self._estimator.cost(window) + float(WHOLE_SHARE) * guide

    def reordered(self, window: WindowSchedule) -> WindowSchedule:
        """Exchange the names of twins so that they run in their order."""
        placed = {lot.lot for lot in window.lots}
        runs = {(run.lot, run.operation): run for run in window.runs}
        groups = ([lot for lot in group if lot.lot in placed] for group in self._twins)
        renamed = [run for lots in groups if lots for run in self._in_order(lots, runs)]
        return replace(window, runs=tuple(sorted(renamed, key=lambda run: (run.start, run.lot))))

    def _in_order(self, lots: Sequence[Lot], runs: Mapping[tuple[str, str], Run]) -> Iterable[Run]:
        """Name twins' runs anew, in their order; the last order found holds for the rest."""
        ordered = alike(self._lookup, lots[0])
        routings = {lot.lot: self._lookup.routings[lot.item, lot.version] for lot in lots}
        old = [lot.lot for lot in lots]
        for place in range(len(routings[lots[0].lot])):
            found = [runs[name, routings[name][place].operation] for name in old]
            if place < ordered:
                found.sort(key=lambda run: (run.start, run.end))
                old = [run.lot for run in found]
            for lot, run in zip(lots, found, strict=True):
                yield replace(run, lot=lot.lot, operation=routings[lot.lot][place].operation)

    def run(self, hint: WindowSchedule, stage: _Stage) -> WindowSchedule | None:
        """Search from a hint; None where the stage has nothing to look for here, or found nothing."""
        if stage.latest and not any(promise.late_price for promise in self._promises):
            return None
        runs = {(run.lot, run.operation): run for run in hint.runs}
        shop = Shop(self._lookup, self._axis, self._lots, runs, self._timeline.window_end)
        if stage.same_order and not shop.keep_order():
            return None
        shop.order(self._twins)
        shop.load(self._regular)
        shop.supply(self._supply)
        if stage.latest:
            least_latest(shop, self._promises)
        else:
            least_cost(shop, self._promises, Fraction(self._timeline.horizon_end, self._axis.length))
        solver = self._solved(shop.model, stage.until)
        if solver.response_proto.status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        return WindowSchedule(tuple(self._lots), tuple(self._read(shop, solver)), ())

    def _solved(self, model: cp_model.CpModel, share: float) -> cp_model.CpSolver:
        limits, solver = self._limits, cp_model.CpSolver()
        solver.parameters.num_search_workers = _SEARCH_WORKERS
        solver.parameters.random_seed = limits.seed
        deadline = self._began + (limits.deadline - self._began) * share
        if limits.work is not None:
            solver.parameters.interleave_search = True
            solver.parameters.max_deterministic_time = limits.work * share
        else:
            solver.parameters.max_time_in_seconds = max(deadline - time.monotonic(), 0.01)
        done = threading.Thread(target=solver.solve, args=(model,), daemon=True)
        done.start()
        while done.is_alive():
            done.join(_POLL_SECONDS)
            late = limits.work is None and time.monotonic() >= deadline
            if limits.stop() or late:
                solver.stop_search()
        return solver

    def _read(self, shop: Shop, solver: cp_model.CpSolver) -> Iterable[Run]:
        changeovers = {
            (id(arc.after), arc.machine): arc.minutes for arc in shop.arcs if solver.boolean_value(arc.taken)
        }
        for lot in self._lots:
            for task in shop.chains[lot.lot]:
                option = next(option for option in task.options if solver.boolean_value(option.chosen))
                start, resource = solver.value(task.start), option.mode.resource
                setup = option.mode.setup_minutes + changeovers.get((id(task), resource), 0)
                yield Run(
                    lot.lot, task.operation.operation, resource, task.quantity,
                    self._axis.start(start - setup), self._axis.start(start),
                    self._axis.end(start + option.minutes) if option.minutes else self._axis.start(start),
                )  # fmt: skip


def _turn(wish: PlannedLot) -> tuple[int, str]:
    return wish.need, wish.lot.lot
