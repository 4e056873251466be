"""Safety stocks from the stated uncertainty, lead times and service targets.

``z sqrt(var(D) + d^2 var(L))`` over the protection interval (Silver, Pyke and Thomas 2017, section 6.7; King
2011): ``D`` the demand during it, with the variance of the stated triangular ranges and their correlation
from bucket to bucket, ``d`` the demand per day, ``L`` the lateness of deliveries in days, ``z`` the normal
quantile of the service target. The protection interval is the lead time (of making: run, wait and
inspection; of buying: the supplier's) and a review of ``_REVIEW_DAYS``. Components get the requirements of
what they go into. What spoils is held for at most half its life.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from capacityplan.demand.segments import inherited
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant, Stage
from capacityplan.domain.timeline import Timeline
from capacityplan.scenario.futures import Uncertainty, demand_ranges
from capacityplan.units import MINUTES_PER_DAY

_REVIEW_DAYS = 7
_TARGET = 0.95
_CLOSE_DAYS = 28
"""Demand of these first days counts."""
_LONGEST = 0.995


@dataclass(frozen=True, slots=True)
class Buffer:
    """A safety stock, with what it is made of.

    Attributes
    ----------
    per_day : float
        Base units a day.
    deviation : float
        Standard deviation of demand during the protection interval, base units.
    interval_days : float
    target : float
        Service target: share of intervals without a shortage.
    quantity : int
        Base units.
    """

    item: str
    per_day: float
    deviation: float
    interval_days: float
    target: float
    quantity: int


@dataclass(slots=True)
class _Need:
    per_day: float = 0.0
    deviation_per_day: float = 0.0
    target: float = 0.0


def buffers(plant: Plant, uncertainty: Uncertainty | None = None) -> tuple[Buffer, ...]:
    """Return the safety stock of every item that is demanded, by itself or in others."""
    uncertainty = uncertainty or Uncertainty()
    timeline, lookup = Timeline.of(plant), Lookup(plant)
    needs = _needs(plant, timeline, lookup, uncertainty)
    out = []
    for item, need in sorted(needs.items()):
        bought = item not in lookup.versions
        lead, late = _bought(lookup, item, uncertainty) if bought else (_made_days(lookup, item), 0.0)
        interval = lead + _REVIEW_DAYS
        rho = uncertainty.correlation
        # Independent parts grow with the root of time, the common part with time.
        spread = need.deviation_per_day * math.sqrt((1 - rho) * interval + rho * interval**2)
        variance = spread**2 + (need.per_day * late) ** 2
        z = float(ndtri(min(max(need.target, 0.5), _LONGEST)))
        wanted = z * math.sqrt(variance)
        life = lookup.items[item].shelf_life_days
        if life is not None:
            wanted = min(wanted, need.per_day * life / 2)
        out.append(Buffer(item, need.per_day, math.sqrt(variance), interval, need.target, round(wanted)))
    return tuple(out)


def _needs(plant: Plant, timeline: Timeline, lookup: Lookup, uncertainty: Uncertainty) -> dict[str, _Need]:
    """Demand a day and its deviation by item, exploded along the bills."""
    close = int(np.searchsorted(timeline.ends, _CLOSE_DAYS * MINUTES_PER_DAY, side="right"))
    days = float(timeline.days[: max(close, 1)].sum())
    needs: dict[str, _Need] = {}
    for row in demand_ranges(plant, timeline, lookup, uncertainty.range_share):
        part = slice(0, max(close, 1))
        low, mode, high = row.low[part], row.expected[part], row.high[part]
        variance = (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18
        need = needs.setdefault(row.item, _Need())
        need.per_day += float(mode.sum()) / days
        # Segments of an item are taken to vary independently of each other.
        deviation = math.hypot(need.deviation_per_day, math.sqrt(float(np.maximum(variance, 0).sum()) / days))
        need.deviation_per_day = deviation
        target = inherited(lookup, row.segment, "service_target")
        need.target = max(need.target, _TARGET if target is None else float(target))
    for item in _downstream_first(lookup):
        if item in needs:
            _explode(lookup, item, needs)
    return {item: need for item, need in needs.items() if need.per_day > 0}


def _explode(lookup: Lookup, item: str, needs: dict[str, _Need]) -> None:
    need = needs[item]
    version = lookup.versions.get(item, ("",))[0]
    for operation in lookup.routings.get((item, version), ()):
        for line in lookup.components.get((item, version, operation.operation), ()):
            if line.valid_to is not None and line.valid_to <= 0:
                continue
            per = float(line.quantity / line.per_quantity / (1 - line.scrap_fraction))
            per *= lookup.scale[line.component] / lookup.scale[item]
            below = needs.setdefault(line.component, _Need())
            below.per_day += need.per_day * per
            below.deviation_per_day = math.hypot(below.deviation_per_day, need.deviation_per_day * per)
            below.target = max(below.target, need.target)


def _downstream_first(lookup: Lookup) -> list[str]:
    """Items, each before its components."""
    depth: dict[str, int] = {}
    edges = [(line.item, line.component) for line in lookup.plant.bill_of_materials]
    for _ in range(len(lookup.items)):
        moved = False
        for item, component in edges:
            wanted = depth.get(item, 0) + 1
            if depth.get(component, 0) < wanted:
                depth[component], moved = wanted, True
        if not moved:
            break
    return sorted(lookup.items, key=lambda item: depth.get(item, 0))


def _made_days(lookup: Lookup, item: str) -> float:
    version = lookup.versions[item][0]
    waits = sum(row.min_wait_minutes for row in lookup.routings.get((item, version), ()))
    tests = sum(row.lab_minutes + row.wait_minutes for row in lookup.inspections(Stage.FINAL, item))
    return 1 + (waits + tests) / MINUTES_PER_DAY


def _bought(lookup: Lookup, item: str, uncertainty: Uncertainty) -> tuple[float, float]:
    """Lead time of the fastest offer in days, and the deviation of its lateness."""
    offers = [rows[0] for (_, name), rows in lookup.offers.items() if name == item]
    if not offers:
        return 0.0, 0.0
    offer = min(offers, key=lambda row: row.lead_time_days)
    rating = offer.quality_rating
    share = uncertainty.late_share if rating is None else 1 - float(rating)
    length = max(1.0, uncertainty.late_length * offer.lead_time_days)
    # Lateness is 0, or exponential with this mean: variance 2 p m^2 - (p m)^2.
    return float(offer.lead_time_days), length * math.sqrt(max(0.0, 2 * share - share**2))
