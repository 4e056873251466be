"""Dates that reach beyond the window or the horizon leave a plan all the same."""

from dataclasses import replace
from fractions import Fraction as F

from capacityplan.domain import plant as q
from capacityplan.solve.solve import Settings, solve
from capacityplan.verify import check

DAY = 1440
PLANT = q.Plant(
    "far", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(6, 1, 0, 2),
    items=(q.Item("A", q.ItemKind.FINISHED, unit_value=F(5), min_lot=10),),
    operations=tuple(q.Operation("A", *row, run_minutes=F(9)) for row in (("make", 10), ("pack", 20))),
    operation_resources=tuple(q.OperationResource("A", name, "M") for name in ("make", "pack")),
    resources=(q.Resource("M", q.ResourceKind.MACHINE, calendar="day", cost_per_hour=F(1)),),
    calendars=tuple(q.CalendarRow("day", day, None, 360, 1320) for day in range(7)),
    orders=(q.Order("O", "A", 20, 3 * DAY, lost_cost=F(500), late_cost_per_day=F(1)),),
)  # fmt: skip


def test_nothing_of_the_tail_starts_in_a_frozen_zone_that_reaches_into_it() -> None:
    plant = replace(PLANT, fences=q.Fences(frozen_hours=76))
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert check(plant, outcome.plan).verified
    assert sum(row.quantity for row in outcome.plan.deliveries) == 20
    starts = [run.load[0][0] for run in outcome.plan.bucket_runs]
    # 76 hours end at four in the morning of the fourth day.
    assert starts
    assert min(starts) == 3


def test_a_component_that_is_neither_made_nor_bought_leaves_a_plan_with_what_there_is() -> None:
    plant = replace(
        PLANT, items=(*PLANT.items, q.Item("R", q.ItemKind.RAW)), stock=(q.Stock("S", "R", 10),),
        bill_of_materials=(q.BomLine("A", "R", F(1)),),
    )  # fmt: skip
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert not outcome.failure
    assert outcome.plan is not None, outcome.rejected
    assert sum(row.quantity for row in outcome.plan.deliveries) == 10


def test_maintenance_whose_time_comes_after_the_horizon_is_left_to_a_later_plan() -> None:
    later = q.Downtime("belt", "M", flexible_from=20 * DAY, flexible_to=30 * DAY, minutes=120)
    across = q.Downtime("oil", "M", flexible_from=13 * DAY - 30, flexible_to=30 * DAY, minutes=120)
    within = q.Downtime("seal", "M", flexible_from=DAY, flexible_to=2 * DAY, minutes=120)
    plant = replace(PLANT, downtime=(later, across, within))
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert check(plant, outcome.plan).verified
    assert [row.downtime for row in outcome.plan.maintenance] == ["seal"]


def test_an_order_in_progress_goes_on_after_the_window_where_its_machine_is_closed_until_then() -> None:
    begun = q.Receipt("WIP", q.ReceiptKind.PRODUCTION, "A", 20, DAY, operation="make", done_quantity=5)
    closed = q.Downtime("holiday", "M", 0, 3 * DAY)
    for days in (0, 2):
        plant = replace(
            PLANT, receipts=(begun,), downtime=(closed,), horizon=replace(PLANT.horizon, schedule_days=days)
        )
        outcome = solve(plant, Settings(seconds=2, workers=1))
        assert outcome.plan is not None, outcome.rejected
        assert min(run.setup_start for run in outcome.plan.runs if run.lot == "WIP") >= 3 * DAY
        late = replace(
            outcome.plan, runs=tuple(replace(run, lot="L") for run in outcome.plan.runs), ledger=(),
            lots=tuple(replace(lot, lot="L", receipt="") for lot in outcome.plan.lots), certificate=None,
        )  # fmt: skip
        texts = [row.text() for row in check(plant, late).violations]
        assert any("a lot to the minute starts in the window" in text for text in texts)
