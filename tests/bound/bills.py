"""Small random plants with substitutes for what their items are made of, and by-products of making them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from random import Random

from capacityplan.domain import plant as q

DAY = 1440


def with_bills(plant: q.Plant, rng: Random) -> q.Plant:
    """Draw substitutes, by-products or both."""
    kind = rng.choice(["substitutes", "by-products", "both"])
    if kind != "substitutes":
        plant = _by_products(plant, rng)
    return plant if kind == "by-products" else _substitutes(plant, rng)


def _by_products(plant: q.Plant, rng: Random) -> q.Plant:
    """What A and C are made of, or what is sold, comes out beside A, B or C: much of it or little."""
    made = [row.item for row in plant.items if row.kind is not q.ItemKind.RAW]
    lines, items = [], list(plant.items)
    demanded: list[q.Order] = []
    for item in made:
        beside = rng.choice(["", "", "R", "W", *(["B"] if item == "A" else [])])
        tested = {row.item for row in plant.inspections if row.stage in (q.Stage.FINAL, q.Stage.VALIDATION)}
        if not beside or beside in tested or (beside == "B" and "B" not in made):
            continue
        lines.append(q.BomLine(item, beside, F(rng.choice([1, 2, 5]), rng.choice([1, 3])), by_product=True,
                               scrap_fraction=rng.choice([F(0), F(1, 7)])))  # fmt: skip
    if any(line.component == "W" for line in lines):
        items.append(q.Item(
            "W", q.ItemKind.FINISHED, unit_value=F(3), price=F(9), precision=rng.choice([0, 1]),
            holding_cost_per_day=F(rng.choice([0, 2]), 10), salvage_value=F(rng.choice([0, 0, 1])),
            shelf_life_days=rng.choice([None, 2]), safety_stock=rng.choice([0, 3]),
            max_stock=rng.choice([None, 2]), storage=rng.choice(["", "STORE"]),
        ))  # fmt: skip
        demanded += [
            q.Order(f"W{number}", "W", rng.choice([2, 6]), rng.choice([DAY, 3 * DAY, 5 * DAY]),
                    late_cost_per_day=F(rng.choice([0, 2])), lost_cost=F(rng.choice([5, 40])))
            for number in range(2)
        ]  # fmt: skip
    return replace(
        plant, items=tuple(items), bill_of_materials=(*plant.bill_of_materials, *lines),
        orders=(*plant.orders, *demanded),
    )  # fmt: skip


def _substitutes(plant: q.Plant, rng: Random) -> q.Plant:
    """Q instead of R, and R instead of C: dearer or cheaper, more or less of it, in part or wholly."""
    bill: list[q.BomLine] = []
    for line in plant.bill_of_materials:
        if line.by_product or line.valid_from is not None or line.valid_to is not None:
            bill.append(line)
            continue
        group = f"{line.component} or other"
        other = "Q" if line.component == "R" else "R"
        least = rng.choice([F(1), F(1), F(1, 2), F(2, 3)])
        most = rng.choice([F(1), F(1, 2), F(1, 3)]) if least == 1 else F(1)
        scrap = rng.choice([F(0), F(1, 10)])
        factor = rng.choice([F(1), F(2), F(1, 2), F(1, 3)])
        bill.append(replace(line, alternative=group, share=least))
        bill.append(replace(line, component=other, quantity=line.quantity * factor, alternative=group,
                            share=most, scrap_fraction=scrap))  # fmt: skip
        if rng.random() < 0.3 and other == "R":
            bill.append(replace(line, component="Q", quantity=line.quantity * 2, alternative=group,
                                share=F(1, 4)))  # fmt: skip
    bill = [line for line in bill if line.item != line.component]
    precision = rng.choice([0, 2])
    scale = 10**precision
    item = q.Item("Q", q.ItemKind.RAW, unit_value=F(2), precision=precision,
                  holding_cost_per_day=F(rng.choice([0, 1]), 20),
                  shelf_life_days=rng.choice([None, None, 3]))  # fmt: skip
    offer = q.SupplierOffer("S", "Q", price=F(rng.choice([1, 2, 6])), order_cost=F(rng.choice([0, 15])),
                            lead_time_days=rng.choice([0, 1, 3]))  # fmt: skip
    stock = [q.Stock("ST-Q", "Q", rng.choice([3, 8, 30]) * scale)] if rng.random() < 0.6 else []
    return replace(
        plant, items=(*plant.items, item), bill_of_materials=tuple(bill),
        suppliers=(*plant.suppliers, *([offer] if rng.random() < 0.7 else [])),
        stock=(*plant.stock, *stock),
    )  # fmt: skip
