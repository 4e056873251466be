"""Checks the waits between the operations of lots that are planned to the minute."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from capacityplan.errors import Violation
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Leg, Work

RULE = "waits"


def check(case: Case) -> Iterator[Violation]:
    """Yield operations that start too early or too late after the one before."""
    for lot in case.flow.lots.values():
        if not lot.in_buckets:
            for before, after in pairwise(lot.legs):
                for work in after.works:
                    yield from _pair(before, work)


def _pair(before: Leg, work: Work) -> Iterator[Violation]:
    step = before.operation
    if before.ready is not None and work.begins < before.ready.minute + step.min_wait_minutes:
        earliest = before.ready.minute + step.min_wait_minutes
        yield Violation(
            RULE, (work.name,), f"starts too early after {step.operation!r}",
            str(work.begins), f">= {earliest}", "minute",
        )  # fmt: skip
    if step.max_wait_minutes is None or before.ended is None or before.occasions:
        return
    latest = before.ended.minute + step.max_wait_minutes
    if work.begins > latest:
        yield Violation(
            RULE, (work.name,), f"starts too late after {step.operation!r}",
            str(work.begins), f"<= {latest}", "minute",
        )  # fmt: skip
