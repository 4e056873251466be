"""Plans keep maintenance by running hours in time, and place no more of it than their work calls for."""

from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise

import pytest

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.prepare.upkeep import by_running_hours
from capacityplan.solve.insert import Board, assembled
from capacityplan.solve.settle.capacity import Capacity
from capacityplan.solve.solve import Settings, solve
from capacityplan.solve.types import WindowSchedule
from capacityplan.solve.upkeep import spared, with_upkeep
from capacityplan.verify import check

DAY = 1440
OIL = q.Downtime("OIL", "M", minutes=60, every_run_hours=F(10), run_hours_before=F(7, 2))
PLANT = q.Plant(
    "hours", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(6, 1, 0, 3), downtime=(OIL,),
    items=(q.Item("A", q.ItemKind.FINISHED, unit_value=F(5), max_lot=30),),
    operations=(q.Operation("A", "make", 10, run_minutes=F(9)),),
    operation_resources=(q.OperationResource("A", "make", "M"),),
    resources=(q.Resource("M", q.ResourceKind.MACHINE, calendar="day", cost_per_hour=F(1)),),
    calendars=tuple(q.CalendarRow("day", day, None, 360, 1320) for day in range(7)),
    orders=(
        q.Order("O", "A", 150, 3 * DAY, lost_cost=F(500), late_cost_per_day=F(1)),
        q.Order("P", "A", 150, 6 * DAY, lost_cost=F(500), late_cost_per_day=F(1)),
    ),
)  # fmt: skip


def placed(plant: q.Plant, held: tuple[p.Maintenance, ...] = (), busy: tuple[tuple[int, int], ...] = ()):  # type: ignore[no-untyped-def]
    timeline = Timeline.of(plant)
    return by_running_hours(plant, timeline, WorkingTime(plant, timeline), held, {"M": busy})


def test_no_stretch_is_open_beyond_the_limit() -> None:
    for hours, minutes in ((1, 60), (7, 60), (10, 600), (16, 1), (40, 90)):
        oil = replace(OIL, every_run_hours=F(hours), minutes=minutes, run_hours_before=F(hours, 2))
        plant = replace(PLANT, downtime=(oil,))
        timeline = Timeline.of(plant)
        stops = placed(plant)
        steps = WorkingTime(plant, timeline).regular("M").without([(one.start, one.end) for one in stops])
        edges = [0, *(one.start for one in stops), timeline.horizon_end]
        opened = [steps.open_minutes(a, b) for a, b in pairwise(edges)]
        assert opened[0] <= hours * 30
        assert max(opened) <= hours * 60
        assert all(a.end <= b.start for a, b in pairwise(stops))


def test_maintenance_is_put_into_breaks() -> None:
    plant = replace(PLANT, downtime=(replace(OIL, every_run_hours=F(16), run_hours_before=F(0)),))
    assert {one.start % DAY >= 1320 or one.end % DAY <= 360 for one in placed(plant)} == {True}


def test_what_is_held_stays_and_runs_are_not_cut() -> None:
    held = (p.Maintenance("OIL", "M", 500, 560),)
    found = placed(PLANT, held, ((900, 1320), (DAY + 300, DAY + 700)))
    assert held[0] in found
    assert len(found) > 1
    runs = ((900, 1320), (DAY + 300, DAY + 700))
    assert all(one.end <= a or b <= one.start for one in found for a, b in runs)


@pytest.mark.parametrize("days", [0, 3, 6])
def test_a_plant_is_planned_with_it(days: int) -> None:
    plant = replace(PLANT, horizon=replace(PLANT.horizon, schedule_days=days))
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert check(plant, outcome.plan).verified
    assert sum(row.quantity for row in outcome.plan.deliveries) == 300
    # 45 hours of work after 3.5 hours before: every ten hours at least, and no more than in its breaks.
    assert 4 <= len(outcome.plan.maintenance) <= 7
    certificate = outcome.plan.certificate
    assert certificate is not None
    assert certificate.bound is None or certificate.bound <= certificate.cost


def test_what_is_overdue_is_done_before_anything_runs() -> None:
    plant = replace(PLANT, downtime=(replace(OIL, run_hours_before=F(12)),))
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    first = min(run.setup_start for run in outcome.plan.runs)
    assert min(one.end for one in outcome.plan.maintenance) <= first
    # Work before it would be a violation, however little.
    late = tuple(
        replace(one, start=one.start + DAY, end=one.end + DAY) if one.end <= first else one
        for one in outcome.plan.maintenance
    )
    broken = check(plant, replace(outcome.plan, maintenance=late)).violations
    assert "downtime" in {row.rule for row in broken}


def test_a_machine_that_hardly_runs_is_not_maintained() -> None:
    make = replace(PLANT.operations[0], pausable=False)
    plant = replace(PLANT, operations=(make,), orders=(replace(PLANT.orders[0], quantity=40),))
    outcome = solve(plant, Settings(seconds=2, workers=1))
    assert outcome.plan is not None, outcome.rejected
    assert outcome.plan.maintenance == ()
    full = with_upkeep(plant, outcome.plan)
    assert len(full.maintenance) > 5
    assert spared(plant, full).maintenance == ()
    again = assembled(Board(plant, outcome.plan), outcome.plan.deliveries, outcome.plan.lost)
    assert again.maintenance == ()


def test_maintenance_of_a_group_of_machines_takes_the_time_of_all_of_them() -> None:
    belt = q.Downtime("belt", "M", flexible_from=DAY, flexible_to=3 * DAY, minutes=DAY)
    plant = replace(
        PLANT, downtime=(belt,), horizon=q.Horizon(6, 0, 0, 0),
        resources=(replace(PLANT.resources[0], capacity=2),),
    )  # fmt: skip
    timeline = Timeline.of(plant)
    window = WindowSchedule((), (), (), (), (p.Maintenance("belt", "M", 2 * DAY - 720, 3 * DAY - 720),))
    tail = Capacity(Lookup(plant), timeline, WorkingTime(plant, timeline), window, {}, False)
    assert [int(tail.left["M"][bucket]) for bucket in range(4)] == [1920, 720, 1200, 1920]
