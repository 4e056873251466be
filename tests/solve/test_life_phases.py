"""Plans follow the safety stock of each phase of an item's life."""

from datetime import date
from fractions import Fraction as F

import pytest

from capacityplan.domain import plant as q
from capacityplan.domain.plan import Plan
from capacityplan.domain.timeline import Timeline
from capacityplan.report.facts import Facts
from capacityplan.solve.solve import Settings, solve

FIRST = date(2027, 1, 4).toordinal()
DAY = 1440


def plant(schedule_days: int, *phases: q.LifePhase) -> q.Plant:
    """A and its material cost a tenth per day to hold; a unit below safety stock costs 1 a day."""
    return q.Plant(
        "shop", "2027-01-04T00:00", "UTC", "EUR", horizon=q.Horizon(10, 1, 0, schedule_days),
        costs=q.Costs(safety_stock_rate_per_day=F(1, 4)),
        items=(
            q.Item("A", q.ItemKind.FINISHED, unit_value=F(4), holding_cost_per_day=F(1, 10)),
            q.Item("R", q.ItemKind.RAW, unit_value=F(1), holding_cost_per_day=F(1, 20)),
        ),
        bill_of_materials=(q.BomLine("A", "R", F(1)),),
        operations=(q.Operation("A", "make", 10, run_minutes=F(1)),),
        operation_resources=(q.OperationResource("A", "make", "M"),),
        resources=(q.Resource("M", q.ResourceKind.MACHINE, calendar="always"),),
        calendars=tuple(q.CalendarRow("always", day, None, 0, DAY) for day in range(7)),
        suppliers=(q.SupplierOffer("S", "R", 1, price=F(1)),),
        orders=(q.Order("O", "A", 60, 7 * DAY, late_cost_per_day=F(9), lost_cost=F(50)),),
        life_cycle=phases,
    )  # fmt: skip


def closing(plant: q.Plant, plan: Plan) -> list[int]:
    stocks = Facts(plant, plan).case.stocks.unrestricted["A"]
    assert len(stocks) == len(Timeline.of(plant))
    return [int(level) for level in stocks]


@pytest.mark.parametrize("schedule_days", [0, 10])
def test_stock_is_built_and_run_down_when_the_phase_begins(schedule_days: int) -> None:
    grown = q.LifePhase("A", FIRST + 3, "growth", safety_stock=60)
    over = q.LifePhase("A", FIRST + 6, "decline", safety_stock=0)
    phased = plant(schedule_days, grown, over)
    outcome = solve(phased, Settings(work=0.05))
    assert outcome.plan is not None
    assert outcome.verdict is not None
    # 60 from the end of the fourth day to that of the sixth (a day early at most), then they are sold.
    levels = closing(phased, outcome.plan)
    assert levels[:2] == [0, 0]
    assert levels[3:] == [60, 60, 60, *[0] * 5]
    assert "safety_stock" not in outcome.verdict.by_category
    certificate = outcome.plan.certificate
    assert certificate is not None
    assert certificate.bound is not None
    assert certificate.bound <= outcome.verdict.cost
    # Keeping 60 for three days costs 18, which no plan without a shortfall avoids.
    free = solve(plant(schedule_days), Settings(work=0.05)).plan
    assert free is not None
    assert free.certificate is not None
    assert free.certificate.bound is not None
    assert certificate.bound >= free.certificate.bound + 18


def test_a_phase_without_a_safety_stock_asks_for_none() -> None:
    phased = plant(10, q.LifePhase("A", FIRST + 3, "growth"))
    outcome = solve(phased, Settings(work=0.05))
    assert outcome.plan is not None
    assert max(closing(phased, outcome.plan)[:4]) == 0
