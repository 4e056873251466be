"""What happens to projections: life cycle, launches, prices, promotions, events, signals (docs/demand.md).

All of it acts on daily rows (`demand.daily`) in exact integers, floored. Factors (launch and ramp, life
cycle, price) come first and make the *base*; shares (promotions, dips, market events) are shares of the
base and add up; then come signals, planning bills and the demand fence. No demand falls below zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from capacityplan.demand.daily import MILLION, DailyRows, days_of, first_day, spread
from capacityplan.demand.segments import ancestry, concerns
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Launch, Plant, Price
from capacityplan.domain.timeline import Ints, Timeline


def with_effects(rows: DailyRows, plant: Plant, timeline: Timeline, lookup: Lookup) -> DailyRows:
    """Return daily rows with everything that marketing's tables do to them."""
    base = _with_like_items(rows, plant, timeline, lookup)
    for key in base:
        _live(base, key, plant, timeline, lookup)
        _price(base, key, plant, timeline, lookup)
    out = {key: row.copy() for key, row in base.items()}
    _promote(out, base, plant, timeline, lookup)
    _happen(out, base, plant, timeline, lookup)
    for row in out.values():
        np.maximum(row, 0, out=row)
    _sense(out, plant, timeline)
    out = _explode(out, plant, timeline)
    fence = plant.fences.demand_fence_days
    for row in out.values():
        row[:fence] = 0
    return out


def _with_like_items(rows: DailyRows, plant: Plant, timeline: Timeline, lookup: Lookup) -> DailyRows:
    """Give items that sell like another a share of the other's projections."""
    out = {key: row.copy() for key, row in rows.items()}
    for launch in plant.launches:
        if not launch.like_item or launch.status != "approved":
            continue
        for (item, segment), row in rows.items():
            if item == launch.like_item and concerns(lookup, launch, segment):
                mine = out.setdefault((launch.item, segment), np.zeros(days_of(timeline), dtype=np.int64))
                mine += _times(row, launch.like_fraction)
    return out


def _times(row: Ints, factor: Fraction) -> Ints:
    """``floor(row * factor)`` without overflow for factors of ordinary size."""
    whole, rest = divmod(factor.numerator, factor.denominator)
    high, low = np.divmod(row, factor.denominator)
    scaled: Ints = row * whole + high * rest + low * rest // factor.denominator
    return scaled


def _live(base: DailyRows, key: tuple[str, str], plant: Plant, timeline: Timeline, lookup: Lookup) -> None:
    """Apply launch, ramp and phases of life to a row."""
    item, segment = key
    launches = [row for row in plant.launches if row.item == item and concerns(lookup, row, segment)]
    if launches:
        approved = [row for row in launches if row.status == "approved"]
        base[key] = _ramp(base[key], approved, first_day(timeline))
    phases = lookup.phases.get(item, ())
    ends = [*(row.date for row in phases[1:]), first_day(timeline) + len(base[key])][: len(phases)]
    for phase, end in zip(phases, ends, strict=True):
        part = _days(phase.date - first_day(timeline), end - first_day(timeline), base[key])
        base[key][part] = _times(base[key][part], phase.factor)


def _ramp(row: Ints, launches: list[Launch], first: int) -> Ints:
    """Nothing before the first launch, then day k of n of the ramp sells (k + 1)/n."""
    if not launches:
        return np.zeros_like(row)
    launch = min(launches, key=lambda found: found.date)
    out = row.copy()
    out[_days(0, launch.date - first, row)] = 0
    for step in range(launch.ramp_days):
        day = launch.date - first + step
        if 0 <= day < len(row):
            out[day] = _times(row[day : day + 1], Fraction(step + 1, launch.ramp_days))[0]
    return out


def _days(begin: int, stop: int, row: Ints) -> slice:
    return slice(min(max(begin, 0), len(row)), max(min(stop, len(row)), 0))


