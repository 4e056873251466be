"""Checks that nothing is used or shipped that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case

RULE = "material_balance"


def check(case: Case) -> Iterator[Violation]:
    """Yield items whose stock, held quantities included, falls below zero."""
    for shortage in case.stocks.shortages:
        if shortage.rule == RULE:
            yield Violation(
                RULE, (shortage.item,), f"stock runs out at minute {shortage.minute}",
                str(-shortage.missing), ">= 0", "base units",
            )  # fmt: skip
