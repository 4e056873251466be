"""Objects that inspections count, as a plan has them: who comes when, which lots are first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from capacityplan.domain.plan import Lot
from capacityplan.domain.plant import Inspection, ReceiptKind, Stage
from capacityplan.verify.case import Case
from capacityplan.verify.works import Works, arrival, in_process, incoming, received

Queue = tuple[tuple[int, str], ...]
"""Minute of completion (or arrival) and object, in order."""


def counting_queues(case: Case) -> dict[str, Queue]:
    """Return the queues of the inspection rows that apply to every n-th object only."""
    queues: dict[str, list[tuple[int, str]]] = {
        row.inspection: [] for row in case.plant.inspections if row.every_lots > 1
    }
    if not queues:
        return {}
    works = Works(case.lookup, case.timeline, case.plan)
    for rows, minute, name in _objects(case, works):
        for row in rows:
            if row.inspection in queues:
                queues[row.inspection].append((minute, name))
    return {name: tuple(sorted(rows)) for name, rows in queues.items()}


def _objects(case: Case, works: Works) -> Iterator[tuple[Iterable[Inspection], int, str]]:
    """Rows that count an object, when it is complete, and its name."""
    lookup, timeline = case.lookup, case.timeline
    for lot in case.plan.lots:
        yield from _lot(case, works, lot)
    for purchase in case.plan.purchases:
        moment = arrival(timeline, purchase.arrives)
        yield incoming(lookup, purchase.item, purchase.supplier), moment.minute, purchase.purchase
    for receipt in case.plant.receipts:
        found = received(timeline, receipt)
        if found is None:
            continue
        if receipt.kind is ReceiptKind.PURCHASE:
            yield incoming(lookup, receipt.item, ""), found.minute, receipt.order
        else:
            yield lookup.inspections(Stage.FINAL, receipt.item), found.minute, receipt.order


def _lot(case: Case, works: Works, lot: Lot) -> Iterator[tuple[Iterable[Inspection], int, str]]:
    for operation in works.steps(lot):
        ended = works.ended(lot.lot, operation.operation)
        if ended is not None:
            yield in_process(case.lookup, lot.item, operation.operation), ended.minute, lot.lot
    done = works.completion(lot)
    if done is not None:
        yield case.lookup.inspections(Stage.FINAL, lot.item), done.minute, lot.lot


def first_lots(case: Case) -> dict[str, tuple[int, str]]:
    """Return completion and name of the first lot of every item with a validation."""
    works = Works(case.lookup, case.timeline, case.plan)
    first: dict[str, tuple[int, str]] = {}
    for lot in case.plan.lots:
        if case.lookup.inspections(Stage.VALIDATION, lot.item):
            done = works.completion(lot)
            if done is not None:
                key = (done.minute, lot.lot)
                first[lot.item] = min(first.get(lot.item, key), key)
    return first


def gates(case: Case, never: int) -> dict[str, int]:
    """Return when the validation of each item is decided."""
    found: dict[str, int] = {}
    for one in case.flow.held:
        for occasion in one.occasions:
            if occasion.row.stage is Stage.VALIDATION:
                late = never if occasion.release is None else occasion.release.minute
                found[one.item] = max(found.get(one.item, 0), late)
    return found
