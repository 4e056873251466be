"""Checks that nothing new starts in the frozen zone."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.domain.plan import Run
from capacityplan.domain.plant import LockKind
from capacityplan.errors import Violation
from capacityplan.units import MINUTES_PER_HOUR
from capacityplan.verify.case import Case

RULE = "frozen_zone"


def check(case: Case) -> Iterator[Violation]:
    """Yield setups and runs in the frozen zone, but of orders in progress and locked runs."""
    frozen = case.plant.fences.frozen_hours * MINUTES_PER_HOUR
    locked = {lock.object for lock in case.locks(LockKind.RUN)}
    under_way = {lot.lot for lot in case.plan.lots if lot.receipt}
    for work in case.flow.works:
        if work.row.lot in under_way or work.name in locked:
            continue
        begin = work.row.setup_start if isinstance(work.row, Run) else work.latest
        if begin < frozen:
            yield Violation(
                RULE, (work.name,), "starts in the frozen zone", str(begin), f">= {frozen}", "minute"
            )
