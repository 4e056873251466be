"""Getting a quantity in time by moving planned lots: next lots made larger or earlier, components lent.

Where new lots and purchases come too late, the next lot of the item is taken out and put in again, as
much larger and earlier as is asked for; or lots that use the same component later give it up, and are
owed until whoever asked puts them back (`capacityplan.promise.rearrange`), later or smaller where it must be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from capacityplan.domain.plan import Lot
from capacityplan.solve.insert.board import Board
from capacityplan.solve.insert.levels import CONSUMPTION, INFLOW, Event
from capacityplan.solve.insert.removal import Movable, Planned
from capacityplan.solve.insert.supply import Supply, Window, lot_quantity
from capacityplan.units import MINUTES_PER_DAY

_LENDERS = 3
"""Lots that may give up a component at once."""
_EFFORT = 40
_USUAL_DAYS = 2
"""From begin to release, of an item without a planned lot."""


@dataclass(slots=True)
class Terms:
    """How far moving may go.

    Attributes
    ----------
    deadline : int
        Minute by which what is asked for is wanted; what is there by then is in time.
    larger_first : bool
        Whether next lots are made larger before new ones are tried.
    slack : int
        Times the usual minutes from begin to release that are left for making an item.
    lends : bool
        Whether lots give up components.
    effort : int
        Lots that may still be tried.
    """

    deadline: int
    larger_first: bool = True
    slack: int = 1
    lends: bool = True
    effort: int = _EFFORT


class Mover(Supply):
    """A supply that moves planned lots too.

    Parameters
    ----------
    movable : Movable
    terms : Terms
        The effort in it is used up.
    """

    def __init__(
        self, prefix: str, taken: frozenset[str], movable: Movable, terms: Terms, window: Window | None = None
    ) -> None:
        super().__init__(prefix, taken, window)
        self.movable, self.terms = movable, terms
        self._limit = terms.deadline

    def obtain(
        self, board: Board, item: str, quantity: int, minute: int, kind: int, depth: int = 0
    ) -> int | None:
        """Make sure that a quantity is free by the deadline, or soon after (the board changes)."""
        limit = max(minute, self._limit)
        at = board.levels[item].earliest(quantity, minute, kind)
        if at is not None and at <= limit:
            return at
        if self.terms.effort <= 0:
            return at
        best: tuple[int, Board] | None = None
        for way in self._ways():
            trial = board.copy()
            found = way(trial, item, quantity, minute, kind, depth)
            if found is not None and (best is None or found < best[0]):
                best = (found, trial)
                if found <= limit:
                    break
        if best is None or (at is not None and at <= best[0]):
            return at
        board.become(best[1])
        return best[0]

    def want(self, deadline: int, lends: bool) -> None:
        """Go on for something else, with as much effort again."""
        self.terms = replace(self.terms, deadline=deadline, lends=lends, effort=_EFFORT)
        self._limit = deadline

    def plain(self) -> Supply:
        """A supply that moves nothing, with names that go on from here."""
        twin = Supply(self._prefix, self._taken, self._window)
        twin._numbers = self._numbers
        return twin

    def _ways(self) -> tuple[Callable[[Board, str, int, int, int, int], int | None], ...]:
        new = super().obtain
        make = (self._larger, new) if self.terms.larger_first else (new, self._larger)
        return (*make, self._lent) if self.terms.lends else make

    def _lot(self, board: Board, lot: Lot, fresh: int, depth: int) -> int | None:
        self.terms.effort -= 1
        outer = self._limit
        self._limit = outer - self.terms.slack * self._minutes(lot.item)
        accepted = super()._lot(board, lot, fresh, depth)
        self._limit = outer
        return accepted

    def _minutes(self, item: str) -> int:
        """Usual minutes from the begin of a lot to its release."""
        spans = sorted(one.released - one.begins for one in self.movable.of_item.get(item, ()))
        return spans[len(spans) // 2] if spans else _USUAL_DAYS * MINUTES_PER_DAY

    # The item's own next lot

    def _larger(
        self, board: Board, item: str, quantity: int, minute: int, kind: int, depth: int
    ) -> int | None:
        limit = max(minute, self._limit)
        own = [one for one in self.movable.of_item.get(item, ()) if one.lot.lot not in board.taken]
        later = next((one for one in own if one.released > limit), None)
        there = next((one for one in reversed(own) if one.released <= limit), None)
        best: tuple[int, Board] | None = None
        for one in (there, later):
            if one is None or (best is not None and best[0] <= limit):
                continue
            for trial in self._enlarged(board, one, quantity, limit, kind, depth):
                found = trial.levels[item].earliest(quantity, minute, kind)
                if found is not None and (best is None or found < best[0]):
                    best = (found, trial)
                    if found <= limit:
                        break
        if best is None:
            return None
        board.become(best[1])
        return best[0]

    def _enlarged(
        self, board: Board, one: Planned, quantity: int, limit: int, kind: int, depth: int
    ) -> Iterator[Board]:
        """Boards with a lot made as much larger, and earlier, as a quantity by a deadline asks for."""
        item, level = one.lot.item, board.levels[one.lot.item]
        (_, event), *_ = one.inflows()
        if one.released > limit:
            there = Event(limit, board.bucket(limit, INFLOW), INFLOW, event.quantity, event.expires)
            level = level.with_event(event, -1).with_event(there)
        more = max(0, quantity - level.free(limit, kind))
        size = lot_quantity(board, item, one.lot.version, one.accepted + more) if more else one.lot.quantity
        out = self.movable.take_out(board, one.lot.lot) if size else None
        if out is None:
            return
        span = 2 * (one.released - one.begins)
        late = (max(0, limit - span), max(0, limit - span - _USUAL_DAYS * MINUTES_PER_DAY))
        begins = (one.begins, 0) if one.released <= limit else (*late, 0)
        lowest = min(level.lowest(), 0)
        for begin in dict.fromkeys(begins):
            trial = out.copy()
            accepted = self._lot(trial, replace(one.lot, quantity=size), begin, depth)
            if accepted is None or accepted < one.accepted + more:
                continue
            self.movable.forget(trial, one.lot.lot)
            if trial.levels[item].lowest() >= lowest:
                yield trial

    # Components of other lots

    def _lent(self, board: Board, item: str, quantity: int, minute: int, kind: int, depth: int) -> int | None:
        """Take out lots that use an item later, those first that can wait longest for it."""
        if kind != CONSUMPTION:
            return None
        limit = max(minute, self._limit)
        for _ in range(_LENDERS):
            short = board.levels[item].below(quantity, limit)
            lenders = [
                name
                for at, _, name in self.movable.using.get(item, ())
                if name not in board.taken and minute <= at and (short is None or at <= short)
            ]
            trial = next((t for name in self._patient(board, lenders)
                          if (t := self.movable.take_out(board, name)) is not None), None)  # fmt: skip
            if trial is None:
                return None
            board.become(trial)
            found = board.levels[item].earliest(quantity, minute, kind)
            if found is not None and found <= limit:
                return found
        return None

    def _patient(self, board: Board, lots: list[str]) -> list[str]:
        return sorted(lots, key=lambda name: -self.patience(board, name))

    def patience(self, board: Board, name: str) -> int:
        """Minutes by which a lot may be released later until stock falls short of it."""
        one = self.movable.lots[name]
        (item, event), *_ = one.inflows()
        short = board.levels[item].with_event(event, -1).below(0, one.released)
        return (board.never if short is None else short) - one.released
