"""Confirmations of what neither the plan nor the plant knows: they are told, since nothing comes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from capacityplan.domain.plant import Actual, ActualKind, Plant
from capacityplan.domain.stoppages import stoppages
from capacityplan.verify.case import Case


def strays(case: Case, told: Plant) -> Iterator[str]:
    """Yield a note for each confirmation that is of nothing known.

    Parameters
    ----------
    case : Case
        The plan on the plant that it was made for.
    told : Plant
        As it is described now, with the confirmations.
    """
    lots = {lot.lot: lot.item for lot in case.plan.lots}
    receipts = {row.order for plant in (case.plant, told) for row in plant.receipts}
    purchases = {row.purchase for row in case.plan.purchases}
    stock = {row.stock for row in case.plant.stock}
    known: dict[ActualKind, set[str]] = {
        ActualKind.RUN: set(lots),
        ActualKind.RECEIPT: receipts | purchases,
        ActualKind.EXPECTED: receipts | purchases,
        ActualKind.INSPECTION: {*lots, *receipts, *purchases, *stock},
        ActualKind.DECISION: {*lots, *receipts, *purchases, *stock},
        ActualKind.DELIVERY: {*case.demand, *(row.order for row in told.orders)},
        ActualKind.MAINTENANCE: {row.downtime for plant in (case.plant, told) for row in stoppages(plant)},
    }
    for row in told.actuals:
        # Further parts of a receipt have its name with a number behind it.
        if row.kind in known and known[row.kind].isdisjoint((row.object, row.object.rpartition("/")[0])):
            what = "its goods are taken from stock" if row.kind is ActualKind.DELIVERY else "it is left out"
            yield f"{_name(row)}: neither the plan nor the instance has it; {what}"
        elif row.kind is ActualKind.RUN and lots.get(row.object, row.item) != row.item:
            yield f"{_name(row)}: the plan has it for {lots[row.object]}, not for {row.item}"


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
        f" already, they are left out (the first: {_name(early[0])})"
    )
    kept = tuple(row for row in told.actuals if row.at >= 0 or row.kind is ActualKind.EXPECTED)
    return replace(told, actuals=kept), [note]


def _name(row: Actual) -> str:
    return f"{row.kind} of {row.object}" + (f"/{row.operation}" if row.operation else "")
