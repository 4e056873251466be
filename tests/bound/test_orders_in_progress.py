"""Orders in progress that cannot end within the horizon leave no plan, and no error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from capacityplan.solve.bound import certify
from capacityplan.templates import NAMES, build


@pytest.mark.parametrize("name", NAMES)
def test_an_order_in_progress_that_outlasts_the_horizon_leaves_no_plan(name: str) -> None:
    plant = build(name, size=0.1)
    receipts = tuple(
        replace(row, quantity=row.quantity * 100_000) if row.operation else row for row in plant.receipts
    )
    assert certify(replace(plant, receipts=receipts), 60, search=False).infeasible
