"""How every customer and segment is served, beside the target that was promised."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.demand.segments import inherited
from capacityplan.verify.case import Case


@dataclass(frozen=True, slots=True)
class CustomerService:
    """Service of a customer or segment.

    Attributes
    ----------
    demands, in_full : int
        Demands, and those delivered on time and in full (OTIF).
    fill_rate : Fraction
        Share of the quantity that arrives in time, each demand by its own unit.
    target : Fraction or None
        The service target of the customer or the nearest parent.
    """

    customer: str
    demands: int
    in_full: int
    fill_rate: Fraction
    target: Fraction | None

    @property
    def otif(self) -> Fraction:
        """Share of demands on time and in full."""
        return Fraction(self.in_full, self.demands)

    @property
    def meets_target(self) -> bool | None:
        """Whether the fill rate reaches the target; None where there is none."""
        return None if self.target is None else self.fill_rate >= self.target


def customer_service(case: Case) -> tuple[CustomerService, ...]:
    """Return the service of every customer and segment with demand."""
    timely = _timely(case)
    by_customer: dict[str, list[str]] = defaultdict(list)
    for name, demand in case.demand.items():
        if demand.quantity:
            by_customer[demand.customer].append(name)
    return tuple(_service(case, customer, names, timely) for customer, names in sorted(by_customer.items()))


def promises_kept(case: Case) -> Fraction | None:
    """Return the share of customer orders that come in time and in full; None where there are none."""
    timely = _timely(case)
    orders = [(name, one.quantity) for name, one in case.demand.items() if one.is_order and one.quantity]
    kept = sum(timely[name] >= quantity for name, quantity in orders)
    return Fraction(kept, len(orders)) if orders else None


def _timely(case: Case) -> dict[str, int]:
    """What of each demand comes in time, base units."""
    timely: dict[str, int] = defaultdict(int)
    for row in case.plan.deliveries:
        if case.in_time(case.demand[row.demand], row):
            timely[row.demand] += row.quantity
    return timely


def _service(case: Case, customer: str, names: list[str], timely: dict[str, int]) -> CustomerService:
    wanted = served = Fraction(0)
    in_full = 0
    for name in names:
        demand = case.demand[name]
        scale = case.lookup.scale[demand.item]
        wanted += Fraction(demand.quantity, scale)
        served += Fraction(min(timely[name], demand.quantity), scale)
        in_full += timely[name] >= demand.quantity
    target = inherited(case.lookup, customer, "service_target")
    return CustomerService(
        customer, len(names), in_full, served / wanted, None if target is None else Fraction(target)
    )
