"""What the schedule shows a late demand to have waited for is tried first, and named in plant language."""

from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import pytest
import tiny

from capacityplan.demand import net
from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.explain import Explained, causes
from capacityplan.explain.text import Words
from capacityplan.explain.waits import Wait, waits
from capacityplan.verify import check
from capacityplan.verify.case import Case

DAY = 1440
HORIZON = q.Horizon(daily=6, weekly=1, schedule_days=5)


def explained(plant: q.Plant, plan: p.Plan, name: str) -> Explained:
    assert check(plant, plan).violations == ()
    found = causes(plant, plan, next(row for row in net(plant) if row.demand == name))
    for cause in found.causes:
        assert check(cause.trial.plant, cause.trial.plan).violations == ()
        assert cause.trial.cost == check(cause.trial.plant, cause.trial.plan).cost
    return found


def by_kind(found: Explained) -> dict[str, str]:
    return {row.relaxation.kind: row.relaxation.object for row in found.causes}


def two_groups() -> tuple[q.Plant, p.Plan]:
    """Two hours every second day: A, then an hour of changeover, and B's hour does not fit any more."""
    plant = tiny.plant(
        items=(tiny.ITEM, replace(tiny.ITEM, item="B")),
        operations=(tiny.MAKE, replace(tiny.MAKE, item="B")),
        operation_resources=(tiny.MODE, replace(tiny.MODE, item="B")),
        resources=(
            q.Resource("M", q.ResourceKind.MACHINE, calendar="am", cost_per_hour=F(6), changeover_matrix="X"),
        ),
        calendars=tuple(q.CalendarRow("am", day, None, 480, 600) for day in (0, 2)),
        changeovers=(q.Changeover("X", "A", "B", 60), q.Changeover("X", "B", "A", 60)),
        orders=(
            q.Order("FIRST", "A", 60, DAY, late_cost_per_day=F(2), lost_cost=F(50)),
            q.Order("SECOND", "B", 60, DAY, late_cost_per_day=F(1), lost_cost=F(50)),
        ),
        horizon=HORIZON,
    )
    second = tiny.lot("L2", 2 * DAY + 540, quantity=60, item="B", setup=60)
    plan = tiny.plan(
        **tiny.join(tiny.lot("L1", 480, quantity=60), second),
        deliveries=(
            p.Delivery("FIRST", "A", 60, 540, 540),
            p.Delivery("SECOND", "B", 60, 2 * DAY + 600, 2 * DAY + 600),
        ),
    )
    return plant, plan


def test_a_changeover_that_takes_the_time_is_named() -> None:
    found = explained(*two_groups(), "SECOND")
    assert by_kind(found) == {"changeover": "M", "resource": "M"}
    cause = next(row for row in found.causes if row.relaxation.kind == "changeover")
    assert cause.on_time
    # Lateness of two days; the hour of setup that both plans are spared on that plant is not its doing.
    assert cause.saved == cause.penalty == 60
    told = "\n".join(Words(two_groups()[0]).lines(found))
    assert "without the time of changeovers to and from B on M it is in time; the plan as a whole is " in told


def test_a_cleaning_in_between_is_named() -> None:
    machine = q.Resource(
        "M", q.ResourceKind.MACHINE, calendar="am", campaign_max_hours=F(1), cleaning_minutes=60
    )
    plant = tiny.plant(
        resources=(machine,),
        calendars=tuple(q.CalendarRow("am", day, None, 480, 610) for day in (0, 2)),
        orders=(
            q.Order("FIRST", "A", 60, DAY, late_cost_per_day=F(2), lost_cost=F(50)),
            q.Order("SECOND", "A", 60, DAY, late_cost_per_day=F(1), lost_cost=F(50)),
        ),
        horizon=HORIZON,
    )
    plan = tiny.plan(
        **tiny.join(tiny.lot("L1", 480, quantity=60), tiny.lot("L2", 2 * DAY + 480, quantity=60)),
        maintenance=(p.Maintenance("cleaning-M", "M", 540, 600),),
        deliveries=(
            p.Delivery("FIRST", "A", 60, 540, 540),
            p.Delivery("SECOND", "A", 60, 2 * DAY + 540, 2 * DAY + 540),
        ),
    )
    found = explained(plant, plan, "SECOND")
    assert by_kind(found)["cleaning"] == "M"
    told = "\n".join(Words(plant).lines(found))
    assert "without cleaning M for 60 min after 1.0 h of a campaign it is in time" in told


def test_downtime_in_between_is_named() -> None:
    stop = q.Downtime("D1", "M", 540, 2 * DAY, reason="belt change")
    plant = tiny.plant(
        downtime=(stop,),
        orders=(q.Order("O", "A", 60, DAY, late_cost_per_day=F(2), lost_cost=F(50)),),
        items=(replace(tiny.ITEM, phase_in=520),),
        horizon=HORIZON,
    )
    plan = tiny.plan(
        **tiny.lot("L1", 2 * DAY, quantity=60),
        deliveries=(p.Delivery("O", "A", 60, 2 * DAY + 60, 2 * DAY + 60),),
    )
    found = explained(plant, plan, "O")
    assert by_kind(found)["downtime"] == "D1"
    assert "without belt change D1 of M it is in time" in "\n".join(Words(plant).lines(found))


