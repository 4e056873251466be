"""Plans keep to budgets: what is worth least is not bought."""

from dataclasses import replace
from datetime import date
from fractions import Fraction as F

import pytest

from capacityplan.domain import plant as q
from capacityplan.solve.solve import Settings, solve

FIRST = date(2027, 1, 4).toordinal()


def shop() -> q.Plant:
    """Two orders of a hundred, each of them with a hundred units of a raw material at 1."""
    return q.Plant(
        "shop", "2027-01-04T00:00", "UTC", "EUR", horizon=q.Horizon(7, 1, 0, 4),
        items=(
            q.Item("A", q.ItemKind.FINISHED, unit_value=F(4)),
            q.Item("R", q.ItemKind.RAW, unit_value=F(1)),
        ),
        bill_of_materials=(q.BomLine("A", "R", F(1)),),
        operations=(q.Operation("A", "make", 10, run_minutes=F(1)),),
        operation_resources=(q.OperationResource("A", "make", "M"),),
        resources=(q.Resource("M", q.ResourceKind.MACHINE, calendar="always"),),
        calendars=tuple(q.CalendarRow("always", day, None, 0, 1440) for day in range(7)),
        suppliers=(q.SupplierOffer("S", "R", 1, price=F(1)),),
        orders=(
            q.Order("DEAR", "A", 100, 5 * 1440, late_cost_per_day=F(1), lost_cost=F(5)),
            q.Order("CHEAP", "A", 100, 5 * 1440, late_cost_per_day=F(1), lost_cost=F(2)),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("overrun", [None, F(10)])
def test_only_the_order_worth_most_is_bought_for(overrun: F | None) -> None:
    budget = q.Budget("B", FIRST, FIRST + 13, F(90), "purchase", reserve=F(10), overrun_cost=overrun)
    outcome = solve(replace(shop(), budgets=(budget,)), Settings(work=0.05))
    assert outcome.plan is not None
    assert outcome.verdict is not None
    assert sum(row.quantity for row in outcome.plan.purchases) == 100
    assert {row.demand for row in outcome.plan.deliveries} == {"DEAR"}
    assert not outcome.failure
    certificate = outcome.plan.certificate
    assert certificate is not None
    assert certificate.bound is None or certificate.bound <= outcome.verdict.cost


def test_a_cheap_overrun_is_paid() -> None:
    budget = q.Budget("B", FIRST, FIRST + 13, F(100), "purchase", overrun_cost=F(1, 2))
    outcome = solve(replace(shop(), budgets=(budget,)), Settings(work=0.05))
    assert outcome.verdict is not None
    assert outcome.verdict.by_category["budget_overrun"] == 50
    assert outcome.verdict.lost_units == 0


@pytest.mark.parametrize(("ranks", "granted"), [((1, 2), (100, 50)), ((2, 1), (50, 100)), ((1, 1), (75, 75))])
def test_where_a_fund_is_short_the_last_line_is_cut_first(
    ranks: tuple[int, int], granted: tuple[int, int]
) -> None:
    """Two weeks ask 100 each of a fund of 150, and both weeks would spend all of it."""
    lines = tuple(
        q.Budget(name, first, first + 6, F(100), "purchase", priority=rank, fund="F")
        for name, first, rank in zip(("week 1", "week 2"), (FIRST, FIRST + 7), ranks, strict=True)
    )
    orders = (
        q.Order("SOON", "A", 100, 5 * 1440, late_cost_per_day=F(1), lost_cost=F(50)),
        q.Order("LATER", "A", 100, 14 * 1440, late_cost_per_day=F(1), lost_cost=F(50)),
    )
    plant = replace(shop(), funds=(q.Fund("F", F(150)),), budgets=lines, orders=orders)
    outcome = solve(plant, Settings(work=0.05))
    assert outcome.plan is not None
    assert outcome.verdict is not None
    assert not outcome.verdict.violations
    week = 7 * 1440
    bought = [sum(row.quantity for row in outcome.plan.purchases if (row.arrives >= week) == later)
              for later in (False, True)]  # fmt: skip
    assert tuple(bought) == granted
    certificate = outcome.plan.certificate
    assert certificate is not None
    assert certificate.bound is None or certificate.bound <= outcome.verdict.cost


def test_a_budget_that_cannot_be_kept_leaves_no_plan() -> None:
    budget = q.Budget("B", FIRST, FIRST + 13, F(0), "production", spent=F(1))
    outcome = solve(replace(shop(), budgets=(budget,)), Settings(work=0.02))
    assert outcome.plan is None
    assert any("budgets (B)" in line for line in outcome.rejected)
