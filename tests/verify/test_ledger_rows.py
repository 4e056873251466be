"""Rows of the ledger on the smallest plans that show them: proposals taken up, and the plan's end."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import pytest
import tiny
from tiny import DAY, broken, lot

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.projections import Projections
from capacityplan.verify import check

MONDAY = 739257  # 2025-01-06


def rows(plant: q.Plant, plan: p.Plan, *categories: str) -> list[tuple[str, str, int, F]]:
    found = check(plant, plan).ledger
    return [(row.category, row.object, row.bucket, row.amount) for row in found if row.category in categories]


def projected(items: str, quantity: int, days: int) -> Projections:
    """So many of every item on every day."""
    at = [(item, MONDAY + day) for item in items for day in range(days)]
    names, dates, zero = ("", *items), [day for _, day in at], [0] * len(at)
    weights, lows = [10**6] * len(at), [-1] * len(at)
    return Projections(
        names, item=[names.index(item) for item, _ in at], start=dates, end=dates,
        quantity=[quantity] * len(at), stream=zero, segment=zero, certainty=zero, weight_millionths=weights,
        low=lows, high=lows, author=zero, dated=zero,
    )  # fmt: skip


def proposed(**fields: Any) -> q.Plant:
    """Ten of A and of B a day; half as many more of A on Tuesday, two fifths of them taken from B."""
    row = q.Promotion(
        "P",
        "A",
        DAY,
        2 * DAY,
        F(1, 2),
        cost=F(7),
        status="proposed",
        cannibalises="B",
        cannibal_fraction=F(2, 5),
    )
    other = q.Promotion("Q", "A", 2 * DAY, 3 * DAY, F(1, 2), cost=F(9), status="proposed")
    items = tuple(replace(tiny.ITEM, item=name, price=price) for name, price in (("A", F(20)), ("B", F(3))))
    stock = tuple(q.Stock(f"S{name}", name, 100) for name in "AB")
    return tiny.plant(
        items=items,
        projections=projected("AB", 10, 4),
        promotions=(replace(row, **fields), other),
        stock=stock,
    )


def shipped(*quantities: int) -> tuple[p.Delivery, ...]:
    """Deliveries of Tuesday's demand of A, at its end."""
    return tuple(p.Delivery("P:A::1", "A", units, 2 * DAY, 2 * DAY) for units in quantities)


@pytest.mark.parametrize(
    ("quantities", "revenue"), [((), 0), ((10,), 0), ((11,), 20), ((6, 6), 40), ((15,), 100), ((20,), 100)]
)
def test_a_proposal_costs_and_earns_what_is_delivered_of_its_demand(
    quantities: tuple[int, ...], revenue: int
) -> None:
    plan = tiny.plan(choices=("P",), deliveries=shipped(*quantities))
    earned = [("revenue", "P:A::1", 1, F(-revenue))] if revenue else []
    assert rows(proposed(), plan, "promotion", "revenue") == [
        ("promotion", "P", 1, 7), *earned, ("revenue", "P:B::1", 1, 6),
    ]  # fmt: skip
    assert rows(proposed(), replace(plan, choices=()), "promotion", "revenue") == []


def test_a_launch_earns_nothing_before_something_of_it_is_delivered() -> None:
    """C sells like A from Tuesday on; nobody wants it before."""
    new = q.Launch("N", "C", MONDAY + 1, like_item="A", cost=F(4), status="proposed")
    base = proposed()
    items = (*base.items, replace(tiny.ITEM, item="C", price=F(8)))
    plant = replace(base, items=items, launches=(new,), stock=(*base.stock, q.Stock("SC", "C", 50)))
    choice = "N@2025-01-07"
    assert rows(plant, tiny.plan(choices=(choice,)), "promotion", "revenue") == [("promotion", choice, 1, 4)]
    row = p.Delivery("P:C::1", "C", 3, 2 * DAY, 2 * DAY)
    plan = tiny.plan(choices=(choice,), deliveries=(row,))
    assert rows(plant, plan, "revenue") == [("revenue", "P:C::1", 1, -24)]


def test_only_what_is_proposed_may_be_chosen() -> None:
    assert broken(proposed(), tiny.plan(choices=("R",))) == [("plan_integrity", ("R",), "", "")]


