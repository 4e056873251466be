"""Every engine lets certificates be written when all tests are over, one at a time, before the release."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction as F

import pytest
from minute_plants import certified, shaken
from test_minute_decode import turns

from capacityplan.domain import plant as q
from capacityplan.domain.plan import Plan, Provenance
from capacityplan.domain.plant import Plant
from capacityplan.solve.bound import certify
from capacityplan.solve.dispatch import Ground, dispatched, schedule
from capacityplan.solve.minute.problem import Problem
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle
from capacityplan.solve.solve import Settings, solve
from capacityplan.solve.types import Limits
from capacityplan.templates import NAMES, build
from capacityplan.verify import check, releases

DAY = 1440
PLANT = q.Plant(
    "certified", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(8, 1, 0, 2),
    items=(q.Item("A", q.ItemKind.FINISHED, unit_value=F(5), max_lot=10),),
    operations=(
        q.Operation("A", "make", 10, run_minutes=F(10)), q.Operation("A", "mend", 20, run_minutes=F(30)),
    ),
    operation_resources=(q.OperationResource("A", "make", "M"), q.OperationResource("A", "mend", "M")),
    resources=(
        q.Resource("M", q.ResourceKind.MACHINE), q.Resource("LAB", q.ResourceKind.LAB),
        q.Resource("OFFICE", q.ResourceKind.LAB, calendar="mornings"),
    ),
    calendars=tuple(q.CalendarRow("mornings", day, None, 480, 720) for day in range(7)),
    inspections=(
        q.Inspection("I", q.Stage.FINAL, "LAB", item="A", lab_minutes=30, wait_minutes=DAY,
                     reject_fraction=F(1, 10), rework_operation="mend"),
        q.Inspection("C", q.Stage.CERTIFICATE, "OFFICE", item="A", lab_minutes=200, cost_per_lot=F(3)),
    ),
    orders=(q.Order("O", "A", 30, 4 * DAY, late_cost_per_day=F(9), lost_cost=F(500)),),
)  # fmt: skip


def issued(plant: Plant, plan: Plan) -> int:
    """How many certificates a plan has, each begun after all tests of its object."""
    assert check(plant, plan).violations == ()
    papers = {row.inspection for row in plant.inspections if row.stage is q.Stage.CERTIFICATE}
    return sum(row.inspection in papers for row in (*plan.inspections, *plan.bucket_inspections))


@pytest.mark.parametrize("seed", range(12))
def test_compiled_schedules_with_certificates_are_the_dispatchers(seed: int) -> None:
    plant = certified(shaken(seed), random.Random(seed))
    ground = Ground(plant, net_requirements(plant))
    problem = Problem(ground)
    order = turns(problem, random.Random(seed))
    expected = dispatched(ground, order)
    assert problem.schedule(order) == expected


@pytest.mark.parametrize("name", NAMES)
def test_netted_plans_of_own_plants_with_certificates_are_valid(name: str) -> None:
    plant = certified(build(name, size=0.1), random.Random(1))
    lots = net_requirements(plant)
    window = schedule(plant, lots, Limits(deadline=float("inf")))
    plan = settle(plant, window, lots, Provenance(plant.name, ""))
    assert issued(plant, plan) > 20
    assert plan.deliveries


@pytest.mark.parametrize("days", [0, 3, 8])
def test_an_office_writes_one_a_day(days: int) -> None:
    plant = replace(PLANT, horizon=replace(PLANT.horizon, schedule_days=days))
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert issued(plant, outcome.plan) >= 3
    assert not outcome.plan.lost
    # The tests are over on the second day, after the morning: lots are free on three days from the third on.
    freed = {one.released // DAY for one in releases(plant, outcome.plan).values() if one.released}
    if days == 8:
        assert min(freed) >= 2
        assert len(freed) >= 3
    proven = certify(plant, 2.0).bound_certified
    assert proven is not None
    assert 9 <= proven <= check(plant, outcome.plan).cost


@pytest.mark.parametrize("days", [0, 2, 6])
def test_the_first_lot_is_validated_before_it_is_certified(days: int) -> None:
    first = q.Inspection("V", q.Stage.VALIDATION, "LAB", item="A", lab_minutes=30, wait_minutes=2 * DAY)
    plant = replace(
        PLANT, inspections=(*PLANT.inspections, first), horizon=replace(PLANT.horizon, schedule_days=days)
    )
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert issued(plant, outcome.plan) >= 3


@pytest.mark.parametrize("days", [0, 2, 6])
def test_tested_stock_is_certified_and_not_tested_again(days: int) -> None:
    stock = (
        q.Stock("S", "A", 10, q.StockStatus.TESTED, available=700),
        q.Stock("T", "A", 10, q.StockStatus.TESTED),
    )
    orders = (replace(PLANT.orders[0], quantity=20, due=3 * DAY),)
    plant = replace(PLANT, stock=stock, orders=orders, horizon=replace(PLANT.horizon, schedule_days=days))
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert check(plant, outcome.plan).violations == ()
    rows = (*outcome.plan.inspections, *outcome.plan.bucket_inspections)
    assert {(row.object, row.inspection) for row in rows} == {("S", "C"), ("T", "C")}
    assert sum(row.quantity for row in outcome.plan.deliveries) == 20


@pytest.mark.parametrize(("days", "late"), [(0, False), (3, True)])
def test_the_bound_counts_test_and_certificate_as_the_plan_may(days: int, late: bool) -> None:
    # To the minute 25 and 23 hours, one after the other, end on the third day; in buckets on the second.
    test, paper = (
        replace(row, lab_minutes=30, wait_minutes=wait)
        for row, wait in zip(PLANT.inspections, (1470, 1370), strict=True)
    )
    order = q.Order("O", "A", 10, DAY, late_cost_per_day=F(100), lost_cost=F(5000))
    plant = replace(
        PLANT, horizon=q.Horizon(3, 0, 0, days), orders=(order,), calendars=(),
        inspections=(replace(test, reject_fraction=F(0), rework_operation=""), paper),
        resources=tuple(replace(row, calendar="") for row in PLANT.resources),
    )  # fmt: skip
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    cost, proven = check(plant, outcome.plan).cost, certify(plant, 2.0).bound_certified
    assert proven is not None
    assert (1000 <= proven <= cost) if late else (proven <= cost < 1000)
