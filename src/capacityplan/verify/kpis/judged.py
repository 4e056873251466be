"""How near plans came to what really happened: demand and supply by item, weighed by the value of items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.plant import ActualKind, Plant, ReceiptKind
from capacityplan.units import floor_product
from capacityplan.verify.case import Case

Quantities = Mapping[str, Fraction]
"""Base units by item."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Demand and supply of a period by item; None where nothing is known of it.

    Supply is what comes off the last operation of items that are made, and what arrives of bought ones.
    """

    demand: Quantities | None
    supply: Quantities | None


@dataclass(frozen=True, slots=True)
class Nearness:
    """How far a plan was off.

    Attributes
    ----------
    demand, supply : Fraction or None
        Sum of the differences by item, over the sum of what happened, in value; None where that is unknown.
    """

    name: str
    demand: Fraction | None
    supply: Fraction | None

    @property
    def off(self) -> Fraction | None:
        """Mean of what is known; None where nothing is."""
        known = [one for one in (self.demand, self.supply) if one is not None]
        return sum(known, Fraction(0)) / len(known) if known else None


def nearness(name: str, case: Case, told: Plant, foreseen: Case, first: int, last: int) -> Nearness:
    """Compare what a plan foresaw of a period with what happened.

    Parameters
    ----------
    case : Case
        The plan that was followed, whose days, items and values are used.
    told : Plant
        With ``actuals`` and ``history``.
    foreseen : Case
        A plan of a scenario (or the plan itself) that covers the same days.
    first, last : int
        Days (ordinals), both included.
    """
    real, plan = what_happened(case, told, first, last), what_is_planned(foreseen, first, last)
    assert plan.demand is not None
    assert plan.supply is not None
    return Nearness(
        name, _off(case, real.demand, plan.demand), _off(case, real.supply, plan.supply)
    )  # fmt: skip


def nearest(rows: Iterable[Nearness]) -> Nearness | None:
    """Return the plan that was least off; the first of equals, None where nothing is known."""
    known = [row for row in rows if row.off is not None]
    return min(known, key=lambda row: row.off or Fraction(0), default=None)


def _off(case: Case, real: Quantities | None, planned: Quantities) -> Fraction | None:
    if real is None:
        return None
    total = off = Fraction(0)
    for item in sorted({*real, *planned} & set(case.lookup.items)):
        row = case.lookup.items[item]
        value = (row.unit_value or row.price or Fraction(1)) / case.lookup.scale[item]
        total += real.get(item, Fraction(0)) * value
        off += abs(planned.get(item, Fraction(0)) - real.get(item, Fraction(0))) * value
    return off / total if total else None


def what_is_planned(case: Case, first: int, last: int) -> Seen:
    """Return demand and supply of a period in a plan; what is due in longer buckets counts by its days."""
    demand: dict[str, Fraction] = defaultdict(Fraction)
    timeline = case.timeline
    for row in case.demand.values():
        if row.is_order:
            share = Fraction(first <= timeline.clock.ordinal(row.due - 1) <= last)
        else:
            begin = int(timeline.first_day[row.bucket])
            share = _share(begin, begin + int(timeline.days[row.bucket]) - 1, first, last)
        demand[row.item] += row.quantity * share
    supply: dict[str, Fraction] = defaultdict(Fraction)
    for flow in case.flow.lots.values():
        leg = flow.legs[-1]
        for work in leg.works:
            if first <= timeline.clock.ordinal(work.ends - 1) <= last:
                good = floor_product(work.row.quantity, leg.operation.yield_fraction)
                supply[flow.lot.item] += good
    arrivals = [(row.item, row.quantity, row.arrives) for row in case.plan.purchases]
    arrivals += [
        (row.item, row.quantity, row.due) for row in case.plant.receipts if row.kind is ReceiptKind.PURCHASE
    ]
    for item, quantity, minute in arrivals:
        if first <= timeline.clock.ordinal(minute) <= last:
            supply[item] += quantity
    return Seen(demand, supply)


def what_happened(case: Case, told: Plant, first: int, last: int) -> Seen:
    """Return demand and supply of a period as they are recorded.

    Demand is what was sold (``history`` without a stream), by days; without that, what was delivered.
    """
    sold: dict[str, Fraction] = defaultdict(Fraction)
    for row in told.history:
        share = Fraction(0) if row.stream else _share(row.start, row.end, first, last)
        if share:
            sold[row.item] += row.quantity * share
    clock = case.timeline.clock
    delivered: dict[str, Fraction] = defaultdict(Fraction)
    supply: dict[str, Fraction] = defaultdict(Fraction)
    last_steps = {(item, rows[-1].operation) for (item, _), rows in case.lookup.routings.items() if rows}
    for one in told.actuals:
        ended = one.at - (one.kind is ActualKind.RUN)
        if not first <= clock.ordinal(ended) <= last:
            continue
        made = one.kind is ActualKind.RUN and (one.item, one.operation) in last_steps
        if made or one.kind is ActualKind.RECEIPT:
            supply[one.item] += one.quantity
        elif one.kind is ActualKind.DELIVERY:
            delivered[one.item] += one.quantity
    return Seen(sold or delivered or None, supply or None)


def _share(begin: int, end: int, first: int, last: int) -> Fraction:
    """Share of the days of a stretch that lie in the period."""
    days = min(end, last) - max(begin, first) + 1
    return Fraction(max(days, 0), end - begin + 1)
