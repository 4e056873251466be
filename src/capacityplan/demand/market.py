"""Share of the market: what we sold of what a market bought of all suppliers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.demand.segments import concerns
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Market

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Sale:
    """What a customer bought of an item, spread evenly over its days (ordinals, both included)."""

    item: str
    customer: str
    start: int
    end: int
    amount: Fraction


@dataclass(frozen=True, slots=True)
class MarketShare:
    """Our sales in markets, and all that these bought."""

    ours: Fraction
    whole: Fraction

    @property
    def share(self) -> Fraction | None:
        """Ours / all; None where no market is known."""
        return self.ours / self.whole if self.whole else None


def market_share(
    lookup: Lookup, markets: Iterable[Market], sales: Iterable[Sale], first: int, last: int
) -> MarketShare:
    """Compare our sales with markets from the first to the last day (ordinals).

    A market that is known for a part of the days is compared with our sales in that part; what lies
    partly in it, a row of the market too, counts by its days.
    """
    by_buyer: dict[tuple[str, str], list[Sale]] = defaultdict(list)
    for sale in sales:
        by_buyer[sale.item, sale.customer].append(sale)
    ours = whole = _ZERO
    for row in markets:
        begin, end = max(first, row.start), min(last, row.end)
        if end < begin:
            continue
        whole += row.sales * Fraction(end - begin + 1, row.end - row.start + 1)
        for (item, customer), rows in by_buyer.items():
            if _belongs(lookup, row, item, customer):
                ours += sum((_part(sale, begin, end) for sale in rows), _ZERO)
    return MarketShare(ours, whole)


def _belongs(lookup: Lookup, row: Market, item: str, customer: str) -> bool:
    family = lookup.items[item].family if item in lookup.items else ""
    return row.family in ("", family) and concerns(lookup, row, customer)


def _part(sale: Sale, begin: int, end: int) -> Fraction:
    days = min(sale.end, end) - max(sale.start, begin) + 1
    return sale.amount * Fraction(max(days, 0), sale.end - sale.start + 1)
