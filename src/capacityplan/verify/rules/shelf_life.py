"""Checks that nothing is used or shipped that has expired, first expired first out."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case

RULE = "shelf_life"


def check(case: Case) -> Iterator[Violation]:
    """Yield items of which too little is left that has not expired."""
    for shortage in case.stocks.shortages:
        if shortage.rule == RULE:
            yield Violation(
                RULE, (shortage.item,), f"what is left at minute {shortage.minute} expires too soon",
                str(-shortage.missing), ">= 0", "base units",
            )  # fmt: skip
