"""What a lot does: quantities along its routing, minutes, components, inspections.

The search's own reading of docs/model.md, sections 2 to 4 (the checker has another one).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot
from capacityplan.domain.plant import (
    BomLine,
    Inspection,
    Item,
    Operation,
    OperationResource,
    Plant,
    ReceiptKind,
    Stage,
)
from capacityplan.units import ceil_div, floor_fraction, floor_product


@dataclass(frozen=True, slots=True)
class Step:
    """An operation of a lot with the quantity entering it (base units)."""

    operation: Operation
    quantity: int
    work_quantity: int
    """What is still to be run (less than ``quantity`` for an operation in progress)."""
    takes_components: bool


def accept(quantity: int, rows: Iterable[Inspection]) -> int:
    """Quantity left after the inspections an object is subject to."""
    for row in sorted(rows, key=lambda row: row.rank):
        quantity = passed(quantity, row)[0]
    return quantity


def passed(quantity: int, row: Inspection) -> tuple[int, int]:
    """Quantity accepted at once by an inspection, and what goes to rework (base units)."""
    left = max(0, quantity - (row.sample_quantity if row.destructive else 0))
    good = floor_product(left, 1 - row.reject_fraction)
    return (good, left - good) if row.rework_operation else (good, 0)


def run_minutes(lookup: Lookup, operation: Operation, mode: OperationResource, quantity: int) -> int:
    """Working minutes of a run (docs/model.md, section 2)."""
    run = operation.run_minutes if mode.run_minutes is None else mode.run_minutes
    per, efficiency = operation.per_quantity, lookup.resources[mode.resource].efficiency
    # Whole numbers, since this is asked a million times for a large plant.
    return operation.fixed_minutes + ceil_div(
        quantity * run.numerator * per.denominator * efficiency.denominator,
        run.denominator * per.numerator * efficiency.numerator * lookup.scale[operation.item],
    )


def consumption(
    lookup: Lookup, item: Item, quantity: int, per: Fraction, scrap: Fraction, component: str
) -> int:
    """Base units of a component taken for a quantity of an item."""
    kept = scrap.denominator - scrap.numerator
    return ceil_div(
        quantity * per.numerator * scrap.denominator * lookup.scale[component],
        per.denominator * kept * lookup.scale[item.item],
    )


def valid(lines: Iterable[BomLine], minute: int) -> Iterator[BomLine]:
    """Lines of a bill of material that hold at a minute."""
    for line in lines:
        begun = line.valid_from is None or line.valid_from <= minute
        if begun and (line.valid_to is None or minute < line.valid_to):
            yield line


def components_taken(
    lookup: Lookup, item: str, version: str, operation: str, quantity: int, minute: int
) -> Iterator[tuple[str, int]]:
    """Components, and base units of each, that an operation takes at a minute for a quantity of an item."""
    for line in valid(lookup.components.get((item, version, operation), ()), minute):
        per = line.quantity / line.per_quantity
        taken = consumption(lookup, lookup.items[item], quantity, per, line.scrap_fraction, line.component)
        yield line.component, taken


def usual_hold(rows: Iterable[Inspection]) -> int:
    """Minutes from completion to release in the best case of free labs during the day."""
    return _side_by_side((row.is_last, 3 * row.lab_minutes + row.wait_minutes) for row in rows)


def least_hold(rows: Iterable[Inspection]) -> int:
    """Minutes from completion to release that every lot waits at least."""
    every = (row for row in rows if row.every_lots == 1)
    return _side_by_side((row.is_last, row.lab_minutes + row.wait_minutes) for row in every)


def _side_by_side(found: Iterable[tuple[bool, int]]) -> int:
    """Minutes of inspections that are made side by side, and of the certificate after them."""
    longest = [0, 0]
    for is_last, minutes in found:
        longest[int(is_last)] = max(longest[int(is_last)], minutes)
    return sum(longest)


def in_process(lookup: Lookup, item: str, operation: str) -> tuple[Inspection, ...]:
    """In-process inspection rows after an operation of an item."""
    return tuple(row for row in lookup.inspections(Stage.IN_PROCESS, item) if row.operation == operation)


def comes_beside(
    lookup: Lookup, item: str, version: str, quantity: int, first: int = 0
) -> list[tuple[str, int]]:
    """By-products of a lot with what comes of them (base units), all inspections passed.

    Parameters
    ----------
    quantity : int
        Base units that enter the ``first`` operation of the routing.
    """
    if (item, version) not in lookup.by_products:
        return []
    for operation in lookup.routings[item, version][first:-1]:
        quantity = floor_product(quantity, operation.yield_fraction)
        quantity = accept(quantity, in_process(lookup, item, operation.operation))
    return beside(lookup, item, version, quantity)


def beside(lookup: Lookup, item: str, version: str, entering: int) -> list[tuple[str, int]]:
    """By-products of a quantity that enters the last operation: component and base units."""
    return [
        (
            line.component,
            floor_fraction(
                entering * line.quantity / line.per_quantity * (1 - line.scrap_fraction)
                * lookup.scale[line.component] / lookup.scale[item]
            ),
        )
        for line in lookup.by_products.get((item, version), ())
    ]  # fmt: skip


def brought(lookup: Lookup, item: str, version: str, quantity: int) -> int:
    """What of a lot reaches stock (base units), after yields and all inspections."""
    for operation in lookup.routings[item, version]:
        quantity = floor_product(quantity, operation.yield_fraction)
        quantity = accept(quantity, in_process(lookup, item, operation.operation))
    return accept(quantity, lookup.inspections(Stage.FINAL, item))


def in_progress(plant: Plant, lookup: Lookup) -> list[Lot]:
    """Orders in progress as lots, in the plant's order."""
    return [
        Lot(
            receipt.order, receipt.item, receipt.quantity,
            receipt.version or lookup.versions[receipt.item][0], receipt.order,
        )
        for receipt in plant.receipts
        if receipt.kind is ReceiptKind.PRODUCTION and receipt.operation
    ]  # fmt: skip


def given(plant: Plant, lookup: Lookup) -> dict[str, tuple[str, str]]:
    """Item and version of what there is before: stock lots, scheduled receipts, orders in progress."""
    named = [(row.stock, row.item, "") for row in plant.stock]
    named += [(row.order, row.item, row.version) for row in plant.receipts]
    return {name: (item, version or lookup.versions.get(item, ("",))[0]) for name, item, version in named}


def is_reworked(rows: Iterable[Inspection], quantity: int) -> bool:
    """Whether any of some inspections, in the order of their ids, leaves rejects to be worked on again."""
    for row in sorted(rows, key=lambda row: row.rank):
        quantity, rejects = passed(quantity, row)
        if rejects:
            return True
    return False
