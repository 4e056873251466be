"""People with skills: pairs at the limit, spoiled plans, and the pools that planning derives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import tiny
from tiny import DAY, M, broken

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.verify import check

N = q.Resource("N", q.ResourceKind.MACHINE)
ANN, BOB = (q.Resource(name, q.ResourceKind.LABOUR, cost_per_hour=60) for name in ("ann", "bob"))
EARLY = (q.CalendarRow("early", 0, None, 0, 100),)


def shop(
    *modes: dict[str, object], skills: str | tuple[q.Skill, ...] = "ann:weld", **tables: object
) -> q.Plant:
    """Machines M and N, two people, and a mode on each machine."""
    rows = tuple(
        q.OperationResource("A", "make", name, **mode)  # type: ignore[arg-type]
        for name, mode in zip("MN", modes, strict=False)
    )
    have = tuple(q.Skill(*one.split(":")) for one in skills.split()) if isinstance(skills, str) else skills
    given = {"resources": (M, N, ANN, BOB), "skills": have, **tables}
    return tiny.plant(operation_resources=rows, **given)


def pair(second: int) -> p.Plan:
    """A lot on each machine: from 0 to 10, and ten minutes from a minute on."""
    runs = (p.Run("L1", "make", "M", 10, 0, 0, 10), p.Run("L2", "make", "N", 10, second, second, second + 10))
    return tiny.plan(lots=(p.Lot("L1", "A", 10), p.Lot("L2", "A", 10)), runs=runs)


WELD = {"skill": "weld"}


def test_whoever_has_the_skill_works_on_one_run_at_a_time() -> None:
    plant = shop(WELD, WELD)
    assert broken(plant, pair(10)) == []
    assert broken(plant, pair(9)) == [("skill", ("weld", "L1/make", "L2/make"), "2", "<= 1")]
    assert broken(shop(WELD, WELD, skills="ann:weld bob:weld"), pair(9)) == []


def test_people_with_several_skills_count_once() -> None:
    plant = shop(WELD, {"skill": "grind"}, skills="ann:weld ann:grind")
    assert broken(plant, pair(10)) == []
    assert broken(plant, pair(9)) == [("skill", ("grind", "weld", "L2/make", "L1/make"), "2", "<= 1")]
    assert broken(shop(WELD, {"skill": "grind"}, skills="ann:weld ann:grind bob:grind"), pair(9)) == []


def test_work_that_names_labour_takes_its_people_away() -> None:
    plant = shop(WELD, {"labour": "ann"})
    assert broken(plant, pair(10)) == []
    assert broken(plant, pair(9)) == [("skill", ("weld", "L1/make"), "1", "<= 0")]
    charged = [(row.object, row.amount) for row in check(plant, pair(10)).ledger if row.category == "labour"]
    assert charged == [("L2/make", 10)]


@pytest.mark.parametrize("labour", ["ann", ""])
def test_a_skill_counts_from_its_day_to_its_end(labour: str) -> None:
    for begin, end, found in ((0, 10, []), (1, 10, ["0"]), (0, 9, ["0"])):
        rows = (q.Skill("ann", "weld", begin, end),)
        plant = shop({"skill": "weld", "labour": labour}, {}, skills=rows)
        wrong = broken(plant, pair(10))
        assert [(one[0], one[3]) for one in wrong] == [("skill", f"<= {room}") for room in found]


def test_skill_alone_is_for_regular_time() -> None:
    ann = replace(ANN, calendar="early", overtime_calendar="late", overtime_cost_per_hour=60)
    late = (*EARLY, q.CalendarRow("late", 0, None, 100, 200))
    plan = replace(pair(100), overtime=(p.Overtime("ann", 100, 110),))
    alone = shop({"labour": "bob"}, WELD, resources=(M, N, ann, BOB), calendars=late)
    assert broken(alone, plan) == [("skill", ("weld", "L2/make"), "1", "<= 0")]
    assert broken(alone, pair(90)) == []
    named = shop({"labour": "bob"}, {**WELD, "labour": "ann"}, resources=(M, N, ann, BOB), calendars=late)
    assert broken(named, plan) == []


def test_minutes_of_the_tail_are_shared() -> None:
    lots = (p.Lot("L1", "A", DAY), p.Lot("L2", "A", DAY))

    def plan(minutes: int) -> p.Plan:
        runs = (
            p.BucketRun("L1", "make", "M", minutes, ((2, minutes),)),
            p.BucketRun("L2", "make", "N", DAY, ((2, DAY),)),
        )
        return tiny.plan(lots=(replace(lots[0], quantity=minutes), lots[1]), bucket_runs=runs)

    both = "ann:weld ann:grind bob:grind"
    assert broken(shop(WELD, {"skill": "grind"}, skills=both), plan(DAY)) == []
    wrong = broken(shop(WELD, {"skill": "grind"}, skills="ann:weld ann:grind"), plan(1))
    assert wrong == [("skill", ("grind", "weld"), "1441", "<= 1440")]
    short = shop(WELD, {"labour": "ann"})
    assert broken(short, plan(1)) == [("skill", ("weld",), "1", "<= 0")]


def test_analysts_have_the_skill_while_they_inspect() -> None:
    row = q.Inspection("I", q.Stage.FINAL, "LAB", item="A", analysts=1, labour="bob", skill="assay")
    tests = tuple(
        p.InspectionRun(lot, "I", "LAB", start, start + 60) for lot, start in (("L1", 20), ("L2", 80))
    )
    plan = replace(pair(10), inspections=tests)
    tables = {"resources": (M, N, ANN, BOB, tiny.LAB), "inspections": (row,)}
    assert broken(shop({}, {}, skills="bob:assay", **tables), plan) == []
    wrong = broken(shop({}, {}, skills="ann:assay", **tables), plan)
    assert wrong == [("skill", ("assay", "bob", "L1/I"), "1", "<= 0")]


def test_analysts_of_the_tail_have_the_skill_for_their_minutes() -> None:
    row = q.Inspection(
        "I", q.Stage.FINAL, "LAB", item="A", lab_minutes=60, analysts=2, labour="bob", skill="assay"
    )
    lots = (p.Lot("L1", "A", 10), p.Lot("L2", "A", 10))
    runs = tuple(p.BucketRun(one.lot, "make", "M", 10, ((2, 10),)) for one in lots)
    tests = tuple(p.BucketInspection(one.lot, "I", "LAB", 2, 2) for one in lots)
    plan = tiny.plan(lots=lots, bucket_runs=runs, bucket_inspections=tests)
    tables = {"resources": (M, ANN, replace(BOB, capacity=2), tiny.LAB), "inspections": (row,)}
    for end, found in ((2 * DAY + 120, []), (2 * DAY + 119, [("skill", ("assay", "bob"), "240", "<= 238")])):
        rows = (q.Skill("bob", "assay", None, end), q.Skill("ann", "assay"))
        assert broken(shop({}, skills=rows, **tables), plan) == found


def test_overtime_of_the_tail_counts_for_named_labour_only() -> None:
    """Monday in the tail's week has 100 minutes of regular time and 100 of overtime."""
    ann = replace(ANN, calendar="early", overtime_calendar="late", overtime_cost_per_hour=60)
    tables = {"resources": (M, N, ann, BOB), "calendars": (*EARLY, q.CalendarRow("late", 0, None, 100, 200))}

    def plan(minutes: int) -> p.Plan:
        run = p.BucketRun("L1", "make", "M", minutes, ((4, minutes),))
        return tiny.plan(
            lots=(p.Lot("L1", "A", minutes),), bucket_runs=(run,),
            bucket_overtime=(p.BucketOvertime("ann", 4, 100),),
        )  # fmt: skip

    named = shop({"labour": "ann", **WELD}, **tables)
    assert broken(named, plan(200)) == []
    monday = 7 * DAY
    short = replace(named, skills=(q.Skill("ann", "weld", None, monday + 150),))
    assert broken(short, plan(150)) == []
    assert broken(short, plan(151)) == [("skill", ("weld", "ann"), "151", "<= 150")]
    alone = shop(WELD, **tables)
    assert broken(alone, plan(100)) == []
    assert broken(alone, plan(101)) == [("skill", ("weld",), "101", "<= 100")]


