"""Checks that every operation of every lot is run once, on a resource that can do it."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Leg, LotFlow

RULE = "routing"


def check(case: Case) -> Iterator[Violation]:
    """Yield operations without a run, with too many, of a wrong quantity or resource."""
    for lot in case.flow.lots.values():
        for leg in lot.legs:
            yield from _leg(lot, leg)
    yield from _done(case)


def _leg(lot: LotFlow, leg: Leg) -> Iterator[Violation]:
    name = f"{lot.lot.lot}/{leg.operation.operation}"
    if not leg.works:
        yield Violation(RULE, (name,), "the operation has no run", "0", "1", "runs")
        return
    if not leg.operation.batch_size and len(leg.works) > 1:
        yield Violation(
            RULE, (name,), "the operation is run more than once", str(len(leg.works)), "1", "runs"
        )
    quantity = sum(work.row.quantity for work in leg.works)
    if quantity != leg.to_run:
        yield Violation(
            RULE, (name,), "runs of a wrong quantity", str(quantity), str(leg.to_run), "base units"
        )
    for work in leg.works:
        if work.mode is None:
            yield Violation(RULE, (name,), f"resource {work.row.resource!r} cannot run the operation")
        if leg.resumed and lot.receipt is not None and lot.receipt.resource not in ("", work.row.resource):
            yield Violation(
                RULE, (name,), "the order in progress is on another resource",
                work.row.resource, lot.receipt.resource,
            )  # fmt: skip


def _done(case: Case) -> Iterator[Violation]:
    """Operations that an order in progress has behind it are not run again."""
    for work in case.flow.works:
        lot = case.flow.lots.get(work.row.lot)
        if work.rework or lot is None:
            continue
        if work.operation not in [leg.operation for leg in lot.legs]:
            yield Violation(RULE, (work.name,), "the order in progress has this operation behind it")
