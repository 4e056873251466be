"""Confirmations: what they name beside their item. Lots and orders are those of a plan, and told with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from capacityplan.domain.plant import Actual, ActualKind, ComplaintKind
from capacityplan.errors import Finding
from capacityplan.exchange.draft import Draft
from capacityplan.exchange.texts import did_you_mean

_TESTED = (ActualKind.INSPECTION, ActualKind.DECISION)


def check_actuals(draft: Draft) -> Iterator[Finding]:
    """Runs are of an operation of the item, on a resource; tests of an inspection, counts of their item."""
    if draft.broken & {"items", "operations", "resources", "inspections"}:
        return
    known = _Known(draft)
    for position, row in draft.trusted("actuals"):
        for column, value, names, what in known.asked(row):
            if value and value not in names:
                yield draft.finding("actuals", position, column, "unknown_id", f"this is not in {what}",
                                    hint=did_you_mean(value, sorted(names)))  # fmt: skip
        if row.kind is ActualKind.COUNT and row.object != row.item:
            yield draft.finding("actuals", position, "object", "other_item", f"the row is of {row.item}",
                                hint="a count names the counted item in both columns")  # fmt: skip


def check_complaints(draft: Draft) -> Iterator[Finding]:
    """Goods sent back have a quantity, and a lot that is known is of the item."""
    of = {row.stock: row.item for _, row in draft.trusted("stock")}
    of |= {
        row.object: row.item for _, row in draft.trusted("actuals") if row.kind in (ActualKind.RUN, *_TESTED)
    }
    for position, row in draft.trusted("complaints"):
        if row.kind is ComplaintKind.RETURN and not row.quantity:
            yield draft.finding("complaints", position, "quantity", "missing_value",
                                "goods sent back have a quantity", expected="more than 0")  # fmt: skip
        if row.lot and of.get(row.lot, row.item) != row.item:
            yield draft.finding("complaints", position, "lot", "other_item",
                                f"this lot is of {of[row.lot]}", expected=f"a lot of {row.item}")  # fmt: skip


class _Known:
    """Names that confirmations may use."""

    def __init__(self, draft: Draft) -> None:
        self._items = draft.names("items", "item")
        self._resources = draft.names("resources", "resource")
        self._inspections = draft.names("inspections", "inspection")
        self._operations: dict[str, set[str]] = defaultdict(set)
        for row in draft.plant.operations:
            self._operations[row.item].add(row.operation)

    def asked(self, row: Actual) -> Iterator[tuple[str, str, set[str], str]]:
        """Yield column, value, the names it must be one of, and where those stand."""
        if row.kind is ActualKind.RUN:
            yield "operation", row.operation, self._operations[row.item], f"the operations of {row.item}"
            yield "resource", row.resource, self._resources, "resources"
        elif row.kind in _TESTED:
            yield "operation", row.operation, self._inspections, "inspections"
        elif row.kind is ActualKind.COUNT:
            yield "object", row.object, self._items, "items"
