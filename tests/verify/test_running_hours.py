"""Maintenance by running hours: at the limit, a minute beyond, and spoiled in every way."""

from dataclasses import replace
from fractions import Fraction as F

import pytest
import tiny
from benchmarks.second_checker.compare import differences
from corruptors import drops, edits
from tiny import DAY

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check
from capacityplan.verify.case import Case
from capacityplan.verify.rules.downtime import Counter

OIL = q.Downtime("OIL", "M", minutes=10, every_run_hours=F(2), run_hours_before=F(1))


def faults(plant: q.Plant, plan: p.Plan) -> list[tuple[str, str | None, str | None]]:
    assert not differences(plant, plan)
    rows = check(plant, plan).violations
    return [(row.rule, row.found, row.required) for row in rows if row.rule not in ("ledger",)]


def made(*lots: tuple[int, int], oil: tuple[int, ...] = ()) -> p.Plan:
    """Lots that begin at a minute and take so many."""
    return tiny.plan(
        lots=tuple(p.Lot(f"L{at}", "A", minutes) for at, minutes in lots),
        runs=tuple(p.Run(f"L{at}", "make", "M", m, at, at, at + m) for at, m in lots),
        maintenance=tuple(p.Maintenance("OIL", "M", at, at + 10) for at in oil),
    )


def test_hours_before_the_plan_count_in_the_first_stretch() -> None:
    plant = tiny.plant(downtime=(OIL,))
    assert faults(plant, made((0, 60))) == []
    assert faults(plant, made((0, 61)))[0] == ("downtime", "121", "<= 120")
    assert faults(plant, made((0, 60), (70, 120), oil=(60,))) == []
    assert faults(plant, made((0, 60), (70, 121), oil=(60,)))[0] == ("downtime", "121", "<= 120")


def test_what_is_overdue_when_the_plan_starts_comes_first() -> None:
    plant = tiny.plant(downtime=(replace(OIL, run_hours_before=F(7)),))
    assert faults(plant, made()) == []
    assert faults(plant, made((10, 120), oil=(0,))) == []
    assert faults(plant, made((0, 1), oil=(1,)))[0] == ("downtime", "121", "<= 120")


def test_early_maintenance_is_no_credit_for_later() -> None:
    plant = tiny.plant(downtime=(replace(OIL, run_hours_before=F(0)),))
    early = made(oil=(0,))

    def later(minutes: int, *oil: int) -> p.Plan:
        load = p.BucketRun("T", "make", "M", minutes, ((2, minutes),))
        stops = (*early.maintenance, *(p.Maintenance("OIL", "M", at, at + 10) for at in oil))
        return replace(early, lots=(p.Lot("T", "A", minutes),), bucket_runs=(load,), maintenance=stops)

    assert faults(plant, later(120)) == []
    assert faults(plant, later(121))[0] == ("downtime", "121", "<= 120")
    assert faults(plant, later(240, 2 * DAY)) == []
    assert faults(plant, later(241, 2 * DAY))[0] == ("downtime", "121", "<= 120")


def test_setups_of_the_tail_are_no_running_hours() -> None:
    mode = replace(tiny.MODE, setup_minutes=5)
    plant = tiny.plant(downtime=(OIL,), operation_resources=(mode,))

    def later(minutes: int, first: int) -> p.Plan:
        load = ((2, first), (3, minutes + 5 - first))
        run = p.BucketRun("T", "make", "M", minutes, load)
        return tiny.plan(lots=(p.Lot("T", "A", minutes),), bucket_runs=(run,))

    assert faults(plant, later(60, 10)) == []
    assert faults(plant, later(61, 10))[0] == ("downtime", "121", "<= 120")
    assert faults(plant, later(61, 66 - 1))[0] == ("downtime", "121", "<= 120")


def test_runs_beyond_the_window_count_in_its_buckets() -> None:
    plant = tiny.plant(downtime=(OIL,))
    hanging = made((2 * DAY - 30, 60))
    assert faults(plant, hanging) == []
    run = p.BucketRun("T", "make", "M", 1, ((2, 1),))
    more = replace(hanging, lots=(*hanging.lots, p.Lot("T", "A", 1)), bucket_runs=(run,))
    assert faults(plant, more) == [("downtime", "121", "<= 120")]
    stop = p.Maintenance("OIL", "M", 3 * DAY - 10, 3 * DAY)
    assert faults(plant, replace(more, maintenance=(stop,))) == []