@pytest.mark.parametrize(
    ("kind", "tables", "said"),
    [
        ("artwork", {"operations": (replace(tiny.MAKE, artwork_approved_on=2 * DAY),)},
         "if the artwork of A were approved it is in time"),
        ("phase", {"items": (replace(tiny.ITEM, phase_in=2 * DAY),)},
         "if A might be made at once it is in time"),
        ("lock", {"locks": (q.Lock("K", q.LockKind.ITEM, "A", end=2 * DAY),)},
         "without the lock on A it is in time"),
    ],
)  # fmt: skip
def test_what_forbids_to_begin_is_named(kind: str, tables: dict[str, Any], said: str) -> None:
    orders = (q.Order("O", "A", 60, DAY, late_cost_per_day=F(2), lost_cost=F(50)),)
    plant = tiny.plant(orders=orders, horizon=HORIZON, **tables)
    plan = tiny.plan(
        **tiny.lot("L1", 2 * DAY, quantity=60),
        deliveries=(p.Delivery("O", "A", 60, 2 * DAY + 60, 2 * DAY + 60),),
    )
    found = explained(plant, plan, "O")
    assert by_kind(found) == {kind: "A"}
    assert said in "\n".join(Words(plant).lines(found))


@pytest.mark.parametrize(
    ("labour", "said"),
    [("", "if there were always people with skill weld"), ("P", "if all of P had skill weld")],
)
def test_a_skill_that_nobody_has_yet_is_named(labour: str, said: str) -> None:
    plant = tiny.plant(
        operation_resources=(replace(tiny.MODE, skill="weld", labour=labour),),
        resources=(tiny.M, q.Resource("P", q.ResourceKind.LABOUR)),
        skills=(q.Skill("P", "weld", valid_from=2 * DAY),),
        orders=(q.Order("O", "A", 60, DAY, late_cost_per_day=F(2), lost_cost=F(50)),),
        horizon=HORIZON,
    )
    plan = tiny.plan(
        **tiny.lot("L1", 2 * DAY, quantity=60),
        deliveries=(p.Delivery("O", "A", 60, 2 * DAY + 60, 2 * DAY + 60),),
    )
    found = explained(plant, plan, "O")
    assert by_kind(found) == {"skill": "weld"}
    assert f"{said} it is in time" in "\n".join(Words(plant).lines(found))


def test_hours_in_a_lab_are_counted_beyond_what_it_has_and_dated() -> None:
    plant = tiny.plant(
        resources=(tiny.M, q.Resource("LAB", q.ResourceKind.LAB, calendar="day")),
        calendars=tuple(q.CalendarRow("day", day, None, 0, 120) for day in (1, 3)),
        inspections=(q.Inspection("T", q.Stage.FINAL, "LAB", lab_minutes=90, item="A"),),
        orders=(
            q.Order("FIRST", "A", 10, 2 * DAY, late_cost_per_day=F(2), lost_cost=F(50)),
            q.Order("SECOND", "A", 10, 2 * DAY, late_cost_per_day=F(1), lost_cost=F(50)),
        ),
        horizon=HORIZON,
    )
    plan = tiny.plan(
        **tiny.join(tiny.lot("L1", DAY - 20), tiny.lot("L2", DAY - 10)),
        inspections=(
            p.InspectionRun("L1", "T", "LAB", DAY, DAY + 90),
            p.InspectionRun("L2", "T", "LAB", 3 * DAY, 3 * DAY + 90),
        ),
        deliveries=(
            p.Delivery("FIRST", "A", 10, DAY + 90, DAY + 90),
            p.Delivery("SECOND", "A", 10, 3 * DAY + 90, 3 * DAY + 90),
        ),
    )
    found = explained(plant, plan, "SECOND")
    (cause,) = found.causes
    assert (cause.relaxation.kind, cause.relaxation.object) == ("resource", "LAB")
    assert cause.on_time
    # Both are done by Tuesday's begin, and the lab takes one of them.
    assert cause.minutes == 90
    assert "with 1.5 h more room on LAB on Tue 2025-01-07 it is in time" in "\n".join(
        Words(plant).lines(found)
    )


def test_the_smallest_order_is_named_where_it_makes_serving_dear() -> None:
    plant = tiny.plant(
        items=(tiny.ITEM, q.Item("C", q.ItemKind.RAW)),
        bill_of_materials=(q.BomLine("A", "C", F(1)),),
        suppliers=(q.SupplierOffer("S", "C", 0, price=F(1), min_order=1000),),
        orders=(q.Order("O", "A", 10, 2 * DAY, late_cost_per_day=F(1), lost_cost=F(50)),),
        horizon=HORIZON,
    )
    plan = tiny.plan(lost=(p.Lost("O", 10),))
    found = explained(plant, plan, "O")
    assert found.again is not None
    assert found.again.cost == 1000
    assert by_kind(found)["order_size"] == "C"
    told = list(Words(plant).lines(found))
    assert (
        told[0]
        == "Nothing forbids serving it better (in time); the plan as a whole would cost 500.00 EUR more."
    )
    assert (
        "  if any quantity of C could be ordered it is in time; the plan as a whole is 490.00 EUR cheaper"
        in told
    )


def test_waits_are_read_backward_from_the_delivery() -> None:
    plant, plan = two_groups()
    found = waits(Case(plant, plan), [row for row in plan.deliveries if row.demand == "SECOND"])
    assert found == (
        Wait("item", "B", "B", 0, 0),
        Wait("resource", "M", "B", 0, 2 * DAY + 600),
        Wait("changeover", "M", "B", 0, 2 * DAY + 600),
    )
