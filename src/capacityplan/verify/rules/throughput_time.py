"""Checks that lots of the tail have the time that their operations, waits and inspections take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from capacityplan.domain.plan import BucketRun
from capacityplan.errors import Violation
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Leg

RULE = "throughput_time"


def check(case: Case) -> Iterator[Violation]:
    """Yield operations out of order, in too short a time, too far apart, or over a forbidden border."""
    for lot in case.flow.lots.values():
        if case.plant.horizon.lots_within_buckets:
            yield from _straddles(lot.lot.lot, lot.legs)
        if lot.in_buckets and all(leg.works for leg in lot.legs):
            for before, after in pairwise(lot.legs):
                yield from _order(case, lot.lot.lot, before, after)
            for index in range(len(lot.legs)):
                yield from _time(case, lot.lot.lot, lot.legs[index:])


def _straddles(lot: str, legs: Sequence[Leg]) -> Iterator[Violation]:
    """Loads in several buckets, where lots are to be made within one."""
    for leg in legs:
        for work in leg.works:
            if isinstance(work.row, BucketRun) and len({bucket for bucket, _ in work.row.load}) > 1:
                names = (f"{lot}/{leg.operation.operation}",)
                first, last = str(work.first), str(work.last)
                yield Violation(RULE, names, "goes on in a later bucket", last, first, "bucket")


def _first(leg: Leg) -> int:
    return min(work.first for work in leg.works)


def _last(leg: Leg) -> int:
    return max(work.last for work in leg.works)


def _order(case: Case, lot: str, before: Leg, after: Leg) -> Iterator[Violation]:
    name = f"{lot}/{after.operation.operation}"
    earliest = _last(before) if before.ready is None else before.ready.bucket
    if _first(after) < earliest:
        yield Violation(
            RULE, (name,), f"before {before.operation.operation!r} is done",
            str(_first(after)), f">= {earliest}", "bucket",
        )  # fmt: skip
    longest = before.operation.max_wait_minutes
    if longest is None or before.occasions:
        return
    wait = int(case.timeline.starts[_first(after)]) - int(case.timeline.ends[_last(before)])
    if wait > longest:
        yield Violation(
            RULE,
            (name,),
            f"too long after {before.operation.operation!r}",
            str(wait),
            f"<= {longest}",
            "minutes",
        )


def _time(case: Case, lot: str, legs: Sequence[Leg]) -> Iterator[Violation]:
    """From a leg on, every later leg ends no earlier than the work between allows."""
    begin = int(case.timeline.starts[_first(legs[0])])
    needed = 0
    for leg in legs:
        needed += max(work.minutes for work in leg.works)
        found = int(case.timeline.ends[_last(leg)]) - begin
        if found < needed:
            names = (f"{lot}/{legs[0].operation.operation}", f"{lot}/{leg.operation.operation}")
            yield Violation(RULE, names, "too little time", str(found), f">= {needed}", "minutes")
            return
        needed += leg.operation.min_wait_minutes + _inspected(leg)


def _inspected(leg: Leg) -> int:
    """Minutes until the slowest in-process inspection of an operation is decided and reworked."""
    spans = [
        one.row.lab_minutes
        + one.row.wait_minutes
        + (one.rework.minutes if one.needs_rework and one.rework is not None else 0)
        for one in leg.occasions
    ]
    return max(spans, default=0)
