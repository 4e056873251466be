"""An order served by its date by moving planned lots; everybody else is served again as well as can be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from capacityplan.demand import Demand
from capacityplan.domain.plan import Delivery, Lost, Plan
from capacityplan.promise.displace import by_pain, make_way, shared, shipped
from capacityplan.promise.serve import Entered, Served, first_ship, names_of
from capacityplan.solve.insert import Board, Supply, assembled
from capacityplan.solve.insert.levels import CONSUMPTION, DELIVERY
from capacityplan.solve.insert.moves import Mover, Terms
from capacityplan.solve.insert.removal import Movable, Planned
from capacityplan.units import MINUTES_PER_DAY, floor_fraction

_STEPS = 24
"""Lots put back and shortages relieved, at most."""
_PATIENCE = 14 * MINUTES_PER_DAY
"""By how much later than before who was displaced may well be served."""
_SLACKS = (1, 3)
"""Times the usual minutes that are left for making what the order takes, until it is in time."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How an order is put in.

    Attributes
    ----------
    gives_way : bool
        Whether others of the item give it what is there, and are served from what is moved.
    larger_first : bool
        Whether next lots are made larger before new ones are tried.
    makes : bool
        Whether more is made and bought for those who are short of something.
    """

    gives_way: bool
    larger_first: bool
    makes: bool


class _Stock(Supply):
    """A supply that makes and buys nothing: what is there, when it is there."""

    def obtain(
        self, board: Board, item: str, quantity: int, minute: int, kind: int, depth: int = 0
    ) -> int | None:
        """Return when a quantity is free."""
        return board.levels[item].earliest(quantity, minute, kind)


def rearranged(start: Entered, plan: Plan, movable: Movable, manner: Manner) -> Served | None:
    """Serve an order in full by its due date, with planned lots moved for it.

    Parameters
    ----------
    start : Entered
        The order in the plant; not changed.

    Returns
    -------
    Served or None
        Not verified yet.
    """
    order, transit, timeline = start.order, start.demand.transit, start.board.timeline
    bucket = timeline.bucket_of_end(max(order.due, 0))
    latest = int(timeline.ends[bucket]) - transit
    for slack in _SLACKS:
        trial, kept, displaced = start.board.copy(), list(start.deliveries), list[Delivery]()
        mover = Mover(f"{order.order}-", names_of(plan), movable, Terms(latest, manner.larger_first, slack))
        if manner.gives_way:
            kept, displaced = make_way(trial, start.deliveries, start.demands, order, latest)
        ship = first_ship(timeline, start.demand, bucket)
        minute = mover.obtain(trial, order.item, order.quantity, ship, DELIVERY)
        if minute is None or minute > latest:
            continue
        delivery = Delivery(order.order, order.item, order.quantity, minute, minute + transit)
        trial.event(order.item, shipped(trial, delivery))
        after = _Aftermath(trial, start.demands, kept, displaced, mover, manner.makes)
        if not after.served():
            return None
        made = assembled(trial, (*_joined(after.kept), delivery), (*start.lost, *after.lost))
        return Served(start.plant, made, trial, order, start.demands, delivery, bucket)
    return None


def _joined(rows: list[Delivery]) -> list[Delivery]:
    """Deliveries in which what leaves together to a demand is one."""
    total: dict[tuple[str, int, int], Delivery] = {}
    for row in rows:
        key = (row.demand, row.ship, row.arrive)
        before = total.get(key)
        total[key] = row if before is None else replace(row, quantity=row.quantity + before.quantity)
    return list(total.values())


class _Aftermath:
    """Everybody else, once an order has what it takes.

    Attributes
    ----------
    kept : list of Delivery
    lost : list of Lost
        What is given up.
    """

    def __init__(
        self, board: Board, demands: dict[str, Demand], kept: list[Delivery], displaced: list[Delivery],
        mover: Mover, makes: bool,
    ) -> None:  # fmt: skip
        self._board, self._demands, self._mover, self._makes = board, demands, mover, makes
        self._movable = mover.movable
        self.kept, self._displaced = kept, displaced
        self.lost: list[Lost] = []
        self._dropped: set[str] = set()
        self._supplies = (_Stock("", frozenset()), *((mover.plain(),) if makes else ()))

    def served(self) -> bool:
        """Put back what is owed and serve again who was displaced; False where stock stays short."""
        if not self._settled():
            return False
        displaced, self._displaced = self._displaced, []
        if self._makes:
            displaced = self._in_time(displaced)
            self._make(displaced)
            if not self._settled():
                return False
            displaced, self._displaced = displaced + self._displaced, []
        self._note(*shared(self._board, self._demands, displaced))
        return True

    def _in_time(self, displaced: list[Delivery]) -> list[Delivery]:
        """Serve again what is there as early as before; the rest."""
        rest = []
        for row in sorted(displaced, key=lambda row: (-self._demands[row.demand].late_rate, row.ship)):
            ship = max(row.ship, 1)
            now = min(self._board.levels[row.item].free(ship, DELIVERY), row.quantity)
            if now < row.quantity and self._demands[row.demand].min_shipment:
                now = 0
            if now:
                self.kept.append(replace(row, quantity=now, ship=ship))
                self._board.event(row.item, shipped(self._board, self.kept[-1]))
            if now < row.quantity:
                rest.append(replace(row, quantity=row.quantity - now))
        return rest

    def _make(self, rows: list[Delivery]) -> None:
        """Make what demands are short of, of each item at once: its next lot larger, or new lots."""
        for item in dict.fromkeys(row.item for row in rows):
            own = [row for row in rows if row.item == item]
            total, ship = sum(row.quantity for row in own), max(min(row.ship for row in own), 1)
            self._mover.want(ship + _PATIENCE, lends=False)
            best: tuple[int, Board] | None = None
            for supply in (self._mover, self._mover.plain()):
                trial = self._board.copy()
                found = supply.obtain(trial, item, total, ship, DELIVERY)
                if found is not None and (best is None or found < best[0]):
                    best = (found, trial)
                    if found <= ship + _PATIENCE:
                        break
            if best is not None:
                self._board.become(best[1])

    def _note(self, kept: list[Delivery], lost: list[Lost]) -> None:
        self.kept += kept
        self.lost += lost

    def _settled(self) -> bool:
        """Put back every lot that was taken out; take out, or displace, what then lacks its stock."""
        for _ in range(_STEPS):
            there = {lot.lot for lot in self._board.lots}
            owed = sorted(
                self._board.taken - there - self._dropped, key=lambda name: self._movable.lots[name].begins
            )
            if owed:
                self._put_back(self._movable.lots[owed[0]])
                continue
            short = next((item for item, level in self._board.levels.items() if level.lowest() < 0), None)
            if short is None:
                return True
            if not self._relieved(short):
                return False
        return False

    def _put_back(self, one: Planned) -> None:
        """Put a lot back so that its item does not fall short; else smaller, or later, or not at all."""
        later: list[Board] = []
        for supply in self._supplies:
            trial = self._with(one, one.lot.quantity, supply)
            if trial is not None and trial.levels[one.lot.item].lowest() >= 0:
                return self._board.become(trial)
            later += [] if trial is None else [trial]
        size = self._affordable(one)
        smaller = self._with(one, size, self._supplies[0]) if size else None
        for trial in (*([] if smaller is None else [smaller]), *later):
            return self._board.become(trial)
        self._movable.forget(self._board, one.lot.lot)
        self._dropped.add(one.lot.lot)

    def _with(self, one: Planned, size: int, supply: Supply) -> Board | None:
        trial = self._board.copy()
        if not supply.place(trial, replace(one.lot, quantity=size), one.begins):
            return None
        self._movable.forget(trial, one.lot.lot)
        return trial

    def _affordable(self, one: Planned) -> int:
        """Size for which components are free when the lot was to take them; 0 where it is no lot."""
        share = Fraction(1)
        for out in one.taken:
            free = self._board.levels[out.item].free(out.moment.minute, CONSUMPTION)
            share = min(share, Fraction(free, max(out.quantity, 1)))
        row = self._board.lookup.items[one.lot.item]
        step = max(row.lot_multiple, 1)
        size = floor_fraction(share * one.lot.quantity) // step * step
        return size if max(row.min_lot, 1) <= size < one.lot.quantity else 0

    def _relieved(self, item: str) -> bool:
        """Displace what is delivered of an item that falls short, or take out a lot that takes of it."""
        board, level = self._board, self._board.levels[item]
        short = level.below(0, 0)
        if short is None:
            return False
        missing, last = -level.lowest(), board.timeline.bucket_of_start(short)
        before = [row for row in self.kept if board.timeline.bucket_of_end(row.ship) <= last]
        for row in by_pain(board, before, self._demands, item):
            if row.ship > short + 1 or missing <= 0:
                continue
            whole = self._demands[row.demand].min_shipment
            cut = row.quantity if whole else min(missing, row.quantity)
            missing -= cut
            self.kept.remove(row)
            board.event(item, shipped(board, row), -1)
            if cut < row.quantity:
                rest = replace(row, quantity=row.quantity - cut)
                self.kept.append(rest)
                board.event(item, shipped(board, rest))
            self._displaced.append(replace(row, quantity=cut))
        if missing < -level.lowest():
            return True
        using = [
            name
            for at, _, name in self._movable.using.get(item, ())
            if name not in board.taken and at <= short
        ]
        for name in sorted(using, key=lambda name: -self._mover.patience(board, name)):
            trial = self._movable.take_out(board, name)
            if trial is not None:
                board.become(trial)
                return True
        return False
