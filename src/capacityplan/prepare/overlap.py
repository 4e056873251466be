"""Transfer batches of a lot: what is done before each passes on, and what the next operation has begun then.

The search's own reading of docs/model.md, section 2 (the checker has another one).
"""

from __future__ import annotations

from dataclasses import dataclass

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Operation, OperationResource
from capacityplan.prepare.lotflow import run_minutes
from capacityplan.units import ceil_div, floor_fraction

_MOST = 100
"""Transfer batches of a lot that are told apart; smaller ones are planned as if several were one."""


@dataclass(frozen=True, slots=True)
class Transfers:
    """The transfer batches of a lot between two operations.

    Several batches taken as one come when the last of them does, and are begun when the first is: what is
    in time so is in time batch by batch.

    Attributes
    ----------
    done : tuple of int
        Base units to be run until a batch is done; -1 where it was done before the plan.
    begun : tuple of int
        Base units that the next operation has done when it begins the batch.
    """

    done: tuple[int, ...]
    begun: tuple[int, ...]

    def done_minutes(self, lookup: Lookup, operation: Operation, mode: OperationResource) -> list[int]:
        """Working minutes of the earlier run after which each batch is done; -1: before the plan."""
        return [-1 if units < 0 else run_minutes(lookup, operation, mode, units) for units in self.done]

    def begun_minutes(self, lookup: Lookup, operation: Operation, mode: OperationResource) -> list[int]:
        """Working minutes of the later run after which each batch is begun."""
        per = operation.run_minutes if mode.run_minutes is None else mode.run_minutes
        minute = per / (
            operation.per_quantity * lookup.scale[operation.item] * lookup.resources[mode.resource].efficiency
        )
        fixed = operation.fixed_minutes
        return [0, *(fixed + floor_fraction(units * minute) for units in self.begun[1:])]


def transfers(operation: Operation, entering: int, done: int = 0) -> Transfers | None:
    """Transfer batches of a quantity that enters an operation; None where the lot passes on as a whole.

    Parameters
    ----------
    entering, done : int
        Base units that enter, and those of them that were done before the plan.
    """
    size = operation.overlap_quantity
    if not size:
        return None
    size *= ceil_div(ceil_div(entering, size), _MOST) or 1
    ends = [min(first + size, entering) for first in range(0, max(entering, 1), size)]
    return Transfers(
        tuple(-1 if units <= done else units - done for units in ends),
        tuple(floor_fraction(number * size * operation.yield_fraction) for number in range(len(ends))),
    )
