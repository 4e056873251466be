"""Small random plants with substitutes for what their items are made of."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from random import Random

from capacityplan.domain import plant as q

DAY = 1440


def with_bills(plant: q.Plant, rng: Random) -> q.Plant:
    """Draw substitutes."""
    return _substitutes(plant, rng)


def _substitutes(plant: q.Plant, rng: Random) -> q.Plant:
    """Q instead of R, and R instead of C: dearer or cheaper, more or less of it, in part or wholly."""
    bill: list[q.BomLine] = []
    for line in plant.bill_of_materials:
        if line.valid_from is not None or line.valid_to is not None:
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
