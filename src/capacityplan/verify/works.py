"""The runs of a plan by lot and operation, and which objects each inspection row applies to."""

from __future__ import annotations

from collections.abc import Iterable

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import BucketRun, Lot, Plan, Run
from capacityplan.domain.plant import Inspection, Operation, Plant, Receipt, ReceiptKind, Stage
from capacityplan.domain.timeline import Timeline
from capacityplan.verify.facts import Moment, Work, run_minutes


class Works:
    """All runs in common terms.

    Attributes
    ----------
    origin : dict of str to (item, version)
        What every object of the plan is: lot, purchase, receipt, stock lot.
    receipts : dict of str to Receipt
    """

    def __init__(self, lookup: Lookup, timeline: Timeline, plan: Plan) -> None:
        self._lookup = lookup
        self._timeline = timeline
        self.receipts: dict[str, Receipt] = {row.order: row for row in lookup.plant.receipts}
        self.origin = _origins(lookup.plant, plan, lookup)
        self._works: dict[tuple[str, str], list[Work]] = {}
        rows: list[Run | BucketRun] = [*plan.runs, *plan.bucket_runs]
        for row in rows:
            self._works.setdefault((row.lot, row.operation), []).append(self._work(row))
        for found in self._works.values():
            found.sort(key=lambda work: (work.begins, work.ends))
        self._ended = {
            key: Moment(max(work.ends for work in found), max(work.last for work in found))
            for key, found in self._works.items()
        }

    def all(self) -> tuple[Work, ...]:
        """Return every run and bucket run."""
        return tuple(work for found in self._works.values() for work in found)

    def of(self, name: str, operation: str) -> tuple[Work, ...]:
        """Return the runs of an operation of a lot (or rework of an object), by start."""
        return tuple(self._works.get((name, operation), ()))

    def _work(self, row: Run | BucketRun) -> Work:
        item, version = self.origin[row.lot]
        operation, rework = self._operation(item, version, row.operation)
        modes = self._lookup.modes.get((item, version, row.operation), ())
        mode = next((one for one in modes if one.resource == row.resource), None)
        efficiency = self._lookup.resources[row.resource].efficiency
        minutes = run_minutes(operation, mode, efficiency, row.quantity, self._lookup.scale[item])
        timeline = self._timeline
        if isinstance(row, Run):
            first, last = timeline.bucket_of_start(row.start), timeline.bucket_of_end(row.end)
            begins, ends, latest = row.start, row.end, row.start
        else:
            first, last = row.load[0][0], row.load[-1][0]
            begins, ends = int(timeline.starts[first]), int(timeline.ends[last])
            latest = int(timeline.ends[first]) - 1
        return Work(row, item, operation, mode, rework, minutes, first, last, begins, ends, latest)

    def _operation(self, item: str, version: str, name: str) -> tuple[Operation, bool]:
        for operation in self._lookup.routings.get((item, version), ()):
            if operation.operation == name:
                return operation, False
        return self._lookup.rework[item, version, name], True

    def ended(self, lot: str, operation: str) -> Moment | None:
        """End of an operation of a lot: of the last of its runs."""
        return self._ended.get((lot, operation))

    def steps(self, lot: Lot) -> tuple[Operation, ...]:
        """Operations of a lot that are not done yet."""
        routing = self._lookup.routings[lot.item, lot.version]
        if not lot.receipt:
            return routing
        at = self.receipts[lot.receipt].operation
        names = [operation.operation for operation in routing]
        return routing[names.index(at) :]

    def completion(self, lot: Lot) -> Moment | None:
        """Completion of a lot; None where an operation has no run."""
        ends = [self.ended(lot.lot, operation.operation) for operation in self.steps(lot)]
        return None if any(end is None for end in ends) else ends[-1]


def incoming(lookup: Lookup, item: str, supplier: str) -> list[Inspection]:
    """Incoming rows of an item; rows that name a supplier only for goods known to be theirs."""
    return [row for row in lookup.inspections(Stage.INCOMING, item) if row.supplier in ("", supplier)]


def subjects(lookup: Lookup, timeline: Timeline, plan: Plan, works: Works) -> set[tuple[str, str]]:
    """Pairs of object and inspection row where the object's number makes it subject to the row."""
    queues: dict[str, list[tuple[int, str]]] = {}

    def enqueue(rows: Iterable[Inspection], moment: Moment | None, name: str) -> None:
        for row in rows:
            if moment is not None:
                queues.setdefault(row.inspection, []).append((moment.minute, name))

    for lot in plan.lots:
        for operation in works.steps(lot):
            rows = in_process(lookup, lot.item, operation.operation)
            enqueue(rows, works.ended(lot.lot, operation.operation), lot.lot)
        enqueue(lookup.inspections(Stage.FINAL, lot.item), works.completion(lot), lot.lot)
    for purchase in plan.purchases:
        moment = arrival(timeline, purchase.arrives)
        enqueue(incoming(lookup, purchase.item, purchase.supplier), moment, purchase.purchase)
    for receipt in lookup.plant.receipts:
        found = received(timeline, receipt)
        if receipt.kind is ReceiptKind.PURCHASE:
            enqueue(incoming(lookup, receipt.item, ""), found, receipt.order)
        else:
            enqueue(lookup.inspections(Stage.FINAL, receipt.item), found, receipt.order)
    picked: set[tuple[str, str]] = set()
    for name, queue in queues.items():
        every = max(lookup.inspection_rows[name].every_lots, 1)
        picked.update((one, name) for _, one in sorted(queue)[::every])
    return picked | _first_lots(lookup, plan, works)


def _first_lots(lookup: Lookup, plan: Plan, works: Works) -> set[tuple[str, str]]:
    """The first lot of each item with a validation row, with that row."""
    first: dict[str, tuple[int, str]] = {}
    for lot in plan.lots:
        completion = works.completion(lot)
        if completion is not None:
            key = (completion.minute, lot.lot)
            first[lot.item] = min(first.get(lot.item, key), key)
    return {
        (lot, row.inspection)
        for item, (_, lot) in first.items()
        for row in lookup.inspections(Stage.VALIDATION, item)
    }


def in_process(lookup: Lookup, item: str, operation: str) -> list[Inspection]:
    """In-process rows of an item after an operation."""
    return [row for row in lookup.inspections(Stage.IN_PROCESS, item) if row.operation == operation]


def arrival(timeline: Timeline, minute: int) -> Moment:
    """Moment of an arrival."""
    return Moment(minute, timeline.bucket_of_start(minute))


def received(timeline: Timeline, receipt: Receipt) -> Moment | None:
    """When a scheduled receipt is there; None for orders in progress and beyond the horizon."""
    due = max(receipt.due, 0)
    if receipt.kind is ReceiptKind.PURCHASE:
        moment = arrival(timeline, due)
    else:
        moment = Moment(due, timeline.bucket_of_end(due))
    return None if receipt.operation or moment.bucket >= len(timeline) else moment


def _origins(plant: Plant, plan: Plan, lookup: Lookup) -> dict[str, tuple[str, str]]:
    """Item and production version of every object."""
    named = [(row.stock, row.item, "") for row in plant.stock]
    named += [(row.order, row.item, row.version) for row in plant.receipts]
    named += [(row.purchase, row.item, "") for row in plan.purchases]
    found = {name: (item, version or lookup.versions.get(item, ("",))[0]) for name, item, version in named}
    return found | {lot.lot: (lot.item, lot.version) for lot in plan.lots}
