"""The first lot of an item is validated; what was ordered before the plan is neither counted nor held."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import pytest

from capacityplan.domain import plant as q
from capacityplan.solve.solve import Settings, solve
from capacityplan.verify import check

DAY = 1440
PLANT = q.Plant(
    "validated", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(6, 1, 0, 2),
    items=(q.Item("A", q.ItemKind.FINISHED, unit_value=F(5)),),
    operations=(q.Operation("A", "make", 10, run_minutes=F(10)),),
    operation_resources=(q.OperationResource("A", "make", "M"),),
    resources=(q.Resource("M", q.ResourceKind.MACHINE), q.Resource("LAB", q.ResourceKind.LAB)),
    inspections=(
        q.Inspection("V", q.Stage.VALIDATION, "LAB", item="A", lab_minutes=30, wait_minutes=3 * DAY),
    ),
    receipts=(q.Receipt("R", q.ReceiptKind.PRODUCTION, "A", 10, 600),),
    orders=(
        q.Order("O", "A", 10, DAY, late_cost_per_day=F(9), lost_cost=F(500)),
        q.Order("P", "A", 30, 4 * DAY, late_cost_per_day=F(1), lost_cost=F(500)),
    ),
)  # fmt: skip


@pytest.mark.parametrize("days", [0, 2, 6])
def test_a_receipt_is_no_first_lot_and_waits_for_none(days: int) -> None:
    plant = replace(PLANT, horizon=replace(PLANT.horizon, schedule_days=days))
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert check(plant, outcome.plan).verified
    tested = {row.object for row in (*outcome.plan.inspections, *outcome.plan.bucket_inspections)}
    assert len(tested) == 1
    assert tested <= {lot.lot for lot in outcome.plan.lots}
    first = [row for row in outcome.plan.deliveries if row.demand == "O"]
    assert [(row.quantity, row.ship <= DAY) for row in first] == [(10, True)]
