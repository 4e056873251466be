"""Key figures: parts that add up, by hand on a tiny plan and on own plants against ledger and verdict."""

import sys
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
import tiny

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check
from capacityplan.verify.case import Case
from capacityplan.verify.kpis import (
    accounts,
    cash_flow,
    customer_service,
    promises_kept,
    quality_costs,
    resource_times,
)
from capacityplan.verify.kpis.money import CASH

for name in ("promise", "solve"):
    sys.path.insert(0, str(Path(__file__).parents[1] / name))

from promise_plants import odd, small  # noqa: E402

DAY = 1440


def shop() -> tuple[q.Plant, p.Plan]:
    """Eight hours a day, one of them broken; 60 pieces of A, of which a tenth is lost, from 30 of C."""
    plant = tiny.plant(
        items=(
            q.Item("A", q.ItemKind.FINISHED, unit_value=F(5), price=F(10)),
            q.Item("C", q.ItemKind.RAW, unit_value=F(1)),
        ),
        operations=(q.Operation("A", "make", 10, run_minutes=F(1), yield_fraction=F(9, 10)),),
        operation_resources=(q.OperationResource("A", "make", "M", setup_minutes=30),),
        bill_of_materials=(q.BomLine("A", "C", F(1, 2)),),
        resources=(
            q.Resource(
                "M", q.ResourceKind.MACHINE, calendar="shift", cost_per_hour=F(60), efficiency=F(1, 2)
            ),
        ),
        calendars=tuple(q.CalendarRow("shift", day, None, 0, 480) for day in range(7)),
        downtime=(q.Downtime("D", "M", 420, 480),),
        suppliers=(q.SupplierOffer("S", "C", 0, price=F(2), order_cost=F(3)),),
        customers=(q.Customer("shop", service_target=F(9, 10)),),
        orders=(
            q.Order("O1", "A", 40, DAY, customer="shop", late_cost_per_day=F(0), lost_cost=F(1)),
            q.Order("O2", "A", 20, 2 * DAY, customer="shop", price=F(20), lost_cost=F(1)),
        ),
    )
    plan = tiny.plan(
        lots=(p.Lot("L", "A", 60),), runs=(p.Run("L", "make", "M", 60, 0, 30, 150),),
        purchases=(p.Purchase("P", "S", "C", 30, 0, 0),),
        deliveries=(p.Delivery("O1", "A", 40, DAY, DAY), p.Delivery("O2", "A", 14, 2 * DAY, 2 * DAY)),
        lost=(p.Lost("O2", 6),),
    )  # fmt: skip
    assert check(plant, plan).violations == ()
    return plant, plan


def test_times_and_equipment_effectiveness_by_hand() -> None:
    plant, plan = shop()
    (row,) = resource_times(Case(plant, plan))
    assert (row.run, row.setup, row.idle, row.down, row.closed) == (120, 30, 750, 60, 1920)
    assert row.calendar == 2 * DAY
    assert (row.availability, row.effectiveness, row.quality_ratio) == (F(120, 900), F(1, 2), F(9, 10))
    assert row.oee == F(120, 900) * F(1, 2) * F(9, 10)
    assert (row.setup_ratio, row.utilisation) == (F(1, 4), F(4, 5))


def test_margin_cash_and_quality_by_hand() -> None:
    plant, plan = shop()
    verdict, case = check(plant, plan), Case(plant, plan)
    (item,), (segment,) = accounts(case, verdict.ledger)
    assert (item.name, item.revenue) == ("A", 40 * 10 + 14 * 20)
    assert item.costs["purchase"] == 60
    assert item.costs["ordering"] == 3
    assert item.costs["production"] == 120
    assert item.costs["setup"] == 30
    assert item.costs["lost"] == 6
    assert item.cost == verdict.cost
    assert (segment.name, segment.margin) == ("shop", item.margin)
    assert item.roi == item.margin / item.cost
    assert cash_flow(case, verdict.ledger) == (("2025-01", F(680), F(213)),)
    parts = {row.what: row.amount for row in quality_costs(case, verdict.ledger)}
    assert parts["value lost in operations (yield)"] == 6 * 5
    (service,) = customer_service(case)
    assert (service.demands, service.in_full, service.fill_rate, service.target) == (
        2,
        1,
        F(54, 60),
        F(9, 10),
    )
    assert service.otif == F(1, 2)
    assert service.meets_target


@pytest.mark.parametrize("source", ["fitband", "dairy", "tablets", 1, 4, 6])
def test_every_amount_is_in_one_place(source: str | int) -> None:
    plant, plan = odd(source) if isinstance(source, int) else small(source)
    verdict, case = check(plant, plan), Case(plant, plan)
    ledger = verdict.ledger
    items, segments = accounts(case, ledger)
    total = sum((row.amount for row in ledger if row.category != "revenue"), F(0))
    assert sum((row.cost for row in items), F(0)) == total
    assert sum((row.cost for row in segments), F(0)) == total
    assert sum((row.revenue for row in items), F(0)) == sum((row.revenue for row in segments), F(0))
    months = cash_flow(case, ledger)
    assert sum((paid for _, _, paid in months), F(0)) == sum(
        (row.amount for row in ledger if row.category in CASH), F(0)
    )
    assert sum((received for _, received, _ in months), F(0)) == sum((row.revenue for row in items), F(0))
    quality = [row for row in quality_costs(case, ledger) if row.in_ledger]
    charged = [row for row in ledger if row.category in ("inspection", "hold", "rework")]
    assert sum((row.amount for row in quality), F(0)) == sum((row.amount for row in charged), F(0))
    for row in resource_times(case):
        assert min(row.run, row.setup, row.idle, row.down, row.closed) >= 0
        group = plant.resources[[one.resource for one in plant.resources].index(row.resource)]
        assert row.calendar % case.timeline.window_end == 0
        assert row.calendar >= group.capacity * case.timeline.window_end
    assert sum(row.demands for row in customer_service(case)) == sum(
        one.quantity > 0 for one in case.demand.values()
    )


def test_a_demand_that_comes_late_is_not_on_time_in_full() -> None:
    plant, plan = shop()
    late = replace(
        plan, deliveries=(replace(plan.deliveries[0], ship=3 * DAY, arrive=3 * DAY), plan.deliveries[1])
    )
    assert promises_kept(Case(plant, plan)) == F(1, 2)
    assert promises_kept(Case(plant, late)) == 0
    assert promises_kept(Case(replace(plant, orders=()), replace(plan, deliveries=()))) is None
    (row,) = customer_service(Case(plant, late))
    assert (row.in_full, row.fill_rate, row.meets_target) == (0, F(14, 60), False)
