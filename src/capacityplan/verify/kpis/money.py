"""Margin by item and by segment, and cash by month; every amount of the ledger is in exactly one place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from capacityplan.demand.segments import price_at
from capacityplan.domain.plan import Delivery, LedgerRow
from capacityplan.verify.case import Case

SHARED = ""
"""What no item caused by itself: setups along a bucket's list, overtime, storages, campaigns."""
CASH = (
    "purchase", "ordering", "production", "subcontracting", "labour", "energy", "setup", "overtime",
    "inspection", "rework", "storage", "promotion",
)  # fmt: skip
"""Categories that are paid; the others are prices of time and of service."""
_FROM_DEMAND = ("late", "lost", "revenue")

Costs = dict[str, Fraction]
"""Money by ledger category."""


@dataclass(frozen=True, slots=True)
class Account:
    """What an item, or a segment, brings and costs.

    Attributes
    ----------
    revenue : Fraction
        Delivered quantity at its price.
    costs : dict of category to money
        With those of its components, in proportion to what it uses of them.
    """

    name: str
    revenue: Fraction
    costs: Costs = field(default_factory=dict)

    @property
    def cost(self) -> Fraction:
        """All costs."""
        return sum(self.costs.values(), Fraction(0))

    @property
    def margin(self) -> Fraction:
        """Revenue less cost."""
        return self.revenue - self.cost

    @property
    def roi(self) -> Fraction | None:
        """Margin over cost."""
        return self.margin / self.cost if self.cost > 0 else None


def accounts(case: Case, ledger: Iterable[LedgerRow]) -> tuple[tuple[Account, ...], tuple[Account, ...]]:
    """Return the accounts of items that are sold or stay in stock, and of customers and segments.

    Both add up to the ledger (the campaigns' revenue in it aside, which is part of the revenue here).
    """
    rows = list(ledger)
    own = _own(case, rows)
    final = _passed_on(case, own)
    revenue, sold = _sales(case)
    items = {item: sum(money.values(), Fraction(0)) for item, money in revenue.items()}
    names = sorted({*final, *items})
    by_item = tuple(Account(name, items.get(name, Fraction(0)), dict(final.get(name, {}))) for name in names)
    return by_item, _by_segment(case, rows, final, revenue, sold)


def _own(case: Case, rows: list[LedgerRow]) -> dict[str, Costs]:
    """Costs by the item whose lot, purchase, stock or demand caused them."""
    items = {one.object: one.item for one in case.flow.held}
    items |= {lot.lot: lot.item for lot in case.plan.lots}
    items |= {row.purchase: row.item for row in case.plan.purchases}
    items |= {name: row.item for name, row in case.demand.items()}
    found: dict[str, Costs] = defaultdict(lambda: defaultdict(Fraction))
    for row in rows:
        if row.category == "revenue":
            continue
        if row.object in case.lookup.items and row.category not in _FROM_DEMAND:
            item = row.object
        else:
            item = items.get(row.object, items.get(row.object.split("/")[0], SHARED))
        found[item][row.category] += row.amount
    return found


def _passed_on(case: Case, own: Mapping[str, Costs]) -> dict[str, Costs]:
    """Hand the cost of components on to what they were used for, by quantity."""
    lots = {lot.lot: lot.item for lot in case.plan.lots}
    used: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for out in case.stocks.outflows:
        lot = lots.get(out.name.rsplit("/", 1)[0]) if out.name not in case.demand else None
        used[out.item][out.item if lot is None else lot] += out.quantity
    final: dict[str, Costs] = defaultdict(lambda: defaultdict(Fraction))
    waiting = {item: dict(costs) for item, costs in own.items()}
    for item in _components_first(used, [*own, *used]):
        costs = waiting.get(item, {})
        users = used.get(item) or {item: 1}
        total = sum(users.values())
        for user, quantity in users.items():
            target = final[item] if user == item else waiting.setdefault(user, {})
            for category, amount in costs.items():
                target[category] = target.get(category, Fraction(0)) + amount * Fraction(quantity, total)
    return {item: costs for item, costs in final.items() if costs}


