"""What funds grant to the budgets that draw on them."""

from fractions import Fraction as F

import pytest

from capacityplan.domain import plant as q
from capacityplan.verify.budgets import grants

DAY = 739257
RULE = q.ReserveRule


def line(name: str, limit: int, priority: int, **fields: object) -> q.Budget:
    return q.Budget(name, DAY, DAY + 30, F(limit), priority=priority, fund="F", **fields)  # type: ignore[arg-type]


ADS, LAB, TRIPS = line("ads", 60, 2), line("lab", 50, 1), line("trips", 40, 3)


@pytest.mark.parametrize(
    ("amount", "granted"),
    [
        (150, (60, 50, 40)),
        (999, (60, 50, 40)),
        (149, (60, 50, 39)),
        (110, (60, 50, 0)),
        (109, (59, 50, 0)),
        (50, (0, 50, 0)),
        (20, (0, 20, 0)),
        (0, (0, 0, 0)),
    ],
)
def test_the_last_priority_is_cut_first_and_sums_reconcile(amount: int, granted: tuple[int, ...]) -> None:
    found = grants([q.Fund("F", F(amount))], [ADS, LAB, TRIPS])
    assert tuple(row.total for row in found) == granted
    assert sum(row.total for row in found) == min(amount, sum(row.asked for row in found))


def test_equal_priorities_share_in_proportion() -> None:
    found = grants([q.Fund("F", F(85))], [LAB, line("a", 60, 2), line("b", 30, 2)])
    assert [row.total for row in found] == [50, F(70, 3), F(35, 3)]


def test_limits_come_before_reserves() -> None:
    """Even the first priority's reserve waits for the last one's limit; a held reserve asks for nothing."""
    first = line("first", 50, 1, reserve=F(30))
    last = line("last", 40, 2, reserve=F(20), reserve_rule=RULE.DATED, reserve_from=DAY + 9)
    held = line("held", 0, 3, reserve=F(99), reserve_rule=RULE.HELD)
    never = line("never", 0, 4, reserve=F(99), reserve_rule=RULE.DATED, reserve_from=DAY + 31)
    for amount, parts in ((90, [(50, 0), (40, 0)]), (121, [(50, 30), (40, 1)]), (500, [(50, 30), (40, 20)])):
        found = grants([q.Fund("F", F(amount))], [first, last, held, never])
        assert [(row.limit, row.reserve) for row in found] == [*parts, (0, 0), (0, 0)]
    assert [row.asked for row in found] == [80, 60, 0, 0]


def test_what_is_spent_cannot_be_cut() -> None:
    gone = line("gone", 40, 2, reserve=F(10), spent=F(45))
    for amount, parts in ((70, (25, 45)), (95, (50, 45)), (99, (50, 49)), (30, (0, 30))):
        found = grants([q.Fund("F", F(amount))], [LAB, gone])
        assert tuple(row.total for row in found) == parts
    # More than limit and reserve is its own overrun, not the fund's.
    assert grants([q.Fund("F", F(99))], [line("beyond", 40, 1, spent=F(70))])[0].total == 40


def test_a_budget_without_a_fund_is_granted_what_it_asks() -> None:
    alone = q.Budget("alone", DAY, DAY, F(7), reserve=F(2))
    found = grants([q.Fund("F", F(0)), q.Fund("G", F(5))], [alone, LAB, alone])
    assert [(row.limit, row.reserve) for row in found] == [(7, 2), (0, 0), (7, 2)]
