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
from capacityplan.domain.plant import Plant, ResourceKind
from capacityplan.domain.timeline import Steps, Timeline, WorkingTime
from capacityplan.solve.minute.estimate import Estimator
from capacityplan.solve.minute.exact_axis import Axis
from capacityplan.solve.minute.exact_model import Shop
from capacityplan.solve.minute.exact_prices import least_cost, least_latest
from capacityplan.solve.minute.exact_promises import WHOLE_SHARE, promises, standing_supply
from capacityplan.solve.minute.exact_twins import alike, twins
from capacityplan.solve.types import Limits, LotPlan, PlannedLot, WindowSchedule
from capacityplan.units import floor_fraction

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
    wishes = [wish for wish in plan.lots if wish.start_bucket < timeline.window_buckets]
    if not wishes or len(wishes) < len(plan.lots) or not _plain_plant(plant, plan):
        return False
    lookup = Lookup(plant)
    lots = [wish.lot for wish in wishes]
    if not all(lookup.routings.get((lot.item, lot.version)) for lot in lots):
        return False
    if sum(len(lookup.routings[lot.item, lot.version]) for lot in lots) > MAX_OPERATIONS:
        return False
    sold = {row.item for row in net(plant, timeline)}
    if not all(_plain(lot, lookup, sold) for lot in lots) or _successions(lots, lookup) > MAX_SUCCESSIONS:
        return False
    return _axis(lots, lookup, WorkingTime(plant, timeline)) is not None


def _plain_plant(plant: Plant, plan: LotPlan) -> bool:
    """Whether nothing in a plant reaches beyond machines, pools and components."""
    beyond = (
        plant.locks, plant.inspections, plant.downtime, plant.storages, plant.budgets, plan.overtime,
    )  # fmt: skip
    perishable = any(item.shelf_life_days is not None for item in plant.items)
    perishable = perishable or any(stock.expires is not None for stock in plant.stock)
    return not any(beyond) and not perishable and not any(row.operation for row in plant.receipts)


def _plain(lot: Lot, lookup: Lookup, sold: set[str]) -> bool:
    """Whether a lot's operations are of the kind that the model knows."""
    for operation in lookup.routings[lot.item, lot.version]:
        key = (lot.item, lot.version, operation.operation)
        modes = lookup.modes.get(key, ())
        lines = lookup.components.get(key, ())
        dated = any(line.valid_from is not None or line.valid_to is not None for line in lines)
        if not modes or operation.batch_size or dated or sold.intersection(row.component for row in lines):
            return False
        for mode in modes:
            row = lookup.resources[mode.resource]
            groups = row.capacity > 1 and row.changeover_matrix
            if row.setup_in_breaks or groups or row.kind in (ResourceKind.LABOUR, ResourceKind.TOOL):
                return False
    return True


def _machines(lots: Iterable[Lot], lookup: Lookup) -> dict[str, int]:
    """Machines of lots, each with the number of operations that can run on it."""
    found: dict[str, int] = defaultdict(int)
    for lot in lots:
        for operation in lookup.routings[lot.item, lot.version]:
            for mode in lookup.modes[lot.item, lot.version, operation.operation]:
                found[mode.resource] += 1
    return found


def _successions(lots: Iterable[Lot], lookup: Lookup) -> int:
    machines = _machines(lots, lookup).items()
    return sum(count * count for name, count in machines if lookup.resources[name].changeover_matrix)


def _axis(lots: list[Lot], lookup: Lookup, working: WorkingTime) -> Axis | None:
    """Return the axis of working time; None where machines work at different hours."""
    steps: Steps | None = None
    hours: list[tuple[int, int]] = []
    for name in _machines(lots, lookup):
        steps = working.regular(name)
        found = _merged((start, end) for start, end, _ in steps.intervals())
        if hours and found != hours:
            return None
        hours = found
    if not hours:
        return None
    axis = Axis(Steps([(start, end, 1) for start, end in hours]))
    return axis if len(hours) == 1 or _pausable(lots, lookup) else None


def _merged(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join stretches that touch (a change of capacity is no break)."""
    found: list[tuple[int, int]] = []
    for start, end in stretches:
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _pausable(lots: list[Lot], lookup: Lookup) -> bool:
    """Whether runs may pause in breaks, and no longest wait counts time that the axis leaves out."""
    return all(
        operation.pausable and operation.max_wait_minutes is None
        for lot in lots
        for operation in lookup.routings[lot.item, lot.version]
    )


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
        axis = _axis(self._lots, self._lookup, working)
        if axis is None:
            raise ValueError("the machines of the shop do not share their working time")
        self._axis = axis
        self._regular = {name: working.regular(name) for name in self._lookup.resources}
        self._supply = standing_supply(plant, plan)
        outputs = [(lot.lot, lot.item, self._output(lot)) for lot in self._lots]
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

    def _output(self, lot: Lot) -> int:
        quantity = lot.quantity
        for operation in self._lookup.routings[lot.item, lot.version]:
            quantity = floor_fraction(quantity * operation.yield_fraction)
        return quantity

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
