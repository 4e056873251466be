"""Checks that every inspection that is due takes place, in the right lab, long enough, in time."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.domain.plan import BucketInspection, InspectionRun
from capacityplan.errors import Violation
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Occasion

RULE = "inspection"


def check(case: Case) -> Iterator[Violation]:
    """Yield inspections that are missing, not called for, in the wrong lab, too early or too short.

    Stock and scheduled receipts that are not inspected stay on hold; only what the plan makes
    or buys has to be inspected.
    """
    own = {lot.lot for lot in case.plan.lots} | {row.purchase for row in case.plan.purchases}
    called = set()
    for one in case.flow.occasions:
        called.add((one.object, one.row.inspection))
        name = f"{one.object}/{one.row.inspection}"
        if one.record is None:
            if one.object in own:
                what = "certificate" if one.row.is_last else "inspection"
                yield Violation(RULE, (name,), f"the {what} is missing", "0", "1", "inspections")
            continue
        if one.record.lab != one.row.lab:
            yield Violation(RULE, (name,), "in the wrong lab", one.record.lab, one.row.lab)
        if isinstance(one.record, InspectionRun):
            yield from _minutes(case, name, one, one.record)
        else:
            yield from _buckets(case, name, one, one.record)
    records: list[InspectionRun | BucketInspection] = [*case.plan.inspections, *case.plan.bucket_inspections]
    for row in records:
        if (row.object, row.inspection) not in called:
            yield Violation(RULE, (f"{row.object}/{row.inspection}",), "the inspection is not called for")


def _too_early(name: str, one: Occasion, begun: int, ready: int | None, unit: str) -> Iterator[Violation]:
    if ready is None or begun < ready:
        what = (
            "before all other inspections have ended" if one.row.is_last else "before the quantity is there"
        )
        least = "never" if ready is None else f">= {ready}"
        yield Violation(RULE, (name,), what, str(begun), least, unit)


def _minutes(case: Case, name: str, one: Occasion, record: InspectionRun) -> Iterator[Violation]:
    yield from _too_early(name, one, record.start, None if one.ready is None else one.ready.minute, "minute")
    found = case.working(record.lab).open_minutes(record.start, record.end)
    if found != one.row.lab_minutes:
        yield Violation(RULE, (name,), "time in the lab", str(found), str(one.row.lab_minutes), "minutes")


def _buckets(case: Case, name: str, one: Occasion, record: BucketInspection) -> Iterator[Violation]:
    yield from _too_early(name, one, record.bucket, None if one.ready is None else one.ready.bucket, "bucket")
    found = int(case.timeline.ends[record.released] - case.timeline.starts[record.bucket])
    required = one.row.lab_minutes + one.row.wait_minutes
    if found < required:
        yield Violation(RULE, (name,), "released too early", str(found), f">= {required}", "minutes")
