"""Checks that what the planner holds fast stays where it is."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.domain.plan import Run
from capacityplan.domain.plant import Lock, LockKind
from capacityplan.errors import Violation
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Work

RULE = "locks"


def check(case: Case) -> Iterator[Violation]:
    """Yield locked runs elsewhere, lots of locked items, and locked orders not delivered in full.

    A closed resource has no working time (`capacity`, `run_time`).
    """
    for lock in case.locks(LockKind.RUN):
        works = [work for work in case.flow.works if work.name == lock.object]
        if not any(_held(case, lock, work) for work in works):
            places = "; ".join(f"{work.row.resource} {work.begins} to {work.ends}" for work in works)
            yield Violation(
                RULE, (lock.lock, lock.object), "the locked run is not where it is held",
                places, f"{lock.resource} {_text(lock.start)} to {_text(lock.end)}",
            )  # fmt: skip
    for lock in case.locks(LockKind.ITEM):
        yield from _item(case, lock)
    for lock in case.locks(LockKind.ORDER):
        yield from _order(case, lock)


def _text(minute: int | None) -> str:
    return "any" if minute is None else str(minute)


def _held(case: Case, lock: Lock, work: Work) -> bool:
    """Whether a run is where a lock holds it; a run of the tail: in the buckets of these instants."""
    if lock.resource and work.row.resource != lock.resource:
        return False
    if isinstance(work.row, Run):
        return lock.start in (None, work.begins) and lock.end in (None, work.ends)
    started = lock.start is None or case.timeline.bucket_of_start(lock.start) == work.first
    return started and (lock.end is None or case.timeline.bucket_of_end(lock.end) == work.last)


def _item(case: Case, lock: Lock) -> Iterator[Violation]:
    begin = 0 if lock.start is None else lock.start
    end = case.timeline.horizon_end if lock.end is None else lock.end
    for lot in case.flow.lots.values():
        first = lot.first
        if lot.lot.item != lock.object or first is None or lot.receipt is not None:
            continue
        # A bucket of the tail is closed only if the lock covers all of it.
        if begin <= first.begins and first.latest < end:
            yield Violation(
                RULE, (lock.lock, lot.lot.lot), "a lot of the locked item starts",
                str(first.begins), f"outside {begin} to {end}", "minute",
            )  # fmt: skip


def _order(case: Case, lock: Lock) -> Iterator[Violation]:
    demand = case.demand.get(lock.object)
    if demand is None:
        return
    rows = [row for row in case.plan.deliveries if row.demand == lock.object]
    delivered = sum(row.quantity for row in rows if lock.end is None or row.arrive <= lock.end)
    if delivered < demand.quantity:
        yield Violation(
            RULE, (lock.lock, lock.object), f"delivered by {_text(lock.end)}",
            str(delivered), f">= {demand.quantity}", "base units",
        )  # fmt: skip
