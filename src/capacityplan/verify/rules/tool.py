"""Checks that no tool is used more often at a time than there are pieces of it."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify import tail
from capacityplan.verify.case import Case
from capacityplan.verify.sweep import overload

RULE = "tool"


def check(case: Case) -> Iterator[Violation]:
    """Yield minutes of the horizon and buckets of the tail in which a tool is short."""
    for name, uses in case.usage_of_tools().items():
        worst = overload(case.working(name), uses)
        if worst is not None:
            minute, used, room, names = worst
            yield Violation(
                RULE, (name, *names), f"tools at minute {minute}", str(used), f"<= {room}", "tools"
            )
    for name, bucket, used, room in tail.over(case, tail.tools(case)):
        yield Violation(RULE, (name,), f"use in bucket {bucket}", str(used), f"<= {room}", "minutes")
