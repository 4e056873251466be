"""What the previous plan has of every lot, and what changing it costs (docs/model.md, section 10)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from capacityplan.domain.plant import Plant
from capacityplan.domain.replanning import PreviousRun
from capacityplan.units import MINUTES_PER_DAY, MINUTES_PER_HOUR


@dataclass(frozen=True, slots=True)
class Formerly:
    """A lot of the previous plan.

    Attributes
    ----------
    runs : tuple of PreviousRun
        Its operations that are still to begin, by start.
    """

    lot: str
    item: str
    runs: tuple[PreviousRun, ...]

    @property
    def start(self) -> int:
        """Minute in which it begins at the earliest."""
        return self.runs[0].start

    @property
    def until(self) -> int:
        """Minute in which it begins at the latest."""
        return self.runs[0].until

    @property
    def quantity(self) -> int:
        """What its first operation works on."""
        return sum(row.quantity for row in self.runs if row.operation == self.runs[0].operation)

    @property
    def to_the_minute(self) -> bool:
        """Whether it was scheduled: then its quantity counts."""
        return self.start == self.until

    def meets(self, begin: int, end: int, tolerance: int) -> bool:
        """Whether a lot that starts within a bucket can be where it was."""
        return self.start - tolerance <= end and begin <= self.until + tolerance

    @property
    def operations(self) -> int:
        """Number of operations."""
        return len({row.operation for row in self.runs})


class Stability:
    """The previous plan by lots, and rates of changes by the zones they lie in.

    Attributes
    ----------
    lots : tuple of Formerly
        By start; orders in progress are left out: where they are is given.
    rates : (3,) money
        For an operation in the frozen, the slushy and the open zone.
    frozen, slushy : int
        Minutes at which these zones end.
    tolerance : int
        Minutes by which a start may move without being changed.
    """

    def __init__(self, plant: Plant) -> None:
        costs, fences = plant.costs, plant.fences
        self.rates = (
            float(costs.change_cost_frozen), float(costs.change_cost_slushy), float(costs.change_cost_open)
        )  # fmt: skip
        self.tolerance = costs.change_tolerance_minutes
        self.frozen = fences.frozen_hours * MINUTES_PER_HOUR
        self.slushy = fences.slushy_days * MINUTES_PER_DAY
        in_progress = {row.order for row in plant.receipts}
        runs: dict[str, list[PreviousRun]] = defaultdict(list)
        for row in plant.previous_runs:
            if row.lot not in in_progress:
                runs[row.lot].append(row)
        found = [
            Formerly(lot, rows[0].item, tuple(sorted(rows, key=lambda row: (row.start, row.operation))))
            for lot, rows in runs.items()
        ]
        self.lots = tuple(sorted(found, key=lambda row: (row.start, row.lot)))

    def rate(self, minute: int) -> float:
        """Money for an operation that is changed, by the earlier of its starts."""
        frozen, slushy, later = self.rates
        if minute < self.frozen:
            return frozen
        return slushy if minute < self.slushy else later
