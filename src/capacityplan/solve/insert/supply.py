"""Getting a quantity of an item as early as possible: from stock, by lots, by purchases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count

from capacityplan.domain.plan import Lot, Purchase
from capacityplan.domain.plant import Inspection, Stage, SupplierOffer
from capacityplan.prepare.lotflow import accept, beside, in_process
from capacityplan.solve.insert.board import Board
from capacityplan.solve.insert.bucket_lots import lot_in_buckets
from capacityplan.solve.insert.labs import Subject, counted, inspect, undisturbed
from capacityplan.solve.insert.levels import CONSUMPTION, DELIVERY, INFLOW, NEVER, Event
from capacityplan.solve.insert.minute_lots import Made, lot_to_the_minute
from capacityplan.units import MINUTES_PER_DAY, ceil_div, floor_product
from capacityplan.verify.case import week_of
from capacityplan.verify.facts import Moment
from capacityplan.verify.works import incoming

_DEEPEST = 8
_MOST_LOTS = 60


@dataclass(frozen=True, slots=True)
class Window:
    """Where lots may be put: to the minute from a minute on, or in buckets only."""

    earliest: int = 0
    to_the_minute: bool = True


class Supply:
    """Puts lots, purchases and inspections on boards.

    Parameters
    ----------
    prefix : str
        Beginning of the names of new lots and purchases.
    taken : set of str
        Names that are in use.
    """

    def __init__(self, prefix: str, taken: frozenset[str], window: Window | None = None) -> None:
        self._prefix, self._taken, self._window = prefix, taken, window or Window()
        self._numbers = count(1)

    def obtain(
        self, board: Board, item: str, quantity: int, minute: int, kind: int, depth: int = 0
    ) -> int | None:
        """Make sure that a quantity is free from some minute on; that minute (the board changes).

        Stock that nothing else needs comes first; what is missing is made or bought. None where
        no more can be had within the horizon.
        """
        at = board.levels[item].earliest(quantity, minute, kind)
        if at is not None and at <= minute:
            return at
        best: tuple[int, Board] | None = None
        missing = quantity - min(quantity, board.levels[item].free(minute, kind))
        for _ in range(2):
            trial = board.copy()
            found = self._more(trial, item, quantity, missing, minute, kind, depth)
            if found is None:
                break
            if best is None or found <= best[0]:
                best = (found, trial)
            # By then more may be free than at once: so much less need be made.
            less = quantity - min(quantity, board.levels[item].free(found, kind))
            if not 0 < less < missing:
                break
            missing = less
        if best is None or (at is not None and at <= best[0]):
            return at
        board.become(best[1])
        return best[0]

    def _more(
        self, board: Board, item: str, quantity: int, missing: int, minute: int, kind: int, depth: int
    ) -> int | None:
        if depth > _DEEPEST:
            return None
        best: tuple[int, Board] | None = None
        fresh = self._fresh(board, item, minute, kind)
        for trial in self._sources(board, item, missing, fresh, depth):
            found = trial.levels[item].earliest(quantity, minute, kind)
            if found is not None and (best is None or found < best[0]):
                best = (found, trial)
        if best is None:
            return None
        board.become(best[1])
        return best[0]

    def _sources(self, board: Board, item: str, missing: int, fresh: int, depth: int) -> Iterator[Board]:
        """Boards with the missing quantity made in each version, or bought from each supplier."""
        for version in board.lookup.versions.get(item, ()):
            made = self._make(board, item, version, missing, fresh, depth)
            if made is not None:
                yield made
        for supplier, bought in board.lookup.offers:
            if bought == item:
                trial = board.copy()
                if self._buy(trial, supplier, item, missing, fresh):
                    yield trial

    def _fresh(self, board: Board, item: str, minute: int, kind: int) -> int:
        """Minute before which nothing that is to be used at a minute may be completed, or it expires."""
        row = board.lookup.items[item]
        if row.shelf_life_days is None:
            return 0
        keep = row.shelf_life_days - (row.min_remaining_life_days if kind == DELIVERY else 0)
        return max(0, minute - keep * MINUTES_PER_DAY + 1)

    # Lots

    def place(self, board: Board, lot: Lot, earliest: int = 0) -> bool:
        """Put a certain lot in as early as it fits from a minute on; False where it does not fit."""
        return self._lot(board, lot, earliest, 0) is not None

    def _make(
        self, board: Board, item: str, version: str, missing: int, fresh: int, depth: int
    ) -> Board | None:
        """Make a quantity in as few lots as may be; in several where inspections count lots."""
        every = max((row.every_lots for row in _rows(board, item)), default=1)
        for parts in dict.fromkeys((1, every)):
            trial = board.copy()
            got = lots = 0
            while got < missing and lots < _MOST_LOTS:
                wanted = ceil_div(missing, parts) if parts > 1 else missing - got
                quantity = lot_quantity(board, item, version, wanted)
                added = (
                    self._lot(trial, Lot(self._name(), item, quantity, version), fresh, depth)
                    if quantity
                    else None
                )
                if added is None:
                    break
                got += added
                lots += 1
            whole = parts == 1 or lots % parts == 0
            if got >= missing and whole and undisturbed(board, trial):
                return trial
        return None

    def _lot(self, board: Board, lot: Lot, fresh: int, depth: int) -> int | None:
        """Put one lot in, completed no earlier than it keeps; its accepted quantity (the board changes)."""

        def obtain(trial: Board, component: str, taken: int, minute: int) -> int | None:
            return self.obtain(trial, component, taken, minute, CONSUMPTION, depth + 1)

        begin = max(self._window.earliest, fresh)
        ways = [partial(lot_in_buckets, board, lot, obtain, board.timeline.bucket_of_start(begin))]
        if self._window.to_the_minute and begin < board.timeline.window_end:
            ways.insert(0, partial(lot_to_the_minute, board, lot, obtain, begin))
        for way in ways:
            found = way()
            if found is not None:
                trial, made = found
                accepted = self._finish(trial, lot, made)
                if accepted is not None:
                    board.become(trial)
                    return accepted
        return None

    def _finish(self, board: Board, lot: Lot, made: Made) -> int | None:
        """Final inspections and release of a lot into stock."""
        minute = made.completed.minute
        rows = counted(board, board.lookup.inspections(Stage.FINAL, lot.item), minute, lot.lot)
        validations = board.lookup.inspections(Stage.VALIDATION, lot.item)
        gate = board.gates.get(lot.item, 0)
        if validations:
            first = board.first_lots.get(lot.item)
            if first is not None and (minute, lot.lot) < first:
                return None
            if first is None:
                rows += list(validations)
                board.first_lots[lot.item] = (minute, lot.lot)
        in_buckets = any(run.lot == lot.lot for run in board.bucket_runs)
        subject = Subject(lot.lot, lot.item, lot.version, in_buckets)
        passed = inspect(board, subject, rows, made.completed, made.quantity)
        if passed is None:
            return None
        moment = passed.moment
        if validations and gate:
            moment = Moment(max(moment.minute, gate), max(moment.bucket, board.timeline.bucket_of_end(gate)))
        elif validations:
            board.gates[lot.item] = moment.minute
        for component, coming in beside(board.lookup, lot.item, lot.version, made.entering):
            self._stock(board, component, made.completed, coming, minute)
        return self._stock(board, lot.item, moment, passed.quantity, minute)

    def _stock(self, board: Board, item: str, moment: Moment, quantity: int, completed: int) -> int | None:
        if moment.bucket >= len(board.timeline):
            return None
        days = board.lookup.items[item].shelf_life_days
        expires = NEVER if days is None else completed + days * MINUTES_PER_DAY
        board.event(item, Event(moment.minute, moment.bucket, INFLOW, quantity, expires))
        return quantity

    # Purchases

    def _buy(self, board: Board, supplier: str, item: str, missing: int, fresh: int) -> bool:
        """Order a quantity for the earliest day on which the supplier can deliver it."""
        every = max((row.every_lots for row in incoming(board.lookup, item, supplier)), default=1)
        for parts in dict.fromkeys((1, every)):
            trial = board.copy()
            got = 0
            for _ in range(_MOST_LOTS):
                wanted = ceil_div(missing, parts) if parts > 1 else missing - got
                added = self._purchase(trial, supplier, item, wanted, fresh)
                if added is None:
                    break
                got += added
                if got >= missing and len(trial.purchases) % parts == len(board.purchases) % parts:
                    break
            if got >= missing and undisturbed(board, trial):
                board.become(trial)
                return True
        return False

    def _purchase(self, board: Board, supplier: str, item: str, wanted: int, fresh: int) -> int | None:
        rows = incoming(board.lookup, item, supplier)
        gross = gross_of(wanted, rows)
        option = self._first_day(board, supplier, item, gross, fresh)
        if option is None:
            return None
        order_by, arrives, quantity = option
        row = Purchase(self._name(), supplier, item, quantity, order_by, arrives)
        board.purchases += (row,)
        moment = Moment(arrives, board.timeline.bucket_of_start(arrives))
        if moment.bucket >= len(board.timeline):
            return None
        subject = Subject(row.purchase, item, board.lookup.versions.get(item, ("",))[0], False)
        passed = inspect(board, subject, counted(board, rows, arrives, row.purchase), moment, quantity)
        return None if passed is None else self._stock(board, item, passed.moment, passed.quantity, arrives)

    def _first_day(
        self, board: Board, supplier: str, item: str, gross: int, fresh: int
    ) -> tuple[int, int, int] | None:
        """Order instant, arrival and quantity of the earliest order line; None: there is none."""
        best: tuple[int, int, int] | None = None
        offers = board.lookup.offers[supplier, item]
        ordered: dict[int, int] = {}
        for row in (*board.plan.purchases, *board.purchases):
            if (row.supplier, row.item) == (supplier, item):
                week = week_of(board.timeline.clock.ordinal(row.arrives))
                ordered[week] = ordered.get(week, 0) + row.quantity
        for offer in offers:
            found = self._arrival(board, offer, gross, ordered, fresh)
            if found is not None and (best is None or found[1] < best[1]):
                best = found
        return best

    def _arrival(
        self, board: Board, offer: SupplierOffer, gross: int, ordered: dict[int, int], fresh: int
    ) -> tuple[int, int, int] | None:
        """Order instant, arrival and quantity of an order line; by week what is ordered already."""
        clock, lead = board.timeline.clock, offer.lead_time_days * MINUTES_PER_DAY
        earliest = max(max(offer.valid_from or 0, 0) + lead, fresh)
        last = clock.ordinal(board.timeline.horizon_end)
        for day in range(clock.ordinal(earliest), last + 1):
            quantity = self._quantity(board, offer, gross, ordered.get(week_of(day), 0))
            if quantity is None:
                continue
            arrives = max(clock.midnight(day), earliest)
            if arrives >= board.timeline.horizon_end:
                return None
            if offer.valid_to is not None and arrives - lead >= offer.valid_to:
                return None
            if self._opens(board, offer, day):
                return arrives - lead, arrives, quantity
        return None

    def _opens(self, board: Board, offer: SupplierOffer, day: int) -> bool:
        if not offer.calendar:
            return True
        clock = board.timeline.clock
        return board.open_minutes(offer.calendar, clock.midnight(day), clock.midnight(day + 1)) > 0

    def _quantity(self, board: Board, offer: SupplierOffer, gross: int, ordered: int) -> int | None:
        """Quantity of an order of this tier, cut to what the week still allows; None: it has no sense."""
        offers = board.lookup.offers[offer.supplier, offer.item]
        step = max(offer.order_multiple, 1)
        quantity = ceil_div(max(gross, offer.min_order, offer.from_quantity, 1), step) * step
        limits = [row.capacity_per_week for row in offers if row.capacity_per_week is not None]
        if limits:
            quantity = min(quantity, (min(limits) - ordered) // step * step)
        reached = max((row.from_quantity for row in offers if row.from_quantity <= quantity), default=0)
        least = max(offer.min_order, offer.from_quantity, 1)
        return quantity if quantity >= least and reached == offer.from_quantity else None

    def _name(self) -> str:
        while True:
            name = f"{self._prefix}{next(self._numbers):04d}"
            if name not in self._taken:
                return name


def _rows(board: Board, item: str) -> list[Inspection]:
    """Inspection rows that lots of an item pass."""
    return [row for stage in (Stage.IN_PROCESS, Stage.FINAL) for row in board.lookup.inspections(stage, item)]


def passing(board: Board, item: str, version: str, quantity: int) -> int:
    """Quantity of a lot that is accepted if it is subject to every inspection."""
    lookup = board.lookup
    for operation in lookup.routings[item, version]:
        quantity = floor_product(quantity, operation.yield_fraction)
        quantity = accept(quantity, in_process(lookup, item, operation.operation))
    return accept(quantity, lookup.inspections(Stage.FINAL, item))


def lot_quantity(board: Board, item: str, version: str, wanted: int) -> int:
    """Smallest allowed lot of which a quantity is accepted, or the largest there may be; 0: none."""
    row = board.lookup.items[item]
    step = max(row.lot_multiple, 1)
    low = ceil_div(max(row.min_lot, 1), step)
    most = row.max_lot // step if row.max_lot else None
    if most is not None and most < low:
        return 0
    high = low
    while passing(board, item, version, high * step) < wanted and (most is None or high < most):
        high = high * 2 if most is None else min(high * 2, most)
        if high * step > 10**15:
            return 0
    while low < high:
        middle = (low + high) // 2
        if passing(board, item, version, middle * step) < wanted:
            low = middle + 1
        else:
            high = middle
    return low * step


def gross_of(wanted: int, rows: list[Inspection]) -> int:
    """Smallest quantity of which so much passes incoming inspection."""
    low, high = wanted, wanted
    while accept(high, rows) < wanted:
        high = high * 2 + 1
    while low < high:
        middle = (low + high) // 2
        if accept(middle, rows) < wanted:
            low = middle + 1
        else:
            high = middle
    return low
