"""Checks that no lab has more inspections at a time than slots."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify import tail
from capacityplan.verify.case import Case
from capacityplan.verify.sweep import overload

RULE = "lab_capacity"


def check(case: Case) -> Iterator[Violation]:
    """Yield minutes of the horizon and buckets of the tail in which slots are short."""
    for lab, uses in case.usage_of_labs().items():
        worst = overload(case.working(lab), uses)
        if worst is not None:
            minute, used, room, names = worst
            yield Violation(
                RULE, (lab, *names), f"slots at minute {minute}", str(used), f"<= {room}", "slots"
            )
    for lab, bucket, used, room in tail.over(case, tail.labs(case)):
        yield Violation(RULE, (lab,), f"slots of bucket {bucket}", str(used), f"<= {room}", "minutes")
