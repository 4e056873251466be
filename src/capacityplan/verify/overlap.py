"""Overlapping operations: when transfer batches are on their way, and when the next operation needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.lookup import Lookup
from capacityplan.units import ceil_div
from capacityplan.verify.facts import Leg, Work, work_minutes


@dataclass(frozen=True, slots=True)
class TransferBatch:
    """A transfer batch between two runs.

    Attributes
    ----------
    done : int or None
        Working minutes of the earlier run after which it is done; None where it was before the plan.
    begun : int
        Working minutes of the later run after which it is begun.
    """

    done: int | None
    begun: int


class Transfer:
    """What an operation of a lot passes on to the next one while it runs.

    Parameters
    ----------
    lookup : Lookup
    before : Leg
        With ``overlap_quantity`` and a run.
    after : Work
        A run of the next operation.
    """

    def __init__(self, lookup: Lookup, before: Leg, after: Work) -> None:
        step, run = before.operation, before.works[0]
        self._size, self._yield = step.overlap_quantity, step.yield_fraction
        self._entering = before.entering
        self._ready = before.entering - before.to_run
        self._fixed, self._per = step.fixed_minutes, _minutes_each(lookup, run)
        self._next_fixed, self._next_per = after.operation.fixed_minutes, _minutes_each(lookup, after)
        self._count = max(ceil_div(self._entering, self._size), 1)

    def first(self) -> TransferBatch:
        """Return the first batch."""
        return self._batch(1)

    def last(self) -> TransferBatch:
        """Return the last batch."""
        return self._batch(self._count)

    def batches(self) -> Iterator[TransferBatch]:
        """Yield the batches; of those done in the same minute only the first, which is needed first."""
        number = 1
        while number <= self._count:
            batch = self._batch(number)
            yield batch
            through = self._ready if batch.done is None else self._through(batch.done)
            number = max(number, through // self._size) + 1

    def _batch(self, number: int) -> TransferBatch:
        units = min(number * self._size, self._entering)
        done = None
        if units > self._ready:
            done = self._fixed + ceil_div((units - self._ready) * self._per.numerator, self._per.denominator)
        if number == 1:
            return TransferBatch(done, 0)
        good = self._yield
        passed = (number - 1) * self._size * good.numerator // good.denominator
        minutes = passed * self._next_per.numerator // self._next_per.denominator
        return TransferBatch(done, self._next_fixed + minutes)

    def _through(self, minutes: int) -> int:
        """Base units done after so many minutes of the run."""
        if not self._per:
            return self._entering
        return self._ready + (minutes - self._fixed) * self._per.denominator // self._per.numerator


def _minutes_each(lookup: Lookup, work: Work) -> Fraction:
    """Run minutes of a base unit of a run on its resource, fixed minutes left out."""
    operation = work.operation
    efficiency = lookup.resources[work.row.resource].efficiency
    whole = work_minutes(operation, work.mode, efficiency, 1, lookup.scale[work.item])
    return whole - operation.fixed_minutes
