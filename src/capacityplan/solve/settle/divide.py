"""Lots cut where a bucket has no more room: of items whose lots cost neither time nor money by themselves.

A lot brings nothing before it is complete. What it would have made by a bucket's end waits with the
rest, and with it all that is made of it; two lots bring the first part in time at the same cost.
"""

from __future__ import annotations

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Item, Stage
from capacityplan.units import ceil_div

_LEAST_SHARE = 20
"""Least part of a lot (one of so many) that is worth a lot of its own."""


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
    step = max(item.lot_multiple, 1)
    least = ceil_div(max(item.min_lot, 1), step) * step
    part = min(quantity * room // minutes, quantity - least) // step * step
    if part < max(least, ceil_div(quantity, _LEAST_SHARE)):
        return 0
    return part
