"""A second process that searches the same problem with other luck."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from capacityplan.solve.children import begin, end_with_parent
from capacityplan.solve.minute.arrays import Ints
from capacityplan.solve.minute.compiled import ready
from capacityplan.solve.types import Limits

_CHILD = "from capacityplan.solve.minute.second import child; child()"
_GRACE_SECONDS = 0.05
"""How long after the deadline its answer is waited for: more would take the time for settlement."""
_AHEAD_SECONDS = 0.3
"""How long before the deadline the second process stops, to have written when it is asked."""
_WORTH_SECONDS = 4.0
"""Less time than this is not worth a second process."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A schedule as a search writes it down, and its cost."""

    cost: float
    best: Ints


class Searched(Protocol):
    """What a search works on and leaves its best schedule in."""

    def kept(self) -> Kept:
        """Copy the best schedule found."""
        ...

    def take(self, kept: Kept) -> None:
        """Go on from a schedule as the best found."""
        ...


_T = TypeVar("_T", bound=Searched)
Improve = Callable[[_T, Limits, int, Callable[[], float]], None]
"""A search of something until limits are met, with a seed, by a clock; a function of a module's own."""


def improve_twice(improve: Improve[_T], what: _T, limits: Limits, clock: Callable[[], float]) -> None:
    """Search, in a second process too where there is time and leave for it; keep the better of both.

    Parameters
    ----------
    clock : callable
        What the deadline is read on; a processor's clock counts this process alone, so that there is
        no other then.
    """
    seconds = limits.deadline - clock()
    helped = limits.work is None and limits.workers > 1 and seconds > _WORTH_SECONDS
    helped = helped and clock is time.monotonic
    helper = Helper(improve, what, limits.seed + 1000, limits.deadline) if helped else None
    improve(what, limits, limits.seed, clock)
    if helper is not None:
        found = helper.close(limits.stop())
        if found is not None and found.cost < what.kept().cost:
            what.take(found)


class Helper:
    """Searches the same in a process of its own."""

    def __init__(self, improve: Improve[_T], what: _T, seed: int, deadline: float) -> None:
        self._deadline = deadline
        self._result = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        self._process = begin(_CHILD, (improve, what, seed, deadline), self._result)

    def close(self, at_once: bool) -> Kept | None:
        """End the child; return the cost and the schedule it wrote, if it did."""
        left = 0.0 if at_once else max(self._deadline - time.monotonic(), 0.0) + _GRACE_SECONDS
        try:
            code = self._process.wait(left)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        with self._result as result:
            if code != 0:
                return None
            result.seek(0)
            found: Kept = pickle.load(result)
            return found


def child() -> None:
    """Search what standard input gives until its deadline; write the best to standard output."""
    end_with_parent()
    improve, what, seed, deadline = pickle.load(sys.stdin.buffer)
    ready(improve.__module__)
    improve(what, Limits(deadline - _AHEAD_SECONDS), seed, time.monotonic)
    pickle.dump(what.kept(), sys.stdout.buffer)
