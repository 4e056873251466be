"""Stock and receipts whose inspection leaves rejects: these are worked on again, or nothing is inspected."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import pytest

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.solve.solve import Settings, solve
from capacityplan.verify import check

DAY = 1440
PLANT = q.Plant(
    "held", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(4, 1, 0, 2),
    items=(q.Item("A", q.ItemKind.FINISHED, unit_value=F(5), setup_group="g"),),
    operations=(
        q.Operation("A", "make", 10, "v1", run_minutes=F(600)),
        q.Operation("A", "again", 90, "v1", run_minutes=F(10), yield_fraction=F(1, 2)),
    ),
    operation_resources=(
        q.OperationResource("A", "make", "M", "v1"), q.OperationResource("A", "again", "N", "v1"),
    ),
    resources=(
        q.Resource("M", q.ResourceKind.MACHINE), q.Resource("LAB", q.ResourceKind.LAB),
        q.Resource("N", q.ResourceKind.MACHINE, calendar="late", changeover_matrix="X",
                   initial_setup_group="h"),
    ),
    calendars=(q.CalendarRow("late", 2, None, 0, DAY), q.CalendarRow("late", 3, None, 0, DAY)),
    changeovers=(q.Changeover("X", "h", "g", 5), q.Changeover("X", "g", "h", 5)),
    inspections=(
        q.Inspection("I", q.Stage.FINAL, "LAB", item="A", lab_minutes=30, reject_fraction=F(1, 5),
                     rework_operation="again"),
    ),
    stock=(q.Stock("S", "A", 20, q.StockStatus.IN_INSPECTION),),
    receipts=(q.Receipt("R", q.ReceiptKind.PRODUCTION, "A", 10, DAY + 60, version="v1"),),
    orders=(q.Order("O", "A", 27, DAY, late_cost_per_day=F(1), lost_cost=F(500)),),
)  # fmt: skip


def planned(plant: q.Plant) -> p.Plan:
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert check(plant, outcome.plan).verified
    return outcome.plan


def test_rejects_of_a_receipt_of_the_tail_are_worked_on_there() -> None:
    plan = planned(replace(PLANT, receipts=(replace(PLANT.receipts[0], due=2 * DAY + 60),)))
    # 4 of 20 and 2 of 10 are rejects, half of which are saved: 18 and 9.
    assert [(run.lot, run.quantity) for run in plan.runs] == [("S", 4)]
    assert [(row.lot, row.quantity, row.load) for row in plan.bucket_runs] == [("R", 2, ((2, 20),))]
    assert plan.bucket_setups == (p.BucketSetups("N", 2, ("g",)),)
    assert sum(row.quantity for row in plan.deliveries) == 27


def test_and_in_the_window_where_there_is_time() -> None:
    resources = tuple(replace(row, calendar="") for row in PLANT.resources)
    plan = planned(replace(PLANT, resources=resources))
    runs = {run.lot: (run.operation, run.resource, run.quantity) for run in plan.runs}
    assert runs == {"S": ("again", "N", 4), "R": ("again", "N", 2)}
    assert plan.bucket_runs == ()
    assert sum(row.quantity for row in plan.deliveries if row.ship <= 2 * DAY) == 27


@pytest.mark.parametrize("daily", [2, 4])
def test_without_time_for_it_nothing_is_inspected(daily: int) -> None:
    closed = (q.CalendarRow("late", 6, None, 0, 1),)
    horizon = q.Horizon(daily, 0, 0, 2)
    plan = planned(replace(PLANT, horizon=horizon, calendars=closed, orders=()))
    assert plan.inspections == ()
    assert plan.bucket_inspections == ()
