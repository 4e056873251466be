"""Transfer batches of a lot: what is done before each passes on, and what the next operation has begun then.

The search's own reading of docs/model.md, section 2 (the checker has another one).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Operation, OperationResource
from capacityplan.prepare.lotflow import run_minutes
from capacityplan.units import ceil_div, floor_fraction, floor_product

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
        # The last batch waits for the run's end, whatever was done of it: the next run ends no sooner.
        tuple(-1 if units <= done and units < entering else max(units - done, 0) for units in ends),
        tuple(floor_product(number * size, operation.yield_fraction) for number in range(len(ends))),
    )


class Clock(Protocol):
    """Working time of a resource."""

    def finish(self, start: int, work: int, /) -> int | None:
        """End of so many working minutes from a working minute."""

    def worked(self, minute: int, /) -> int:
        """Working minutes before an instant."""

    def reached(self, worked: int, /) -> int:
        """First instant before which there are so many working minutes."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What comes of a run when, for the next operation of its lot.

    Attributes
    ----------
    comes : tuple of int or None
        When each transfer batch is there, waited; None: before the plan.
    end : int
        When all of it is there.
    """

    transfers: Transfers
    comes: tuple[int | None, ...]
    end: int

    @classmethod
    def of(
        cls, lookup: Lookup, clock: Clock, operation: Operation, mode: OperationResource,
        transfers: Transfers, run: tuple[int, int],
    ) -> Stream:  # fmt: skip
        """Follow a run from its start to its end."""
        start, end = run
        wait = operation.min_wait_minutes
        ends = [
            None if minutes < 0 else clock.finish(start, minutes)
            for minutes in transfers.done_minutes(lookup, operation, mode)
        ]
        comes = tuple(None if at is None else at + wait for at in ends)
        return cls(transfers, comes, end + wait)

    @property
    def first(self) -> int:
        """When the first batch is there."""
        return self.comes[0] or 0

    def earliest(
        self, lookup: Lookup, clock: Clock, operation: Operation, mode: OperationResource, work: int
    ) -> int:
        """Earliest start of the next operation at which it never runs short, by its resource's clock."""
        if not work:
            return self.end
        begun = self.transfers.begun_minutes(lookup, operation, mode)
        least = max(
            (
                # The last minute is worked after all has come.
                clock.worked(at) - min(minutes, work - 1)
                for at, minutes in zip(self.comes, begun, strict=True)
                if at is not None
            ),
            default=0,
        )
        return max(self.first, clock.reached(least))
