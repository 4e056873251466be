"""Plants with by-products: what comes out beside is used, and made for where that pays."""

from dataclasses import replace
from fractions import Fraction as F

import pytest

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.solve.bound import certify
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.solve import Settings, solve
from capacityplan.verify import check

DAY = 1440


def plant(window: int = 5) -> q.Plant:
    """Cheese of milk leaves whey; powder is made of it."""
    machine = q.ResourceKind.MACHINE
    return q.Plant(
        "cheese", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(7, 2, 0, window),
        items=(
            q.Item("cheese", q.ItemKind.FINISHED, holding_cost_per_day=F(1, 10), min_lot=20, max_lot=100),
            q.Item("whey", q.ItemKind.INTERMEDIATE, precision=1, holding_cost_per_day=F(1, 50)),
            q.Item("powder", q.ItemKind.FINISHED, holding_cost_per_day=F(1, 10), max_lot=60),
            q.Item("milk", q.ItemKind.RAW, precision=1, holding_cost_per_day=F(1, 100)),
        ),
        operations=(
            q.Operation("cheese", "vat", 10, run_minutes=F(3), fixed_minutes=20),
            q.Operation("cheese", "press", 20, run_minutes=F(1), yield_fraction=F(9, 10)),
            q.Operation("powder", "dry", 10, run_minutes=F(5)),
        ),
        operation_resources=(
            q.OperationResource("cheese", "vat", "M1", setup_minutes=15),
            q.OperationResource("cheese", "press", "M2"),
            q.OperationResource("powder", "dry", "M3", setup_minutes=30),
        ),
        resources=tuple(q.Resource(name, machine, cost_per_hour=F(10)) for name in ("M1", "M2", "M3")),
        bill_of_materials=(
            q.BomLine("cheese", "milk", F(10)),
            q.BomLine("cheese", "whey", F(8), by_product=True, scrap_fraction=F(1, 10)),
            q.BomLine("powder", "whey", F(12)),
        ),
        suppliers=(
            q.SupplierOffer("S", "milk", price=F(1, 2), lead_time_days=1),
            q.SupplierOffer("S", "whey", price=F(1), lead_time_days=1),
        ),
        orders=(
            *(q.Order(f"C{k}", "cheese", 60, (3 + 2 * k) * DAY, late_cost_per_day=F(2), lost_cost=F(100))
              for k in range(4)),
            *(q.Order(f"P{k}", "powder", 30, (5 + 2 * k) * DAY, late_cost_per_day=F(2), lost_cost=F(50))
              for k in range(4)),
        ),
    )  # fmt: skip


def best(plant: q.Plant) -> p.Plan:
    found = solve(plant, Settings(work=3.0))
    assert found.plan is not None
    assert found.rejected == []
    verdict = check(plant, found.plan)
    assert verdict.violations == ()
    bound = certify(plant, 5.0, search=False).bound_certified
    assert bound is not None
    assert verdict.cost * F(9, 10) < bound <= verdict.cost
    return found.plan


@pytest.mark.parametrize("window", [5, 0])
def test_powder_is_made_of_what_cheese_leaves(window: int) -> None:
    found = best(plant(window))
    assert not found.lost
    assert {row.item for row in found.purchases} == {"milk"}


def test_netting_counts_on_what_comes_out() -> None:
    base = plant()
    alone = replace(
        base, bill_of_materials=tuple(line for line in base.bill_of_materials if not line.by_product)
    )
    bought, all_of_it = (
        sum(row.quantity for row in net_requirements(one).purchases if row.item == "whey")
        for one in (base, alone)
    )
    assert 0 < bought < all_of_it / 2


def test_cheese_is_made_for_its_whey_where_powder_is_worth_it() -> None:
    base = plant()
    more = replace(
        base, suppliers=base.suppliers[:1],
        orders=(*base.orders, *(q.Order(f"X{k}", "powder", 40, (5 + 2 * k) * DAY, late_cost_per_day=F(2),
                                        lost_cost=F(900)) for k in range(3))),
    )  # fmt: skip
    found = best(more)
    assert not found.lost
    made = sum(lot.quantity for lot in found.lots if lot.item == "cheese")
    # 240 powder of 12 units of whey, 7.2 units of whey of each cheese started.
    assert made >= 400
