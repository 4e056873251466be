"""A plant whose lots pass on from one machine to the next in transfer batches, and a valid plan for it.

Monday 2025-01-06 00:00 UTC; four days, two of them to the minute (W = 2880), then a week. M cuts from 8 to 16
every day, N sews and P packs around the clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction as F

import tiny

from capacityplan.domain import plan as p
from capacityplan.domain import plant as q

DAY = 1440
SHIFT = tuple(q.CalendarRow("day", day, None, 480, 960) for day in range(7))
CUT = q.Operation("A", "cut", 10, run_minutes=F(6), fixed_minutes=20, overlap_quantity=10)
SEW = q.Operation("A", "sew", 20, run_minutes=F(5), min_wait_minutes=7, overlap_quantity=40)
PACK = q.Operation("A", "pack", 30, run_minutes=F(1))


def plant() -> q.Plant:
    return tiny.plant(
        calendars=SHIFT,
        operations=(CUT, SEW, PACK),
        operation_resources=tuple(
            q.OperationResource("A", operation, resource)
            for operation, resource in (("cut", "M"), ("sew", "N"), ("pack", "P"))
        ),
        resources=(
            q.Resource("M", q.ResourceKind.MACHINE, calendar="day", cost_per_hour=F(60)),
            q.Resource("N", q.ResourceKind.MACHINE, efficiency=F(5, 4), cost_per_hour=F(30)),
            q.Resource("P", q.ResourceKind.MACHINE, cost_per_hour=F(6)),
        ),
        receipts=(q.Receipt("W", q.ReceiptKind.PRODUCTION, "A", 40, DAY, operation="cut", done_quantity=25),),
    )


def run(lot: str, operation: str, resource: str, quantity: int, start: int, end: int) -> p.Run:
    return p.Run(lot, operation, resource, quantity, start, start, end)


def plan() -> p.Plan:
    """An order in progress and a lot over night in the window, a lot in the tail."""
    # W: 15 left of 40, 20 + 90 minutes from 480 on. 30 are done at 530, 40 at 590. Sewing takes 4 minutes;
    # batches 1 and 2 (20 pieces) have come; batch 3 (of 30) is begun after 80 minutes and comes at 530: from
    # 450 on; batch 4 is begun after 120 and comes at 590: from 470 on. It ends at 630; packing 7 later.
    # L: 60 pieces, 20 + 360 minutes from 700 on: 240 minutes before 16:00 (960), the rest from 1920 on.
    # Batch j is done after 20 + 60 j: 780, 840, 900, 960, then 1980, 2040, and begun after 40 j - 40 minutes:
    # batch 6 needs the start at 1840 at least. Packing: 40 have come after 160 minutes, 60 after 240.
    return tiny.plan(
        lots=(p.Lot("L", "A", 60), p.Lot("T", "A", 120), p.Lot("W", "A", 40, "", "W")),
        runs=(
            run("W", "cut", "M", 15, 480, 590),
            run("W", "sew", "N", 40, 470, 630),
            run("W", "pack", "P", 40, 637, 677),
            run("L", "cut", "M", 60, 700, 2040),
            run("L", "sew", "N", 60, 1840, 2080),
            run("L", "pack", "P", 60, 2047, 2107),
        ),
        bucket_runs=(
            p.BucketRun("T", "cut", "M", 120, ((2, 370), (3, 370))),
            p.BucketRun("T", "sew", "N", 120, ((2, 240), (3, 240))),
            p.BucketRun("T", "pack", "P", 120, ((3, 120),)),
        ),
    )


def moved(plan: p.Plan, lot: str, operation: str, minutes: int) -> p.Plan:
    """A run of the window earlier or later, as long as it was."""
    runs = tuple(
        replace(one, setup_start=one.start + minutes, start=one.start + minutes, end=one.end + minutes)
        if (one.lot, one.operation) == (lot, operation)
        else one
        for one in plan.runs
    )
    return replace(plan, runs=runs)


def loaded(plan: p.Plan, operation: str, *load: tuple[int, int]) -> p.Plan:
    """The tail's lot with another load of an operation."""
    rows = tuple(replace(one, load=load) if one.operation == operation else one for one in plan.bucket_runs)
    return replace(plan, bucket_runs=rows)


def starts_with_the_one_before(plan: p.Plan) -> Iterator[p.Plan]:
    """A later operation begins when the one before does."""
    begun = {(run.lot, run.operation): run.start for run in plan.runs}
    for lot, before, after in (("L", "cut", "sew"), ("L", "sew", "pack")):
        yield moved(plan, lot, after, begun[lot, before] - begun[lot, after])


def ends_before_the_one_before(plan: p.Plan) -> Iterator[p.Plan]:
    ended = {(run.lot, run.operation): run.end for run in plan.runs}
    for lot, before, after in (("W", "cut", "sew"), ("L", "cut", "sew"), ("L", "sew", "pack")):
        yield moved(plan, lot, after, ended[lot, before] - ended[lot, after] - 1)


def hurries_in_the_tail(plan: p.Plan) -> Iterator[p.Plan]:
    """More of a later operation by an earlier bucket."""
    for load in (((2, 480),), ((2, 300), (3, 180)), ((2, 479), (3, 1))):
        yield loaded(plan, "sew", *load)
    yield loaded(plan, "pack", (2, 100), (3, 20))


def is_late_with_what_comes(plan: p.Plan) -> Iterator[p.Plan]:
    """The earlier operation is moved on, the later one stays."""
    yield moved(plan, "W", "cut", 60)
    yield moved(plan, "L", "sew", 60)
    yield loaded(plan, "cut", (2, 360), (3, 380))
    yield loaded(plan, "cut", (3, 300), (4, 440))


CORRUPTORS = (
    starts_with_the_one_before, ends_before_the_one_before, hurries_in_the_tail, is_late_with_what_comes,
)  # fmt: skip


def spoiled(plan: p.Plan) -> Iterator[p.Plan]:
    """The plan spoiled in one place, and with runs of the window a few minutes earlier and later."""
    for corrupt in CORRUPTORS:
        yield from corrupt(plan)
    for run in plan.runs:
        for minutes in (-61, -10, -1, 1, 10, 61):
            yield moved(plan, run.lot, run.operation, minutes)
