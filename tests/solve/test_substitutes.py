"""Plants with alternatives are planned with what is there, allowed and cheap."""

from fractions import Fraction as F
from typing import Any

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.domain.lookup import Lookup
from capacityplan.solve.bound import certify
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.solve import Settings, solve

DAY = 1440


def plant(palm_price: F, **palm: Any) -> q.Plant:
    """Cream of rape oil or palm oil: 30 units of palm are there, more takes six days."""
    raw = {"precision": 1, "holding_cost_per_day": F(1, 100)}
    return q.Plant(
        "cream", "2025-01-06T00:00:00", "UTC", "EUR", horizon=q.Horizon(7, 2, 0, 5),
        items=(
            q.Item("cream", q.ItemKind.FINISHED, precision=1, holding_cost_per_day=F(1, 20), min_lot=50,
                   max_lot=400),
            q.Item("rape", q.ItemKind.RAW, **raw), q.Item("palm", q.ItemKind.RAW, **raw),
        ),
        operations=(q.Operation("cream", "mix", 10, run_minutes=F(3), fixed_minutes=20),),
        operation_resources=(q.OperationResource("cream", "mix", "M1", setup_minutes=15),),
        resources=(q.Resource("M1", q.ResourceKind.MACHINE, cost_per_hour=F(10)),),
        bill_of_materials=(
            q.BomLine("cream", "rape", F(1, 2), alternative="oil"),
            q.BomLine("cream", "palm", F(3, 5), alternative="oil", **palm),
        ),
        suppliers=(
            q.SupplierOffer("S", "rape", price=F(4), lead_time_days=1),
            q.SupplierOffer("S", "palm", price=palm_price, lead_time_days=6),
        ),
        stock=(q.Stock("tank", "palm", 300),),
        orders=tuple(
            q.Order(f"O{day}", "cream", 250 + 25 * day, (1 + day) * DAY, late_cost_per_day=F(5),
                    lost_cost=F(100))
            for day in range(1, 13, 3)
        ),
    )  # fmt: skip


def best(plant: q.Plant) -> p.Plan:
    found = solve(plant, Settings(work=4.0))
    assert found.plan is not None
    assert found.plan.certificate is not None
    assert found.plan.certificate.verified
    bound = certify(plant, 5.0, search=False).bound_certified
    assert bound is not None
    assert bound <= found.plan.certificate.cost
    return found.plan


def bought(plan: p.Plan, item: str) -> int:
    return sum(row.quantity for row in plan.purchases if row.item == item)


def test_a_dear_substitute_is_used_up_and_not_bought() -> None:
    found = best(plant(F(9)))
    assert bought(found, "palm") == 0
    assert {lot.version for lot in found.lots} == {"", "[oil: palm]"}


def test_a_cheap_substitute_is_bought_where_it_comes_in_time() -> None:
    found = best(plant(F(2)))
    assert bought(found, "palm") > bought(found, "rape") > 0


def test_a_share_is_kept_in_every_lot() -> None:
    rows = plant(F(2), share=F(1, 3))
    found = best(rows)
    assert {lot.version for lot in found.lots} <= set(Lookup(rows).versions["cream"])
    assert bought(found, "rape") > bought(found, "palm") > 0


def test_netting_takes_what_is_there_before_it_buys() -> None:
    first, *_ = net_requirements(plant(F(2))).lots
    assert first.lot.version == "[oil: palm]"
    made = {row.lot.version for row in net_requirements(plant(F(9))).lots[1:]}
    assert "" in made
