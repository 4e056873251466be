"""What replanning changes, and what that costs (docs/model.md, section 8, category change)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.plan import LedgerRow, Run
from capacityplan.domain.replanning import PreviousRun
from capacityplan.units import MINUTES_PER_DAY, MINUTES_PER_HOUR
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Work

FROZEN, SLUSHY, OPEN = "frozen", "slushy", "open"


@dataclass(frozen=True, slots=True)
class Change:
    """An operation that is not where the previous plan has it.

    Attributes
    ----------
    at : int
        Minute that decides about the zone: the earlier of both starts.
    before : tuple of PreviousRun
        Empty where the operation is new.
    after : tuple of Work
        Empty where it is gone.
    """

    lot: str
    operation: str
    at: int
    zone: str
    before: tuple[PreviousRun, ...]
    after: tuple[Work, ...]


def changes(case: Case) -> Iterator[Change]:
    """Yield every operation that was moved, added or dropped since the previous plan.

    The operation at which an order in progress stands, and whatever is new in the tail, is no change.
    """
    if not case.plant.previous_runs:
        return
    standing = {(row.order, row.operation) for row in case.plant.receipts}
    before: dict[tuple[str, str], list[PreviousRun]] = defaultdict(list)
    for row in case.plant.previous_runs:
        before[row.lot, row.operation].append(row)
    after: dict[tuple[str, str], list[Work]] = defaultdict(list)
    for work in case.flow.works:
        after[work.row.lot, work.row.operation].append(work)
    for key in sorted({*before, *after}):
        was = sorted(before.get(key, ()), key=lambda row: (row.start, row.until, row.resource, row.quantity))
        now = sorted(after.get(key, ()), key=lambda work: (work.begins, work.row.resource, work.row.quantity))
        in_window = any(isinstance(work.row, Run) for work in now)
        if (was or (in_window and key not in standing)) and not _same(case, was, now):
            at = max(0, min([*(row.start for row in was), *(work.begins for work in now)]))
            yield Change(*key, at, zone(case, at), tuple(was), tuple(now))


def zone(case: Case, minute: int) -> str:
    """Zone in which an instant lies."""
    fences = case.plant.fences
    if minute < fences.frozen_hours * MINUTES_PER_HOUR:
        return FROZEN
    return SLUSHY if minute < fences.slushy_days * MINUTES_PER_DAY else OPEN


def change_rows(case: Case) -> Iterator[LedgerRow]:
    """Charge every change by its zone."""
    costs = case.plant.costs
    rates = {
        FROZEN: costs.change_cost_frozen, SLUSHY: costs.change_cost_slushy, OPEN: costs.change_cost_open
    }  # fmt: skip
    if not any(rates.values()):
        return
    last = len(case.timeline) - 1
    for change in changes(case):
        rate = rates[change.zone]
        bucket = min(case.timeline.bucket_of_start(change.at), last)
        yield LedgerRow("change", f"{change.lot}/{change.operation}", bucket, Fraction(1), rate, rate)


def _same(case: Case, was: list[PreviousRun], now: list[Work]) -> bool:
    """Whether runs are where they were planned, one by one."""
    pairs = zip(was, now, strict=False)
    return len(was) == len(now) and all(_kept(case, before, after) for before, after in pairs)


def _kept(case: Case, before: PreviousRun, after: Work) -> bool:
    """Whether a run begins when it was to begin, and, to the minute, on that resource with that quantity."""
    slack = case.plant.costs.change_tolerance_minutes
    if not before.start - slack <= after.latest or not after.begins <= before.until + slack:
        return False
    if before.start < before.until or not isinstance(after.row, Run):
        return True
    in_progress = any(row.order == before.lot for row in case.plant.receipts)
    same_quantity = in_progress or before.quantity == after.row.quantity
    return same_quantity and before.resource == after.row.resource
