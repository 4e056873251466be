"""Lots that begin in the window may wait for what arrives after it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import pytest

from capacityplan.domain import plant as q
from capacityplan.domain.plan import Provenance
from capacityplan.solve.dispatch import Ground, Turn, dispatched
from capacityplan.solve.minute.problem import Problem
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle
from capacityplan.verify import check

DAY = 1440
# Two days to the minute, four days of tail; the second operation takes a part that arrives on the third day.
PLANT = q.Plant(
    "waits", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(6, 0, 0, 2),
    items=(
        q.Item("A", q.ItemKind.FINISHED, unit_value=F(5)),
        q.Item("R", q.ItemKind.RAW, unit_value=F(1)),
    ),
    bill_of_materials=(q.BomLine("A", "R", F(1), operation="pack"),),
    operations=(
        q.Operation("A", "make", 10, run_minutes=F(60)),
        q.Operation("A", "pack", 20, run_minutes=F(6)),
    ),
    operation_resources=(q.OperationResource("A", "make", "M"), q.OperationResource("A", "pack", "N")),
    resources=(q.Resource("M", q.ResourceKind.MACHINE), q.Resource("N", q.ResourceKind.MACHINE)),
    receipts=(q.Receipt("PO", q.ReceiptKind.PURCHASE, "R", 10, 2 * DAY + 300),),
    orders=(q.Order("O", "A", 10, 3 * DAY, lost_cost=F(500)),),
)  # fmt: skip
LAB = (
    q.Resource("LAB", q.ResourceKind.LAB),
    q.Inspection("I", q.Stage.INCOMING, "LAB", item="R", lab_minutes=30),
)


def inspected() -> q.Plant:
    lab, row = LAB
    return replace(PLANT, resources=(*PLANT.resources, lab), inspections=(row,))


@pytest.mark.parametrize("compiled", [False, True])
def test_an_operation_waits_for_a_purchase_after_the_window(compiled: bool) -> None:
    lots = net_requirements(PLANT)
    ground = Ground(PLANT, lots)
    problem = Problem(ground)
    order = [Turn(wish, 0) for wish in problem.wishes]
    window = problem.schedule(order) if compiled else dispatched(ground, order)
    assert window.dropped == ()
    assert {run.operation: run.start for run in window.runs} == {"make": 0, "pack": 2 * DAY + 300}
    plan = settle(PLANT, window, lots, Provenance(PLANT.name, ""))
    assert check(PLANT, plan).violations == ()


@pytest.mark.parametrize("compiled", [False, True])
def test_what_a_lab_has_to_see_is_left_to_the_tail(compiled: bool) -> None:
    ground = Ground(inspected(), net_requirements(inspected()))
    problem = Problem(ground)
    order = [Turn(wish, 0) for wish in problem.wishes]
    window = problem.schedule(order) if compiled else dispatched(ground, order)
    assert window.runs == ()
    assert [wish.lot.item for wish in window.dropped] == ["A"]
