"""Checks that no resource does more than it can at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from capacityplan.errors import Violation
from capacityplan.verify import tail
from capacityplan.verify.case import Case
from capacityplan.verify.occupancy import Occupation
from capacityplan.verify.sweep import overload

RULE = "capacity"


def check(case: Case) -> Iterator[Violation]:
    """Yield overlapping runs, groups of machines in excess, and overloaded buckets of the tail."""
    for resource, sequence in case.occupations.items():
        if case.lookup.resources[resource].capacity == 1:
            yield from _one_at_a_time(resource, sequence)
        else:
            yield from _group(case, resource, sequence)
    for resource, bucket, used, room in tail.over(case, tail.loads(case)):
        yield Violation(RULE, (resource,), f"load of bucket {bucket}", str(used), f"<= {room}", "minutes")


def _one_at_a_time(resource: str, sequence: tuple[Occupation, ...]) -> Iterator[Violation]:
    reach = sorted(sequence, key=lambda one: (one.setup_start, one.end))
    furthest = reach[0]
    for before, after in pairwise(reach):
        furthest = max(furthest, before, key=lambda one: one.end)
        if after.setup_start < furthest.end:
            yield Violation(
                RULE, (resource, *furthest.names, *after.names), "runs overlap",
                str(after.setup_start), f">= {furthest.end}", "minute",
            )  # fmt: skip


def _group(case: Case, resource: str, sequence: tuple[Occupation, ...]) -> Iterator[Violation]:
    uses = [(one.setup_start, one.end, 1, one.charged.name) for one in sequence]
    worst = overload(case.working(resource), uses, only_open=True)
    if worst is not None:
        minute, used, room, names = worst
        yield Violation(
            RULE, (resource, *names), f"runs open at minute {minute}", str(used), f"<= {room}", "runs"
        )
