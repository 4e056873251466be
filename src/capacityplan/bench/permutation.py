"""What permutation flow shops share: all machines take the jobs in the same order.

A plant's jobs may overtake each other, so what counts is the least that a machine's order of jobs comes
to when all machines keep to it. A bound holds for both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from capacityplan.bench.shop import Job
from capacityplan.domain.plan import Plan


def complete(jobs: Sequence[Job], plan: Plan) -> bool:
    """Whether every job is scheduled to the minute on every machine."""
    return len(plan.runs) == sum(len(job.steps) for job in jobs)


def orders_of(jobs: Sequence[Job], plan: Plan) -> Iterator[list[Job]]:
    """Yield each machine's order of jobs."""
    items = {lot.lot: lot.item for lot in plan.lots}
    named = {job.name: job for job in jobs}
    orders: dict[str, list[Job]] = defaultdict(list)
    for run in sorted(plan.runs, key=lambda run: (run.start, run.end, run.lot)):
        orders[run.resource].append(named[items[run.lot]])
    yield from orders.values()
