"""What a delivery waited for, read off the schedule: machines, people, labs, arrivals, holds, stops.

These are candidates, not causes: which of them holds a demand up is shown by planning again without.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from capacityplan.domain.plan import Delivery, InspectionRun, Plan, Run
from capacityplan.domain.plant import LockKind
from capacityplan.domain.stoppages import Cleaning, stoppages
from capacityplan.verify.case import Case
from capacityplan.verify.facts import Held, Leg, LotFlow, Occasion, Work

_DEEPEST = 4
_NOTABLE_MINUTES = 30
"""A shorter stretch is no wait that anybody would name."""
_MOST_COMPONENTS = 3
"""Components of an operation that are followed: those that came last."""
_MOST_OBJECTS = 25

Kind = Literal[
    "resource",
    "changeover",
    "cleaning",
    "downtime",
    "arrival",
    "incubation",
    "overlap",
    "gate",
    "item",
    "order",
]


@dataclass(frozen=True, slots=True)
class Wait:
    """A stretch of time in which something that a delivery needs waited, or was held up.

    Attributes
    ----------
    kind : str
        What it waited for: a ``resource`` (machine, pool or lab), a ``changeover`` (object: resource),
        ``cleaning`` or ``downtime`` (object: its name), the ``arrival`` of what is bought, ``incubation``
        after an inspection, the whole lot of an operation where a part might pass on (``overlap``), a
        ``gate`` (artwork to be approved, an item that is made from a day on, a lock of the item); ``item``
        and ``order`` mark an item that is made, or bought, on the way.
    item : str
        The item of the lot or purchase that waited.
    start, end : int
        Minutes.
    quantity : int
        Base units of the lot (of ``overlap``).
    """

    kind: Kind
    object: str
    item: str
    start: int
    end: int
    quantity: int = 0


def waits(case: Case, deliveries: Iterable[Delivery], before: Plan | None = None) -> tuple[Wait, ...]:
    """Follow deliveries back through lots, inspections, machines and components to what came last.

    Parameters
    ----------
    case : Case
        Of the plan that makes them.
    deliveries : iterable of Delivery
        Those of one demand, say.
    before : Plan, optional
        Another plan of the plant: what is made and bought only now is marked too.

    Returns
    -------
    tuple of Wait
        From the deliveries backward; each kind and object once for every stretch.
    """
    found: dict[Wait, None] = {}
    reader = _Reader(case)
    for row in sorted(deliveries, key=lambda row: -row.ship):
        for one in reader.item(row.item, row.ship, 0):
            found[one] = None
    for one in _added(case.plan, before) if before is not None else ():
        found[one] = None
    return tuple(found)


def _added(plan: Plan, before: Plan) -> Iterator[Wait]:
    """What a plan makes and buys beside another one."""
    lots, bought = {row.lot for row in before.lots}, {row.purchase for row in before.purchases}
    for row in plan.purchases:
        if row.purchase not in bought:
            yield Wait("order", row.item, row.item, 0, 0)
    for lot in plan.lots:
        if lot.lot not in lots:
            yield Wait("item", lot.item, lot.item, 0, 0)


class _Reader:
    """Walks backward through a plan; every lot and purchase is visited once."""

    def __init__(self, case: Case) -> None:
        self._case, self._lookup = case, case.lookup
        self._visited: set[str] = set()
        self._released: dict[str, list[Held]] = {}
        for one in case.flow.held:
            if one.release is not None and one.accepted:
                self._released.setdefault(one.item, []).append(one)
        self._bought = {row.purchase: row for row in case.plan.purchases}
        self._stops = {row.downtime: row for row in stoppages(case.plant)}

    def item(self, item: str, minute: int, depth: int) -> Iterator[Wait]:
        """What the last of an item that came free by a minute waited for."""
        last = self._last(item, minute)
        if last is None or depth > _DEEPEST or last.object in self._visited:
            return
        if len(self._visited) >= _MOST_OBJECTS:
            return
        self._visited.add(last.object)
        yield from self._inspected(last.occasions, last.item)
        if last.kind == "lot":
            yield Wait("item", last.item, last.item, 0, 0)
            yield from self._lot(self._case.flow.lots[last.object], depth)
        elif last.kind == "purchase":
            row = self._bought[last.object]
            yield Wait("arrival", row.item, row.item, row.order_by, row.arrives)
            yield Wait("order", row.item, row.item, 0, 0)

    def _last(self, item: str, minute: int) -> Held | None:
        before = [
            one
            for one in self._released.get(item, ())
            if one.release is not None and one.release.minute <= minute
        ]
        return max(before, key=lambda one: one.release.minute if one.release else 0, default=None)

    def _inspected(self, occasions: Iterable[Occasion], item: str) -> Iterator[Wait]:
        """The lab (with its analysts) and the incubation of what was held."""
        for one in occasions:
            if one.record is None or one.decided is None or one.ready is None:
                continue
            done, row = one.ready.minute, one.row
            until = one.record.end if isinstance(one.record, InspectionRun) else one.decided.minute
            if until - done >= _NOTABLE_MINUTES:
                yield Wait("resource", row.lab, item, done, until)
                if row.analysts and row.labour:
                    yield Wait("resource", row.labour, item, done, until)
            if row.wait_minutes:
                ended = one.decided.minute - row.wait_minutes
                yield Wait("incubation", item, item, ended, one.decided.minute)
            if one.rework is not None:
                yield from self._worked(one.rework, one.decided.minute)

    def _lot(self, flow: LotFlow, depth: int) -> Iterator[Wait]:
        """Its operations, the last one first, with what each of them waited for."""
        for number in range(len(flow.legs) - 1, -1, -1):
            leg = flow.legs[number]
            works = sorted(leg.works, key=lambda work: work.begins)
            if not works:
                return
            yield from self._inspected(leg.occasions, flow.lot.item)
            before = flow.legs[number - 1] if number else None
            ready = self._ready(before)
            late = [] if leg.resumed else self._components(flow, leg, works[0].begins, ready)
            there = max([ready, *(minute for minute, _ in late)])
            gate = self._gate(flow.lot.item, leg, works[0].latest, first=not number)
            if gate > there:
                yield Wait("gate", flow.lot.item, flow.lot.item, there, gate)
                there = gate
            for work in works:
                yield from self._worked(work, there)
            if before is not None and there <= ready:
                yield from self._whole(flow, before, ready)
            for _, component in late:
                yield from self.item(component, works[0].begins, depth + 1)

    def _gate(self, item: str, leg: Leg, begins: int, first: bool) -> int:
        """Latest of what forbade an operation to begin before an instant; 0: nothing did."""
        gates = [leg.operation.artwork_approved_on or 0]
        if first:
            gates.append(self._lookup.items[item].phase_in or 0)
            gates += [lock.end or 0 for lock in self._case.locks(LockKind.ITEM) if lock.object == item]
        return max(gate for gate in (0, *gates) if gate <= begins)

    def _whole(self, flow: LotFlow, before: Leg, ready: int) -> Iterator[Wait]:
        """An operation that begins once all of the lot is done with the one before."""
        if before.works and not before.operation.overlap_quantity:
            item, begun = flow.lot.item, min(work.begins for work in before.works)
            yield Wait(
                "overlap", f"{item}/{before.operation.operation}", item, begun, ready, flow.lot.quantity
            )

    def _ready(self, before: Leg | None) -> int:
        """When an operation could have begun as far as the one before goes."""
        if before is None or before.ready is None:
            return self._case.plant.fences.frozen_hours * 60
        return before.ready.minute + before.operation.min_wait_minutes

    def _components(self, flow: LotFlow, leg: Leg, begins: int, ready: int) -> list[tuple[int, str]]:
        """Components that came after an operation could have begun otherwise, the last ones first."""
        found = []
        key = (flow.lot.item, flow.lot.version, leg.operation.operation)
        for line in self._lookup.components.get(key, ()):
            last = self._last(line.component, begins)
            if last is not None and last.release is not None and last.release.minute > ready:
                found.append((last.release.minute, line.component))
        return sorted(found, reverse=True)[:_MOST_COMPONENTS]

    def _worked(self, work: Work, there: int) -> Iterator[Wait]:
        """What a run waited for from when all was there until it was over."""
        start = work.row.setup_start if isinstance(work.row, Run) else work.begins
        resource = work.row.resource
        since = min(there, start)
        if start - since >= _NOTABLE_MINUTES or work.ends - start > work.minutes + work.setup_minutes:
            yield Wait("resource", resource, work.item, since, work.ends)
            for pool, _ in self._lookup.pools(work.mode) if work.mode is not None else ():
                yield Wait("resource", pool, work.item, since, work.ends)
        yield from self._changed(resource, work.item, since, work.ends)
        yield from self._stopped(resource, work.item, since, work.ends)

    def _changed(self, resource: str, item: str, since: int, until: int) -> Iterator[Wait]:
        """A resource that changes over in the meantime."""
        if not self._lookup.resources[resource].changeover_matrix:
            return
        timeline = self._case.timeline
        window = [
            one
            for one in self._case.occupations.get(resource, ())
            if one.changeover is not None and one.changeover[0] and since < one.start <= until
        ]
        first, last = timeline.bucket_of_start(since), timeline.bucket_of_end(max(until, 1))
        tail = [
            one
            for one in self._case.tail_changeovers
            if one.resource == resource and one.cost is not None and one.cost[0]
            and first <= one.bucket <= last
        ]  # fmt: skip
        if window or tail:
            yield Wait("changeover", resource, item, since, until)

    def _stopped(self, resource: str, item: str, since: int, until: int) -> Iterator[Wait]:
        """Cleaning, maintenance and downtime in the meantime."""
        placed = {
            row.downtime
            for row in self._case.plan.maintenance
            if row.resource == resource and row.start < until and since < row.end
        }
        fixed = {
            row.downtime
            for row in self._case.plant.downtime
            if row.resource == resource and row.start is not None and row.end is not None
            and row.start < until and since < row.end
        }  # fmt: skip
        for name in sorted(placed | fixed):
            kind: Kind = "cleaning" if isinstance(self._stops.get(name), Cleaning) else "downtime"
            yield Wait(kind, resource if kind == "cleaning" else name, item, since, until)
