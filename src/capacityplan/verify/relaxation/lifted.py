"""Demand as a promotion's uplift lifts it: what each bucket has at least and at most, linear in the uplift.

Validity. u is the uplift, 0 <= u <= U; all numbers in base units.
- Daily rows (`demand.effects`) are, but for roundings, sums of shares of ``max(0, constant + slope * u)``:
  convex in u. Each floor takes less than a millionth; of a day at most ten of them concern u (the uplift,
  what it takes of another item, the shares of planning bills of both, signals). So with g convex, what is
  computed, f, is within _FLOORS * days of g.
- A convex g whose value in the middle of 0..U is e below the chord between its ends is nowhere more than 2e
  below it: of u < U/2, U/2 lies between u and U, with at least half the weight on u; likewise above.
  It is nowhere above it. Hence `_Line`: chord less 2e and roundings <= f(u) <= chord and roundings.
- r[T], what is due before bucket T, is the running total f[T] rounded to the nearest unit
  (`daily.by_bucket`): within half a unit of it, and known where u does not change it.
- Orders consume p[t] = r[t+1] - r[t] in a fixed sequence of buckets and segments, each as much as is there or
  as it has left. What is left, n, does not fall in any bucket where p rises in one, and rises by no more
  than that in all (by induction over the orders: of what one has left the next bucket gets less). So what is
  consumed in a bucket, p[t] - n[t], is largest where p[t] is at its most and all others at their least; and
  least the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np

from capacityplan.demand.choice import at_uplift
from capacityplan.demand.daily import MILLION, DailyRows, first_day, stream_rows
from capacityplan.demand.effects import with_effects
from capacityplan.demand.netting import Demand, Netting, net, of_projection
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Ints, Timeline

Key = tuple[str, str]
Line = tuple[Fraction, Fraction]
"""Base units without uplift, and for an uplift of 1."""
_FLOORS = 10
_HALF = Fraction(1, 2)
_ZERO: Line = (Fraction(0), Fraction(0))


@dataclass(frozen=True, slots=True)
class Cell:
    """What is projected of an item and segment in a bucket, less what orders consume.

    Attributes
    ----------
    demand : Demand
        With the most that it can be.
    low : int
        The least that it can be.
    least, most : Line
        What it is at least and at most at an uplift.
    total_least : Line
        What it is at least together with the cells before it.
    """

    demand: Demand
    low: int
    least: Line
    most: Line
    total_least: Line


@dataclass(frozen=True, slots=True)
class Lifted:
    """A plant's demand with the uplift of one of its promotions left open.

    Attributes
    ----------
    fixed : tuple of Demand
        What the uplift does not change.
    rows : tuple of tuple of Cell
        By item and segment, bucket after bucket.
    """

    fixed: tuple[Demand, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class _Totals:
    """Bounds of what is due before each bucket of an item and segment; ``projected`` by bucket.

    Attributes
    ----------
    least, most : (buckets + 1,) Line
    low, high : (buckets,) int
        Of what is due in each bucket, whatever the uplift.
    """

    least: tuple[Line, ...]
    most: tuple[Line, ...]
    low: Ints
    high: Ints


def lifted(plant: Plant, promotion: str, most: Fraction) -> Lifted:
    """Return a plant's demand with an uplift between 0 and the most that is looked at."""
    timeline, lookup = Timeline.of(plant), Lookup(plant)
    plants = [at_uplift(plant, promotion, most * share) for share in (0, _HALF, 1)]
    daily = [with_effects(stream_rows(one, timeline), one, timeline, lookup) for one in plants]
    items = {key[0] for key in daily[0] if any((daily[0][key] != one[key]).any() for one in daily[1:])}
    netting = Netting(plants[0], timeline)
    totals = {key: _totals([one[key] for one in daily], most, timeline) for key in _of(items, daily[0])}
    rows = []
    for item in sorted(items):
        mine = {key: one for key, one in totals.items() if key[0] == item}
        rows += [tuple(_cells(key, mine, netting, lookup, timeline)) for key in mine]
    fixed = tuple(row for row in net(plants[0], timeline) if row.is_order or row.item not in items)
    return Lifted(fixed, tuple(cells for cells in rows if cells))


