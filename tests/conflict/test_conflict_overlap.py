"""What only a lot that overlaps can keep is no conflict."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_conflict import held_as_planned
from test_minute_streams import line, overlapping, planned

from capacityplan.conflict import proof
from capacityplan.domain import plant as q
from capacityplan.verify import check


@pytest.mark.parametrize("done", [None, 0, 30, 60])
def test_orders_and_runs_held_where_an_overlapping_plan_has_them(done: int | None) -> None:
    plant = line(1)
    if done is not None:
        order = q.Receipt("W", q.ReceiptKind.PRODUCTION, "P0", 60, 0, operation="cut", done_quantity=done)
        plant = replace(plant, receipts=(order,))
    plan = planned(plant)
    assert overlapping(plant, plan) > 5
    held = held_as_planned(plant, plan)
    assert len(held.locks) >= 6
    origin = replace(plan.provenance, plant_hash=held.hash())
    assert check(held, replace(plan, provenance=origin, ledger=())).violations == ()
    assert proof(held) == ()
    # One operation after the other it is one.
    whole = tuple(replace(row, overlap_quantity=0) for row in held.operations)
    assert proof(replace(held, operations=whole)) != ()
