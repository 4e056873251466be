"""What is free of pools used by the minute: labour, tools, labs, groups of machines."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from capacityplan.domain.timeline import Steps

_Free = npt.NDArray[np.int32]


class Pool:
    """Units free in every minute of the horizon. Not changed in place: `less` returns another."""

    __slots__ = ("_free",)

    def __init__(self, free: _Free) -> None:
        self._free = free

    @classmethod
    def of(cls, steps: Steps, uses: Iterable[tuple[int, int, int]], horizon_end: int) -> Pool:
        """Take uses (start, end, units) off a capacity."""
        free = np.zeros(horizon_end, dtype=np.int32)
        for start, end, capacity in steps.intervals():
            free[start:end] = capacity
        for start, end, units in uses:
            free[start:end] -= units
        return cls(free)

    def short(self, start: int, end: int, units: int) -> int | None:
        """First minute between two instants at which fewer units are free; None if there is none."""
        part = self._free[start:end] < units
        return start + int(part.argmax()) if part.any() else None

    def back_at(self, minute: int, units: int) -> int:
        """First minute at or after an instant at which units are free (the horizon's end: never)."""
        part = self._free[minute:] >= units
        return minute + int(part.argmax()) if part.any() else len(self._free)

    def less(self, stretches: Iterable[tuple[int, int]], units: int) -> Pool:
        """Take units away during stretches."""
        free = self._free.copy()
        for start, end in stretches:
            free[start:end] -= units
        return Pool(free)
