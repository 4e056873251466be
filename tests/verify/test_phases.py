"""Phases of life: the safety stock changes on the day on which a phase begins."""

from dataclasses import replace
from fractions import Fraction as F

import pytest
import tiny
from benchmarks.second_checker.compare import differences

from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.timeline import Timeline
from capacityplan.verify import check

FIRST = 739257  # 2025-01-06; days 0 to 3 are buckets, then a week of 4 to 10
ITEM = replace(tiny.ITEM, unit_value=F(10), safety_stock=5)


def wanted(*phases: q.LifePhase) -> list[int]:
    plant = tiny.plant(items=(ITEM,), life_cycle=phases)
    found: list[int] = Lookup(plant).safety_stocks("A", Timeline.of(plant)).tolist()
    return found


def phase(day: int, safety_stock: int | None, factor: F = F(1)) -> q.LifePhase:
    return q.LifePhase("A", FIRST + day, "growth", factor, safety_stock)


@pytest.mark.parametrize(
    ("phases", "levels"),
    [
        ([], [5, 5, 5, 5, 5]),
        ([phase(0, 8)], [8, 8, 8, 8, 8]),
        ([phase(1, 8)], [5, 8, 8, 8, 8]),
        ([phase(3, 0)], [5, 5, 5, 0, 0]),
        # A week counts at its end: what begins on its last day holds for it, a day later not.
        ([phase(10, 1)], [5, 5, 5, 5, 1]),
        ([phase(11, 1)], [5, 5, 5, 5, 5]),
        ([phase(-400, 9), phase(2, 3)], [9, 9, 3, 3, 3]),
        # Rows need not be sorted; a phase that says nothing goes back to the item's own.
        ([phase(3, None), phase(1, 20)], [5, 20, 20, 5, 5]),
    ],
)
def test_the_phase_on_a_buckets_last_day_counts(phases: list[q.LifePhase], levels: list[int]) -> None:
    assert wanted(*phases) == levels


def test_the_ledger_charges_what_is_missing_by_phase_and_both_checkers_agree() -> None:
    costs = q.Costs(safety_stock_rate_per_day=F(1, 10))
    stock = (q.Stock("S", "A", 4),)
    plant = tiny.plant(items=(ITEM,), costs=costs, stock=stock, life_cycle=(phase(1, 9), phase(3, 0)))
    plan = tiny.plan()
    rows = [row for row in check(plant, plan).ledger if row.category == "safety_stock"]
    assert [(row.bucket, row.quantity, row.amount) for row in rows] == [(0, 1, 1), (1, 5, 5), (2, 5, 5)]
    assert differences(plant, plan) == []


def test_a_phase_alone_makes_an_item_one_with_safety_stock() -> None:
    item = replace(ITEM, safety_stock=0)
    none = Lookup(tiny.plant(items=(item,), life_cycle=(phase(0, 0), phase(2, None))))
    some = Lookup(tiny.plant(items=(item,), life_cycle=(phase(2, 1),)))
    assert [row.wants_safety("A") for row in (none, some)] == [False, True]
