"""Checks the waits between the operations of lots that are planned to the minute."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate, pairwise

from capacityplan.domain.timeline import Steps
from capacityplan.errors import Violation
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Leg, Work
from capacityplan.verify.overlap import Transfer
from capacityplan.verify.sweep import pieces

RULE = "waits"


def check(case: Case) -> Iterator[Violation]:
    """Yield operations that start too early or too late after the one before."""
    for lot in case.flow.lots.values():
        if not lot.in_buckets:
            for before, after in pairwise(lot.legs):
                for work in after.works:
                    if before.operation.overlap_quantity and before.works:
                        yield from _streamed(case, before, work)
                    else:
                        yield from _pair(before, work)


def _streamed(case: Case, before: Leg, work: Work) -> Iterator[Violation]:
    """After an operation with transfer batches: none is begun, and the run not ended, before it has come."""
    step, wait, first = before.operation, before.operation.min_wait_minutes, before.works[0]
    if work.begins >= first.ends + wait:
        return
    if work.ends < first.ends + wait:
        yield Violation(
            RULE, (work.name,), f"ends before all of {step.operation!r} has come",
            str(work.ends), f">= {first.ends + wait}", "minute",
        )  # fmt: skip
    working = case.working(work.row.resource)
    over = _Progress(case.working(first.row.resource), first)
    for number, batch in enumerate(Transfer(case.lookup, before, work).batches()):
        if batch.done is None:
            continue
        arrives = over.after(batch.done) + wait
        if not number and work.begins < arrives:
            yield Violation(
                RULE, (work.name,), f"starts too early after {step.operation!r}",
                str(work.begins), f">= {arrives}", "minute",
            )  # fmt: skip
            return
        worked = working.open_minutes(work.begins, min(max(arrives, work.begins), work.ends))
        if worked > batch.begun:
            yield Violation(
                RULE, (work.name,), f"runs short of what {step.operation!r} passes on at minute {arrives}",
                str(worked), f"<= {batch.begun}", "minutes worked by then",
            )  # fmt: skip
            return


class _Progress:
    """When so many working minutes of a run are over."""

    def __init__(self, working: Steps, run: Work) -> None:
        self._run = run
        self._stretches = list(pieces(working, run.begins, run.ends))
        self._before = list(accumulate((end - start for start, end in self._stretches), initial=0))

    def after(self, minutes: int) -> int:
        if not minutes:
            return self._run.begins
        at = bisect_left(self._before, minutes) - 1
        # A run that is shorter than it must be passes on the rest at its end.
        whole = at < len(self._stretches)
        return self._stretches[at][0] + minutes - self._before[at] if whole else self._run.ends


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
