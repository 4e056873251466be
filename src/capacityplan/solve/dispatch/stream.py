"""A run that passes on to the next operation of its lot while it is under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plant import Operation, OperationResource
from capacityplan.prepare.overlap import Transfers
from capacityplan.solve.dispatch.resources import WorkClock


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
        cls, lookup: Lookup, clock: WorkClock, operation: Operation, mode: OperationResource,
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
        self, lookup: Lookup, clocks: Mapping[str, WorkClock], operation: Operation,
        mode: OperationResource, work: int,
    ) -> int:  # fmt: skip
        """Earliest start of the next operation on a mode at which it never runs short."""
        if not work:
            return self.end
        clock = clocks[mode.resource]
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
