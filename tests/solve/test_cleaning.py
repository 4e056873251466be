"""Plans are cleaned in time, and no oftener than their campaigns call for."""

import re
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.exchange import read
from capacityplan.outbound.calendar import write
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


@pytest.mark.parametrize("days", [0, 3])
def test_a_campaign_that_ran_too_long_ends_before_anything_runs(days: int) -> None:
    machine = replace(PLANT.resources[0], campaign_hours_before=F(12))
    plant = replace(PLANT, resources=(machine,), horizon=replace(PLANT.horizon, schedule_days=days))
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert check(plant, outcome.plan).verified
    assert sum(row.quantity for row in outcome.plan.deliveries) == 300


def test_changeovers_in_time_spare_the_cleaning() -> None:
    orders = (replace(PLANT.orders[0], quantity=40, due=DAY), replace(PLANT.orders[1], quantity=60))
    make = tuple(replace(row, pausable=False) for row in PLANT.operations)
    plant = replace(PLANT, operations=make, orders=orders)
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert check(plant, outcome.plan).verified
    # 6 hours of A after 3.5 before, then 9 of B: a changeover lies between.
    assert outcome.plan.maintenance == ()


def test_a_lot_longer_than_a_campaign_is_found(tmp_path: Path) -> None:
    make = tuple(replace(row, fixed_minutes=91, pausable=row.item == "B") for row in PLANT.operations)
    for hours, found in (
        (F(5, 3), []),
        (F(1), [("resource", "longer_than_a_campaign")]),
    ):
        machines = tuple(
            replace(row, campaign_max_hours=hours, campaign_hours_before=F(0)) for row in PLANT.resources
        )
        path = tmp_path / "plant.json"
        path.write_bytes(replace(PLANT, operations=make, resources=machines).to_json())
        assert [(row.column, row.code) for row in read(path).errors] == found


def test_every_cleaning_is_an_event_of_its_own() -> None:
    stops = tuple(p.Maintenance("cleaning-M", "M", at, at + 60) for at in (300, 1740))
    files = write(PLANT, p.Plan(p.Provenance("campaigns", ""), maintenance=stops), (), {})
    uids = re.findall(rb"UID:(.*)@", files["M.ics"])
    assert sorted(uids) == [b"cleaning-M-M", b"cleaning-M-M-2"]
