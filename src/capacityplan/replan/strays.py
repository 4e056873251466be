"""Confirmations of what neither the plan nor the plant knows: they are told, since nothing comes of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from capacityplan.domain.plant import Actual, ActualKind, Plant
from capacityplan.domain.stoppages import stoppages
from capacityplan.verify.case import Case

_SUMMED = (ActualKind.RUN, ActualKind.RECEIPT, ActualKind.DELIVERY)


def fitting(case: Case, told: Plant) -> tuple[Plant, list[str]]:
    """Leave out confirmations of nothing known, of another item, and of runs a second time.

    Parameters
    ----------
    case : Case
        The plan on the plant that it was made for.
    told : Plant
        As it is described now, with the confirmations.

    Returns
    -------
    Plant
        With those that can be followed. Deliveries of orders that nobody knows took goods all the same.
    list of str
        A note for each that cannot, and for those that are there twice.
    """
    notes, kept = [], []
    items = _items(case, told)
    for row, times in Counter(told.actuals).items():
        of = items.get(row.kind)
        # Further parts of a receipt have its name with a number behind it.
        names = (row.object, row.object.rpartition("/")[0])
        item = None if of is None else next((of[name] for name in names if name in of), None)
        if of is None or item == row.item or (row.kind is ActualKind.MAINTENANCE and item is not None):
            kept += [row] * (1 if row.kind is ActualKind.RUN else times)
            notes += _repeated(row, times)
        elif item is not None:
            notes.append(f"{named(row)}: it is of {item}, not of {row.item}; it is left out")
        elif row.kind is ActualKind.DELIVERY:
            kept += [row] * times
            notes.append(
                f"{named(row)}: neither the plan nor the instance has it; its goods are taken from stock"
            )
        else:
            notes.append(f"{named(row)}: neither the plan nor the instance has it; it is left out")
    return replace(told, actuals=tuple(kept)), notes


def _items(case: Case, told: Plant) -> dict[ActualKind, dict[str, str]]:
    """Item by name of what each kind of confirmation may be of; no maintenance is of an item."""
    lots = {lot.lot: lot.item for lot in case.plan.lots}
    receipts = {row.order: row.item for plant in (case.plant, told) for row in plant.receipts}
    bought = receipts | {row.purchase: row.item for row in case.plan.purchases}
    there = {row.stock: row.item for row in case.plant.stock} | bought | lots
    demand = {name: row.item for name, row in case.demand.items()}
    return {
        ActualKind.RUN: lots,
        ActualKind.RECEIPT: bought,
        ActualKind.EXPECTED: bought,
        ActualKind.INSPECTION: there,
        ActualKind.DECISION: there,
        ActualKind.DELIVERY: demand | {row.order: row.item for row in told.orders},
        ActualKind.MAINTENANCE: {
            row.downtime: "" for plant in (case.plant, told) for row in stoppages(plant)
        },
    }


def _repeated(row: Actual, times: int) -> list[str]:
    """Say how a row counts that is there several times."""
    if times == 1 or row.kind not in _SUMMED:
        return []
    counts = "it counts once" if row.kind is ActualKind.RUN else f"it counts {times} times"
    return [f"{named(row)}: the same row is there {times} times; {counts}"]


def since_the_start(told: Plant, plant: Plant) -> tuple[Plant, list[str]]:
    """Leave out what is confirmed of before the plan: its plant has it already, and would have it twice.

    Parameters
    ----------
    told : Plant
        With the confirmations; one system lists all of them every night, another the new ones.
    plant : Plant
        What the plan was made for; minutes count from its start.
    """
    early = [row for row in told.actuals if row.at < 0 and row.kind is not ActualKind.EXPECTED]
    if not early:
        return told, []
    note = (
        f"{len(early)} confirmations are of before {plant.start}, when the plan begins: the instance has them"
        f" already, they are left out (the first: {named(early[0])})"
    )
    kept = tuple(row for row in told.actuals if row.at >= 0 or row.kind is ActualKind.EXPECTED)
    return replace(told, actuals=kept), [note]


def named(row: Actual) -> str:
    """Name a confirmation for people."""
    return f"{row.kind} of {row.object}" + (f"/{row.operation}" if row.operation else "")