def test_runs_beyond_the_window_take_people_with_skills_from_its_buckets() -> None:
    begin = 2 * DAY - 10
    lots = (p.Lot("L1", "A", 60), p.Lot("L2", "A", DAY - 50))
    run = p.Run("L1", "make", "M", 60, begin, begin, begin + 60)
    load = p.BucketRun("L2", "make", "N", DAY - 50, ((2, DAY - 50),))
    plan = tiny.plan(lots=lots, runs=(run,), bucket_runs=(load,))
    for mode in (WELD, {"labour": "ann", **WELD}):
        plant = shop(mode, mode)
        assert broken(plant, plan) == []
        fuller = replace(load, quantity=DAY - 49, load=((2, DAY - 49),))
        more = replace(plan, lots=(lots[0], replace(lots[1], quantity=DAY - 49)), bucket_runs=(fuller,))
        assert ("skill", "1441", "<= 1440") in {(a, c, d) for a, _, c, d in broken(plant, more)}


def test_skills_that_share_nobody_are_short_by_themselves() -> None:
    modes = (WELD, {"skill": "grind"})
    assert broken(shop(*modes, skills="ann:weld bob:grind"), pair(0)) == []
    assert broken(shop(*modes, skills="ann:weld bob:paint"), pair(0)) == [
        ("skill", ("grind", "L2/make"), "1", "<= 0")
    ]
    two = shop({"skill": "weld", "labour_units": 2}, {}, skills="ann:weld bob:weld bob:grind")
    assert broken(two, pair(10)) == []
    assert broken(replace(two, skills=two.skills[:1]), pair(10)) == [
        ("skill", ("weld", "L1/make"), "2", "<= 1")
    ]


