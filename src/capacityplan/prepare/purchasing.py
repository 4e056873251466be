"""Arrivals: on which days each supplier's tier can bring an item, and when that is usable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Inspection, Stage, SupplierOffer
from capacityplan.domain.timeline import Timeline, WorkingTime
from capacityplan.prepare.facts import week_of
from capacityplan.prepare.flow import Clockwork, open_days
from capacityplan.units import MINUTES_PER_DAY


@dataclass(frozen=True, slots=True)
class Tier:
    """A price tier usable for one arrival."""

    offer: SupplierOffer
    order_by: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """One possible purchase order line: a supplier brings an item at a minute.

    Attributes
    ----------
    week : int
        ISO week of the arrival (any fixed numbering), for supplier capacity.
    released : int
        Bucket from which it is free, after incoming inspection.
    inspected : int
        Bucket of the incoming inspection.
    """

    supplier: str
    item: str
    minute: int
    bucket: int
    week: int
    inspected: int
    released: int
    tiers: tuple[Tier, ...]
    inspections: tuple[Inspection, ...]


def arrivals(
    lookup: Lookup, timeline: Timeline, working: WorkingTime, clockwork: Clockwork, first: int
) -> tuple[Arrival, ...]:
    """All arrivals from a bucket to the horizon's end: one per offer, bucket and ISO week."""
    found = []
    for (supplier, item), offers in lookup.offers.items():
        rows = [row for row in lookup.inspections(Stage.INCOMING, item)]
        rows = [row for row in rows if not row.supplier or row.supplier == supplier]
        for minute, tiers in _minutes(timeline, working, offers):
            inspected, release = clockwork.inspect(rows, minute) if rows else (0, minute)
            bucket = timeline.bucket_of_start(minute)
            released = timeline.bucket_of_start(release) if release > minute else bucket
            if bucket < first or released >= len(timeline):
                continue
            week = week_of(timeline, minute)
            inspected = max(inspected, bucket)
            found.append(
                Arrival(supplier, item, minute, bucket, week, inspected, released, tiers, tuple(rows))
            )
    return tuple(found)


def _minutes(
    timeline: Timeline, working: WorkingTime, offers: Iterable[SupplierOffer]
) -> Iterator[tuple[int, tuple[Tier, ...]]]:
    """First day of every bucket and ISO week on which a supplier can deliver, with usable tiers."""
    days = {row.calendar: open_days(working, timeline, row.calendar) for row in offers}
    by_day: dict[int, list[Tier]] = defaultdict(list)
    for offer in offers:
        lead = offer.lead_time_days * MINUTES_PER_DAY
        for day in days[offer.calendar](0, timeline.horizon_end):
            order_by = day - lead
            early = offer.valid_from is not None and order_by < offer.valid_from
            late = offer.valid_to is not None and order_by >= offer.valid_to
            if order_by >= 0 and not early and not late:
                by_day[day].append(Tier(offer, order_by))
    seen: set[tuple[int, int]] = set()
    for day in sorted(by_day):
        slot = (timeline.bucket_of_start(day), week_of(timeline, day))
        if slot not in seen:
            seen.add(slot)
            yield day, tuple(by_day[day])
