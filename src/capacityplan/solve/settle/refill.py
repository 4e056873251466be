"""Lots of intermediate items made larger, or added, where those that take them fall short.

Lots are whole and losses round down, so what the lots of an intermediate item bring can be a
little less than what the lots above it take; those would wait to the end of the horizon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot
from capacityplan.domain.timeline import Timeline
from capacityplan.prepare.lotflow import brought
from capacityplan.solve.types import PlannedLot
from capacityplan.units import ceil_div

_MARK = "R"
"""First letter of the names of added lots."""


def refilled(
    lookup: Lookup, timeline: Timeline, wishes: list[PlannedLot], short: Mapping[tuple[str, int], int]
) -> list[PlannedLot]:
    """Return the wishes with more of what lots lacked.

    Parameters
    ----------
    wishes : list of PlannedLot
        Lots that start in the tail.
    short : dict of (item, bucket) to base units
        What lots lacked from a bucket on.
    """
    wishes, added = list(wishes), 0
    for (item, bucket), missing in sorted(short.items(), key=lambda row: (row[0][1], row[0][0])):
        version = next(iter(lookup.versions.get(item, ())), "")
        if not lookup.routings.get((item, version)):
            # Neither made nor bought.
            continue
        wanted = _gross(lookup, item, version, missing)
        for place in _latest_first(wishes, item, bucket):
            wanted -= _enlarge(lookup, wishes, place, wanted)
        while wanted > 0:
            quantity = _lot(lookup, item, wanted)
            added += 1
            name = f"{_MARK}{bucket:03d}-{added:03d}"
            need = int(timeline.ends[bucket])
            wishes.append(PlannedLot(Lot(name, item, quantity, version), bucket, bucket, need))
            wanted -= quantity
    return wishes


def _gross(lookup: Lookup, item: str, version: str, wanted: int) -> int:
    """Smallest quantity to start (about) of which a quantity is accepted."""
    probe = 1_000_000
    left = brought(lookup, item, version, probe)
    return ceil_div(wanted * probe, max(left, 1))


def _latest_first(wishes: list[PlannedLot], item: str, bucket: int) -> list[int]:
    places = [k for k, wish in enumerate(wishes) if wish.lot.item == item and wish.start_bucket <= bucket]
    return sorted(places, key=lambda place: (-wishes[place].start_bucket, wishes[place].lot.lot))


def _enlarge(lookup: Lookup, wishes: list[PlannedLot], place: int, wanted: int) -> int:
    """Make a lot larger within its rules; return by how much."""
    lot = wishes[place].lot
    row = lookup.items[lot.item]
    step = max(row.lot_multiple, 1)
    if wanted <= 0 or not row.max_lot or lot.quantity >= row.max_lot:
        return 0
    more = min(ceil_div(wanted, step) * step, (row.max_lot - lot.quantity) // step * step)
    wishes[place] = replace(wishes[place], lot=replace(lot, quantity=lot.quantity + more))
    return more


def _lot(lookup: Lookup, item: str, wanted: int) -> int:
    """Size of a new lot: what is wanted, within the item's rules."""
    row = lookup.items[item]
    step = max(row.lot_multiple, 1)
    least, most = ceil_div(max(row.min_lot, 1), step) * step, row.max_lot // step * step
    quantity = max(ceil_div(wanted, step) * step, least)
    return min(quantity, most) if row.max_lot else quantity
