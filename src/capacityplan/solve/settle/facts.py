"""What a window schedule means for stock: consumption, completions and releases as facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot, Run
from capacityplan.domain.plant import Operation, Receipt, ReceiptKind, Stage
from capacityplan.prepare.lotflow import beside, components_taken, passed
from capacityplan.solve.types import WindowSchedule
from capacityplan.units import floor_product


@dataclass(frozen=True, slots=True)
class Taking:
    """Components taken by a lot at a minute."""

    component: str
    quantity: int
    minute: int


@dataclass(frozen=True, slots=True)
class Made:
    """A minute-level lot: what it takes, when it is complete, how much is good then."""

    lot: Lot
    takings: tuple[Taking, ...]
    completed: int
    good: int
    rework_end: int
    beside: tuple[tuple[str, int], ...] = ()
    """By-products, base units."""


class WindowFacts:
    """Reads a window schedule by the plant's routings."""

    def __init__(self, lookup: Lookup, window: WindowSchedule) -> None:
        self._lookup = lookup
        self._runs: dict[str, dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
        for run in window.runs:
            self._runs[run.lot][run.operation].append(run)
        self.inspected = {(run.object, run.inspection) for run in window.inspections}
        self._receipts = {row.order: row for row in lookup.plant.receipts}
        self.steps: list[tuple[int, str, str, str]] = []
        """(completion, lot, item, operation) of every operation of the window's lots."""
        self.lots = tuple(self._made(lot) for lot in window.lots)

    def _made(self, lot: Lot) -> Made:
        receipt = self._receipts.get(lot.receipt)
        routing = self._open_routing(lot, receipt)
        quantity = entering = lot.quantity
        takings: list[Taking] = []
        for operation in routing:
            runs = self._runs[lot.lot][operation.operation]
            in_progress = receipt is not None and operation.operation == receipt.operation
            if not in_progress:
                start = min(run.start for run in runs)
                takings += self._takings(lot, operation, quantity, start)
            self.steps.append((max(run.end for run in runs), lot.lot, lot.item, operation.operation))
            entering, quantity = quantity, self._pass(lot, operation, quantity)
        completed = max(run.end for run in self._runs[lot.lot][routing[-1].operation])
        last = max(run.end for runs in self._runs[lot.lot].values() for run in runs)
        coming = tuple(beside(self._lookup, lot.item, lot.version, entering))
        return Made(lot, tuple(takings), completed, quantity, last, coming)

    def _open_routing(self, lot: Lot, receipt: Receipt | None) -> tuple[Operation, ...]:
        routing = self._lookup.routings[lot.item, lot.version]
        if receipt is None or receipt.kind is not ReceiptKind.PRODUCTION or not receipt.operation:
            return routing
        names = [operation.operation for operation in routing]
        return routing[names.index(receipt.operation) :]

    def _takings(self, lot: Lot, operation: Operation, quantity: int, start: int) -> Iterator[Taking]:
        for component, taken in components_taken(
            self._lookup, lot.item, lot.version, operation.operation, quantity, start
        ):
            yield Taking(component, taken, start)

    def _pass(self, lot: Lot, operation: Operation, quantity: int) -> int:
        quantity = floor_product(quantity, operation.yield_fraction)
        rows = self._lookup.inspections(Stage.IN_PROCESS, lot.item)
        for row in sorted(rows, key=lambda row: row.rank):
            if row.operation == operation.operation and (lot.lot, row.inspection) in self.inspected:
                quantity = after_inspection(self._lookup, lot.item, lot.version, row.inspection, quantity)
        return quantity


def after_inspection(lookup: Lookup, item: str, version: str, inspection: str, quantity: int) -> int:
    """Quantity an object keeps after an inspection and the rework of its rejects."""
    row = lookup.inspection_rows[inspection]
    good, rejects = passed(quantity, row)
    rework = lookup.rework.get((item, version, row.rework_operation))
    return good + (floor_product(rejects, rework.yield_fraction) if rework else 0)
