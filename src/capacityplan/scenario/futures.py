"""Sampled futures: demand, yields, rejects, lead times and breakdowns, as arrays over samples.

What the plant states is used as it is: a projection with a range is triangular from ``low`` over the
quantity to ``high``, buckets of one item and segment are correlated (a Gaussian copula with one common
factor), market events happen or not, lots are rejected with their ``reject_fraction``, deliveries are late
as often as the supplier's ``quality_rating`` leaves. What the plant does not state (how much yields,
late deliveries and stops vary) are the assumptions of `Uncertainty`, printed with every result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from capacityplan.demand.daily import MILLION, by_bucket, days_of, first_day, spread
from capacityplan.demand.netting import consensus
from capacityplan.demand.segments import concerns
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline

Floats = npt.NDArray[np.float64]

SOURCES = ("demand", "yield", "reject", "lead_time", "breakdown")


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Assumptions where the plant states nothing.

    Attributes
    ----------
    correlation : float
        Of an item's and segment's demand from bucket to bucket.
    range_share : float
        Half width of demand's range where a projection states none, as a share of it.
    loss_variation : float
        Coefficient of variation of what an operation loses (1 less its yield).
    late_share, late_length : float
        Share of deliveries that are late (where the supplier has no quality rating), and the mean
        lateness as a share of the lead time.
    stops_per_week, stop_hours : float
        Breakdowns of a machine, and their mean length.
    sources : tuple of str
        Which of `SOURCES` vary.
    """

    correlation: float = 0.5
    range_share: float = 0.0
    loss_variation: float = 0.3
    late_share: float = 0.1
    late_length: float = 0.2
    stops_per_week: float = 0.25
    stop_hours: float = 4.0
    sources: tuple[str, ...] = SOURCES

    def varies(self, source: str) -> bool:
        """Whether a source varies."""
        return source in self.sources


def streams_of(seed: int) -> dict[str, np.random.Generator]:
    """Return a stream of random numbers per source: switching one off leaves the others as they are."""
    children = np.random.SeedSequence(seed).spawn(len(SOURCES))
    return {name: np.random.default_rng(child) for name, child in zip(SOURCES, children, strict=True)}


def triangular(share: Floats, low: Floats, mode: Floats, high: Floats) -> Floats:
    """Inverse of the triangular distribution; where low equals high, that value."""
    wide = np.maximum(high - low, 1e-300)
    rise = (mode - low) / wide
    left = low + np.sqrt(np.maximum(share * wide * (mode - low), 0))
    right = high - np.sqrt(np.maximum((1 - share) * wide * (high - mode), 0))
    return np.where(share < rise, left, right)


@dataclass(frozen=True, slots=True)
class DemandRange:
    """Demand of an item in a segment: (buckets,) base units before orders consume it.

    ``low`` and ``high`` are the stated range, scaled with what marketing's tables do to the projections.
    """

    item: str
    segment: str
    expected: Floats
    low: Floats
    high: Floats


def demand_ranges(plant: Plant, timeline: Timeline, lookup: Lookup, share: float) -> list[DemandRange]:
    """Return what every item's and segment's demand is expected to be, and how far it may be off."""
    agreed = consensus(plant, timeline, lookup)
    rows = plant.projections
    names = rows.names
    weight = rows.weight_millionths / MILLION
    down = np.where(rows.low >= 0, rows.quantity - rows.low, rows.quantity * share) * weight
    up = np.where(rows.high >= 0, rows.high - rows.quantity, rows.quantity * share) * weight
    middle = rows.quantity * weight
    out = []
    for (item, segment), expected in agreed.items():
        places = [names.index(name) if name in names else -1 for name in (item, segment)]
        mine = (rows.item == places[0]) & (rows.segment == places[1])
        tables = [
            _bucketed(rows.start[mine], rows.end[mine], part[mine], timeline) for part in (middle, down, up)
        ]
        base = np.maximum(tables[0], 1e-9)
        known = tables[0] > 0
        below = np.where(known, np.clip(tables[1] / base, 0, 1), share)
        above = np.where(known, np.maximum(tables[2] / base, 0), share)
        wanted = expected.astype(np.float64)
        out.append(DemandRange(item, segment, wanted, wanted * (1 - below), wanted * (1 + above)))
    return out


def _bucketed(
    start: npt.NDArray[np.int64], end: npt.NDArray[np.int64], amount: Floats, timeline: Timeline
) -> Floats:
    daily = np.zeros((1, days_of(timeline)), dtype=np.int64)
    first = first_day(timeline)
    group = np.zeros(len(start), dtype=np.int64)
    spread(daily, group, start - first, end - first, np.round(amount * MILLION).astype(np.int64))
    return by_bucket(daily[0], timeline).astype(np.float64)


def sample_demand(
    plant: Plant, timeline: Timeline, lookup: Lookup, samples: int, uncertainty: Uncertainty,
    random: np.random.Generator,
) -> dict[tuple[str, str], Floats]:  # fmt: skip
    """Draw demand: (samples, buckets) base units more or less than expected, by item and segment."""
    rho = uncertainty.correlation
    out = {}
    for found in demand_ranges(plant, timeline, lookup, uncertainty.range_share):
        common = random.standard_normal((samples, 1))
        own = random.standard_normal((samples, len(found.expected)))
        share = ndtr(np.sqrt(rho) * common + np.sqrt(1 - rho) * own)
        drawn = triangular(share, found.low, found.expected, found.high)
        out[found.item, found.segment] = drawn - found.expected
    _events(out, plant, timeline, lookup, samples, random)
    if not uncertainty.varies("demand"):
        return {key: np.zeros_like(row) for key, row in out.items()}
    return out


def _events(
    out: dict[tuple[str, str], Floats], plant: Plant, timeline: Timeline, lookup: Lookup, samples: int,
    random: np.random.Generator,
) -> None:  # fmt: skip
    """Let market events happen or not, where the expectation holds their average."""
    agreed = consensus(plant, timeline, lookup) if plant.market_events else {}
    for event in plant.market_events:
        happens = random.random((samples, 1)) < float(event.probability)
        effect, mean = float(event.effect_fraction), float(event.probability * event.effect_fraction)
        inside = np.array([
            max(0, min(event.end, int(end)) - max(event.start, int(begin))) / max(1, int(end - begin))
            for begin, end in zip(timeline.starts, timeline.ends, strict=True)
        ])  # fmt: skip
        factor = (1 + np.where(happens, effect, 0.0)) / max(1 + mean, 1e-9) - 1
        for (item, segment), row in out.items():
            other = event.family and lookup.items[item].family != event.family
            if (event.item and event.item != item) or other or not concerns(lookup, event, segment):
                continue
            row += agreed[item, segment] * inside * factor
