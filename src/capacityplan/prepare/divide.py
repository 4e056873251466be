"""Lots cut for no other reason than time: of items whose lots cost neither time nor money by themselves.

A lot brings nothing before it is complete, and one unit of a group of machines works on it. What it
would have made by a bucket's end waits with the rest, and with it all that is made of it; two lots
bring the first part in time, or are made side by side, at the same cost.
"""

from __future__ import annotations

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Item, OperationResource, Stage
from capacityplan.prepare.lotflow import run_minutes
from capacityplan.units import ceil_div

_LEAST_SHARE = 20
"""Least part of a lot (one of so many) that is worth a lot of its own."""
_SHIFT_MINUTES = 480
"""Run minutes from which a lot is worth cutting for machines side by side."""


def is_divisible(lookup: Lookup, item: str, version: str) -> bool:
    """Whether two lots cost no more time and money than one of their size."""
    rows = (*lookup.inspections(Stage.FINAL, item), *lookup.inspections(Stage.IN_PROCESS, item))
    operations = lookup.routings[item, version]
    modes = (mode for row in operations for mode in lookup.modes.get((item, version, row.operation), ()))
    return (
        not rows
        and not any(row.fixed_minutes or row.batch_size or row.yield_fraction != 1 for row in operations)
        and not any(mode.setup_minutes or mode.setup_cost for mode in modes)
    )


def fitting(item: Item, quantity: int, minutes: int, room: int) -> int:
    """Largest part of a lot that fits in the room there is, by the lot rules for both parts; 0 for none.

    Parameters
    ----------
    quantity : int
        Base units of the lot.
    minutes : int
        What running all of it takes.
    room : int
        Minutes there are, fewer.
    """
    step, least = _rules(item)
    part = min(quantity * room // minutes, quantity - least) // step * step
    if part < max(least, ceil_div(quantity, _LEAST_SHARE)):
        return 0
    return part


def side_by_side(lookup: Lookup, item: str, version: str, quantity: int) -> list[int]:
    """Sizes of the lots, by the lot rules, that the machines of a group make of a quantity at a time.

    Parameters
    ----------
    quantity : int
        Base units of one lot by the lot rules.
    """
    if not is_divisible(lookup, item, version):
        return [quantity]
    step, least = _rules(lookup.items[item])
    minutes, units = 0, 1
    for row in lookup.routings[item, version]:
        for mode in lookup.modes.get((item, version, row.operation), ()):
            spent = run_minutes(lookup, row, mode, quantity)
            if spent > minutes:
                minutes, units = spent, _units(lookup, mode)
    count = max(1, min(units, ceil_div(minutes, _SHIFT_MINUTES), quantity // least))
    base, more = divmod(quantity // step, count)
    return [(base + (number < more)) * step for number in range(count)]


def _rules(item: Item) -> tuple[int, int]:
    """Step of an item's lots and the smallest of them."""
    step = max(item.lot_multiple, 1)
    return step, ceil_div(max(item.min_lot, 1), step) * step


def _units(lookup: Lookup, mode: OperationResource) -> int:
    """Lots that a mode can run at a time without changing over."""
    resource = lookup.resources[mode.resource]
    if resource.changeover_matrix:
        return 1
    shared = (lookup.resources[pool].capacity // max(units, 1) for pool, units in lookup.pools(mode))
    return max(min((resource.capacity, *shared)), 1)