def test_maintenance_in_the_first_minute_of_the_tail_forgives_nothing_of_the_window() -> None:
    plant = tiny.plant(downtime=(OIL,))

    def later(minutes: int) -> p.Plan:
        plan = made((0, 60), oil=(2 * DAY,))
        run = p.BucketRun("T", "make", "M", minutes, ((2, minutes),))
        return replace(plan, lots=(*plan.lots, p.Lot("T", "A", minutes)), bucket_runs=(run,))

    assert faults(plant, later(120)) == []
    assert faults(plant, later(121)) == [("downtime", "121", "<= 120")]


def test_a_counter_is_within_its_limit_where_window_and_tail_are() -> None:
    plant = tiny.plant(downtime=(OIL,))
    stop = p.Maintenance("OIL", "M", 3 * DAY - 10, 3 * DAY)

    def within(plan: p.Plan) -> bool:
        return Counter(Case(plant, plan), OIL).within(plan.maintenance)

    assert within(made((0, 60)))
    assert not within(made((0, 61)))
    run = p.BucketRun("T", "make", "M", 1, ((2, 1),))
    later = replace(made((0, 60)), bucket_runs=(run,))
    later = replace(later, lots=(*later.lots, p.Lot("T", "A", 1)))
    assert not within(later)
    assert within(replace(later, maintenance=(stop,)))


def test_work_in_labs_is_no_running_hour() -> None:
    oil = replace(OIL, resource="LAB", every_run_hours=F(1), run_hours_before=F(0))
    row = q.Inspection("I", q.Stage.FINAL, "LAB", item="A", lab_minutes=90)
    plant = tiny.plant(downtime=(oil,), inspections=(row,), resources=(tiny.M, tiny.LAB))
    plan = replace(made((0, 10)), inspections=(p.InspectionRun("L0", "I", "LAB", 10, 100),))
    assert faults(plant, plan) == []


def test_hours_of_another_machine_are_its_own() -> None:
    other = q.Resource("N", q.ResourceKind.MACHINE)
    modes = (tiny.MODE, replace(tiny.MODE, resource="N"))
    plant = tiny.plant(downtime=(OIL,), resources=(tiny.M, other), operation_resources=modes)
    plan = made((0, 60))
    lots = (*plan.lots, p.Lot("X", "A", 500), p.Lot("Y", "A", 500))
    runs = (*plan.runs, p.Run("X", "make", "N", 500, 0, 0, 500))
    loads = (p.BucketRun("Y", "make", "N", 500, ((2, 500),)),)
    assert faults(plant, replace(plan, lots=lots, runs=runs, bucket_runs=loads)) == []


def test_maintenance_whose_time_ends_with_the_horizon_is_placed() -> None:
    end = 11 * DAY
    for to, found in ((end, [("downtime", "0", "1")]), (end + 1, [])):
        row = q.Downtime("OIL", "M", minutes=10, flexible_from=0, flexible_to=to)
        assert faults(tiny.plant(downtime=(row,)), made()) == found
        assert faults(tiny.plant(downtime=(row,)), made(oil=(end - 10,))) == []


@pytest.mark.parametrize(
    "corruptor",
    [
        drops("maintenance", "downtime"),
        edits("maintenance", "downtime", end=lambda row: row.end - 1),
        edits("maintenance", "downtime", start=lambda row: row.start + 15, end=lambda row: row.end + 15),
        edits("maintenance", "downtime", resource=lambda row: "CREW"),
    ],
)  # fmt: skip
def test_spoiled_plans_are_rejected(corruptor) -> None:  # type: ignore[no-untyped-def]
    crew = q.Resource("CREW", q.ResourceKind.LABOUR)
    plant = tiny.plant(downtime=(OIL,), resources=(*tiny.plant().resources, crew))
    plan = made((0, 60), (70, 120), (200, 120), oil=(60, 190))
    assert faults(plant, plan) == []
    spoiled = list(corruptor(plant, plan))
    assert spoiled
    for other, rules in spoiled:
        assert {row[0] for row in faults(plant, other)} & rules
