"""By-products: out of the last operation, rounded down, free at the lot's completion."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import pytest
import tiny
from tiny import DAY, MAKE, MODE, broken, join

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q
from capacityplan.verify import check, releases, stock_curves

WHEY = q.Item("W", q.ItemKind.INTERMEDIATE, precision=1, holding_cost_per_day=F(1))
LINE = q.BomLine("A", "W", F(5), per_quantity=F(3), scrap_fraction=F(1, 10), by_product=True)
TWO = (replace(MAKE, yield_fraction=F(1, 2)), replace(MAKE, operation="press", sequence=20))
PLANT = tiny.plant(
    items=(tiny.ITEM, WHEY), operations=TWO, bill_of_materials=(LINE,),
    operation_resources=(MODE, replace(MODE, operation="press")),
    orders=(q.Order("O1", "W", 80, DAY),),
)  # fmt: skip
"""Of ten started five enter the last operation: 5 * 5 / 3 * 0.9 = 7.5 units come out beside."""


def made() -> dict[str, Any]:
    """A lot complete at minute 115."""
    runs = (p.Run("L1", "make", "M", 10, 0, 0, 10), p.Run("L1", "press", "M", 5, 110, 110, 115))
    return {"lots": (p.Lot("L1", "A", 10),), "runs": runs}


def shipped(minute: int, quantity: int = 75) -> dict[str, Any]:
    return {"deliveries": (p.Delivery("O1", "W", quantity, minute, minute),)}


def test_what_comes_out_is_there_at_completion_and_no_sooner() -> None:
    assert broken(PLANT, tiny.plan(**join(made(), shipped(115)))) == []
    assert broken(PLANT, tiny.plan(**join(made(), shipped(114)))) == [
        ("material_balance", ("W",), "-75", ">= 0")
    ]
    assert broken(PLANT, tiny.plan(**join(made(), shipped(115, 76)))) == [
        ("material_balance", ("W",), "-1", ">= 0")
    ]


@pytest.mark.parametrize(("quantity", "wanted"), [(F(5), 75), (F(1, 3), 5), (F(1, 25), 0)])
def test_it_is_rounded_down(quantity: F, wanted: int) -> None:
    plant = replace(PLANT, bill_of_materials=(replace(LINE, quantity=quantity),))
    assert stock_curves(plant, tiny.plan(**made()))["W"].unrestricted.tolist() == [wanted] * 5


def test_it_is_held_and_charged_from_the_bucket_of_completion() -> None:
    rows = check(PLANT, tiny.plan(**made())).ledger
    held = [(row.bucket, row.amount) for row in rows if (row.category, row.object) == ("holding", "W")]
    assert held == [(bucket, F(15, 2) * days) for bucket, days in enumerate((1, 1, 1, 1, 7))]


def test_it_expires_and_does_not_wait_for_inspections_of_the_item() -> None:
    final = q.Inspection("I", q.Stage.FINAL, "LAB", item="A", lab_minutes=10)
    plant = replace(
        PLANT, items=(tiny.ITEM, replace(WHEY, shelf_life_days=1)), inspections=(final,),
        resources=(*PLANT.resources, tiny.LAB),
    )  # fmt: skip
    tested = {"inspections": (p.InspectionRun("L1", "I", "LAB", 500, 510),)}
    plan = tiny.plan(**join(made(), tested))
    assert releases(plant, plan)["L1/W"].released == 115
    assert stock_curves(plant, plan)["W"].unrestricted.tolist() == [75, 0, 0, 0, 0]


def test_it_lives_from_completion_on() -> None:
    plant = replace(PLANT, items=(tiny.ITEM, replace(WHEY, shelf_life_days=3)))
    assert stock_curves(plant, tiny.plan(**made()))["W"].unrestricted.tolist() == [75, 75, 75, 0, 0]


def test_a_lot_that_is_never_complete_leaves_nothing() -> None:
    plan = tiny.plan(lots=made()["lots"], runs=made()["runs"][:1])
    assert broken(PLANT, plan) == [("routing", ("L1/press",), "0", "1")]
    assert stock_curves(PLANT, plan)["W"].unrestricted.tolist() == [0] * 5


def test_in_the_tail_it_comes_in_the_bucket_of_completion() -> None:
    runs = (
        p.BucketRun("L1", "make", "M", 10, ((2, 10),)), p.BucketRun("L1", "press", "M", 5, ((3, 5),)),
    )  # fmt: skip
    plan = tiny.plan(lots=(p.Lot("L1", "A", 10),), bucket_runs=runs)
    assert broken(PLANT, plan) == []
    assert stock_curves(PLANT, plan)["W"].unrestricted.tolist() == [0, 0, 0, 75, 75]


def test_an_order_in_progress_leaves_what_enters_its_last_operation() -> None:
    receipt = q.Receipt("L1", q.ReceiptKind.PRODUCTION, "A", 10, DAY, operation="press", done_quantity=4)
    plant = replace(PLANT, receipts=(receipt,))
    run = p.Run("L1", "press", "M", 6, 0, 0, 6)
    plan = tiny.plan(lots=(p.Lot("L1", "A", 10, "", "L1"),), runs=(run,))
    assert broken(plant, plan) == []
    assert stock_curves(plant, plan)["W"].unrestricted.tolist() == [150] * 5


def test_it_feeds_other_items() -> None:
    powder = q.Item("P", q.ItemKind.FINISHED)
    plant = replace(
        PLANT, items=(*PLANT.items, powder),
        operations=(*TWO, replace(MAKE, item="P")),
        operation_resources=(*PLANT.operation_resources, replace(MODE, item="P", resource="N")),
        resources=(*PLANT.resources, q.Resource("N", q.ResourceKind.MACHINE)),
        bill_of_materials=(LINE, q.BomLine("P", "W", F(15, 2))),
    )  # fmt: skip
    for start, wanted in ((115, []), (114, [("material_balance", ("W",), "-75", ">= 0")])):
        lot = {
            "lots": (p.Lot("L2", "P", 1),),
            "runs": (p.Run("L2", "make", "N", 1, start, start, start + 1),),
        }
        assert broken(plant, tiny.plan(**join(made(), lot))) == wanted
