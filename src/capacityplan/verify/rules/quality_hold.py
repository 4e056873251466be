"""Checks that nothing is used or shipped before its inspections have released it."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case

RULE = "quality_hold"


def check(case: Case) -> Iterator[Violation]:
    """Yield items of which a quantity is used that is there and not released."""
    for shortage in case.stocks.shortages:
        if shortage.rule == RULE:
            yield Violation(
                RULE, (shortage.item, *shortage.held), f"used before its release at minute {shortage.minute}",
                str(-shortage.missing), ">= 0", "base units",
            )  # fmt: skip
