"""Checks that no pool of labour is asked for more people than are there."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify import tail
from capacityplan.verify.case import Case
from capacityplan.verify.sweep import overload

RULE = "labour"


def check(case: Case) -> Iterator[Violation]:
    """Yield minutes of the horizon and buckets of the tail in which labour is short."""
    for pool, uses in case.usage_of_labour().items():
        worst = overload(case.working(pool), uses)
        if worst is not None:
            minute, used, room, names = worst
            yield Violation(
                RULE, (pool, *names), f"people at minute {minute}", str(used), f"<= {room}", "people"
            )
    for pool, bucket, used, room in tail.over(case, tail.labour(case)):
        yield Violation(RULE, (pool,), f"labour of bucket {bucket}", str(used), f"<= {room}", "minutes")
