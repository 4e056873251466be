"""Stock on the shelf between two moments: what came, what was taken, what has expired."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Lot
from capacityplan.domain.plant import Actual, Stock
from capacityplan.exchange.texts import scaled_text
from capacityplan.units import MINUTES_PER_DAY

_INFLOW, _CONSUMPTION, _DELIVERY, _COUNT = range(4)
_NEVER = 10**12


@dataclass(slots=True)
class _Batch:
    name: str
    expires: int
    quantity: int


@dataclass(frozen=True, slots=True)
class _Event:
    """At equal minutes what comes comes first, then operations take, then deliveries, then counts."""

    minute: int
    phase: int
    number: int
    item: str
    quantity: int
    name: str
    expires: int = _NEVER


class Shelf:
    """Unrestricted stock of every item; first expired, first out."""

    def __init__(self, lookup: Lookup, now: int, notes: list[str]) -> None:
        self._lookup, self._now, self._notes = lookup, now, notes
        self._events: list[_Event] = []
        self._batches: dict[str, list[_Batch]] = defaultdict(list)

    def expiry(self, item: str, completed: int) -> int:
        """Minute at which what is completed at a minute expires."""
        days = self._lookup.items[item].shelf_life_days
        return _NEVER if days is None else completed + days * MINUTES_PER_DAY

    def put(self, item: str, quantity: int, minute: int, expires: int, name: str) -> None:
        """Note an inflow."""
        self._events.append(_Event(minute, _INFLOW, len(self._events), item, quantity, name, expires))

    def take(self, item: str, quantity: int, minute: int, name: str, last: bool = False) -> None:
        """Note a consumption, or (``last``) a delivery."""
        phase = _DELIVERY if last else _CONSUMPTION
        self._events.append(_Event(minute, phase, len(self._events), item, quantity, name))

    def settle(self, counts: Iterable[Actual]) -> None:
        """Let everything happen in its order."""
        for row in counts:
            self._events.append(
                _Event(row.at, _COUNT, len(self._events), row.object, row.quantity, f"count of {row.object}")
            )
        for event in sorted(self._events, key=lambda one: (one.minute, one.phase, one.number)):
            if event.phase == _INFLOW:
                self._add(event.item, event.quantity, event.expires, event.name)
            elif event.phase == _COUNT:
                self._count(event)
            else:
                missing = self._remove(event.item, event.quantity, event.minute)
                if missing:
                    self._missing(event.name, event.item, missing)

    def on_hand(self, item: str) -> int:
        """Base units of an item that are there now and have not expired."""
        return sum(batch.quantity for batch in self._batches[item] if batch.expires > self._now)

    def take_now(self, needs: Iterable[tuple[str, int]]) -> bool:
        """Take components now, all of them or none."""
        wanted: dict[str, int] = defaultdict(int)
        for item, quantity in needs:
            wanted[item] += quantity
        if any(self.on_hand(item) < quantity for item, quantity in wanted.items()):
            return False
        for item, quantity in wanted.items():
            self._remove(item, quantity, self._now)
        return True

    def take_rest(self, needs: Iterable[tuple[str, int]], name: str) -> None:
        """Take components now as far as they are there."""
        for item, quantity in needs:
            missing = self._remove(item, quantity, self._now)
            if missing:
                self._missing(name, item, missing)

    def note(self, text: str) -> None:
        """Note what did not fit together."""
        self._notes.append(text)

    def too_much(self, lot: Lot, operation: str, confirmed: int, entering: int) -> None:
        """Note that more of a lot was confirmed than went into an operation."""
        self.note(
            f"{lot.lot}/{operation}: {self._text(lot.item, confirmed)} were confirmed, good and bad,"
            f" of {self._text(lot.item, entering)} that went in"
        )

    def _missing(self, name: str, item: str, quantity: int) -> None:
        self.note(f"{name}: {self._text(item, quantity)} of {item} were taken that were not in stock")

    def _text(self, item: str, quantity: int) -> str:
        return scaled_text(quantity, self._lookup.items[item].precision)

    def rows(self) -> list[Stock]:
        """Stock rows of what is there; what has expired is gone."""
        rows = []
        for item, batches in self._batches.items():
            for batch in batches:
                if batch.quantity <= 0:
                    continue
                if batch.expires <= self._now:
                    gone = self._text(item, batch.quantity)
                    self.note(f"{batch.name}: {gone} of {item} have expired")
                    continue
                expires = None if batch.expires == _NEVER else batch.expires
                rows.append(Stock(batch.name, item, batch.quantity, expires=expires))
        return rows

    def _add(self, item: str, quantity: int, expires: int, name: str) -> None:
        for batch in self._batches[item]:
            if batch.name == name and batch.expires == expires:
                batch.quantity += quantity
                return
        taken = {batch.name for batch in self._batches[item]}
        while name in taken:
            name += "'"
        self._batches[item].append(_Batch(name, expires, quantity))
        self._batches[item].sort(key=lambda batch: (batch.expires, batch.name))

    def _remove(self, item: str, quantity: int, minute: int) -> int:
        """Take what expires first; return what was missing."""
        for batch in self._batches[item]:
            if batch.expires > minute:
                part = min(batch.quantity, quantity)
                batch.quantity -= part
                quantity -= part
        return quantity

    def _count(self, event: _Event) -> None:
        there = sum(batch.quantity for batch in self._batches[event.item])
        if event.quantity > there:
            self._add(event.item, event.quantity - there, self.expiry(event.item, event.minute), event.name)
        else:
            self._remove(event.item, there - event.quantity, -_NEVER)
