"""Checks that no dock has more shipments in a day than it can load."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.errors import Violation
from capacityplan.verify.case import Case

RULE = "dock"


def check(case: Case) -> Iterator[Violation]:
    """Yield days (in the tail: buckets) in which a dock has too many customers to serve."""
    shipments: dict[tuple[str, int], set[str]] = {}
    for row in case.plan.deliveries:
        demand = case.demand[row.demand]
        if demand.ship_from:
            place = (demand.ship_from, case.timeline.bucket_of_end(row.ship))
            shipments.setdefault(place, set()).add(demand.customer)
    for (dock, bucket), customers in sorted(shipments.items()):
        room = case.lookup.resources[dock].capacity * _open_days(case, dock, bucket)
        if len(customers) > room:
            yield Violation(
                RULE, (dock, *sorted(customers)), f"shipments of bucket {bucket}",
                str(len(customers)), f"<= {room}", "shipments",
            )  # fmt: skip


def _open_days(case: Case, dock: str, bucket: int) -> int:
    """Days of a bucket on which a dock works."""
    working, clock = case.working(dock), case.timeline.clock
    first = int(case.timeline.first_day[bucket])
    days = range(first, first + int(case.timeline.days[bucket]))
    return sum(1 for day in days if working.open_minutes(clock.midnight(day), clock.midnight(day + 1)))
