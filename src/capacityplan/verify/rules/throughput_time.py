"""Checks that lots of the tail have the time that their operations, waits and inspections take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from capacityplan.domain.plan import BucketRun
from capacityplan.errors import Violation
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Leg
from capacityplan.verify.overlap import Transfer

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
    if before.operation.overlap_quantity:
        yield from _shares(name, before, after)
        return
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


def _shares(name: str, before: Leg, after: Leg) -> Iterator[Violation]:
    """No bucket sees the later operation further than the earlier one, whose units it works on."""
    rest = Fraction(before.to_run, max(before.entering, 1))
    for bucket in sorted({work.last for leg in (before, after) for work in leg.works} | _loaded(after)):
        there = 1 - rest + rest * _share(before, bucket)
        if _share(after, bucket) > there:
            yield Violation(
                RULE, (name,), f"further than {before.operation.operation!r} by the end of bucket {bucket}",
                str(_share(after, bucket)), f"<= {there}", "share of the lot",
            )  # fmt: skip
            return


def _loaded(leg: Leg) -> set[int]:
    return {bucket for work in leg.works if isinstance(work.row, BucketRun) for bucket, _ in work.row.load}


def _share(leg: Leg, bucket: int) -> Fraction:
    """Share of an operation's load that lies in the buckets up to one."""
    loads = [one for work in leg.works if isinstance(work.row, BucketRun) for one in work.row.load]
    total = sum(minutes for _, minutes in loads)
    if not total:
        return Fraction(_last(leg) <= bucket)
    return Fraction(sum(minutes for at, minutes in loads if at <= bucket), total)


def _time(case: Case, lot: str, legs: Sequence[Leg]) -> Iterator[Violation]:
    """From a leg on, every later leg ends no earlier than the work between allows."""
    begin = int(case.timeline.starts[_first(legs[0])])
    started = needed = 0
    for place, leg in enumerate(legs):
        minutes = max(work.minutes for work in leg.works)
        before = legs[place - 1] if place else leg
        if place and before.operation.overlap_quantity:
            transfer, wait = Transfer(case.lookup, before, leg.works[0]), before.operation.min_wait_minutes
            first, last = transfer.first(), transfer.last()
            started += 0 if first.done is None else first.done + wait
            needed = max(started + minutes, needed + wait + minutes - last.begun)
        else:
            started = needed + (before.operation.min_wait_minutes + _inspected(before) if place else 0)
            needed = started + minutes
        found = int(case.timeline.ends[_last(leg)]) - begin
        if found < needed:
            names = (f"{lot}/{legs[0].operation.operation}", f"{lot}/{leg.operation.operation}")
            yield Violation(RULE, names, "too little time", str(found), f">= {needed}", "minutes")
            return


def _inspected(leg: Leg) -> int:
    """Minutes until the slowest in-process inspection of an operation is decided and reworked."""
    spans = [
        one.row.lab_minutes
        + one.row.wait_minutes
        + (one.rework.minutes if one.needs_rework and one.rework is not None else 0)
        for one in leg.occasions
    ]
    return max(spans, default=0)