def test_another_skill_of_those_who_are_named_does_not_do() -> None:
    named = {"labour": "ann", **WELD}
    assert broken(shop(named, {}, skills="ann:weld bob:grind"), pair(10)) == []
    assert broken(shop(named, {}, skills="ann:grind bob:weld"), pair(10)) == [
        ("skill", ("weld", "ann", "L1/make"), "1", "<= 0")
    ]


def test_maintenance_of_a_machine_takes_no_people_away() -> None:
    oil = q.Downtime("OIL", "M", minutes=10, flexible_from=0, flexible_to=DAY)
    plan = replace(pair(10), maintenance=(p.Maintenance("OIL", "M", 12, 22),))
    for mode in (WELD, {"labour": "ann", **WELD}):
        assert broken(shop(mode, mode, downtime=(oil,)), plan) == []


def test_only_those_at_work_in_the_minute_are_named() -> None:
    plan = pair(10)
    third = p.Run("L3", "make", "M", 10, 10, 10, 20)
    plan = replace(plan, lots=(*plan.lots, p.Lot("L3", "A", 10)), runs=(*plan.runs, third))
    assert broken(shop(WELD, WELD), plan) == [("skill", ("weld", "L3/make", "L2/make"), "2", "<= 1")]


def test_people_who_are_a_resource_themselves_do_no_other_work_meanwhile() -> None:
    plant = shop(WELD)
    plant = replace(
        plant, operation_resources=(*plant.operation_resources, q.OperationResource("A", "make", "ann"))
    )
    for start, found in ((10, []), (9, [("skill", ("weld", "L1/make"), "1", "<= 0")])):
        plan = pair(start)
        plan = replace(plan, runs=(plan.runs[0], replace(plan.runs[1], resource="ann")))
        assert broken(plant, plan) == found


def test_of_two_people_who_are_a_resource_one_does_other_work_meanwhile() -> None:
    plant = shop(WELD, resources=(M, N, replace(ANN, capacity=2), BOB))
    own = q.OperationResource("A", "make", "ann")
    plant = replace(plant, operation_resources=(*plant.operation_resources, own))
    plan = pair(5)
    assert broken(plant, replace(plan, runs=(plan.runs[0], replace(plan.runs[1], resource="ann")))) == []


