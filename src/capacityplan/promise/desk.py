"""The promising desk: a plan kept ready, so that each request is answered at once."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from capacityplan.domain.plan import Certificate, Plan
from capacityplan.domain.plant import Order, Plant
from capacityplan.errors import VerificationError
from capacityplan.promise.serve import Basis, Served, serve
from capacityplan.promise.types import Alternative, Answer, Displaced, Moved, Promise, Request, Shipment
from capacityplan.promise.ways import Ways
from capacityplan.solve.insert import Board
from capacityplan.solve.insert.removal import Movable
from capacityplan.solve.insert.supply import Window
from capacityplan.verify import Verdict, check

_WAYS = (Window(), Window(to_the_minute=False))
"""Where lots may go: anywhere; where the checker refuses that, in buckets only."""
_PARTS = (Fraction(3, 4), Fraction(1, 2), Fraction(1, 4))
_SAVED = Fraction(1, 10)
"""Share of an order's cost that another way has to save to be told."""
_SHOWN = 5


class Desk:
    """Answers requests on one plan.

    Parameters
    ----------
    plant : Plant
    plan : Plan
        Verified.
    reserved : iterable of Request
        Orders that are promised already; they count as planned, in this order.

    Raises
    ------
    VerificationError
        If the plan breaks a rule: nothing is promised on it.
    """

    def __init__(self, plant: Plant, plan: Plan, reserved: Iterable[Request] = ()) -> None:
        plan = replace(plan, ledger=(), certificate=None)
        verdict = check(plant, plan)
        if verdict.violations:
            raise VerificationError(verdict.violations)
        self._verdict = verdict
        self._basis = Basis(plant, plan, Board(plant, plan))
        self._movable: Movable | None = None
        self.unkept: list[Request] = []
        for request in reserved:
            self._keep(request)

    def _keep(self, request: Request) -> None:
        """Put a promised order in; one that no longer fits is told in ``unkept``."""
        refused: list[str] = []
        found = self._verified(request, request.by, _WAYS, refused)
        if found is None:
            self.unkept.append(request)
            return
        served, verdict = found
        self._basis, self._verdict = served.basis, verdict

    @property
    def plant(self) -> Plant:
        """The plant with everything promised so far."""
        return self._basis.plant

    @property
    def plan(self) -> Plan:
        """The plan with everything promised so far."""
        return self._basis.plan

    @property
    def _board(self) -> Board:
        return self._basis.board

    @property
    def cost(self) -> Fraction:
        """Cost of the plan with everything promised so far."""
        return self._verdict.cost

    def promise(self, request: Request, alternatives: bool = True) -> Promise:
        """Answer a request.

        Parameters
        ----------
        request : Request
        alternatives : bool
            Whether to look for other ways where the date asked for cannot be kept.

        Returns
        -------
        Promise
            Every answer in it is a plan that the checker accepts.
        """
        began = time.process_time()
        refused: list[str] = []
        with _uncollected():
            found = self._verified(request, request.by, _WAYS, refused)
            answer = None if found is None else self._answer([found[0]], found[1])
        in_time = answer is not None and self._in_time(request, answer)
        seconds = {"answer": time.process_time() - began}
        others: tuple[Alternative, ...] = ()
        if alternatives:
            ways = self._ways(request, refused)
            if not in_time or self._waits(request, answer):
                others = tuple(self._alternatives(request, answer, ways, refused))
            cheaper = self._cheaper(answer, ways)
            whole = [one.answer.cost for one in others if one.kind in ("sooner", "forced")]
            if cheaper is not None and all(cheaper.cost < cost for cost in whole):
                others += (Alternative("cheaper", cheaper),)
            seconds["alternatives"] = time.process_time() - began - seconds["answer"]
        return Promise(request, answer, in_time, others, tuple(refused), seconds)

    def _in_time(self, request: Request, answer: Answer) -> bool:
        bucket_of = self._board.timeline.bucket_of_end
        return request.by is None or bucket_of(answer.promised) <= bucket_of(max(request.by, 0))

    def _waits(self, request: Request, answer: Answer | None) -> bool:
        """Whether an order wanted as soon as possible has to wait, so that a part might come earlier."""
        timeline = self._board.timeline
        return request.by is None and answer is not None and answer.promised > timeline.ends[0]

    def _order(self, request: Request, name: str, quantity: int) -> Order:
        return Order(name, request.item, quantity, 0, request.customer, price=request.price)

    def _verified(
        self, request: Request, by: int | None, ways: Iterable[Window], refused: list[str]
    ) -> tuple[Served, Verdict] | None:
        order = self._order(request, request.order, request.quantity)
        return self._accepted(self._basis, order, by, ways, refused)

    def _accepted(
        self, basis: Basis, order: Order, by: int | None, ways: Iterable[Window], refused: list[str]
    ) -> tuple[Served, Verdict] | None:
        for way in ways:
            served = serve(basis, order, by, way, f"{order.order}-")
            if served is None:
                continue
            verdict = check(served.plant, served.plan)
            if not verdict.violations:
                return served, verdict
            refused += [row.text() for row in verdict.violations[:_SHOWN]]
        return None

    def _alternatives(
        self, request: Request, answer: Answer | None, ways: Ways, refused: list[str]
    ) -> Iterable[Alternative]:
        yield from self._sooner(answer, ways)
        part = self._part(request, answer, refused)
        if part is not None:
            served, verdict = part
            yield Alternative("partial", self._answer([served], verdict))
            rest = self._order(request, f"{request.order}/2", request.quantity - served.order.quantity)
            found = self._accepted(served.basis, rest, request.by, _WAYS, refused)
            if found is not None:
                yield Alternative("split", self._answer([served, found[0]], found[1]))

    def _part(
        self, request: Request, answer: Answer | None, refused: list[str]
    ) -> tuple[Served, Verdict] | None:
        """Largest part that can be there by the date; without a date: before the whole order."""
        bucket_of = self._board.timeline.bucket_of_end
        last = len(self._board.timeline) - 1
        if request.by is not None:
            last = bucket_of(max(request.by, 0))
        elif answer is not None:
            last = bucket_of(answer.promised) - 1
        for size in [part for share in _PARTS if (part := int(request.quantity * share)) > 0]:
            order = self._order(request, f"{request.order}/1", size)
            served = serve(self._basis, order, request.by, _WAYS[0], f"{request.order}-1-")
            if served is None or served.bucket > last:
                continue
            verdict = check(served.plant, served.plan)
            if not verdict.violations:
                return served, verdict
            refused += [row.text() for row in verdict.violations[:_SHOWN]]
        return None

    def _ways(self, request: Request, refused: list[str]) -> Ways:
        """Return the ways to serve the whole order in which others give way or planned lots are moved."""

        def verified(served: Served) -> Answer | None:
            verdict = check(served.plant, served.plan)
            if verdict.violations:
                refused.extend(row.text() for row in verdict.violations[:_SHOWN])
                return None
            return replace(self._answer([served], verdict), displaced=self._displaced(verdict, served))

        order = self._order(request, request.order, request.quantity)
        movable = self._movable = self._movable or Movable(self._board)
        asked = int(self._board.timeline.ends[0]) if request.by is None else max(request.by, 0)
        return Ways(self._basis, order, asked, movable, verified)

    def _sooner(self, answer: Answer | None, ways: Ways) -> Iterator[Alternative]:
        """The whole order before its promised date: nobody is served worse, and at any cost."""
        timeline = self._board.timeline
        last = len(timeline) if answer is None else timeline.bucket_of_end(answer.promised)
        sooner = ways.sooner(last)
        if sooner is not None:
            last = timeline.bucket_of_end(sooner.promised)
            yield Alternative("sooner", sooner)
        forced = ways.forced(last)
        if forced is not None:
            yield Alternative("forced", forced)

    def _cheaper(self, answer: Answer | None, ways: Ways) -> Answer | None:
        """Serve the whole order by its promised date in another way, where that saves much."""
        if answer is None or not (answer.lots or answer.purchases):
            return None
        found = ways.cheapest(self._board.timeline.bucket_of_end(answer.promised))
        return found if found is not None and found.cost < (1 - _SAVED) * answer.cost else None

    def _displaced(self, verdict: Verdict, served: Served) -> tuple[Displaced, ...]:
        """Demands that are served later, or whose lateness or loss costs more, dearest first."""
        change: dict[str, list[Fraction]] = {}
        for rows, sign in ((verdict.ledger, 1), (self._verdict.ledger, -1)):
            for row in rows:
                if row.category in ("late", "lost"):
                    entry = change.setdefault(row.object, [Fraction(0), Fraction(0), Fraction(0)])
                    entry[0 if row.category == "late" else 1] += sign * row.quantity
                    entry[2] += sign * row.amount
        before, after = (self._arrivals(plan) for plan in (self.plan, served.plan))
        later = {name for name, bucket in before.items() if after.get(name, bucket) > bucket}
        demands = served.demands
        zero = [Fraction(0), Fraction(0), Fraction(0)]
        found = [
            Displaced(name, demands[name].item, demands[name].customer, *change.get(name, zero))
            for name in {**change, **dict.fromkeys(sorted(later))}
            if name in demands and (name in later or change[name][2] > 0)
        ]
        return tuple(sorted(found, key=lambda row: -row.amount))

    def _moved(self, served: Served) -> tuple[Moved, ...]:
        """Planned lots that are of another size, or begin at another time, by their begin before."""
        gone = served.board.taken
        sizes = {lot.lot: lot.quantity for lot in served.plan.lots}
        begun = served.board.begins(served.plan)
        before = self._board.begins(self.plan)
        found = [
            Moved(lot.lot, lot.item, lot.quantity, sizes.get(lot.lot, 0), before[lot.lot], begun.get(lot.lot))
            for lot in self.plan.lots
            if lot.lot in gone
        ]
        some = [row for row in found if (row.before, row.began) != (row.quantity, row.begins)]
        return tuple(sorted(some, key=lambda row: (row.began, row.lot)))

    def _arrivals(self, plan: Plan) -> dict[str, int]:
        """Bucket in which the last of every demand arrives."""
        found: dict[str, int] = {}
        for row in plan.deliveries:
            bucket = self._board.timeline.bucket_of_end(row.arrive)
            found[row.demand] = max(found.get(row.demand, 0), bucket)
        return found

    def _answer(self, served: list[Served], verdict: Verdict) -> Answer:
        last = served[-1]
        shipments = tuple(
            Shipment(one.delivery.quantity, one.delivery.arrive, max(one.order.due, 0)) for one in served
        )
        item = served[0].order.item
        moved, own = self._moved(last), {lot.lot for lot in self.plan.lots}
        lots = tuple(lot for lot in last.board.lots if lot.lot not in own)
        purchases = last.board.purchases[len(self._board.purchases) :]
        made = sum(lot.quantity for lot in lots if lot.item == item)
        made += sum(max(0, row.quantity - row.before) for row in moved if row.item == item)
        quantity = sum(row.quantity for row in shipments)
        certificate = Certificate(True, 0, verdict.cost, bound_method="")
        plan = replace(last.plan, ledger=verdict.ledger, certificate=certificate)
        return Answer(
            shipments, last.plant, plan, verdict.cost - self._verdict.cost,
            difference(verdict, self._verdict), max(0, quantity - made), lots, purchases,
            tuple(one.order for one in served), moved=moved,
        )  # fmt: skip


@contextmanager
def _uncollected() -> Iterator[None]:
    """Make objects without looking for garbage among them.

    A board, a plan and its ledger are hundreds of thousands of objects that all live to the end of an answer:
    a quarter of its time went into finding that out again and again.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def difference(after: Verdict, before: Verdict) -> dict[str, Fraction]:
    """Return the change of cost by category, largest first; what did not change is left out."""
    now, then = after.by_category, before.by_category
    change = {name: now.get(name, Fraction(0)) - then.get(name, Fraction(0)) for name in {**then, **now}}
    return dict(sorted(((k, v) for k, v in change.items() if v), key=lambda pair: -abs(pair[1])))
