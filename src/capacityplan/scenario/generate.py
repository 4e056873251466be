"""Scenarios made from what the plant states: its ranges of demand and its market events.

Three points stand for a range: its 10, 50 and 90 % quantiles with probabilities 0.3, 0.4 and 0.3 (Swanson's
rule; Hurst, Brown and Swanson 2000). Every market event that may or may not happen doubles the set.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Plant
from capacityplan.domain.scenario import Change, Scenario
from capacityplan.domain.timeline import Timeline
from capacityplan.errors import CapacityPlanError
from capacityplan.scenario.futures import demand_ranges, triangular

_POINTS = (("low", 0.1, Fraction(3, 10)), ("middle", 0.5, Fraction(4, 10)), ("high", 0.9, Fraction(3, 10)))
_MOST_EVENTS = 4
_DIGITS = 1000


def generate(plant: Plant, range_share: float = 0.0) -> tuple[Scenario, ...]:
    """Make scenarios whose probabilities add up to one.

    Parameters
    ----------
    plant : Plant
    range_share : float
        Half width of demand's range where a projection states none.

    Raises
    ------
    CapacityPlanError
        If there are more open market events than can be told apart in a set of scenarios.
    """
    names = dict.fromkeys(row.event for row in plant.market_events if 0 < row.probability < 1)
    if len(names) > _MOST_EVENTS:
        raise CapacityPlanError(f"{len(names)} market events are open; at most {_MOST_EVENTS} make scenarios")
    odds = {row.event: row.probability for row in plant.market_events}
    out = []
    for (point, quantile, chance), happens in product(_POINTS, product((True, False), repeat=len(names))):
        changes = list(_demand(plant, quantile, range_share))
        probability, title = chance, f"demand-{point}"
        for event, does in zip(names, happens, strict=True):
            changes.append(
                Change("market_events", (("event", (event,)),), set=(("probability", str(int(does))),))
            )
            probability *= odds[event] if does else 1 - odds[event]
            title += f"-{'with' if does else 'without'}-{event}"
        out.append(Scenario(title, tuple(changes), probability, f"demand at its {quantile:.0%} quantile"))
    return tuple(out)


def _demand(plant: Plant, quantile: float, range_share: float) -> list[Change]:
    """Scale every item's and segment's projections to a quantile of their range."""
    timeline, lookup = Timeline.of(plant), Lookup(plant)
    share = np.array([quantile])
    changes = []
    stated = {(plant.projections.names[item], plant.projections.names[segment])
              for item, segment in zip(plant.projections.item.tolist(), plant.projections.segment.tolist(),
                                       strict=True)}  # fmt: skip
    for row in demand_ranges(plant, timeline, lookup, range_share):
        expected = float(row.expected.sum())
        if not expected or (row.item, row.segment) not in stated:
            continue
        drawn = float(triangular(share, row.low, row.expected, row.high).sum())
        factor = Fraction(round(drawn / expected * _DIGITS), _DIGITS)
        if factor != 1:
            where = (("item", (row.item,)), ("segment", (row.segment,)))
            scale = str(factor)
            # The range moves along, so that low stays below high.
            cells = tuple((column, scale) for column in ("quantity", "low", "high"))
            changes.append(Change("projections", where, scale=cells))
    return changes
