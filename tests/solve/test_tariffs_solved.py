"""Plans with prices of energy by time of use: charged as stated, and never below the bound."""

from dataclasses import replace
from fractions import Fraction as F

import pytest
from test_budgets import shop

from capacityplan.domain import plant as q
from capacityplan.solve.solve import Settings, solve


def powered(*tariffs: q.Tariff) -> q.Plant:
    base = shop()
    hours = tuple(q.CalendarRow("night", day, None, 1320, 360) for day in range(7))
    machine = replace(base.resources[0], energy_kw=F(60))
    return replace(
        base, resources=(machine,), calendars=(*base.calendars, *hours), tariffs=tariffs,
        costs=q.Costs(energy_cost_per_kwh=F(1, 4)),
    )  # fmt: skip


@pytest.mark.parametrize("price", [F(0), F(1, 10), F(1, 2)])
def test_the_bound_counts_the_lowest_price(price: F) -> None:
    """200 minutes of work at a kWh each: at the lowest price they cost so much more than without energy."""
    outcome = solve(powered(q.Tariff("night", price)), Settings(work=0.05))
    assert outcome.plan is not None
    assert outcome.verdict is not None
    assert not outcome.verdict.violations
    rows = [row for row in outcome.verdict.ledger if row.category == "energy"]
    # Rows of nothing are left out.
    drawn = sum(row.quantity for row in rows)
    assert drawn == 200 if price else drawn <= 200
    assert {row.rate for row in rows} <= {price, F(1, 4)}
    certificate = outcome.plan.certificate
    assert certificate is not None
    assert certificate.bound is not None
    least = 200 * min(price, F(1, 4))
    assert 200 + least - F(1, 100) <= certificate.bound <= outcome.verdict.cost
