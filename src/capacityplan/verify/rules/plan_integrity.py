"""Checks that a plan names only what exists, once, within the horizon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from capacityplan.demand.choice import faults
from capacityplan.domain.plan import (
    BucketInspection,
    BucketOvertime,
    BucketRun,
    BucketSetups,
    InspectionRun,
    Lot,
    Maintenance,
    Overtime,
    Run,
)
from capacityplan.domain.plant import ReceiptKind
from capacityplan.domain.stoppages import stoppages
from capacityplan.errors import Violation
from capacityplan.verify.case import Case

RULE = "plan_integrity"
_MOST = 10**15
"""No quantity is larger: sums of quantities stay within 64 bits."""

Objects = dict[str, tuple[str, str | None]]
"""Item and, of lots, production version by name."""

_bad = partial(Violation, RULE)


def check(case: Case) -> Iterator[Violation]:
    """Yield references to nothing, doubles, instants outside the horizon, mixed levels."""
    yield from _lots(case)
    yield from _orders_in_progress(case)
    yield from _purchases(case)
    known = _objects(case)
    yield from _runs(case, known)
    yield from _bucket_runs(case, known)
    yield from _levels(case)
    yield from _inspections(case, known)
    yield from _resources(case)
    yield from _demand(case)
    for choice, message in faults(case.stated, case.plan.choices):
        yield _bad((choice,), message)


def _objects(case: Case) -> Objects:
    """Everything that may be inspected or worked on."""
    found: Objects = {row.stock: (row.item, None) for row in case.plant.stock}
    found |= {row.order: (row.item, None) for row in case.plant.receipts}
    found |= {row.purchase: (row.item, None) for row in case.plan.purchases}
    return found | {lot.lot: (lot.item, lot.version) for lot in case.plan.lots}


def _twice(kind: str, names: Iterable[str]) -> Iterator[Violation]:
    for name, count in Counter(names).items():
        if count > 1:
            yield _bad((name,), f"{kind} is in the plan more than once", str(count), "1")


def _lots(case: Case) -> Iterator[Violation]:
    plan, plant = case.plan, case.plant
    yield from _twice("lot", (lot.lot for lot in plan.lots))
    taken = {row.stock for row in plant.stock} | {row.purchase for row in plan.purchases}
    orders = {row.order for row in plant.receipts}
    for lot in plan.lots:
        if lot.lot in taken or (lot.lot in orders and lot.receipt != lot.lot):
            yield _bad((lot.lot,), "the lot's id belongs to something else")
        if (lot.item, lot.version) not in case.lookup.routings or lot.item not in case.lookup.items:
            yield _bad((lot.lot,), f"no routing for item {lot.item!r}, version {lot.version!r}")
        elif lot.receipt:
            yield from _in_progress(case, lot)
        if not 0 < lot.quantity <= _MOST:
            yield _bad((lot.lot,), "the lot's quantity is out of range", str(lot.quantity))


def _in_progress(case: Case, lot: Lot) -> Iterator[Violation]:
    """A lot that stands for an order in progress agrees with it."""
    receipt = next((row for row in case.plant.receipts if row.order == lot.receipt), None)
    if receipt is None or receipt.kind is not ReceiptKind.PRODUCTION or not receipt.operation:
        yield _bad((lot.lot,), f"no order in progress {lot.receipt!r}")
        return
    if lot.lot != receipt.order:
        yield _bad((lot.lot, receipt.order), "the lot of an order in progress carries the order's id")
    version = receipt.version or case.lookup.versions.get(receipt.item, ("",))[0]
    if lot.item != receipt.item or lot.version != version:
        yield _bad((lot.lot,), "item or version differs from the order in progress")
    if lot.quantity != receipt.quantity:
        yield _bad(
            (lot.lot,),
            "quantity differs from the order in progress",
            str(lot.quantity),
            str(receipt.quantity),
        )
    steps = case.lookup.routings[lot.item, lot.version]
    if receipt.operation not in {step.operation for step in steps}:
        yield _bad((lot.lot,), f"the routing has no operation {receipt.operation!r}")


def _orders_in_progress(case: Case) -> Iterator[Violation]:
    present = {lot.receipt for lot in case.plan.lots}
    for row in case.plant.receipts:
        if row.kind is ReceiptKind.PRODUCTION and row.operation and row.order not in present:
            yield _bad((row.order,), "the order in progress is not in the plan")


def _purchases(case: Case) -> Iterator[Violation]:
    yield from _twice("purchase", (row.purchase for row in case.plan.purchases))
    given = {row.stock for row in case.plant.stock} | {row.order for row in case.plant.receipts}
    for row in case.plan.purchases:
        if row.purchase in given:
            yield _bad((row.purchase,), "the purchase's id belongs to something else")
        if (row.supplier, row.item) not in case.lookup.offers:
            yield _bad((row.purchase,), f"supplier {row.supplier!r} does not offer {row.item!r}")
        if not 0 < row.quantity <= _MOST:
            yield _bad((row.purchase,), "the quantity is out of range", str(row.quantity))
        if not 0 <= row.arrives < case.timeline.horizon_end:
            yield _bad((row.purchase,), "arrives outside the horizon", str(row.arrives))


def _work(case: Case, known: Objects, row: Run | BucketRun) -> Iterator[Violation]:
    """A run names a lot (or a reworked object), an operation and a resource."""
    name = f"{row.lot}/{row.operation}"
    found = known.get(row.lot)
    if found is None:
        yield _bad((name,), f"no lot {row.lot!r}")
    elif not _has_operation(case, *found, row.operation):
        yield _bad((name,), f"item {found[0]!r} has no operation {row.operation!r}")
    if row.resource not in case.lookup.resources:
        yield _bad((name,), f"no resource {row.resource!r}")
    if not 0 <= row.quantity <= _MOST:
        yield _bad((name,), "the quantity is out of range", str(row.quantity))


def _has_operation(case: Case, item: str, version: str | None, operation: str) -> bool:
    """Whether a lot's version has the operation; other objects only have rework operations."""
    if version is None:
        versions = case.lookup.versions.get(item, ())
        return bool(versions) and all((item, one, operation) in case.lookup.rework for one in versions)
    steps = case.lookup.routings.get((item, version), ())
    named = any(step.operation == operation for step in steps)
    return named or (item, version, operation) in case.lookup.rework