def test_a_proposal_is_charged_in_the_bucket_in_which_it_begins() -> None:
    for start, bucket in ((-5 * DAY, 0), (0, 0), (4 * DAY - 1, 3), (4 * DAY, 4), (30 * DAY, 4)):
        plant = proposed(start=start, end=start + DAY)
        plan = tiny.plan(choices=("P",))
        assert rows(plant, plan, "promotion") == [("promotion", "P", bucket, 7)]


def test_what_is_held_at_the_end_is_worth_as_much() -> None:
    item = replace(tiny.ITEM, salvage_value=F(2))
    stock = (q.Stock("S", "A", 20, q.StockStatus.IN_INSPECTION), q.Stock("T", "A", 5))
    row = q.Inspection("I", q.Stage.FINAL, "LAB", item="A", lab_minutes=10)
    plant = tiny.plant(items=(item,), stock=stock, inspections=(row,), resources=(tiny.M, tiny.LAB))
    assert broken(plant, tiny.plan()) == []
    assert rows(plant, tiny.plan(), "salvage") == [("salvage", "A", 4, -50)]
    released = tiny.plan(bucket_inspections=(p.BucketInspection("S", "I", "LAB", 4, 4),))
    assert broken(plant, released) == []
    assert rows(plant, released, "salvage") == [("salvage", "A", 4, -50)]


def test_more_than_is_asked_for_takes_nothing_off_what_was_late() -> None:
    """Five are a day late; of the ten that come then five are too many."""
    order = q.Order("O1", "A", 10, DAY, late_cost_per_day=F(1))
    plant = tiny.plant(orders=(order,), stock=(q.Stock("S", "A", 20),))
    late = tuple(p.Delivery("O1", "A", units, at, at) for units, at in ((5, DAY), (10, 3 * DAY)))
    plan = tiny.plan(deliveries=late)
    assert broken(plant, plan) == [("demand_fulfilment", ("O1",), "15", "<= 10")]
    assert rows(plant, plan, "late") == [("late", "O1", 1, 5)]


def test_a_single_unit_that_is_late_is_charged() -> None:
    order = q.Order("O1", "A", 10, DAY, late_cost_per_day=F(3))
    plant = tiny.plant(orders=(order,), stock=(q.Stock("S", "A", 10),))
    rest = tuple(p.Delivery("O1", "A", units, at, at) for units, at in ((9, DAY), (1, 4 * DAY)))
    plan = tiny.plan(deliveries=rest)
    assert broken(plant, plan) == []
    assert rows(plant, plan, "late") == [("late", "O1", 1, 3), ("late", "O1", 2, 3)]


def test_nothing_is_late_that_is_due_at_the_end() -> None:
    costs = q.Costs(lateness=q.Lateness.MINUTE)
    end = 11 * DAY
    for due, late in ((end, []), (end - DAY, [("late", "O1", 4, 30)])):
        order = q.Order("O1", "A", 10, due, late_cost_per_day=F(3))
        plant = tiny.plant(costs=costs, orders=(order,))
        assert broken(plant, tiny.plan()) == []
        assert rows(plant, tiny.plan(), "late") == late


@pytest.mark.parametrize(
    ("lateness", "due", "arrive", "share"),
    [
        (q.Lateness.BUCKET, 100, DAY, 1), (q.Lateness.BUCKET, 100, DAY + 1, 0), (q.Lateness.BUCKET, 0, 1, 1),
        (q.Lateness.MINUTE, 100, 100, 1), (q.Lateness.MINUTE, 100, 101, 0),
    ],
)  # fmt: skip
def test_a_delivery_is_in_time_by_its_bucket_or_by_its_minute(
    lateness: q.Lateness, due: int, arrive: int, share: int
) -> None:
    plant = tiny.plant(
        costs=q.Costs(lateness=lateness),
        orders=(q.Order("O1", "A", 10, due),),
        stock=(q.Stock("S", "A", 10),),
    )
    plan = tiny.plan(deliveries=(p.Delivery("O1", "A", 10, arrive, arrive),))
    assert broken(plant, plan) == []
    assert check(plant, plan).on_time_share == share


