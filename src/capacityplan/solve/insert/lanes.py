"""Runs on one resource to the minute: where one more fits without moving the others."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from capacityplan.prepare.runway import Runway


@dataclass(frozen=True, slots=True)
class Occupied:
    """A run (or a batch) on a resource.

    Attributes
    ----------
    setup_minutes : int
        Setup of its mode, changeover not included.
    units : tuple of (pool, units)
        Labour and tool it needs while it is set up and runs.
    rows : tuple of (lot, operation, start)
        The plan's runs behind it.
    quantity, operation : int, str
        Of batches: what is in it, and the operation they share.
    """

    setup_start: int
    start: int
    end: int
    group: str
    setup_minutes: int
    units: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, str, int], ...]
    quantity: int = 0
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A run to be placed.

    Attributes
    ----------
    ready : int
        Minute at which it may start.
    floor : int
        Minute at which its setup may start (frozen zone).
    """

    group: str
    setup_minutes: int
    minutes: int
    pausable: bool
    units: tuple[tuple[str, int], ...]
    ready: int
    floor: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run fits.

    Attributes
    ----------
    index : int
        Position in the sequence of the resource.
    follower_setup : int or None
        New, earlier start of the setup of the run that follows.
    """

    setup_start: int
    start: int
    end: int
    index: int
    follower_setup: int | None = None


Changeover = Callable[[str | None, str], int | None]
"""Minutes from one group to another; None where the matrix lacks the pair."""
Short = Callable[[tuple[tuple[str, int], ...], list[tuple[int, int]]], tuple[int, int] | None]
"""First minute at which pools lack units in stretches, and when they have them again."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A unary resource: its runs in sequence, its working time and its setup state at the start."""

    runway: Runway
    initial: str | None
    setup_in_breaks: bool
    runs: tuple[Occupied, ...]

    def attended(self, setup_start: int, start: int, end: int) -> list[tuple[int, int]]:
        """Stretches in which a run needs its labour and tool."""
        if not self.setup_in_breaks:
            return self.runway.pieces(setup_start, end)
        setup = [(setup_start, start)] if start > setup_start else []
        return setup + self.runway.pieces(start, end)

    def places(self, wanted: Wanted, changeover: Changeover, short: Short) -> Iterator[Place]:
        """Yield the first place in every gap, earliest first."""
        first = bisect_right(self.runs, max(wanted.floor, wanted.ready), key=lambda run: run.end)
        for index in range(first, len(self.runs) + 1):
            place = self._in_gap(index, wanted, changeover, short)
            if place is not None:
                yield place

    def _in_gap(self, index: int, wanted: Wanted, changeover: Changeover, short: Short) -> Place | None:
        before = self.runs[index - 1] if index else None
        state = before.group if before is not None else self.initial
        change = changeover(state, wanted.group)
        room = self._room(index, wanted, changeover, short)
        if change is None or room is None:
            return None
        limit, follower_setup = room
        setup = wanted.setup_minutes + change
        opened = max(before.end if before is not None else 0, wanted.floor)
        ready = wanted.ready
        while True:
            place = self._fit(opened, ready, setup, wanted)
            if place is None or place.end > limit:
                return None
            lack = short(wanted.units, self.attended(place.setup_start, place.start, place.end))
            if lack is None:
                return replace(place, index=index, follower_setup=follower_setup)
            minute, again = lack
            if minute < place.start:
                opened = max(again, opened + 1)
            else:
                ready = max(again, place.start + 1)

    def _room(
        self, index: int, wanted: Wanted, changeover: Changeover, short: Short
    ) -> tuple[int, int | None] | None:
        """Latest end in a gap, and the follower's new setup start where it needs a longer setup."""
        if index == len(self.runs):
            return self.runway.never - 1, None
        after = self.runs[index]
        change = changeover(wanted.group, after.group)
        if change is None:
            return None
        needed = after.setup_minutes + change
        begin = after.start - needed if self.setup_in_breaks else self.runway.back(after.start, needed)
        if begin is None or begin < wanted.floor:
            return None
        if begin >= after.setup_start:
            return after.setup_start, None
        if short(after.units, self.attended(begin, after.setup_start, after.setup_start)) is not None:
            return None
        return begin, begin

    def _fit(self, opened: int, ready: int, setup: int, wanted: Wanted) -> Place | None:
        """Earliest setup and run in an empty stretch that opens at a minute."""
        runway = self.runway
        if not setup:
            prepared = opened
        elif self.setup_in_breaks:
            prepared = opened + setup
        else:
            prepared = runway.finish(opened, setup)
        begin = max(ready, prepared)
        if wanted.minutes:
            start = runway.begin(begin) if wanted.pausable else runway.unbroken(begin, wanted.minutes)
            end = runway.finish(start, wanted.minutes) if start < runway.never else runway.never
        else:
            start = end = runway.begin(begin)
        if end >= runway.never:
            return None
        back = start - setup if self.setup_in_breaks else runway.back(start, setup)
        return None if back is None else Place(max(back, opened), start, end, 0)
