"""Sales of a period against the days before it: turnover, growth, share, share of the market, customers.

What was sold is the plant's ``history`` (rows without a stream); rows that lie partly in a period count by
their days. Turnover is the quantity at the price of its day and segment. Growth compares with as many
days right before the period.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.demand.market import Sale, market_share
from capacityplan.demand.segments import price_at
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import History, Market, Plant
from capacityplan.domain.timeline import Timeline

GROUPS = ("item", "family", "segment")
QUARTER = 91
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Sales:
    """What a group (an item, a family, a segment; all: an empty name) sold.

    Attributes
    ----------
    turnover, before : Fraction
        In the period, and in as many days before it.
    share : Fraction or None
        Of the turnover of all groups.
    customers, new_customers : int
        Customers and segments that bought in the period, and those that never did before it.
    market, market_before : Fraction or None
        Share of the market, in the period and in the days before; None where the table ``market`` does
        not tell it, and for single items.
    complete : bool
        Whether the history begins before the days that the period is compared with.
    """

    name: str
    turnover: Fraction
    before: Fraction
    share: Fraction | None
    customers: int
    new_customers: int
    market: Fraction | None
    market_before: Fraction | None
    complete: bool

    @property
    def growth(self) -> Fraction | None:
        """Turnover over that of the days before, less 1; None where nothing is known or sold then."""
        return self.turnover / self.before - 1 if self.complete and self.before else None


def sold_days(plant: Plant) -> tuple[int, int] | None:
    """Return the first and the last day of sales in the history (ordinals)."""
    rows = [row for row in plant.history if not row.stream]
    return (min(row.start for row in rows), max(row.end for row in rows)) if rows else None


def sales(plant: Plant, by: str, first: int | None = None, last: int | None = None) -> tuple[Sales, ...]:
    """Return the sales of every group, best first, then of all together.

    Parameters
    ----------
    by : str
        One of ``GROUPS``.
    first, last : int, optional
        Days (ordinals), both included; default: the last quarter (91 days) of the history.
    """
    known = sold_days(plant)
    if known is None:
        return ()
    end = known[1] if last is None else last
    begin = end - QUARTER + 1 if first is None else first
    length = end - begin + 1
    lookup = Lookup(plant)
    clock = Timeline.of(plant).clock
    rows = [row for row in plant.history if not row.stream and row.quantity]
    money = [_price(lookup, row, clock.midnight(row.start)) for row in rows]
    complete = known[0] <= begin - length
    members: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        members[_group(lookup, row, by)].append(number)
    whole = _sum(rows, money, range(len(rows)), begin, end)
    sold = [
        Sale(row.item, row.segment, row.start, row.end, amount)
        for row, amount in zip(rows, money, strict=True)
    ]

    def told(name: str, numbers: Iterable[int], markets: Iterable[Market]) -> Sales:
        known = list(markets)
        chosen = list(numbers)
        turnover = _sum(rows, money, chosen, begin, end)
        buyers = {rows[n].segment for n in chosen if _days(rows[n], begin, end)}
        former = {rows[n].segment for n in chosen if rows[n].start < begin}
        return Sales(
            name, turnover, _sum(rows, money, chosen, begin - length, begin - 1),
            turnover / whole if whole else None, len(buyers), len(buyers - former),
            market_share(lookup, known, sold, begin, end).share,
            market_share(lookup, known, sold, begin - length, begin - 1).share if complete else None,
            complete,
        )  # fmt: skip

    found = [
        told(name, numbers, (row for row in plant.market if name and name == getattr(row, by, "")))
        for name, numbers in members.items()
    ]
    found = [row for row in found if row.turnover or row.before]
    return (
        *sorted(found, key=lambda row: (-row.turnover, row.name)),
        told("", range(len(rows)), plant.market),
    )


def _group(lookup: Lookup, row: History, by: str) -> str:
    if by == "segment":
        return row.segment
    return row.item if by == "item" else lookup.items[row.item].family


def _price(lookup: Lookup, row: History, instant: int) -> Fraction:
    """Turnover of a row of the history."""
    return Fraction(row.quantity, lookup.scale[row.item]) * price_at(lookup, row.item, row.segment, instant)


def _days(row: History, first: int, last: int) -> int:
    return max(0, min(row.end, last) - max(row.start, first) + 1)


def _sum(
    rows: list[History], money: list[Fraction], numbers: Iterable[int], first: int, last: int
) -> Fraction:
    return sum(
        (money[n] * Fraction(_days(rows[n], first, last), rows[n].end - rows[n].start + 1) for n in numbers),
        _ZERO,
    )
