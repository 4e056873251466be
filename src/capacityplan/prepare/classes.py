"""Demand in classes: elements of an item with equal prices of lateness are one stream."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacityplan.demand import Demand
from capacityplan.domain.plant import Lateness, LockKind, Plant
from capacityplan.domain.timeline import Timeline

Floats = npt.NDArray[np.float64]
_LOCKED_WEIGHT = 20.0
"""How much dearer a locked order is than its price, so that it is served first."""


@dataclass(frozen=True, slots=True)
class DemandClasses:
    """Demand by class and bucket of the due instant, in model units.

    Attributes
    ----------
    item : (classes,) int
    late, lost : (classes,) float
        Money per model unit and day, per model unit.
    transit : (classes,) int, minutes
    quantity : (classes, buckets) float
    partial : (classes, buckets) float
        Days of lateness within the bucket of the due instant (quantity-weighted mean).
    """

    item: npt.NDArray[np.int64]
    late: Floats
    lost: Floats
    transit: npt.NDArray[np.int64]
    quantity: Floats
    partial: Floats

    def __len__(self) -> int:
        return len(self.item)


def classify(
    plant: Plant, timeline: Timeline, demands: Iterable[Demand], items: dict[str, int], unit: Floats
) -> DemandClasses:
    """Group demand elements.

    Parameters
    ----------
    items : dict of id to index
    unit : (items,) float
        Base units per model unit.
    """
    locked = {lock.object for lock in plant.locks if lock.kind is LockKind.ORDER and lock.counts}
    groups: dict[tuple[int, float, float, int], list[Demand]] = {}
    for demand in demands:
        weight = _LOCKED_WEIGHT if demand.demand in locked else 1.0
        late, lost = float(demand.late_rate) * weight, float(demand.lost_rate) * weight
        groups.setdefault((items[demand.item], late, lost, demand.transit), []).append(demand)
    keys = sorted(groups)
    shape = (len(keys), len(timeline))
    quantity, partial = np.zeros(shape), np.zeros(shape)
    for row, key in enumerate(keys):
        for demand in groups[key]:
            size = demand.quantity / unit[key[0]]
            quantity[row, demand.bucket] += size
            partial[row, demand.bucket] += size * _partial_days(plant, timeline, demand)
    partial = np.divide(partial, quantity, out=np.zeros(shape), where=quantity > 0)
    scale = np.array([10.0**row.precision for row in plant.items])
    item = np.array([key[0] for key in keys], dtype=np.int64)
    per = unit[item] / scale[item] if len(keys) else np.zeros(0)
    return DemandClasses(
        item,
        np.array([key[1] for key in keys]) * per,
        np.array([key[2] for key in keys]) * per,
        np.array([key[3] for key in keys], dtype=np.int64),
        quantity,
        partial,
    )


def _partial_days(plant: Plant, timeline: Timeline, demand: Demand) -> float:
    if plant.costs.lateness is Lateness.MINUTE:
        late = int(timeline.ends[demand.bucket]) - max(demand.due, 0)
        return min(late / 1440, float(timeline.days[demand.bucket]))
    return float(timeline.days_late(demand.due, demand.bucket))
