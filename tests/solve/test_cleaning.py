"""Plans are cleaned in time, and no oftener than their campaigns call for."""

from dataclasses import replace
from fractions import Fraction as F

import pytest

from capacityplan.domain import plant as q
from capacityplan.solve.solve import Settings, solve
from capacityplan.verify import check

DAY = 1440
ITEMS = ("A", "B")
PLANT = q.Plant(
    "campaigns", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(6, 1, 0, 3),
    items=tuple(q.Item(name, q.ItemKind.FINISHED, unit_value=F(5), max_lot=30) for name in ITEMS),
    operations=tuple(q.Operation(name, "make", 10, run_minutes=F(9)) for name in ITEMS),
    operation_resources=tuple(q.OperationResource(name, "make", "M") for name in ITEMS),
    resources=(
        q.Resource("M", q.ResourceKind.MACHINE, calendar="day", cost_per_hour=F(1), changeover_matrix="X",
                   initial_setup_group="A", campaign_max_hours=F(10), cleaning_minutes=60,
                   campaign_hours_before=F(7, 2)),
    ),
    changeovers=(q.Changeover("X", "A", "B", 30), q.Changeover("X", "B", "A", 30)),
    calendars=tuple(q.CalendarRow("day", day, None, 360, 1320) for day in range(7)),
    orders=(
        q.Order("O", "A", 150, 3 * DAY, lost_cost=F(500), late_cost_per_day=F(1)),
        q.Order("P", "B", 150, 6 * DAY, lost_cost=F(500), late_cost_per_day=F(1)),
    ),
)  # fmt: skip


@pytest.mark.parametrize("days", [0, 3, 6])
def test_campaigns_are_planned_with_their_cleaning(days: int) -> None:
    plant = replace(PLANT, horizon=replace(PLANT.horizon, schedule_days=days))
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert check(plant, outcome.plan).verified
    assert sum(row.quantity for row in outcome.plan.deliveries) == 300
    assert {one.downtime for one in outcome.plan.maintenance} == {"cleaning-M"}
    # 26 hours of A after 3.5 before, and 22.5 hours of B: two cleanings of each at least.
    assert 3 <= len(outcome.plan.maintenance) <= 8
    certificate = outcome.plan.certificate
    assert certificate is not None
    assert certificate.bound is None or certificate.bound <= certificate.cost


def test_changeovers_in_time_spare_the_cleaning() -> None:
    orders = (replace(PLANT.orders[0], quantity=40, due=DAY), replace(PLANT.orders[1], quantity=60))
    make = tuple(replace(row, pausable=False) for row in PLANT.operations)
    plant = replace(PLANT, operations=make, orders=orders)
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert check(plant, outcome.plan).verified
    # 6 hours of A after 3.5 before, then 9 of B: a changeover lies between.
    assert outcome.plan.maintenance == ()
