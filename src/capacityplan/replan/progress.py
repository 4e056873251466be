"""Lots on their way: what of their routing is done, what they have taken, what is left."""

from __future__ import annotations

from dataclasses import dataclass

from capacityplan.domain.plan import Lot, Run
from capacityplan.domain.plant import Operation, Receipt, ReceiptKind
from capacityplan.prepare.lotflow import beside, components_taken
from capacityplan.replan.confirmed import Confirmed
from capacityplan.replan.objects import Objects
from capacityplan.replan.shelf import Shelf
from capacityplan.solve.settle.facts import after_inspection
from capacityplan.units import MINUTES_PER_HOUR, ceil_fraction, floor_product
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Leg, LotFlow, Occasion


@dataclass(frozen=True, slots=True)
class _Done:
    """How far an operation is.

    Attributes
    ----------
    worked, good : int
        Base units that have gone through it, and those of them that are good.
    """

    started: int
    ended: int
    finished: bool
    worked: int
    good: int
    resource: str


@dataclass(frozen=True, slots=True)
class _Next:
    """A lot whose next operation is to be released once its components can be taken.

    Attributes
    ----------
    stands : Receipt or None
        The order in progress it is until then; None: it stays planned, unless it has ``begun``.
    """

    planned: int
    receipt: Receipt
    needs: tuple[tuple[str, int], ...]
    stands: Receipt | None
    begun: bool


