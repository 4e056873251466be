"""Checks that everything in stock has a place."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case

RULE = "storage"


def check(case: Case) -> Iterator[Violation]:
    """Yield buckets at whose end a storage holds more than it can."""
    for row in case.plant.storages:
        for bucket, units in enumerate(case.stored(row.storage)):
            if units > row.capacity:
                yield Violation(
                    RULE, (row.storage,), f"stored at the end of bucket {bucket}",
                    str(units), f"<= {row.capacity}", "units",
                )  # fmt: skip
