"""Orders in progress that find no place to the minute go on in the tail."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import pytest

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.solve.solve import Settings, solve
from capacityplan.verify import check

DAY = 1440
# M never stops, and so no run pauses; its people are there for twelve hours a day. 14 hours of WIP are left.
PLANT = q.Plant(
    "under-way", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(4, 1, 0, 2),
    items=(
        q.Item("A", q.ItemKind.FINISHED, unit_value=F(5), phase_in=3 * DAY, min_lot=50, phase_out=4 * DAY),
        q.Item("R", q.ItemKind.RAW, unit_value=F(1)),
    ),
    bill_of_materials=(q.BomLine("A", "R", F(1)), q.BomLine("A", "R", F(2), operation="pack")),
    operations=(q.Operation("A", "make", 10, run_minutes=F(60)), q.Operation("A", "pack", 20)),
    operation_resources=(
        q.OperationResource("A", "make", "M", labour="CREW"),
        q.OperationResource("A", "make", "N"),
        q.OperationResource("A", "pack", "N"),
    ),
    resources=(
        q.Resource("M", q.ResourceKind.MACHINE, cost_per_hour=F(1)),
        q.Resource("N", q.ResourceKind.MACHINE, cost_per_hour=F(1)),
        q.Resource("CREW", q.ResourceKind.LABOUR, calendar="day"),
    ),
    calendars=tuple(q.CalendarRow("day", day, None, 360, 1080) for day in range(7)),
    stock=(q.Stock("S", "R", 40),),
    receipts=(
        q.Receipt("WIP", q.ReceiptKind.PRODUCTION, "A", 20, DAY, operation="make", done_quantity=6,
                  resource="M"),
    ),
    orders=(q.Order("O", "A", 20, DAY, lost_cost=F(500)),),
    fences=q.Fences(frozen_hours=80),
)  # fmt: skip


def test_an_order_in_progress_whose_people_go_home_is_done_in_the_tail() -> None:
    outcome = solve(PLANT, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert check(PLANT, outcome.plan).verified
    rows = {row.operation: row for row in outcome.plan.bucket_runs}
    # On the machine where it stands, the rest of it alone, at once and whatever the lot sizes say.
    assert rows["make"] == p.BucketRun("WIP", "make", "M", 14, ((2, 720), (3, 120)))
    assert rows["pack"].quantity == 20
    assert outcome.plan.lots == (p.Lot("WIP", "A", 20, "", "WIP"),)
    assert [row.quantity for row in outcome.plan.deliveries] == [20]


@pytest.mark.parametrize("done", [8, 20])
def test_it_is_done_to_the_minute_where_there_is_time(done: int) -> None:
    receipts = (replace(PLANT.receipts[0], done_quantity=done),)
    plant = replace(PLANT, receipts=receipts)
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert check(plant, outcome.plan).verified
    assert {row.operation for row in outcome.plan.runs} == {"make", "pack"}
    assert outcome.plan.bucket_runs == ()


def test_without_a_tail_there_is_no_plan() -> None:
    plant = replace(PLANT, horizon=q.Horizon(4, 0, 0, 4))
    outcome = solve(plant, Settings(seconds=1, workers=1))
    assert outcome.plan is None
    assert any("WIP" in text for text in outcome.rejected)
