"""Gross requirements: what the demand needs of every item, through all bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from capacityplan.demand import Demand
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.timeline import Timeline


def gross_per_day(lookup: Lookup, timeline: Timeline, demands: Iterable[Demand]) -> dict[str, float]:
    """Base units needed per day on average, by the first version of every item.

    Parameters
    ----------
    lookup : Lookup
    timeline : Timeline
    demands : iterable of Demand
    """
    total = dict.fromkeys(lookup.items, 0.0)
    for demand in demands:
        total[demand.item] += demand.quantity
    for item in _parents_first(lookup):
        for component, ratio in _components(lookup, item):
            total[component] += total[item] * ratio
    days = float(timeline.days.sum())
    return {item: quantity / days for item, quantity in total.items()}


def _components(lookup: Lookup, item: str) -> list[tuple[str, float]]:
    """Base units of every component per base unit of an item (first version; the most of its recipes)."""
    versions = lookup.versions.get(item, ())
    most: dict[str, float] = {}
    for version in lookup.recipes_of(item, versions[0]) if versions else ():
        found: dict[str, float] = defaultdict(float)
        for operation in lookup.routings.get((item, version), ()):
            for line in lookup.components.get((item, version, operation.operation), ()):
                ratio = float(line.quantity / line.per_quantity / (1 - line.scrap_fraction))
                found[line.component] += ratio * lookup.scale[line.component] / lookup.scale[item]
        most |= {component: max(ratio, most.get(component, 0.0)) for component, ratio in found.items()}
    return list(most.items())


def _parents_first(lookup: Lookup) -> list[str]:
    """Items in an order in which every item comes before its components."""
    below: dict[str, list[str]] = {
        item: [component for component, _ in _components(lookup, item)] for item in lookup.items
    }
    open_parents = dict.fromkeys(lookup.items, 0)
    for components in below.values():
        for component in components:
            open_parents[component] += 1
    ready = [item for item, count in open_parents.items() if not count]
    order = []
    while ready:
        item = ready.pop()
        order.append(item)
        for component in below[item]:
            open_parents[component] -= 1
            if not open_parents[component]:
                ready.append(component)
    return order
