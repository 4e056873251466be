"""A verified plan of a plant, the quickest way that gives one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot, Plan, Provenance, Run
from capacityplan.domain.plant import Item, LockKind, Order, Plant, Receipt, ReceiptKind
from capacityplan.domain.projections import Projections
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.prepare.lotflow import run_minutes
from capacityplan.replan.carry import carry_forward
from capacityplan.solve.choose import solve_choosing
from capacityplan.solve.dispatch import Ground, Turn, dispatched, window_wishes
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle
from capacityplan.solve.solve import Settings
from capacityplan.solve.types import LotPlan, WindowSchedule
from capacityplan.units import ceil_div
from capacityplan.verify import Verdict, check

_EAGER = 1000
"""How much dearer locked orders are in the search than in the plant."""
_PARTS = (1, 4)
"""Into how many lots what a locked order wants is cut at least."""


def found_plan(plant: Plant, seconds: float, workers: int = 1) -> tuple[Plan, Verdict] | None:
    """Return a plan that the checker accepts, and its verdict; None where none was found.

    Netted and dispatched if that will do, else searched for. The search does not know locked orders;
    it gets them dear and in small lots, which no rule of the plant forbids.
    """
    for kept in (bare(plant), plant):
        for parts in _PARTS:
            for plan in _quick(_eager(kept, parts)):
                if (found := _accepted(plant, plan)) is not None:
                    return found
    return searched(plant, seconds, workers)


def bare(plant: Plant) -> Plant:
    """Return a plant without what only costs money: demand that may be lost, stock targets."""
    locked = {row.object for row in plant.locks if row.kind is LockKind.ORDER}
    items = tuple(replace(row, safety_stock=0) for row in plant.items)
    orders = tuple(row for row in plant.orders if row.order in locked)
    return replace(
        plant, items=items, orders=orders, projections=Projections.empty(), promotions=(), launches=(),
        planning_bills=(), signals=(), market_events=(), life_cycle=(),
    )  # fmt: skip


def searched(plant: Plant, seconds: float, workers: int) -> tuple[Plan, Verdict] | None:
    """Return the cheapest accepted plan that searches in the time find."""
    locked = any(row.kind is LockKind.ORDER for row in plant.locks)
    parts = _PARTS if locked else _PARTS[:1]
    found = []
    for one in (_eager(plant, count) for count in parts):
        outcome = solve_choosing(one, Settings(seconds=max(1.0, seconds / len(parts)), workers=workers))
        if outcome.plan is not None and (accepted := _accepted(plant, outcome.plan)) is not None:
            found.append(accepted)
    return min(found, key=lambda pair: pair[1].cost, default=None)


def _accepted(plant: Plant, plan: Plan) -> tuple[Plan, Verdict] | None:
    """The plan as one of the plant itself, if the checker accepts it there."""
    origin = replace(plan.provenance, plant_name=plant.name, plant_hash=plant.hash())
    plan = replace(plan, provenance=origin, ledger=(), certificate=None)
    verdict = check(plant, plan)
    if verdict.violations:
        return None
    return replace(plan, ledger=verdict.ledger), verdict


def _eager(plant: Plant, parts: int) -> Plant:
    """A plant whose plans are plans of the given one, and which has reason to keep its locked orders."""
    ends = {row.object: row.end for row in plant.locks if row.kind is LockKind.ORDER}
    if not ends:
        return plant
    worth = {row.item: max(row.price or row.unit_value, Fraction(1)) for row in plant.items}
    orders: list[Order] = []
    most: dict[str, int] = {}
    for row in plant.orders:
        if row.order in ends:
            price = worth[row.item] * _EAGER
            row = replace(row, late_cost_per_day=price, lost_cost=price * _EAGER, priority=0)
            most[row.item] = max(most.get(row.item, 0), ceil_div(row.quantity, parts))
        orders.append(row)
    items = plant.items if parts == 1 else tuple(_smaller(row, most.get(row.item, 0)) for row in plant.items)
    return replace(plant, orders=tuple(orders), items=items)


def _smaller(row: Item, most: int) -> Item:
    """An item with lots of so much at most, as far as its other lot sizes allow."""
    if not most:
        return row
    unit = max(row.lot_multiple, 1)
    size = ceil_div(max(most, row.min_lot, 1), unit) * unit
    return replace(row, max_lot=size if not row.max_lot else min(size, row.max_lot))


def _quick(plant: Plant) -> Iterator[Plan]:
    origin = Provenance(plant.name, plant.hash(), start=plant.start)
    lots = net_requirements(plant)
    window = _dispatched(plant, lots)
    yield settle(plant, window, lots, origin)
    held = tuple(_held(plant))
    if held:
        for others in (0, max(run.end for run in held)):
            yield carry_forward(plant, _former(plant, origin, held, others)).plan


def _dispatched(plant: Plant, lots: LotPlan) -> WindowSchedule:
    """Place the window's lots by planned start, components before what is made of them.

    Where making takes no time all are wanted at once, and what is placed before its components finds none.
    """
    ground = Ground(plant, lots)
    depth = _depths(ground.lookup)
    wishes = window_wishes(lots, ground.timeline.window_buckets)
    wishes.sort(key=lambda one: (one.start_bucket, -depth[one.lot.item], one.need, one.lot.lot))
    return dispatched(ground, [Turn(one, int(ground.timeline.starts[one.start_bucket])) for one in wishes])


def _depths(lookup: Lookup) -> dict[str, int]:
    """How many levels of the bill lie above each item."""
    depth = dict.fromkeys(lookup.items, 0)
    for _ in depth:
        deeper = {row.component: depth[row.item] + 1 for row in lookup.plant.bill_of_materials
                  if depth[row.component] <= depth[row.item]}  # fmt: skip
        if not deeper:
            break
        depth |= deeper
    return depth


def _former(plant: Plant, origin: Provenance, held: tuple[Run, ...], others: int) -> Plan:
    """A former plan with locked runs, and all other operations in progress from a minute on."""
    runs = list(held)
    known = {(run.lot, run.operation) for run in held}
    lots = []
    for row in plant.receipts:
        if row.kind is ReceiptKind.PRODUCTION and row.operation:
            lots.append(Lot(row.order, row.item, row.quantity, row.version, row.order))
            for step in plant.operations:
                if step.item == row.item and (row.order, step.operation) not in known:
                    name = _resource(plant, row, step.operation)
                    runs.append(Run(row.order, step.operation, name, row.quantity, others, others, others))
    return Plan(origin, lots=tuple(lots), runs=tuple(runs))


def _resource(plant: Plant, row: Receipt, operation: str) -> str:
    """The resource of an operation in progress; none: the carrier chooses."""
    return row.resource if operation == row.operation else ""


def _held(plant: Plant) -> Iterator[Run]:
    """Runs of orders in progress where locks hold them: what a former plan would say."""
    lookup, timeline = Lookup(plant), Timeline.of(plant)
    working = WorkingTime(plant, timeline)
    receipts = {row.order: row for row in plant.receipts}
    for lock in plant.locks:
        order, _, operation = lock.object.partition("/")
        row = receipts.get(order)
        if lock.kind is not LockKind.RUN or row is None or lock.start is None:
            continue
        version = row.version or next(iter(lookup.versions.get(row.item, ("",))))
        for mode in lookup.modes.get((row.item, version, operation), ()):
            if lock.resource in ("", mode.resource):
                step = next(one for one in lookup.routings[row.item, version] if one.operation == operation)
                minutes = run_minutes(lookup, step, mode, row.quantity)
                opened = working.regular(mode.resource).open_minutes(lock.start, timeline.horizon_end)
                end = lock.start + minutes if opened >= minutes else lock.start
                yield Run(order, operation, mode.resource, row.quantity, lock.start, lock.start, end)
                break
