"""Unit lots on one machine: the dynamic program against every order of lots, judged by the checker."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction as F
from random import Random

import pytest

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.solve.bound import certify
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle_once
from capacityplan.solve.unit_lots import scheduled, solved
from capacityplan.units import round_down
from capacityplan.verify import check

DAY = 1440
ITEMS = ("A", "B", "C")
DAYS = 4


def plant(seed: int) -> q.Plant:
    """Draw three items, four days, changes that may be cheaper by way of a third item."""
    rng = Random(seed)
    due = {item: rng.sample(range(DAYS), rng.choice([0, 1, 1, 2])) for item in ITEMS}
    return q.Plant(
        name=f"unit lots {seed}", start="2026-01-05T00:00:00", timezone="UTC", currency="XXX",
        horizon=q.Horizon(daily=DAYS, weekly=0, monthly=0, schedule_days=DAYS),
        costs=q.Costs(lateness=rng.choice([q.Lateness.MINUTE, q.Lateness.BUCKET])),
        items=tuple(
            q.Item(item, q.ItemKind.FINISHED, holding_cost_per_day=F(rng.choice([0, 1, 3]), 2), max_lot=1)
            for item in ITEMS
        ),
        operations=tuple(q.Operation(item, "make", 1, run_minutes=F(DAY)) for item in ITEMS),
        operation_resources=tuple(q.OperationResource(item, "make", "M") for item in ITEMS),
        resources=(
            q.Resource("M", q.ResourceKind.MACHINE, calendar="always", changeover_matrix="X",
                       initial_setup_group=rng.choice(["", "A"])),
        ),
        calendars=tuple(q.CalendarRow("always", day, None, 0, DAY) for day in range(7)),
        changeovers=tuple(
            q.Changeover("X", one, other, 0, F(rng.choice([1, 2, 9, 20])))
            for one in ITEMS for other in ITEMS if one != other
        ),
        orders=tuple(
            q.Order(f"{item}{day}", item, 1, (day + 1) * DAY, late_cost_per_day=F(rng.choice([7, 40000])),
                    lost_cost=F(500000))
            for item in ITEMS for day in due[item]
        ),
    )  # fmt: skip


def even(plant: q.Plant) -> q.Plant:
    """The same lateness for all orders of an item."""
    rates = {row.item: row.late_cost_per_day for row in plant.orders}
    orders = tuple(replace(row, late_cost_per_day=rates[row.item]) for row in plant.orders)
    return replace(plant, orders=orders)


def cheapest(plant: q.Plant) -> F:
    """Least cost of all orders of lots and idle days, by the checker."""
    return min(
        cost for order in itertools.product(("", *ITEMS), repeat=DAYS) for cost in judged(plant, order)
    )


def judged(plant: q.Plant, order: tuple[str, ...]) -> list[F]:
    lots, runs, deliveries = [], [], []
    waiting = {item: sorted(row.due // DAY - 1 for row in plant.orders if row.item == item) for item in ITEMS}
    for day, item in enumerate(order):
        if not item:
            continue
        lots.append(p.Lot(f"L{day}", item, 1))
        runs.append(p.Run(f"L{day}", "make", "M", 1, day * DAY, day * DAY, (day + 1) * DAY))
        if waiting[item]:
            due = waiting[item].pop(0)
            at = (max(day, due) + 1) * DAY
            deliveries.append(p.Delivery(f"{item}{due}", item, 1, at, at))
    verdict = check(
        plant,
        p.Plan(p.Provenance("", ""), lots=tuple(lots), runs=tuple(runs), deliveries=tuple(deliveries)),
    )
    return [] if verdict.violations else [verdict.cost]


@pytest.mark.parametrize("seed", range(8))
def test_no_order_of_lots_is_cheaper(seed: int) -> None:
    one = even(plant(seed))
    found = solved(one)
    assert found is not None
    best = cheapest(one)
    assert found.cost <= best
    if found.sequence and not (one.costs.lateness is q.Lateness.MINUTE and any(late(one, found.sequence))):
        assert found.cost == best
    assert certify(one, 10.0).bound == round_down(found.cost, 4)


def late(plant: q.Plant, order: tuple[str, ...]) -> list[bool]:
    """Whether each unit is made after it is due (to the minute only a little of a day's lateness is sure)."""
    made = {item: [day for day, one in enumerate(order) if one == item] for item in ITEMS}
    due = {item: sorted(row.due // DAY - 1 for row in plant.orders if row.item == item) for item in ITEMS}
    return [day > wanted for item in ITEMS for day, wanted in zip(made[item], due[item], strict=False)]


def test_the_schedule_is_the_cheapest_plan() -> None:
    one = even(plant(3))
    lots = net_requirements(one)
    window = scheduled(one, lots)
    assert window is not None
    verdict = check(one, settle_once(one, window, lots, p.Provenance(one.name, one.hash())))
    assert verdict.violations == ()
    found = solved(one)
    assert found is not None
    assert verdict.cost == found.cost


def test_other_plants_are_left_alone() -> None:
    one = even(plant(0))
    slow = replace(one, operations=tuple(replace(row, run_minutes=F(DAY - 1)) for row in one.operations))
    two = replace(one, resources=(*one.resources, replace(one.resources[0], resource="N")))
    night = replace(one, calendars=tuple(replace(row, to_minute=DAY - 60) for row in one.calendars))
    costly = replace(one, changeovers=tuple(replace(row, minutes=1) for row in one.changeovers))
    assert [solved(other) for other in (slow, two, night, costly)] == [None] * 4
