"""Overlapping operations: when transfer batches are on their way, and when the next operation needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Operation
from capacityplan.units import ceil_div, floor_fraction
from capacityplan.verify.facts import Leg, Work, run_minutes, work_minutes


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
        self._scale = lookup.scale[after.item]
        self._efficiency = {name: row.efficiency for name, row in lookup.resources.items()}
        self._step: Operation = before.operation
        self._run, self._after = before.works[0], after
        self._entering = before.entering
        self._ready = before.entering - before.to_run

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
            number = max(number, through // self._step.overlap_quantity) + 1

    @property
    def _count(self) -> int:
        return max(ceil_div(self._entering, self._step.overlap_quantity), 1)

    def _batch(self, number: int) -> TransferBatch:
        size = self._step.overlap_quantity
        units = min(number * size, self._entering)
        done = None if units <= self._ready else self._minutes(units - self._ready)
        if number == 1:
            return TransferBatch(done, 0)
        passed = floor_fraction((number - 1) * size * self._step.yield_fraction)
        row = self._after.row
        work = work_minutes(
            self._after.operation, self._after.mode, self._efficiency[row.resource], passed, self._scale
        )
        return TransferBatch(done, floor_fraction(work))

    def _minutes(self, units: int) -> int:
        efficiency = self._efficiency[self._run.row.resource]
        return run_minutes(self._step, self._run.mode, efficiency, units, self._scale)

    def _through(self, minutes: int) -> int:
        """Base units done after so many minutes of the run."""
        efficiency = self._efficiency[self._run.row.resource]
        fixed = Fraction(self._step.fixed_minutes)
        per = work_minutes(self._step, self._run.mode, efficiency, 1, self._scale) - fixed
        done = self._entering if not per else floor_fraction((minutes - fixed) / per)
        return self._ready + done