def _runs(case: Case, known: Objects) -> Iterator[Violation]:
    horizon = case.timeline.horizon_end
    for row in case.plan.runs:
        yield from _work(case, known, row)
        if not 0 <= row.setup_start <= row.start <= row.end <= horizon:
            found = f"{row.setup_start} <= {row.start} <= {row.end}"
            yield _bad((f"{row.lot}/{row.operation}",), "times out of order or horizon", found)


def _bucket_runs(case: Case, known: Objects) -> Iterator[Violation]:
    for row in case.plan.bucket_runs:
        yield from _work(case, known, row)
        buckets = [bucket for bucket, _ in row.load]
        ordered = buckets == sorted(set(buckets)) and bool(buckets)
        if not ordered or not all(_in_tail(case, bucket) for bucket in buckets):
            yield _bad(
                (f"{row.lot}/{row.operation}",), "load needs ascending buckets of the tail", str(buckets)
            )
        if not all(0 <= minutes <= case.timeline.horizon_end for _, minutes in row.load):
            yield _bad((f"{row.lot}/{row.operation}",), "load minutes are out of range")


def _in_tail(case: Case, bucket: int) -> bool:
    return case.timeline.window_buckets <= bucket < len(case.timeline)


def _levels(case: Case) -> Iterator[Violation]:
    """A lot is planned to the minute or in buckets, and to the minute only if it starts in the window.

    An order in progress may go on to the minute wherever its resource is free.
    """
    routed = {
        (lot.lot, step.operation)
        for lot in case.plan.lots
        for step in case.lookup.routings.get((lot.item, lot.version), ())
    }
    first: dict[str, int] = {}
    for run in case.plan.runs:
        if (run.lot, run.operation) in routed:
            first[run.lot] = min(first.get(run.lot, run.setup_start), run.setup_start)
    bucketed = {run.lot for run in case.plan.bucket_runs if (run.lot, run.operation) in routed}
    under_way = {lot.lot for lot in case.plan.lots if lot.receipt}
    if case.plant.horizon.lots_within_buckets:
        under_way = set()
    for lot, start in first.items():
        if lot in bucketed:
            yield _bad((lot,), "the lot is planned both to the minute and in buckets")
        if start >= case.timeline.window_end and lot not in under_way:
            yield _bad(
                (lot,), "a lot to the minute starts in the window",
                str(start), f"< {case.timeline.window_end}", "minutes",
            )  # fmt: skip
    for record in case.plan.inspections:
        if record.object in bucketed:
            yield _bad((record.object,), "a lot in buckets is inspected in buckets")