def test_people_who_are_a_resource_themselves_do_no_other_work_in_a_bucket_of_the_tail() -> None:
    """Ann welds and makes in the day; both together have its minutes and no more."""
    plant = shop(WELD)
    own = q.OperationResource("A", "make", "ann")
    plant = replace(plant, operation_resources=(*plant.operation_resources, own))
    for minutes, found in ((DAY - 60, []), (DAY - 59, [("skill", ("weld",), "60", "<= 59")])):
        plan = tiny.plan(
            lots=(p.Lot("T1", "A", 60), p.Lot("T2", "A", minutes)),
            bucket_runs=(
                p.BucketRun("T1", "make", "M", 60, ((2, 60),)),
                p.BucketRun("T2", "make", "ann", minutes, ((2, minutes),)),
            ),
        )
        assert broken(plant, plan) == found


def test_analysts_need_no_skill_where_none_is_asked_for() -> None:
    """One row asks for analysts without a skill, the other for a skill of nobody."""
    rows = (
        q.Inspection("I", q.Stage.FINAL, "LAB", item="A", lab_minutes=10, analysts=1, labour="bob"),
        q.Inspection("J", q.Stage.FINAL, "LAB", item="A", lab_minutes=10, skill="assay"),
    )
    lab = replace(tiny.LAB, capacity=2)
    plant = shop(WELD, resources=(M, ANN, BOB, lab), inspections=rows)
    lots = (p.Lot("L1", "A", 10), p.Lot("T1", "A", 10))
    plan = tiny.plan(
        lots=lots, runs=(p.Run("L1", "make", "M", 10, 0, 0, 10),),
        bucket_runs=(p.BucketRun("T1", "make", "M", 10, ((2, 10),)),),
        inspections=tuple(p.InspectionRun("L1", row.inspection, "LAB", 10, 20) for row in rows),
        bucket_inspections=tuple(p.BucketInspection("T1", row.inspection, "LAB", 2, 2) for row in rows),
    )  # fmt: skip
    assert broken(plant, plan) == []


def moved(plan: p.Plan) -> p.Plan:
    """Begin the second run with the first."""
    runs = (plan.runs[0], replace(plan.runs[1], setup_start=0, start=0, end=10))
    return replace(plan, runs=runs)


def late(plan: p.Plan) -> p.Plan:
    """Run after the people have gone home."""
    runs = (plan.runs[0], replace(plan.runs[1], setup_start=95, start=95, end=105))
    return replace(plan, runs=runs)


def longer(plan: p.Plan) -> p.Plan:
    """Begin the second run's setup during the first."""
    return replace(plan, runs=(plan.runs[0], replace(plan.runs[1], setup_start=9)))


@pytest.mark.parametrize("spoil", [moved, late, longer])
def test_spoiled_plans_are_rejected_by_this_rule(spoil: Callable[[p.Plan], p.Plan]) -> None:
    plant = shop(WELD, WELD, resources=(M, N, replace(ANN, calendar="early"), BOB), calendars=EARLY)
    assert broken(plant, pair(10)) == []
    assert "skill" in {one[0] for one in broken(plant, spoil(pair(10)))}


def test_derived_pools_follow_calendars_and_validity() -> None:
    resources = (M, N, replace(ANN, calendar="early"), replace(BOB, capacity=2))
    rows = (q.Skill("ann", "weld"), q.Skill("bob", "weld", 50, 150))
    plant = shop(WELD, {"labour": "bob", "skill": "weld"}, skills=rows, resources=resources,
                 calendars=EARLY)  # fmt: skip
    time, lookup = WorkingTime(plant, Timeline.of(plant)), Lookup(plant)
    assert time.regular("skill:weld").intervals() == [
        (0, 50, 1),
        (50, 100, 3),
        (100, 150, 2),
        (7 * DAY, 7 * DAY + 100, 1),
    ]
    assert time.regular("skill:weld@bob").intervals() == [(50, 150, 2)]
    assert time.regular("skill:weld&bob").capacity_at(0) == 3
    alone, named = plant.operation_resources
    assert lookup.pools(alone) == (("skill:weld", 1), ("skill:weld&bob", 1))
    assert lookup.pools(named) == (("bob", 1), ("skill:weld@bob", 1), ("skill:weld&bob", 1))
    assert [row.resource for row in plant.resources] == ["M", "N", "ann", "bob"]
