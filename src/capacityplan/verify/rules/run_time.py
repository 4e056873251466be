"""Checks that every run has exactly the working time it takes."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.domain.plan import BucketRun, Run
from capacityplan.errors import Violation
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Work

RULE = "run_time"


def check(case: Case) -> Iterator[Violation]:
    """Yield runs of a wrong length, outside working time, or interrupted where they may not be."""
    for work in case.flow.works:
        if isinstance(work.row, Run):
            yield from _minutes(case, work, work.row)
        else:
            yield from _load(work, work.row)


def _minutes(case: Case, work: Work, run: Run) -> Iterator[Violation]:
    working = case.working(run.resource)
    found = working.open_minutes(run.start, run.end) if work.minutes else run.end - run.start
    if found != work.minutes:
        yield Violation(
            RULE, (work.name,), f"working minutes on {run.resource}", str(found), str(work.minutes), "minutes"
        )
    if run.end > run.start and not (working.capacity_at(run.start) and working.capacity_at(run.end - 1)):
        yield Violation(RULE, (work.name,), f"starts or ends outside the working time of {run.resource}")
    if not work.operation.pausable and not working.contains(run.start, run.end):
        yield Violation(RULE, (work.name,), f"must not pause, and {run.resource} does")


def _load(work: Work, run: BucketRun) -> Iterator[Violation]:
    found = sum(minutes for _, minutes in run.load)
    required = 0 if work.operation.batch_size else work.setup_minutes + work.minutes
    if found != required:
        yield Violation(RULE, (work.name,), "load of the run", str(found), str(required), "minutes")
    if work.operation.batch_size and len(run.load) > 1:
        yield Violation(RULE, (work.name,), "a batch lies in one bucket", str(len(run.load)), "1", "buckets")