def _inspections(case: Case, known: Objects) -> Iterator[Violation]:
    records: list[InspectionRun | BucketInspection] = [*case.plan.inspections, *case.plan.bucket_inspections]
    yield from _twice("inspection", (f"{row.object}/{row.inspection}" for row in records))
    for row in records:
        name = f"{row.object}/{row.inspection}"
        if row.object not in known:
            yield _bad((name,), f"nothing is called {row.object!r}")
        if row.lab not in case.lookup.resources:
            yield _bad((name,), f"no lab {row.lab!r}")
        rule = case.lookup.inspection_rows.get(row.inspection)
        if rule is None:
            yield _bad((name,), f"no inspection {row.inspection!r}")
        elif isinstance(row, InspectionRun):
            if not 0 <= row.start <= row.end <= case.timeline.horizon_end - rule.wait_minutes:
                yield _bad((name,), "times out of order or horizon", f"{row.start} <= {row.end}")
        elif not (_in_tail(case, row.bucket) and row.bucket <= row.released < len(case.timeline)):
            yield _bad((name,), "buckets out of order or tail", f"{row.bucket} <= {row.released}")


def _resources(case: Case) -> Iterator[Violation]:
    """Setups, overtime and maintenance are of resources that exist, at times that exist."""
    plan, horizon = case.plan, case.timeline.horizon_end
    named = {row.resource for row in plan.bucket_setups} | {row.resource for row in plan.overtime}
    named |= {row.resource for row in plan.bucket_overtime} | {row.resource for row in plan.maintenance}
    for resource in sorted(named - set(case.lookup.resources)):
        yield _bad((resource,), f"no resource {resource!r}")
    tail: list[BucketSetups | BucketOvertime] = [*plan.bucket_setups, *plan.bucket_overtime]
    for row in tail:
        if not _in_tail(case, row.bucket):
            yield _bad((row.resource,), "not a bucket of the tail", str(row.bucket))
    for extra in plan.bucket_overtime:
        if not 0 <= extra.minutes <= horizon:
            yield _bad((extra.resource,), "overtime minutes are out of range", str(extra.minutes))
    spans: list[Overtime | Maintenance] = [*plan.overtime, *plan.maintenance]
    for span in spans:
        if not 0 <= span.start <= span.end <= horizon:
            yield _bad((span.resource,), "times out of order or horizon", f"{span.start} <= {span.end}")
    flexible = {row.downtime for row in stoppages(case.plant) if row.start is None}
    for placed in plan.maintenance:
        if placed.downtime not in flexible:
            yield _bad((placed.downtime,), "no flexible downtime of this name")


def _demand(case: Case) -> Iterator[Violation]:
    plan, horizon = case.plan, case.timeline.horizon_end
    for row in plan.deliveries:
        if row.demand not in case.demand:
            yield _bad((row.demand,), "no demand of this name")
        if row.item not in case.lookup.items:
            yield _bad((row.demand,), f"no item {row.item!r}")
        if not 0 < row.quantity <= _MOST:
            yield _bad((row.demand,), "the quantity delivered is out of range", str(row.quantity))
        if not 0 <= row.ship <= row.arrive <= horizon:
            yield _bad((row.demand,), "times out of order or horizon", f"{row.ship} <= {row.arrive}")
    for lost in plan.lost:
        if lost.demand not in case.demand:
            yield _bad((lost.demand,), "no demand of this name")
        if not 0 < lost.quantity <= _MOST:
            yield _bad((lost.demand,), "the quantity lost is out of range", str(lost.quantity))