def _of(items: set[str], rows: DailyRows) -> list[Key]:
    return sorted(key for key in rows if key[0] in items)


def _totals(daily: list[Ints], most: Fraction, timeline: Timeline) -> _Totals:
    """Bound running totals from daily rows without, with half of and with all of the uplift."""
    edges = [*(timeline.first_day - first_day(timeline)).tolist(), len(daily[0])]
    sums = [np.concatenate([[0], np.cumsum(row)])[edges].tolist() for row in daily]
    least, above = [], []
    for days, (none, half, full) in zip(edges, zip(*sums, strict=True), strict=True):
        low, high = _line(none, half, full, days, most)
        least.append(low)
        above.append(high)
    lows = [min(_ends(_less(*one), most)) for one in zip(least[1:], above, strict=False)]
    highs = [max(_ends(_less(*one), most)) for one in zip(above[1:], least, strict=False)]
    return _Totals(
        tuple(least), tuple(above),
        np.array([max(0, ceil(one)) for one in lows], dtype=np.int64),
        np.array([max(0, floor(one)) for one in highs], dtype=np.int64),
    )  # fmt: skip


def _line(none: int, half: int, full: int, days: int, most: Fraction) -> tuple[Line, Line]:
    """Bound a running total, from millionths."""
    off = 6 * _FLOORS * days
    units = {(total + MILLION // 2) // MILLION for total in (none - off, none + off)}
    if none == half == full and len(units) == 1:
        # Convex, and the same at three points: it does not depend on the uplift.
        known = Fraction(units.pop()), Fraction(0)
        return known, known
    slope = Fraction(full - none, MILLION) / most
    begin, rounding = Fraction(none, MILLION), Fraction(_FLOORS * days, MILLION)
    below = max(Fraction(none + full - 2 * half, 2 * MILLION), Fraction(0))
    return (begin - 2 * below - 6 * rounding - _HALF, slope), (begin + 2 * rounding + _HALF, slope)


def _less(one: Line, other: Line) -> Line:
    return one[0] - other[0], one[1] - other[1]


def _ends(line: Line, most: Fraction) -> tuple[Fraction, Fraction]:
    """Value without uplift and with the most."""
    return line[0], line[0] + line[1] * most


def _cells(
    key: Key, mine: Mapping[Key, _Totals], netting: Netting, lookup: Lookup, timeline: Timeline
) -> Iterator[Cell]:
    """Take off what orders consume, at most and at least."""
    lows = {other: one.low for other, one in mine.items()}
    highs = {other: one.high for other, one in mine.items()}
    low, high = netting.rest(lows)[key], netting.rest(highs)[key]
    totals, consumed = mine[key], Fraction(0)
    demands = iter(of_projection(*key, high, lookup, timeline))
    for bucket in range(len(timeline)):
        more = _consumed(netting, key, bucket, lows, highs)
        less = _consumed(netting, key, bucket, highs, lows)
        consumed += more
        after = totals.least[bucket + 1]
        if high[bucket]:
            yield Cell(
                next(demands), int(low[bucket]),
                _minus(_less(after, totals.most[bucket]), more),
                _minus(_less(totals.most[bucket + 1], totals.least[bucket]), less),
                _minus(after, consumed),
            )  # fmt: skip


def _consumed(
    netting: Netting, key: Key, bucket: int, rest: dict[Key, Ints], here: dict[Key, Ints]
) -> Fraction:
    """What orders consume in a bucket that has what one consensus says, all others what the other says."""
    agreed = {**rest, key: rest[key].copy()}
    agreed[key][bucket] = here[key][bucket]
    return Fraction(int(here[key][bucket] - netting.rest(agreed)[key][bucket]))


def _minus(line: Line, number: Fraction) -> Line:
    return line[0] - number, line[1]
