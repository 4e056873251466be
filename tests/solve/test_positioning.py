"""The more an item's positioning weighs, the more of it is served when there is not enough for all."""

from fractions import Fraction as F

import pytest

from capacityplan.demand import net
from capacityplan.domain import plant as q
from capacityplan.solve.solve import Outcome, Settings, solve

DAY = 1440
WEIGHTS = (F(1, 5), F(1, 2), F(1), F(3, 2), F(4))


def plant(weight: F, schedule_days: int) -> q.Plant:
    """Forty pieces can be made in the five days in which fifty are asked for, at prices of their own."""
    orders = tuple(
        q.Order(f"{item}{day}", item, quantity, (day + 1) * DAY, customer=customer, late_cost_per_day=late,
                lost_cost=lost)
        for item, day, quantity, customer, late, lost in (
            ("A", 1, 8, "", F(20), F(20)), ("A", 2, 7, "", None, None), ("A", 4, 10, "shop", None, None),
            ("B", 1, 6, "", None, None), ("B", 3, 9, "", F(24), F(24)), ("B", 4, 10, "shop", None, None),
        )
    )  # fmt: skip
    return q.Plant(
        "short", "2027-01-04T00:00", "UTC", "EUR", horizon=q.Horizon(7, 0, 0, schedule_days),
        costs=q.Costs(late_rate_per_day=F(1)),
        items=(
            q.Item("A", q.ItemKind.FINISHED, price=F(18), max_lot=2, positioning_weight=weight),
            q.Item("B", q.ItemKind.FINISHED, price=F(22), max_lot=2),
        ),
        operations=tuple(q.Operation(item, "make", 10, run_minutes=F(60)) for item in "AB"),
        operation_resources=tuple(q.OperationResource(item, "make", "M") for item in "AB"),
        resources=(q.Resource("M", q.ResourceKind.MACHINE, calendar="shift"),),
        calendars=tuple(q.CalendarRow("shift", day, None, 480, 960) for day in range(5)),
        customers=(q.Customer("shop", late_cost_per_day=F(21), lost_cost=F(21)),), orders=orders,
    )  # fmt: skip


def fill_rate(plant: q.Plant, outcome: Outcome, item: str) -> F:
    """Share of what is asked for that arrives at all; here nothing is worth being late."""
    assert outcome.plan is not None
    own = {row.demand: row.quantity for row in net(plant) if row.item == item}
    return F(sum(row.quantity for row in outcome.plan.deliveries if row.demand in own), sum(own.values()))


def solved(plant: q.Plant) -> Outcome:
    outcome = solve(plant, Settings(work=0.05))
    assert outcome.plan is not None
    assert outcome.verdict is not None
    assert outcome.verdict.violations == ()
    certificate = outcome.plan.certificate
    assert certificate is not None
    assert certificate.bound is not None
    # The plan is the cheapest there is.
    assert F(99, 100) * outcome.verdict.cost <= certificate.bound <= outcome.verdict.cost
    return outcome


@pytest.mark.parametrize("schedule_days", [0, 7])
def test_a_larger_weight_never_lowers_the_fill_rate(schedule_days: int) -> None:
    rates = []
    for weight in WEIGHTS:
        one = plant(weight, schedule_days)
        rates.append(fill_rate(one, solved(one), "A"))
    assert rates == sorted(rates)
    assert (rates[0], rates[-1]) == (F(3, 5), F(1))


def test_the_weight_is_in_every_amount_of_the_ledger() -> None:
    plain, heavy = plant(F(1), 0), plant(F(3, 2), 0)
    plan = solved(heavy).plan
    assert plan is not None
    lost = {row.object: row.rate for row in plan.ledger if row.category == "lost"}
    stated = {row.demand: row.lost_rate for row in net(plain)}
    assert lost
    for demand, rate in lost.items():
        assert rate == stated[demand] * (F(3, 2) if demand.startswith("A") else 1)
