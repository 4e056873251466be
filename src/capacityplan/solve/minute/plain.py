"""Shops of plain rules: machines and pools that share their hours, components, due dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

from capacityplan.demand.netting import net
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot
from capacityplan.domain.plant import OperationResource, Plant, ResourceKind
from capacityplan.domain.stoppages import stoppages
from capacityplan.domain.timeline import Steps, Timeline, WorkingTime
from capacityplan.solve.minute.exact_axis import Axis
from capacityplan.solve.types import LotPlan
from capacityplan.units import MINUTES_PER_HOUR, floor_product


def is_plain(plant: Plant, plan: LotPlan, timeline: Timeline) -> bool:
    """Whether a plan's lots all start in the window and meet nothing but plain rules there."""
    wishes = [wish for wish in plan.lots if wish.start_bucket < timeline.window_buckets]
    if not wishes or len(wishes) < len(plan.lots) or not _plain_plant(plant, plan):
        return False
    lookup = Lookup(plant)
    lots = [wish.lot for wish in wishes]
    if not all(lookup.routings.get((lot.item, lot.version)) for lot in lots):
        return False
    sold = {row.item for row in net(plant, timeline)}
    if not all(_plain(lot, lookup, sold) for lot in lots):
        return False
    return axis_of(lots, lookup, WorkingTime(plant, timeline)) is not None


def _plain_plant(plant: Plant, plan: LotPlan) -> bool:
    """Whether nothing in a plant reaches beyond machines, pools and components."""
    beyond = (
        plant.locks, plant.inspections, stoppages(plant), plant.storages, plant.budgets, plan.overtime,
    )  # fmt: skip
    beside = any(line.by_product for line in plant.bill_of_materials)
    perishable = any(item.shelf_life_days is not None for item in plant.items)
    perishable = perishable or any(stock.expires is not None for stock in plant.stock)
    return (
        not any(beyond) and not perishable and not beside and not any(row.operation for row in plant.receipts)
    )


def _plain(lot: Lot, lookup: Lookup, sold: set[str]) -> bool:
    """Whether a lot's operations are of the kind that the model knows."""
    for operation in lookup.routings[lot.item, lot.version]:
        key = (lot.item, lot.version, operation.operation)
        modes = lookup.modes.get(key, ())
        lines = lookup.components.get(key, ())
        dated = any(line.valid_from is not None or line.valid_to is not None for line in lines)
        if operation.batch_size or operation.overlap_quantity:
            return False
        if not modes or dated or sold.intersection(row.component for row in lines):
            return False
        for mode in modes:
            row = lookup.resources[mode.resource]
            groups = row.capacity > 1 and row.changeover_matrix
            if row.setup_in_breaks or groups or row.kind in (ResourceKind.LABOUR, ResourceKind.TOOL):
                return False
    return True


def machines_of(lots: Iterable[Lot], lookup: Lookup) -> dict[str, int]:
    """Count machines of lots, each with the number of operations that can run on it."""
    found: dict[str, int] = defaultdict(int)
    for lot in lots:
        for operation in lookup.routings[lot.item, lot.version]:
            for mode in lookup.modes[lot.item, lot.version, operation.operation]:
                found[mode.resource] += 1
    return found


def axis_of(lots: list[Lot], lookup: Lookup, working: WorkingTime) -> Axis | None:
    """Return the axis of working time; None where machines work at different hours."""
    steps: Steps | None = None
    hours: list[tuple[int, int]] = []
    for name in machines_of(lots, lookup):
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


def output_of(lookup: Lookup, lot: Lot) -> int:
    """Quantity that a lot gives."""
    quantity = lot.quantity
    for operation in lookup.routings[lot.item, lot.version]:
        quantity = floor_product(quantity, operation.yield_fraction)
    return quantity


def mode_price(lookup: Lookup, mode: OperationResource, minutes: int) -> Fraction:
    """What a run in a mode costs: machine, labour, setup; changeovers come on top."""
    resource = lookup.resources[mode.resource]
    setup = mode.setup_minutes
    work = minutes * lookup.run_hour(mode) + setup * lookup.machine_hour(resource)
    work += (minutes + setup) * lookup.wage(mode)
    return work / MINUTES_PER_HOUR + mode.setup_cost
