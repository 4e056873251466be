"""Stock of every item over time: what comes in, what goes out, what is free, held or in process.

Section 6 of docs/model.md: minute by minute in the window, bucket by bucket in the tail; items
that expire are taken first expired, first out.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from capacityplan.demand.netting import Demand
from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import BomLine
from capacityplan.domain.timeline import Ints, Timeline
from capacityplan.units import MINUTES_PER_DAY, ceil_div
from capacityplan.verify.facts import Held, Moment, Work
from capacityplan.verify.flow import Flow

_INFLOW, _CONSUMPTION, _DELIVERY = 0, 1, 2
_NEVER = 2**62


@dataclass(frozen=True, slots=True)
class Outflow:
    """A quantity that leaves stock.

    Attributes
    ----------
    name : str
        ``lot/operation`` or the demand.
    until : int or None
        Bucket in which a component's lot is completed; None where it is not in a lot.
    """

    item: str
    name: str
    moment: Moment
    quantity: int
    kind: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Shortage:
    """Stock of an item that a plan uses and does not have, with the rule that says so."""

    rule: str
    item: str
    minute: int
    missing: int
    held: tuple[str, ...] = ()


def components_of(lines: tuple[BomLine, ...], instant: int) -> Iterator[BomLine]:
    """Lines of a bill of material that are valid at an instant."""
    for line in lines:
        begun = line.valid_from is None or line.valid_from <= instant
        if begun and (line.valid_to is None or instant < line.valid_to):
            yield line


def need(line: BomLine, quantity: int, scale: int, component_scale: int) -> int:
    """Base units of a component that a quantity (base units) of its item takes."""
    # Whole numbers, since this is asked for every component of every run.
    taken, per, scrap = line.quantity, line.per_quantity, line.scrap_fraction
    kept = scrap.denominator - scrap.numerator
    top = quantity * component_scale * taken.numerator * per.denominator * scrap.denominator
    return ceil_div(top, scale * taken.denominator * per.numerator * kept)


class Stocks:
    """Stock curves and shortages of a plan.

    Attributes
    ----------
    unrestricted, hold, wip : dict of str to (buckets,) int64, base units
        At bucket ends: free to use, completed but not released, and in unfinished lots.
    outflows : tuple of Outflow
    shortages : tuple of Shortage
    """

    def __init__(
        self, lookup: Lookup, timeline: Timeline, plan: Plan, flow: Flow, demand: Mapping[str, Demand]
    ) -> None:
        self._lookup = lookup
        self._timeline = timeline
        self._starts: list[int] = timeline.starts.tolist()
        self._plan = plan
        self._demand = demand
        self.outflows: tuple[Outflow, ...] = (*self._consumed(flow), *self._delivered())
        self._held: dict[str, list[Held]] = {item: [] for item in lookup.items}
        for one in flow.held:
            self._held[one.item].append(one)
        self._out: dict[str, list[Outflow]] = {item: [] for item in lookup.items}
        for outflow in self.outflows:
            self._out[outflow.item].append(outflow)
        shortages: list[Shortage] = []
        self.unrestricted: dict[str, Ints] = {}
        self.hold: dict[str, Ints] = {}
        self.wip: dict[str, Ints] = {}
        for item in lookup.items:
            found = list(self._balance(item))
            self.unrestricted[item], self.hold[item], self.wip[item] = self._tables(item)
            if item in lookup.perishable:
                left, late = self._first_expired_first_out(item)
                self.unrestricted[item] -= np.cumsum(left)
                found = found or late or self._expired_early(item)
            shortages += found
        self.shortages: tuple[Shortage, ...] = tuple(shortages)

    def _consumed(self, flow: Flow) -> Iterator[Outflow]:
        """Components, at the start of the first run of each operation."""
        for lot in flow.lots.values():
            ended = lot.legs[-1].ended
            until = ended.bucket if ended is not None else len(self._timeline)
            for leg in lot.legs:
                if leg.works and not leg.resumed:
                    yield from self._taken(leg.works[0], lot.lot.version, leg.entering, until)
        for work in flow.works:
            if work.rework:
                yield from self._taken(work, flow.version(work.row.lot), work.row.quantity, None)

    def _taken(self, work: Work, version: str, quantity: int, until: int | None) -> Iterator[Outflow]:
        lines = self._lookup.components.get((work.item, version, work.operation.operation), ())
        moment = Moment(work.begins, work.first)
        for line in components_of(lines, work.begins):
            scale = self._lookup.scale
            taken = need(line, quantity, scale[work.item], scale[line.component])
            yield Outflow(line.component, work.name, moment, taken, _CONSUMPTION, until)

    def _delivered(self) -> Iterator[Outflow]:
        for row in self._plan.deliveries:
            moment = Moment(row.ship, self._timeline.bucket_of_end(row.ship))
            yield Outflow(row.item, row.demand, moment, row.quantity, _DELIVERY)

    def _key(self, moment: Moment, kind: int) -> tuple[int, int, int]:
        """Order of events: by the minute in the window, by the bucket in the tail."""
        if moment.bucket < self._timeline.window_buckets:
            return 0, moment.minute, kind
        return 1, self._starts[min(moment.bucket, len(self._starts) - 1)], kind

    def _balance(self, item: str) -> Iterator[Shortage]:
        """Where stock falls below zero, and whether held quantities would have covered it.

        Three levels are followed: free stock, stock without the validation gate, and everything
        that is there.
        """
        events: list[tuple[tuple[int, int, int], Moment, tuple[int, int, int]]] = []
        for one in self._held[item]:
            some = one.accepted
            for moment, change in (
                (one.release, (some, 0, 0)), (one.own, (0, some, 0)), (one.completion, (0, 0, some)),
            ):  # fmt: skip
                if moment is not None:
                    events.append((self._key(moment, _INFLOW), moment, change))
        for out in self._out[item]:
            lost = -out.quantity
            events.append((self._key(out.moment, out.kind), out.moment, (lost, lost, lost)))
        events.sort(key=lambda event: event[0])
        seen: set[str] = set()
        for minute, levels in (*self._by_minute(events), *self._by_bucket(events)):
            rule = _rule(levels)
            if rule and rule not in seen:
                seen.add(rule)
                missing = -(levels[2] if rule == "material_balance" else levels[0])
                held = () if rule == "material_balance" else self._on_hold(item, minute)
                yield Shortage(rule, item, minute, missing, held)

    def _by_minute(
        self, events: list[tuple[tuple[int, int, int], Moment, tuple[int, int, int]]]
    ) -> Iterator[tuple[int, tuple[int, int, int]]]:
        free = own = there = 0
        for key, moment, change in events:
            if key[0]:
                return
            free, own, there = free + change[0], own + change[1], there + change[2]
            yield moment.minute, (free, own, there)

    def _by_bucket(
        self, events: list[tuple[tuple[int, int, int], Moment, tuple[int, int, int]]]
    ) -> Iterator[tuple[int, tuple[int, int, int]]]:
        size = len(self._timeline)
        table = np.zeros((size + 1, 3), dtype=np.int64)
        if events:
            buckets = [min(moment.bucket, size) for _, moment, _ in events]
            np.add.at(table, buckets, [change for _, _, change in events])
        levels = np.cumsum(table, axis=0)[:-1]
        rows = ((free, own, there) for free, own, there in levels.tolist())
        yield from zip(self._timeline.ends.tolist(), rows, strict=True)

    def _on_hold(self, item: str, minute: int) -> tuple[str, ...]:
        return tuple(
            one.object
            for one in self._held[item]
            if one.completion.minute <= minute and (one.release is None or one.release.minute > minute)
        )

    def _tables(self, item: str) -> tuple[Ints, Ints, Ints]:
        """Free, held and in-process quantities at bucket ends, expiry left aside."""
        size = len(self._timeline)
        free, hold, wip = ([0] * (size + 1) for _ in range(3))
        for one in self._held[item]:
            released = one.release.bucket if one.release is not None else size
            free[min(released, size)] += one.accepted
            hold[one.completion.bucket] += one.accepted
            hold[min(released, size)] -= one.accepted
        for out in self._out[item]:
            free[min(out.moment.bucket, size)] -= out.quantity
            if out.until is not None and out.until > out.moment.bucket:
                wip[out.moment.bucket] += out.quantity
                wip[out.until] -= out.quantity
        tables = (np.cumsum(np.array(table, dtype=np.int64))[:-1] for table in (free, hold, wip))
        return next(tables), next(tables), next(tables)

    def _first_expired_first_out(self, item: str) -> tuple[Ints, list[Shortage]]:
        """Take outflows from what expires first; what is left leaves stock at its expiry.

        Returns
        -------
        expired : (buckets,) int64, base units
        shortages : list of Shortage
        """
        life = self._lookup.items[item].min_remaining_life_days * MINUTES_PER_DAY
        events: list[tuple[tuple[int, int, int], int, list[int] | Outflow]] = []
        for number, one in enumerate(self._held[item]):
            if one.release is not None:
                expires = _NEVER if one.expires is None else one.expires
                entry = [expires, one.release.bucket, one.accepted]
                events.append((self._key(one.release, _INFLOW), number, entry))
        for number, out in enumerate(self._out[item]):
            events.append((self._key(out.moment, out.kind), number, out))
        events.sort(key=lambda event: event[:2])
        shelf: list[list[int]] = []
        shortages = []
        for key, _, event in events:
            if isinstance(event, list):
                insort(shelf, event)
                continue
            limit = max(key[1] + 1, key[1] + life if event.kind == _DELIVERY else 0)
            missing = _take(shelf, limit, event.quantity)
            if missing:
                shortages.append(Shortage("shelf_life", item, event.moment.minute, missing))
        expired = np.zeros(len(self._timeline) + 1, dtype=np.int64)
        for expires, released, rest in shelf:
            bucket = max(self._timeline.bucket_of_end(expires), released)
            expired[min(bucket, len(self._timeline))] += rest
        return expired[:-1], shortages[:1]

    def _expired_early(self, item: str) -> list[Shortage]:
        """A bucket's end at which expired stock is missing."""
        below = np.flatnonzero(self.unrestricted[item] < 0)
        if not len(below):
            return []
        bucket = int(below[0])
        missing = -int(self.unrestricted[item][bucket])
        return [Shortage("shelf_life", item, int(self._timeline.ends[bucket]), missing)]


def _rule(levels: tuple[int, int, int]) -> str:
    """The rule that a level of stock breaks: nothing there, not released, or not validated."""
    free, own, there = levels
    if there < 0:
        return "material_balance"
    if own < 0:
        return "quality_hold"
    return "validation_gate" if free < 0 else ""


def _take(shelf: list[list[int]], limit: int, quantity: int) -> int:
    """Take a quantity of what expires at ``limit`` or later; return what is missing."""
    index = bisect_left(shelf, [limit])
    while quantity and index < len(shelf):
        taken = min(quantity, shelf[index][2])
        shelf[index][2] -= taken
        quantity -= taken
        if not shelf[index][2]:
            del shelf[index]
    return quantity