def _price(base: DailyRows, key: tuple[str, str], plant: Plant, timeline: Timeline, lookup: Lookup) -> None:
    """Move demand with the price, where an elasticity is stated."""
    item, segment = key
    own = lookup.items[item].price
    rows = _price_rows(plant.prices, item, segment, lookup)
    if not own or not any(row.elasticity for row in rows):
        return
    first = first_day(timeline)
    starts = [timeline.clock.ordinal(row.start) - first for row in rows]
    for row, begin, end in zip(rows, starts, [*starts[1:], len(base[key])], strict=True):
        part = _days(begin, end, base[key])
        factor = max(1 + row.elasticity * (row.price - own) / own, Fraction(0))
        base[key][part] = _times(base[key][part], factor)


def _price_rows(prices: Iterable[Price], item: str, segment: str, lookup: Lookup) -> list[Price]:
    """Price rows of the nearest segment that has any, by time."""
    rows = [row for row in prices if row.item == item]
    for name in dict.fromkeys((*ancestry(lookup, segment), "")):
        found = [row for row in rows if row.segment == name]
        if found:
            return sorted(found, key=lambda row: row.start)
    return []


def _promote(out: DailyRows, base: DailyRows, plant: Plant, timeline: Timeline, lookup: Lookup) -> None:
    """Lift demand in a promotion's window, dip it afterwards, take from the item it cannibalises."""
    first = first_day(timeline)
    for promotion in plant.promotions:
        if promotion.status != "approved":
            continue
        begin = timeline.clock.ordinal(promotion.start) - first
        stop = timeline.clock.ordinal(promotion.end - 1) - first + 1
        for (item, segment), row in base.items():
            if item != promotion.item or not concerns(lookup, promotion, segment):
                continue
            window, after = _days(begin, stop, row), _days(stop, stop + promotion.dip_days, row)
            uplift = _times(row[window], promotion.uplift_fraction)
            out[item, segment][window] += uplift
            out[item, segment][after] -= _times(row[after], promotion.dip_fraction)
            other = out.get((promotion.cannibalises, segment))
            if other is not None:
                other[window] -= _times(uplift, promotion.cannibal_fraction)


def _happen(out: DailyRows, base: DailyRows, plant: Plant, timeline: Timeline, lookup: Lookup) -> None:
    """Add what market events do on average: probability times effect."""
    first = first_day(timeline)
    for event in plant.market_events:
        begin = timeline.clock.ordinal(event.start) - first
        stop = timeline.clock.ordinal(event.end - 1) - first + 1
        for (item, segment), row in base.items():
            other_family = event.family and lookup.items[item].family != event.family
            if (event.item and event.item != item) or other_family or not concerns(lookup, event, segment):
                continue
            window = _days(begin, stop, row)
            out[item, segment][window] += _times(row[window], event.probability * event.effect_fraction)


def _sense(out: DailyRows, plant: Plant, timeline: Timeline) -> None:
    """Add signals that have not expired."""
    first = first_day(timeline)
    for signal in plant.signals:
        if signal.expires is not None and signal.expires < first:
            continue
        key = (signal.item, signal.segment)
        row = out.setdefault(key, np.zeros(days_of(timeline), dtype=np.int64))
        numbers = (0, signal.start - first, signal.end - first, signal.quantity * MILLION)
        spread(row[np.newaxis], *(np.array([number], dtype=np.int64) for number in numbers))
        np.maximum(row, 0, out=row)


def _explode(out: DailyRows, plant: Plant, timeline: Timeline) -> DailyRows:
    """Give planning items' demand to their options, by their shares; not a millionth is lost."""
    planned = {row.item for row in plant.planning_bills}
    exploded = {key: row for key, row in out.items() if key[0] not in planned}
    first = first_day(timeline)
    for (item, segment), row in out.items():
        if item not in planned:
            continue
        lines = [line for line in plant.planning_bills if line.item == item]
        given = np.zeros_like(row)
        share = np.zeros(len(row), dtype=object)
        for line in lines:
            begin = 0 if line.valid_from is None else line.valid_from - first
            stop = len(row) if line.valid_to is None else line.valid_to - first + 1
            part = _days(begin, stop, row)
            share[part] += line.fraction
            amounts = zip(row[part].tolist(), share[part].tolist(), strict=True)
            until = np.array([int(amount * so_far) for amount, so_far in amounts], dtype=np.int64)
            mine = exploded.setdefault((line.option, segment), np.zeros_like(row))
            mine[part] += until - given[part]
            given[part] = until
    return exploded
