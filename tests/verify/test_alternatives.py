"""Alternatives: a lot consumes the mix of its recipe, which its version names."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import pytest
import tiny
from tiny import DAY, broken, join

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check, stock_curves

MIXED = "[fat: x 75% + y 25%]"
PLANT = tiny.plant(
    items=(tiny.ITEM, q.Item("x", q.ItemKind.RAW), q.Item("y", q.ItemKind.RAW, precision=1)),
    bill_of_materials=(
        q.BomLine("A", "x", F(1), alternative="fat"),
        q.BomLine("A", "y", F(2), alternative="fat", share=F(1, 4), scrap_fraction=F(1, 10)),
    ),
    stock=(q.Stock("sx", "x", 10), q.Stock("sy", "y", 60)),
    orders=(q.Order("O1", "A", 10, 2 * DAY),),
)


def made(version: str) -> p.Plan:
    run = p.Run("L1", "make", "M", 10, 0, 0, 10)
    delivery = p.Delivery("O1", "A", 10, DAY + 100, DAY + 100)
    return tiny.plan(lots=(p.Lot("L1", "A", 10, version),), runs=(run,), deliveries=(delivery,))


def left(version: str) -> tuple[int, int]:
    found = stock_curves(PLANT, made(version))
    return int(found["x"].unrestricted[0]), int(found["y"].unrestricted[0])


def test_a_recipe_takes_its_mix_each_line_rounded_up() -> None:
    assert broken(PLANT, made("")) == []
    assert left("") == (0, 60)
    assert broken(PLANT, made(MIXED)) == []
    # x: 7.5 pieces; y: 10 * 2 / 4 / 0.9 = 5.56 units of ten.
    assert left(MIXED) == (2, 60 - 56)


def test_a_recipe_needs_what_it_takes() -> None:
    enough = replace(PLANT, stock=(q.Stock("sx", "x", 8), q.Stock("sy", "y", 56)))
    assert broken(enough, made(MIXED)) == []
    for short, item, missing in ((0, "x", "-1"), (1, "y", "-1")):
        rows = [replace(row, quantity=row.quantity - (at == short)) for at, row in enumerate(enough.stock)]
        assert broken(replace(enough, stock=tuple(rows)), made(MIXED)) == [
            ("material_balance", (item,), missing, ">= 0")
        ]


@pytest.mark.parametrize("version", ["[fat: y]", "[fat: x 50% + y 50%]", "[fat: x]", "other"])
def test_a_mix_that_shares_do_not_allow_is_no_version(version: str) -> None:
    rules = {one.rule for one in check(PLANT, made(version)).violations}
    assert rules == {"plan_integrity"}


def test_an_order_in_progress_keeps_its_recipe() -> None:
    rows = (q.Receipt("W1", q.ReceiptKind.PRODUCTION, "A", 10, DAY, operation="make"),)
    run = {"runs": (p.Run("W1", "make", "M", 10, 0, 0, 10),)}
    for stated, recipe in (("", ""), (MIXED, MIXED)):
        plant = replace(PLANT, receipts=(replace(rows[0], version=stated),))
        for version in ("", MIXED):
            plan = tiny.plan(**join(run, {"lots": (p.Lot("W1", "A", 10, version, "W1"),)}))
            assert (broken(plant, plan) == []) == (version == recipe)
