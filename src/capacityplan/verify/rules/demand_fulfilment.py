"""Checks that deliveries are of the right item, in time to count, and not too many."""

from __future__ import annotations

from collections.abc import Iterator

from capacityplan.demand.netting import Demand
from capacityplan.domain.plan import Delivery
from capacityplan.errors import Violation
from capacityplan.verify.case import Case

RULE = "demand_fulfilment"


def check(case: Case) -> Iterator[Violation]:
    """Yield deliveries of a wrong item, transit time, earliness or size, and quantities in excess."""
    for name in sorted(case.deliveries.keys() | case.given_up.keys()):
        demand, rows = case.demand[name], case.deliveries.get(name, [])
        total = sum(row.quantity for row in rows) + case.given_up.get(name, 0)
        if total > demand.quantity:
            yield Violation(
                RULE, (name,), "delivered and lost", str(total), f"<= {demand.quantity}", "base units"
            )
        for row in rows:
            yield from _delivery(case, demand, row)
        yield from _shipments(demand, rows)


def _delivery(case: Case, demand: Demand, row: Delivery) -> Iterator[Violation]:
    name = (demand.demand,)
    if row.item != demand.item:
        yield Violation(RULE, name, "another item is delivered", row.item, demand.item)
    if row.arrive != row.ship + demand.transit:
        yield Violation(
            RULE, name, "time in transit", str(row.arrive - row.ship), str(demand.transit), "minutes"
        )
    bucket = case.timeline.bucket_of_end(row.arrive)
    if bucket < demand.bucket:
        yield Violation(RULE, name, "arrives too early", str(bucket), f">= {demand.bucket}", "bucket")


def _shipments(demand: Demand, rows: list[Delivery]) -> Iterator[Violation]:
    """Small shipments only complete the demand."""
    delivered = 0
    for row in sorted(rows, key=lambda row: (row.arrive, row.ship, -row.quantity)):
        delivered += row.quantity
        if row.quantity < demand.min_shipment and delivered != demand.quantity:
            yield Violation(
                RULE, (demand.demand,), "smaller than the smallest shipment",
                str(row.quantity), f">= {demand.min_shipment}", "base units",
            )  # fmt: skip
