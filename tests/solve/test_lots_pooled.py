"""Identical machines are one in the lots model; lots and overtime go back to each of them."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

import pytest
from lot_plants import DAY, order, plant

from capacityplan.domain.identical import Pooled, pooled
from capacityplan.domain.plan import Provenance, Run
from capacityplan.domain.plant import (
    CalendarRow,
    Changeover,
    Downtime,
    Lock,
    LockKind,
    Plant,
    PreviousRun,
)
from capacityplan.solve import lots
from capacityplan.solve.lots_pooled import joined, standing_still
from capacityplan.solve.settle import settle
from capacityplan.solve.types import Limits, WindowSchedule
from capacityplan.verify import check

NAMES = ("M", "M2", "M3", "M4")
LETTERS = "ABCD"


def hall(found: Plant, count: int = 4, **changed: object) -> Plant:
    """The machine of a plant several times over, the last one with a change."""
    (machine,) = found.resources
    names = NAMES[:count]
    rows = [replace(machine, resource=name) for name in names]
    rows[-1] = replace(rows[-1], **changed)  # type: ignore[arg-type]
    modes = [replace(mode, resource=name) for mode in found.operation_resources for name in names]
    return replace(found, resources=tuple(rows), operation_resources=tuple(modes))


def four_items(days: range) -> Plant:
    """Four machines and four items, each asked for on every day as much as one machine makes."""
    base = plant([order(item, day, 40) for item in LETTERS for day in days])
    (item,), (operation,), (mode,) = base.items, base.operations, base.operation_resources
    changes = tuple(
        Changeover("swap", one, other, 30, Fraction(200))
        for one in LETTERS
        for other in LETTERS
        if one != other
    )
    whole = replace(
        base,
        items=tuple(replace(item, item=name, setup_group=name) for name in LETTERS),
        operations=tuple(replace(operation, item=name) for name in LETTERS),
        operation_resources=tuple(replace(mode, item=name) for name in LETTERS),
        resources=(replace(base.resources[0], changeover_matrix="swap"),),
        changeovers=changes,
    )
    return hall(whole)


def settled_cost(found: Plant) -> Fraction:
    planned = lots.plan_lots(found, Limits(time.monotonic() + 6))
    assert planned is not None
    plan = settle(found, WindowSchedule((), (), ()), planned, Provenance(found.name, ""))
    verdict = check(found, plan)
    assert verdict.violations == ()
    return verdict.cost


def test_machines_that_are_alike_are_counted_together() -> None:
    found = pooled(hall(plant([order("A", 3, 10)])))
    assert dict(found.machines) == {"M": NAMES}
    (row,) = found.plant.resources
    assert (row.resource, row.capacity) == ("M", 4)
    assert [mode.resource for mode in found.plant.operation_resources] == ["M"]


@pytest.mark.parametrize(
    "other",
    [
        {"efficiency": Fraction(9, 10)},
        {"cost_per_hour": Fraction(61)},
        {"calendar": ""},
        {"campaign_max_hours": Fraction(20)},
    ],
)
def test_what_differs_is_not(other: dict[str, object]) -> None:
    assert not pooled(hall(plant([order("A", 3, 10)]), **other)).machines


def test_three_are_not_nor_what_is_locked_or_served_by_hours_or_has_changing_units() -> None:
    base = plant([order("A", 3, 10)])
    assert not pooled(hall(base, 3)).machines
    four = hall(base)
    lock = Lock("L", LockKind.RUN, "X/make", "M4", 0, 60)
    oil = Downtime("oil", "M4", minutes=30, every_run_hours=Fraction(20))
    holiday = CalendarRow("shift", None, 739_000, 480, 960, 2)
    for one in (
        replace(four, locks=(lock,)),
        replace(four, downtime=(oil,)),
        replace(four, calendars=(*four.calendars, holiday)),
    ):
        assert not pooled(one).machines
    modes = (*four.operation_resources[:3], replace(four.operation_resources[3], setup_minutes=5))
    assert not pooled(replace(four, operation_resources=modes)).machines


def test_lots_are_dealt_out_evenly() -> None:
    found = hall(plant([order("A", 2, 40, f"O{number}", late=5000) for number in range(8)]))
    item = replace(found.items[0], max_lot=40, min_lot=40)
    planned = lots.plan_lots(replace(found, items=(item,)), Limits(time.monotonic() + 5))
    assert planned is not None
    pieces: dict[str, int] = defaultdict(int)
    for row in planned.lots:
        pieces[dict(row.modes)["make"]] += row.lot.quantity
    assert sorted(pieces) == sorted(NAMES)
    assert max(pieces.values()) - min(pieces.values()) <= 40


def test_every_machine_keeps_its_state() -> None:
    # A change costs 200 and 30 minutes; four states at a time ask for none after the first.
    assert settled_cost(four_items(range(1, 6))) < 4 * 5 * 40 * 10 + 1000


def test_it_costs_no_more_than_machine_by_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    found = four_items(range(1, 4))
    together = settled_cost(found)
    monkeypatch.setattr(lots, "pooled", Pooled)
    assert together <= settled_cost(found) * Fraction(101, 100)


def test_overtime_is_opened_on_each_of_them() -> None:
    base = plant([order("A", 0, 300, late=10_000)])
    machine = replace(base.resources[0], overtime_calendar="extra", overtime_cost_per_hour=Fraction(30))
    planned = lots.plan_lots(hall(replace(base, resources=(machine,))), Limits(time.monotonic() + 5))
    assert planned is not None
    assert {name for name, bucket in planned.overtime if bucket == 0} == set(NAMES)


def test_downtime_of_one_is_counted() -> None:
    found = hall(plant([order("A", 3, 10)]))
    fixed = Downtime("D", "M2", start=DAY + 540, end=DAY + 600)
    placed = Downtime("F", "M3", flexible_from=2 * DAY, flexible_to=4 * DAY, minutes=100)
    found = replace(found, downtime=(fixed, placed))
    assert standing_still(found, pooled(found)) == {("M", 1): 60, ("M", 2): 50, ("M", 3): 50}


def test_a_window_is_told_of_the_machine_that_stands_for_others() -> None:
    found = pooled(hall(plant([order("A", 3, 10)])))
    window = WindowSchedule((), (Run("L", "make", "M3", 5, 0, 0, 50),), ())
    told = joined(window, found)
    assert told is not None
    assert [run.resource for run in told.runs] == ["M"]


def test_lots_stay_on_the_machines_of_the_previous_plan() -> None:
    found = hall(plant([order("A", 2, 40, late=5000)]))
    former = PreviousRun("X", "make", "A", "M3", 40, 2 * DAY, 3 * DAY)
    planned = lots.plan_lots(replace(found, previous_runs=(former,)), Limits(time.monotonic() + 5))
    assert planned is not None
    assert {dict(row.modes)["make"] for row in planned.lots} == {"M3"}
