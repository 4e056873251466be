"""Checks the sizes of lots."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case

RULE = "lot_size"


def check(case: Case) -> Iterator[Violation]:
    """Yield lots below the minimum, above the maximum, or off the multiple."""
    for lot in case.plan.lots:
        if lot.receipt:
            continue
        item = case.lookup.items[lot.item]
        found = str(lot.quantity)
        if lot.quantity < item.min_lot:
            yield Violation(
                RULE, (lot.lot,), "smaller than the smallest lot", found, f">= {item.min_lot}", "base units"
            )
        if item.max_lot and lot.quantity > item.max_lot:
            yield Violation(
                RULE, (lot.lot,), "larger than the largest lot", found, f"<= {item.max_lot}", "base units"
            )
        if item.lot_multiple and lot.quantity % item.lot_multiple:
            yield Violation(
                RULE, (lot.lot,), "off the lot multiple", found, f"n x {item.lot_multiple}", "base units"
            )