@pytest.mark.parametrize(
    ("later", "message", "found", "required"),
    [
        (0, "spent of the budget before its reserve is released", "2.3333", "<= 1.3333"),
        (3, "spent of the budget", "3.3333", "<= 2.3333"),
        (4, "spent of the budget", "3.6667", "<= 2.3333"),
    ],
)
def test_a_budget_tells_what_is_overspent_most(later: int, message: str, found: str, required: str) -> None:
    """Seven units for a third each come on Tuesday, the day before a reserve of 1 beside 4/3."""
    row = q.Budget(
        "B", MONDAY, MONDAY + 3, F(4, 3), "purchase", reserve=F(1), reserve_rule=q.ReserveRule.DATED,
        reserve_from=MONDAY + 2,
    )  # fmt: skip
    offer = q.SupplierOffer("S", "R", 0, price=F(1, 3))
    plant = tiny.plant(items=(tiny.ITEM, q.Item("R", q.ItemKind.RAW)), suppliers=(offer,), budgets=(row,))
    arriving = ((7, DAY), (later, 3 * DAY))
    bought = tuple(p.Purchase(f"P{at}", "S", "R", units, 0, at) for units, at in arriving if units)
    assert broken(plant, tiny.plan(purchases=bought)) == [("budgets", ("B",), found, required)]
    assert [one.message for one in check(plant, tiny.plan(purchases=bought)).violations] == [message]


@pytest.mark.parametrize(("first", "last", "over"), [(0, 0, 13), (-1, 0, 13), (-9, -1, 0), (11, 20, 0)])
def test_a_budget_is_overrun_where_a_plan_may_spend_of_it(first: int, last: int, over: int) -> None:
    """11 of a limit of 10 are spent before the plan, which buys for 12 on Monday."""
    line = q.Budget("B", MONDAY + first, MONDAY + last, F(10), "purchase", spent=F(11))
    offer = q.SupplierOffer("S", "R", 0, price=F(12))
    items = (tiny.ITEM, q.Item("R", q.ItemKind.RAW))
    plant = tiny.plant(items=items, suppliers=(offer,), budgets=(line,))
    plan = tiny.plan(purchases=(p.Purchase("P1", "S", "R", 1, 0, 60),))
    assert broken(plant, plan) == ([("budgets", ("B",), "23.0000", "<= 10.0000")] if over else [])
    charged = replace(plant, budgets=(replace(line, overrun_cost=F(2)),))
    assert broken(charged, plan) == []
    assert rows(charged, plan, "budget_overrun") == ([("budget_overrun", "B", 0, 2 * over)] if over else [])


def test_a_plan_without_runs_takes_no_time() -> None:
    plant = tiny.plant(costs=q.Costs(makespan_cost_per_minute=F(2)))
    assert rows(plant, tiny.plan(), "makespan") == []
    assert rows(plant, tiny.plan(**lot("L1", 0)), "makespan") == [("makespan", "plant", 0, 20)]


def certified(cost: F) -> p.Certificate:
    return p.Certificate(True, 0, cost)


def test_what_a_plan_states_of_its_costs_is_what_they_are() -> None:
    """Ten minutes of a machine for 20 an hour, 10/3, a day of holding each, and 20 of makespan."""
    item = replace(tiny.ITEM, holding_cost_per_day=F(1, 10))
    plant = tiny.plant(
        items=(item,), resources=(replace(tiny.M, cost_per_hour=F(20)),),
        costs=q.Costs(makespan_cost_per_minute=F(2)),
    )  # fmt: skip
    plan = tiny.plan(**lot("L1", 0))
    first, second, *others = check(plant, plan).ledger
    stated = (first, second, *others)
    cost = sum((row.amount for row in stated), F(0))
    assert cost == F(10, 3) + 11 + 20

    def told(**fields: Any) -> list[tuple[tuple[str, ...], str, str]]:
        found = check(plant, replace(plan, **fields)).violations
        assert {row.rule for row in found} <= {"ledger"}
        return [(row.subjects, row.found, row.required) for row in found]

    def named(row: p.LedgerRow) -> tuple[str, str]:
        return row.category, row.object

    assert told(ledger=stated) == told(certificate=certified(cost)) == []
    assert told(ledger=stated, certificate=certified(cost)) == []
    assert told(certificate=certified(cost - 1)) == [(("certificate",), "33.333333", "34.333333")]
    assert told(ledger=stated, certificate=certified(cost + 1))[0][1:] == ("35.333333", "34.333333")
    assert told(ledger=(*stated, first)) == [(named(first), str(first.amount), "")]
    assert told(ledger=stated[1:]) == [(named(first), "", str(first.amount))]
    wrong = tuple(replace(row, amount=row.amount + 7) for row in (second, first))
    assert told(ledger=(*wrong, *others)) == [
        (named(first), str(first.amount + 7), ""), (named(second), str(second.amount + 7), ""),
        (named(first), "", str(first.amount)), (named(second), "", str(second.amount)),
    ]  # fmt: skip
