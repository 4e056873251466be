"""Lots that may exchange their names: what one does, the other can do at the same cost.

Twins are kept in one order, the most urgent first, as long as their operations take the same time
whatever they run on. That loses nothing: where two are out of order, exchanging what they do from
there on costs no more (equal prices of being late and of waiting, so the sooner due goes first),
and of all the equal schedules only one is left to search.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot
from capacityplan.domain.plant import Operation, OperationResource
from capacityplan.prepare.lotflow import run_minutes
from capacityplan.solve.minute.exact_promises import Promise
from capacityplan.units import floor_product


def twins(lookup: Lookup, lots: Sequence[Lot], promises: Sequence[Promise]) -> list[list[Lot]]:
    """Group lots into twins.

    Parameters
    ----------
    lookup : Lookup
    lots : sequence of Lot
        Those of an item in the order in which its demand is served from them.
    promises : sequence of Promise

    Returns
    -------
    list of list of Lot
        Each in the order in which it is to run.
    """
    due, prices = _priced(lots, promises)
    groups: dict[tuple[object, ...], list[Lot]] = defaultdict(list)
    for lot in lots:
        groups[(*prices.get(lot.item, (lot.item,)), lot.version, *_work(lookup, lot))].append(lot)
    places = {lot.lot: place for place, lot in enumerate(lots)}
    return [
        sorted(group, key=lambda lot: (due.get(lot.lot, 0), lot.item, places[lot.lot]))
        if len({lot.item for lot in group}) > 1
        else group
        for group in groups.values()
    ]


def _priced(
    lots: Sequence[Lot], promises: Sequence[Promise]
) -> tuple[dict[str, int], dict[str, tuple[object, ...]]]:
    """Due instants of lots, and the prices of items whose every lot is one delivery at equal prices."""
    due: dict[str, int] = {}
    found: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    items = {lot.lot: lot.item for lot in lots}
    for promise in promises:
        for lot, held in promise.lots:
            alone = len(promise.lots) == 1 and lot not in due
            found[items[lot]].add((promise.late_price, held) if alone else (lot,))
            due[lot] = promise.due
    promised = {item: all(lot.lot in due for lot in lots if lot.item == item) for item in found}
    return due, {item: next(iter(rows)) for item, rows in found.items() if promised[item] and len(rows) == 1}


def _work(lookup: Lookup, lot: Lot) -> list[object]:
    """Everything about a lot's operations that a schedule or its cost can tell apart."""
    quantity = lot.quantity
    work: list[object] = [
        lookup.made_from(lot.item, lot.version), lookup.made_until(lot.item, lot.version)
    ]  # fmt: skip
    for operation in lookup.routings[lot.item, lot.version]:
        key = (lot.item, lot.version, operation.operation)
        lines = lookup.components.get(key, ())
        group = lookup.setup_group(lot.item)
        modes = [_mode(lookup, operation, mode, quantity, group) for mode in lookup.modes[key]]
        own = (operation.min_wait_minutes, operation.max_wait_minutes, operation.artwork_approved_on)
        work += [quantity, *own, tuple(modes), lot.item if lines else ""]
        quantity = floor_product(quantity, operation.yield_fraction)
    return [*work, quantity]


def _mode(
    lookup: Lookup, operation: Operation, mode: OperationResource, quantity: int, group: str
) -> tuple[object, ...]:
    resource = lookup.resources[mode.resource]
    minutes = run_minutes(lookup, operation, mode, quantity)
    wanted = (mode.resource, mode.setup_minutes, minutes, lookup.pools(mode))
    return (*wanted, mode.cost_per_hour, group if resource.changeover_matrix else "")


def alike(lookup: Lookup, lot: Lot) -> int:
    """How many operations of a lot, from the first, take the same time whatever they run on."""
    quantity = lot.quantity
    routing = lookup.routings[lot.item, lot.version]
    for place, operation in enumerate(routing):
        modes = lookup.modes[lot.item, lot.version, operation.operation]
        if len({run_minutes(lookup, operation, mode, quantity) for mode in modes}) > 1:
            return place
        quantity = floor_product(quantity, operation.yield_fraction)
    return len(routing)
