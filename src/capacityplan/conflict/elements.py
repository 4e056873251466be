"""What a conflict is made of: rows of the plant's tables under a rule, each with the plant without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeVar

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import (
    BomLine,
    LockKind,
    Operation,
    OperationPool,
    OperationResource,
    Plant,
    ReceiptKind,
    SupplierOffer,
)
from capacityplan.domain.skills import PREFIX
from capacityplan.domain.timeline import Clock
from capacityplan.explain.relax import unfrozen, upstream, without_skill

_PLENTY = 1000
_Step = TypeVar("_Step", Operation, OperationResource, OperationPool, BomLine)


@dataclass(frozen=True, slots=True)
class Element:
    """Rows of a table that a rule makes binding.

    Attributes
    ----------
    rule : str
        The rule of the rulebook.
    table, row : str
        Where the data stands: table and key.
    text : str
        What it demands, for people.
    without : callable
        The plant in which it demands nothing; nothing else gets harder.
    """

    rule: str
    table: str
    row: str
    text: str
    without: Callable[[Plant], Plant]


def elements(plant: Plant) -> tuple[Element, ...]:
    """Return everything that may be part of a conflict: what must be done first, then what limits it."""
    lookup = Lookup(plant)
    made, bought, resources, labs = _reach(plant, lookup)
    return (
        *_locks(plant), *_in_progress(plant), *_demand(plant), *_calendar_free(plant, made, bought),
        *_stores(plant), *_items(plant, lookup, made, bought), *_capacities(plant, lookup, resources | labs),
    )  # fmt: skip


def _reach(plant: Plant, lookup: Lookup) -> tuple[set[str], set[str], set[str], set[str]]:
    """Items made and bought, resources and inspecting labs behind locks and orders in progress."""
    orders = {row.order: row.item for row in plant.orders}
    roots = [orders[row.object] for row in plant.locks if row.object in orders]
    roots += [row.item for row in plant.receipts if row.kind is ReceiptKind.PRODUCTION and row.operation]
    made, bought, resources, labs = map(set, upstream(lookup, *roots))
    return made, bought, resources, labs


def _locks(plant: Plant) -> Iterator[Element]:
    clock = {LockKind.ORDER: "delivered in full", LockKind.RUN: "held where it is",
             LockKind.ITEM: "not started", LockKind.RESOURCE: "closed"}  # fmt: skip
    for row in plant.locks:
        if row.counts:
            until = "" if row.end is None else f" until {_when(plant, row.end)}"
            since = "" if row.start is None else f" from {_when(plant, row.start)}"
            who = f" ({row.author}: {row.reason})" if row.reason else ""
            on = f" on {row.resource}" if row.resource else ""
            text = f"{row.object} is {clock[row.kind]}{on}{since}{until}{who}"
            yield Element("locks", "locks", row.lock, text, _without_rows("locks", "lock", row.lock))


def _in_progress(plant: Plant) -> Iterator[Element]:
    for row in plant.receipts:
        if row.kind is ReceiptKind.PRODUCTION and row.operation:
            text = f"{row.order} of {row.item} is in progress at {row.operation}"
            yield Element("routing", "receipts", row.order, text, _without_receipt(row.order))


def _demand(plant: Plant) -> Iterator[Element]:
    locked = {row.object for row in plant.locks if row.kind is LockKind.ORDER}
    customers = set()
    for row in plant.orders:
        if row.order in locked:
            customers.add(row.customer)
            text = f"{row.order} is not delivered before its day, {_when(plant, row.due)}"
            yield Element("demand_fulfilment", "orders", row.order, text,
                          _changed("orders", "order", row.order, due=0))  # fmt: skip
    for customer in plant.customers:
        if customer.customer in customers and customer.transit_days:
            text = f"{customer.customer} is {customer.transit_days} days away"
            yield Element("demand_fulfilment", "customers", customer.customer, text,
                          _changed("customers", "customer", customer.customer, transit_days=0))  # fmt: skip


def _calendar_free(plant: Plant, made: set[str], bought: set[str]) -> Iterator[Element]:
    """Waits, inspections, lot sizes, first days."""
    for row in plant.items:
        if row.item in made and (row.min_lot or row.lot_multiple or row.max_lot):
            text = f"lots of {row.item} are {row.min_lot} to {row.max_lot or 'any number of'} base units"
            free = _changed("items", "item", row.item, min_lot=0, lot_multiple=0, max_lot=0)
            yield Element("lot_size", "items", row.item, text, free)
        if row.item in made and row.phase_in is not None:
            text = f"{row.item} is made from {_when(plant, row.phase_in)} on"
            yield Element(
                "phase", "items", row.item, text, _changed("items", "item", row.item, phase_in=None)
            )
    waiting = {
        row.item for row in plant.operations if row.min_wait_minutes or row.max_wait_minutes is not None
    }
    for item in sorted(waiting & made):
        free = _changed("operations", "item", item, min_wait_minutes=0, max_wait_minutes=None)
        yield Element("waits", "operations", item, f"waits between operations of {item}", free)
    approved = {row.item for row in plant.operations if row.artwork_approved_on is not None}
    for item in sorted(approved & made):
        yield Element("artwork_gate", "operations", item, f"artwork of {item} is approved first",
                      _changed("operations", "item", item, artwork_approved_on=None))  # fmt: skip
    for test in plant.inspections:
        if test.item in made | bought:
            text = (f"{test.inspection} of {test.item} takes {test.lab_minutes} minutes in {test.lab} and "
                    f"{test.wait_minutes} minutes of incubation")  # fmt: skip
            yield Element("inspection", "inspections", test.inspection, text, _untested(test.inspection))
    if plant.fences.frozen_hours:
        text = f"nothing new starts in the first {plant.fences.frozen_hours} hours"
        yield Element("frozen_zone", "plant", "fences.frozen_hours", text, unfrozen)


def _stores(plant: Plant) -> Iterator[Element]:
    stored = {row.item for row in plant.stock} | {row.item for row in plant.receipts}
    for row in plant.items:
        if row.storage and row.item in stored:
            text = f"{row.item} is kept in {row.storage}"
            yield Element("storage", "items", row.item, text, _changed("items", "item", row.item, storage=""))
    for storage in plant.storages:
        text = f"{storage.storage} holds {float(storage.capacity):g} units"
        ample = _changed("storages", "storage", storage.storage, capacity=Fraction(10**12))
        yield Element("storage", "storages", storage.storage, text, ample)


def _items(plant: Plant, lookup: Lookup, made: set[str], bought: set[str]) -> Iterator[Element]:
    for item in sorted(made):
        steps = ", ".join(row.operation for row in plant.operations if row.item == item)
        yield Element("run_time", "operations", item, f"making {item} takes time ({steps})", _timeless(item))
    for item in sorted(bought):
        days = [row.lead_time_days for row in plant.suppliers if row.item == item]
        text = (
            f"{item} comes {min(days)} days after its order at the earliest"
            if days
            else f"{item} has no source"
        )
        yield Element("purchasing", "suppliers", item, text, _at_hand(item, lookup))


def _capacities(plant: Plant, lookup: Lookup, resources: set[str]) -> Iterator[Element]:
    for row in plant.downtime:
        if row.resource in resources and row.start is not None and row.end is not None:
            text = f"{row.resource} is down from {_when(plant, row.start)} to {_when(plant, row.end)}"
            yield Element("downtime", "downtime", row.downtime, text,
                          _without_rows("downtime", "downtime", row.downtime))  # fmt: skip
    for name in sorted(resources):
        if name.startswith(PREFIX):
            yield _skill(plant, lookup, name)
            continue
        resource = lookup.resources[name]
        hours = f", calendar {resource.calendar}" if resource.calendar else ""
        text = f"{name} does {resource.capacity} at a time{hours}"
        yield Element("capacity", "resources", name, text, _ample(name))


def _skill(plant: Plant, lookup: Lookup, name: str) -> Element:
    """Who has the skills of a derived pool, and from when."""
    pool, eased = next(one for one in lookup.skill_pools if one.name == name), without_skill(lookup, name)
    people = []
    for row in pool.rows:
        since = "" if row.valid_from is None else f" from {_when(plant, row.valid_from)}"
        until = "" if row.valid_to is None else f" until {_when(plant, row.valid_to)}"
        people.append(f"{row.resource}{since}{until}")
    text = f"work with skill {eased.object} is done by {', '.join(people) or 'nobody'}"
    return Element("skill", "skills", eased.object, text, eased.apply)


def _when(plant: Plant, minute: int) -> str:
    return Clock(plant.start, plant.timezone).local(minute).strftime("%Y-%m-%d %H:%M")


def _without_rows(table: str, key: str, name: str) -> Callable[[Plant], Plant]:
    def without(plant: Plant) -> Plant:
        rows = tuple(row for row in getattr(plant, table) if getattr(row, key) != name)
        changes: dict[str, Any] = {table: rows}
        return replace(plant, **changes)

    return without


def _untested(inspection: str) -> Callable[[Plant], Plant]:
    """Without an inspection, and without the rework after it: else that would be a step of every lot."""

    def without(plant: Plant) -> Plant:
        kept = tuple(row for row in plant.inspections if row.inspection != inspection)
        gone = {(row.item, row.rework_operation) for row in plant.inspections if row.inspection == inspection}
        gone -= {(row.item, row.rework_operation) for row in kept}
        return replace(
            plant,
            inspections=kept,
            operations=_other(plant.operations, gone),
            operation_resources=_other(plant.operation_resources, gone),
            operation_pools=_other(plant.operation_pools, gone),
            bill_of_materials=_other(plant.bill_of_materials, gone),
        )

    return without


def _other(rows: tuple[_Step, ...], gone: set[tuple[str, str]]) -> tuple[_Step, ...]:
    """Rows that do not belong to certain operations of items."""
    return tuple(row for row in rows if (row.item, row.operation) not in gone)


def _changed(table: str, key: str, name: str, **cells: Any) -> Callable[[Plant], Plant]:
    def without(plant: Plant) -> Plant:
        rows = (replace(row, **cells) if getattr(row, key) == name else row for row in getattr(plant, table))
        changes: dict[str, Any] = {table: tuple(rows)}
        return replace(plant, **changes)

    return without


def _without_receipt(order: str) -> Callable[[Plant], Plant]:
    def without(plant: Plant) -> Plant:
        locks = tuple(
            row for row in plant.locks if not (row.kind is LockKind.RUN and row.object.split("/")[0] == order)
        )
        return replace(_without_rows("receipts", "order", order)(plant), locks=locks)

    return without


def _timeless(item: str) -> Callable[[Plant], Plant]:
    """Every run takes a minute at most: it still has to be somewhere."""

    def without(plant: Plant) -> Plant:
        operations = (
            replace(row, run_minutes=Fraction(0), fixed_minutes=_minute(row), batch_size=0, min_batch=0)
            if row.item == item
            else row
            for row in plant.operations
        )
        plant = replace(plant, operations=tuple(operations))
        return _changed("operation_resources", "item", item, run_minutes=None, setup_minutes=0)(plant)

    return without


def _minute(row: Operation) -> int:
    return int(row.run_minutes > 0 or row.fixed_minutes > 0)


def _at_hand(item: str, lookup: Lookup) -> Callable[[Plant], Plant]:
    """Any quantity at once, and no other offer: netting would take a cheap one and be late."""
    row = lookup.items[item]
    offer = SupplierOffer("(at hand)", item, 0, price=row.unit_value + row.salvage_value)

    def without(plant: Plant) -> Plant:
        others = (one for one in plant.suppliers if one.item != item)
        return replace(plant, suppliers=(*others, offer))

    return without


def _ample(name: str) -> Callable[[Plant], Plant]:
    return _changed("resources", "resource", name, calendar="", capacity=_PLENTY, overtime_calendar="",
                    changeover_matrix="", initial_setup_group="", campaign_max_hours=None)  # fmt: skip
