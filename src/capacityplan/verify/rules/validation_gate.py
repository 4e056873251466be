"""Checks that no lot of an item is used or shipped before its first lot is validated."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case

RULE = "validation_gate"


def check(case: Case) -> Iterator[Violation]:
    """Yield items of which a quantity is used that only waits for the validation."""
    for shortage in case.stocks.shortages:
        if shortage.rule == RULE:
            yield Violation(
                RULE, (shortage.item, *shortage.held), f"used without validation at minute {shortage.minute}",
                str(-shortage.missing), ">= 0", "base units",
            )  # fmt: skip