def _components_first(used: Mapping[str, Mapping[str, int]], names: Iterable[str]) -> list[str]:
    """Items, each before those that it is used for."""
    order: dict[str, None] = {}

    def visit(item: str) -> None:
        if item in seen:
            return
        seen.add(item)
        for user in used.get(item, {}):
            visit(user)
        order[item] = None

    seen: set[str] = set()
    for name in names:
        visit(name)
    return list(order)[::-1]


def _sales(case: Case) -> tuple[dict[str, dict[str, Fraction]], dict[str, dict[str, int]]]:
    """Revenue and delivered quantity by item and customer."""
    revenue: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    sold: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row, money in earned(case):
        customer = case.demand[row.demand].customer
        revenue[row.item][customer] += money
        sold[row.item][customer] += row.quantity
    return revenue, sold


def earned(case: Case) -> list[tuple[Delivery, Fraction]]:
    """Return every delivery with its revenue."""
    own = {row.order: row.price for row in case.plant.orders}
    demands = dict.fromkeys(row.demand for row in case.plan.deliveries)
    prices = {name: _price_of(case, name, own) for name in demands}
    scale = case.lookup.scale
    return [
        (row, Fraction(row.quantity, scale[row.item]) * prices[row.demand]) for row in case.plan.deliveries
    ]


def _price_of(case: Case, name: str, prices: Mapping[str, Fraction | None]) -> Fraction:
    """Return the price per unit of a demand: the order's own, else that of its day and segment."""
    own = prices.get(name)
    if own is not None:
        return own
    demand = case.demand[name]
    at = demand.due if demand.is_order else int(case.timeline.starts[demand.bucket])
    return price_at(case.lookup, demand.item, demand.customer, at)


def _by_segment(
    case: Case, rows: list[LedgerRow], final: Mapping[str, Costs],
    revenue: Mapping[str, Mapping[str, Fraction]], sold: Mapping[str, Mapping[str, int]],
) -> tuple[Account, ...]:  # fmt: skip
    """Costs of what is sold go with the quantities, those of lateness and loss with the demand."""
    costs: dict[str, Costs] = defaultdict(lambda: defaultdict(Fraction))
    income: dict[str, Fraction] = defaultdict(Fraction)
    for row in rows:
        if row.category in ("late", "lost"):
            costs[case.demand[row.object].customer][row.category] += row.amount
    for item, own in final.items():
        buyers = sold.get(item, {})
        total = sum(buyers.values())
        for category, amount in own.items():
            if category in ("late", "lost"):
                continue
            for buyer, quantity in buyers.items() if total else ((SHARED, 0),):
                costs[buyer][category] += amount * Fraction(quantity, total) if total else amount
    for buyers_of in revenue.values():
        for buyer, money in buyers_of.items():
            income[buyer] += money
    names = sorted({*costs, *income})
    return tuple(Account(name, income.get(name, Fraction(0)), dict(costs.get(name, {}))) for name in names)


def cash_flow(case: Case, ledger: Iterable[LedgerRow]) -> tuple[tuple[str, Fraction, Fraction], ...]:
    """Return by month what is received for deliveries at their arrival, and what is paid."""
    received: dict[str, Fraction] = defaultdict(Fraction)
    paid: dict[str, Fraction] = defaultdict(Fraction)
    for row, money in earned(case):
        received[_month(case, row.arrive)] += money
    for entry in ledger:
        if entry.category in CASH:
            bucket = min(max(entry.bucket, 0), len(case.timeline) - 1)
            paid[_month(case, int(case.timeline.starts[bucket]))] += entry.amount
    months = sorted({*received, *paid})
    return tuple((month, received[month], paid[month]) for month in months)


def _month(case: Case, minute: int) -> str:
    return case.timeline.clock.local(minute).strftime("%Y-%m")