class Progress:
    """Lots between two moments.

    Attributes
    ----------
    over : set of str
        Lots that are finished.
    groups : dict of resource to setup group
        What machines are set up for.
    """

    def __init__(self, case: Case, confirmed: Confirmed, shelf: Shelf, objects: Objects) -> None:
        self._case, self._confirmed, self._shelf, self._objects = case, confirmed, shelf, objects
        self._frozen = confirmed.now + case.plant.fences.frozen_hours * MINUTES_PER_HOUR
        self._under_way: list[Receipt] = []
        self._next: list[_Next] = []
        self._last: dict[str, tuple[int, str]] = {}
        self.over: set[str] = set()

    @property
    def groups(self) -> dict[str, str]:
        """Setup group of the last run that began on each resource."""
        return {resource: group for resource, (_, group) in self._last.items()}

    def lots(self) -> None:
        """Lead every lot as far as it has come."""
        for flow in self._case.flow.lots.values():
            self._lot(flow)

    def receipts(self) -> list[Receipt]:
        """Orders in progress; components of operations to be released are taken now, where they are there."""
        released = []
        for one in sorted(self._next, key=lambda one: (one.planned, one.receipt.order)):
            if self._shelf.take_now(one.needs):
                released.append(one.receipt)
            elif one.stands is not None:
                released.append(one.stands)
            elif one.begun:
                self._shelf.take_rest(one.needs, f"{one.receipt.order}/{one.receipt.operation}")
                released.append(one.receipt)
        return [*self._under_way, *released]

    def _lot(self, flow: LotFlow) -> None:
        lot, quantity, ready, ended = flow.lot, flow.lot.quantity, 0, 0
        former: Receipt | None = None
        begun = False
        entering = quantity
        for place, leg in enumerate(flow.legs):
            entering = quantity
            if not quantity:
                break  # All of it was rejected.
            done = self._done(flow, leg, quantity, ready, ended)
            if done is None:
                self._waits(flow, leg, quantity, former, begun)
                return
            begun = True
            if not leg.resumed:
                for component, taken in self._needs(lot, leg.operation, quantity, done.started):
                    self._shelf.take(component, taken, done.started, f"{lot.lot}/{leg.operation.operation}")
            self._note_group(lot, done)
            if not done.finished:
                self._ahead(flow, place, done, quantity)
                self._under_way.append(self._receipt(flow, leg, quantity, done.worked, done.resource))
                return
            decided = self._inspected(lot, leg, done.good)
            whole = self._entering(leg, done.good)
            stands = self._receipt(flow, leg, whole, whole, done.resource)
            # No rest of a batch or of fixed time takes no time: such a lot stands at what follows.
            former = None if leg.operation.batch_size or leg.operation.fixed_minutes else stands
            if decided is None and former is not None:
                self._under_way.append(former)
                return
            if decided is None:
                decided = self._as_planned(lot, leg, done.good)
                self._shelf.note(
                    f"{lot.lot}: its inspection after {leg.operation.operation} is still to be decided"
                )
            quantity, ended = decided, done.ended
            ready = done.started if leg.operation.overlap_quantity else done.ended
        self.over.add(lot.lot)
        self._objects.finished(lot.lot, lot.item, lot.version, quantity, ended)
        for component, coming in beside(self._case.lookup, lot.item, lot.version, entering):
            self._objects.came(f"{lot.lot}/{component}", component, coming, ended)

    def _ahead(self, flow: LotFlow, place: int, done: _Done, entering: int) -> None:
        """Tell of an operation that has begun on what the unfinished one before has passed on."""
        leg = flow.legs[place]
        if not leg.operation.overlap_quantity:
            return
        after = flow.legs[place + 1]
        quantity = floor_product(entering, leg.operation.yield_fraction)
        if self._done(flow, after, quantity, done.started, 0) is not None:
            self._shelf.note(
                f"{flow.lot.lot}: {after.operation.operation} has begun on what {leg.operation.operation} has"
                " passed on; an order in progress stands at one operation, so all of it is planned once more"
            )

    def _done(self, flow: LotFlow, leg: Leg, entering: int, ready: int, before_ended: int) -> _Done | None:
        """How far an operation is; None where it has not begun.

        Parameters
        ----------
        ready, before_ended : int
            When it may have begun, and when the one before has ended.
        """
        before = flow.receipt.done_quantity if leg.resumed and flow.receipt is not None else 0
        rows = self._confirmed.run(flow.lot.lot, leg.operation.operation)
        if rows:
            good = sum(row.quantity for row in rows)
            worked = good + sum(row.rejected for row in rows)
            if before + worked > entering:
                self._shelf.too_much(flow.lot, leg.operation.operation, before + worked, entering)
            started = min(row.at if row.start is None else row.start for row in rows)
            finished = any(row.finished for row in rows)
            good += floor_product(before, leg.operation.yield_fraction)
            named = [row.resource for row in rows if row.resource]
            where = named[-1] if named else (leg.works[0].row.resource if leg.works else "")
            return _Done(started, rows[-1].at, finished, min(before + worked, entering), good, where)
        runs = [work.row for work in leg.works if isinstance(work.row, Run)]
        if not self._confirmed.as_planned or not runs:
            return None
        started, ended = min(run.start for run in runs), max(run.end for run in runs)
        if started >= self._confirmed.now or started < ready or ended < before_ended:
            return None
        good = floor_product(entering, leg.operation.yield_fraction)
        if ended <= self._confirmed.now:
            return _Done(started, ended, True, entering, good, runs[0].resource)
        steps = self._case.working(runs[0].resource)
        whole = max(steps.open_minutes(started, ended), 1)
        part = steps.open_minutes(started, self._confirmed.now)
        worked = before + (entering - before) * part // whole
        return _Done(started, ended, False, worked, 0, runs[0].resource)

    def _inspected(self, lot: Lot, leg: Leg, good: int) -> int | None:
        """Quantity that goes on after in-process inspections; None while one is not decided."""
        if not good:
            return 0
        for occasion in leg.occasions:
            decision = self._confirmed.decision(lot.lot, occasion.row.inspection)
            if decision is not None:
                good = decision.quantity
            elif self._is_decided(lot, occasion):
                good = after_inspection(
                    self._case.lookup, lot.item, lot.version, occasion.row.inspection, good
                )
            else:
                return None
        return good

    def _as_planned(self, lot: Lot, leg: Leg, good: int) -> int:
        """Quantity that in-process inspections leave by their planned rates."""
        for occasion in leg.occasions:
            good = after_inspection(self._case.lookup, lot.item, lot.version, occasion.row.inspection, good)
        return good

    def _is_decided(self, lot: Lot, occasion: Occasion) -> bool:
        now = self._confirmed.now
        tested = self._confirmed.tested(lot.lot, occasion.row.inspection)
        if tested is not None:
            return tested + occasion.row.wait_minutes <= now
        release = occasion.release
        return self._confirmed.as_planned and release is not None and release.minute <= now

    def _entering(self, leg: Leg, good: int) -> int:
        """Least quantity from which an operation's planned yield makes what was really made."""
        share = leg.operation.yield_fraction
        return ceil_fraction(good / share) if share else good

    def _waits(self, flow: LotFlow, leg: Leg, quantity: int, former: Receipt | None, begun: bool) -> None:
        """Note a lot whose next operation has not begun: released if it is due in the frozen zone."""
        planned = min((work.begins for work in leg.works), default=0)
        if flow.receipt is not None and leg is flow.legs[0]:
            self._under_way.append(flow.receipt)
            return
        begins = min(
            (work.row.setup_start for work in leg.works if isinstance(work.row, Run)), default=self._frozen
        )
        if not begun and begins >= self._frozen:
            return
        where = ""
        if not begun and len({work.row.resource for work in leg.works}) == 1:
            where = leg.works[0].row.resource
        receipt = self._receipt(flow, leg, quantity, 0, where)
        needs = self._needs(flow.lot, leg.operation, quantity, max(planned, self._confirmed.now))
        self._next.append(_Next(planned, receipt, tuple(needs), former, begun))

    def _receipt(self, flow: LotFlow, leg: Leg, quantity: int, done: int, resource: str) -> Receipt:
        lot = flow.lot
        ends = [work.ends for other in flow.legs for work in other.works]
        due = max(ends, default=self._confirmed.now)
        status = "in progress" if done or leg is not flow.legs[0] else "released"
        return Receipt(
            lot.lot, ReceiptKind.PRODUCTION, lot.item, quantity, due, status,
            self._case.lookup.unlearnt(lot.item, lot.version),
            leg.operation.operation, min(done, quantity), resource,
        )  # fmt: skip

    def _needs(self, lot: Lot, operation: Operation, quantity: int, minute: int) -> list[tuple[str, int]]:
        lookup = self._case.lookup
        return list(components_taken(lookup, lot.item, lot.version, operation.operation, quantity, minute))

    def _note_group(self, lot: Lot, done: _Done) -> None:
        if done.resource:
            group = self._case.lookup.setup_group(lot.item)
            self._last[done.resource] = max(self._last.get(done.resource, (-1, "")), (done.started, group))
