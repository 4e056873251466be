"""Why a demand is late or lost: what the plan shows about it, as observed facts.

These are observations along the chain of what each step waited for, not a proof that nothing
better was possible; the certificate says how much better any plan could be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from capacityplan.domain.plan import InspectionRun, Purchase, Run
from capacityplan.report.facts import Facts
from capacityplan.report.load import Load
from capacityplan.report.pegging import Pegging
from capacityplan.report.service import Served
from capacityplan.units import MINUTES_PER_DAY, decimal_text
from capacityplan.verify.facts import Held, LotFlow, Occasion, Work

_DEEPEST = 3
_BUSY = 0.85


def reasons(facts: Facts, service: tuple[Served, ...], loads: tuple[Load, ...]) -> dict[str, str]:
    """Return what held up each demand that is late or lost.

    Parameters
    ----------
    facts : Facts
    service : tuple of Served
    loads : tuple of Load

    Returns
    -------
    dict of str to str
        By demand; demands that are served in time are left out.
    """
    reader = _Reader(facts, loads)
    return {row.demand.demand: reader.demand(row) for row in service if row.status != "on time"}


@dataclass(frozen=True, slots=True)
class _Wait:
    """Something that had to happen before a run could start."""

    minute: int
    text: str
    source: Held | None = None


class _Reader:
    """Reads a plan backward from a late delivery to what started it."""

    def __init__(self, facts: Facts, loads: tuple[Load, ...]) -> None:
        self._facts = facts
        self._loads = {load.resource: load for load in loads}
        self._pegging = Pegging(facts)
        self._purchases = {row.purchase: row for row in facts.plan.purchases}
        self._previous: dict[int, tuple[int, str]] = {}
        for sequence in facts.case.occupations.values():
            for before, after in pairwise(sequence):
                for work in after.members:
                    self._previous[id(work.row)] = (before.end, before.charged.name)

    def demand(self, row: Served) -> str:
        """Tell what happened to a demand."""
        parts = []
        if row.late:
            parts.append(self._late(row))
        if row.lost:
            parts.append(self._lost(row))
        return " ".join(parts)

    def _late(self, row: Served) -> str:
        last = row.deliveries[-1]
        item = row.demand.item
        head = f"Arrived {row.days_late} day{'s' if row.days_late != 1 else ''} late."
        if row.demand.due < 0:
            head += " It was overdue when the plan began."
        source = self._pegging.source(item, last.demand, last.ship)
        if source is None or source.release is None:
            return head
        if source.release.minute < last.ship - MINUTES_PER_DAY:
            head += (
                f" Stock from {source.object} was free on {self._at(source.release.minute)}, shipped later."
            )
        return " ".join([head, *self._object(source, 0)])

    def _object(self, one: Held, depth: int) -> Iterator[str]:
        """Tell when a supply came and what it waited for itself."""
        if one.release is None:
            return
        released = self._at(one.release.minute)
        if one.kind == "lot":
            yield from self._lot(self._facts.case.flow.lots[one.object], one, depth)
        elif one.kind == "purchase":
            yield self._bought(self._purchases[one.object], released, one)
        elif one.kind == "receipt":
            yield f"Scheduled receipt {one.object} of {one.item} was free on {released}."
        elif one.kind == "by-product":
            lot = one.object.rpartition("/")[0]
            yield f"By-product {one.item} of lot {lot} was free on {released}, when that was completed."
        else:
            yield f"Stock lot {one.object} of {one.item} was free on {released}."

    def _bought(self, row: Purchase, released: str, one: Held) -> str:
        days = self._facts.lookup.offers[row.supplier, row.item][0].lead_time_days
        text = (
            f"Purchase {row.purchase} of {row.item} was ordered {self._at(row.order_by)} and arrived "
            f"{self._at(row.arrives)} (lead time {days} days)"
        )
        if one.occasions:
            text += f", free after inspection on {released}"
        return text + "."

    def _lot(self, flow: LotFlow, one: Held, depth: int) -> Iterator[str]:
        held = one.release.minute - one.completion.minute if one.release is not None else 0
        text = f"Lot {one.object} of {one.item} was completed {self._at(one.completion.minute)}"
        if held:
            text += f" and held {_hours(held)} until its release"
        yield text + "."
        yield from self._tests(one.occasions)
        if flow.in_buckets:
            yield from self._coarse(flow)
            return
        yield from self._queues(flow)
        yield from self._began(flow, depth)

    def _tests(self, occasions: tuple[Occasion, ...]) -> Iterator[str]:
        """What each inspection added: waiting for the lab, the test, the incubation."""
        for one in occasions:
            if not isinstance(one.record, InspectionRun) or one.ready is None:
                continue
            wait = one.record.start - one.ready.minute
            lab = one.record.lab
            parts = [f"went to {lab} at once" if wait < 60 else f"waited {_hours(wait)} for {lab}"]
            if one.row.wait_minutes:
                parts.append(f"incubated {_hours(one.row.wait_minutes)}")
            what = "Certificate" if one.row.is_last else "Inspection"
            yield f"{what} {one.row.inspection}: {', '.join(parts)}."

    def _coarse(self, flow: LotFlow) -> Iterator[str]:
        works = [work for leg in flow.legs for work in leg.works]
        if works:
            first, last = works[0], works[-1]
            begin, end = self._day(first.begins), self._day(last.ends - 1)
            text = f"It is planned by bucket: {first.row.operation} on {first.row.resource} from {begin}"
            if last is not first:
                text += f", {last.row.operation} on {last.row.resource}"
            yield f"{text} until {end}."
            tight = self._tight(flow.lot.item, max(first.first - 1, 0))
            if tight:
                yield f"Before that {tight}."

    def _queues(self, flow: LotFlow) -> Iterator[str]:
        """The longest wait of a lot between two operations, where it is worth telling."""
        worst: tuple[int, Work] | None = None
        for before, after in pairwise(flow.legs):
            if before.ready is None or not after.works:
                continue
            wait = after.works[0].begins - before.ready.minute - before.operation.min_wait_minutes
            if worst is None or wait > worst[0]:
                worst = (wait, after.works[0])
        if worst is not None and worst[0] >= MINUTES_PER_DAY:
            wait, work = worst
            text = f"It queued {_hours(wait)} for {work.row.operation} on {work.row.resource}"
            before_it = self._previous.get(id(work.row))
            if before_it is not None and before_it[0] > work.begins - wait:
                text += f", busy with {before_it[1]} until {self._at(before_it[0])}"
            yield text + "."

    def _began(self, flow: LotFlow, depth: int) -> Iterator[str]:
        """What the first run of a lot waited for."""
        first = flow.first
        if first is None or not isinstance(first.row, Run):
            return
        start = first.row.setup_start
        waits = [wait for wait in self._waits(flow, first) if wait.minute <= first.begins]
        last = max(waits, key=lambda wait: wait.minute, default=None)
        place = f"{first.row.operation} on {first.row.resource} began {self._at(start)}"
        if last is None and start == 0:
            yield f"Its {place}, when the plan begins."
            return
        if last is None:
            yield f"Its {place}; nothing in the plan was seen to hold it back."
            return
        idle = self._facts.case.working(first.row.resource).open_minutes(min(last.minute, start), start)
        if idle > MINUTES_PER_DAY // 2:
            yield f"Its {place}, {_hours(idle)} of working time after {last.text}."
        else:
            yield f"Its {place}, when {last.text}."
        if last.source is not None and depth < _DEEPEST and last.source.kind in ("lot", "purchase"):
            yield from self._object(last.source, depth + 1)

    def _waits(self, flow: LotFlow, first: Work) -> Iterator[_Wait]:
        previous = self._previous.get(id(first.row))
        if previous is not None:
            yield _Wait(previous[0], f"{first.row.resource} was free of {previous[1]}")
        frozen = self._facts.plant.fences.frozen_hours * 60
        if frozen:
            yield _Wait(frozen, "the frozen zone ended")
        key = (flow.lot.item, flow.lot.version, first.row.operation)
        for line in self._facts.lookup.components.get(key, ()):
            source = self._pegging.source(line.component, first.name, first.begins)
            if source is not None and source.release is not None and source.release.minute > 0:
                text = f"component {line.component} was released (from {source.object})"
                yield _Wait(source.release.minute, text, source)

    def _lost(self, row: Served) -> str:
        """Tell what is known about a demand that is given up: price, capacity, lead times."""
        facts, demand = self._facts, row.demand
        unit = facts.unit(demand.item)
        amount = facts.units(demand.item, row.lost)
        rate = decimal_text(demand.lost_rate)
        parts = [f"{amount:f} {unit} not served, at {rate} {facts.currency} per {unit}."]
        tight = self._tight(demand.item, demand.bucket)
        if tight:
            parts.append(f"Until the due date {tight}.")
        parts += self._too_soon(demand.item, demand.due)
        return " ".join(parts)

    def _tight(self, item: str, bucket: int) -> str:
        """The busiest resource of an item's routing up to a bucket, where it is nearly full."""
        shares = []
        for version in self._facts.lookup.versions.get(item, ()):
            for operation in self._facts.lookup.routings.get((item, version), ()):
                for mode in self._facts.lookup.modes.get((item, version, operation.operation), ()):
                    load = self._loads.get(mode.resource)
                    if load is not None:
                        until = slice(0, bucket + 1)
                        room = int(load.capacity[until].sum())
                        shares.append((int(load.used[until].sum()) / max(room, 1), mode.resource))
        share, resource = max(shares, default=(0.0, ""))
        return f"{resource} is loaded {share:.0%}" if share >= _BUSY else ""

    def _too_soon(self, item: str, due: int) -> Iterator[str]:
        """Components whose shortest lead time ends after the due date, with no stock at hand."""
        facts = self._facts
        for version in facts.lookup.versions.get(item, ()):
            for operation in facts.lookup.routings.get((item, version), ()):
                for line in facts.lookup.components.get((item, version, operation.operation), ()):
                    offers = [
                        row for (_, bought), rows in facts.lookup.offers.items() for row in rows
                        if bought == line.component
                    ]  # fmt: skip
                    days = min((row.lead_time_days for row in offers), default=0)
                    closing = facts.case.stocks.unrestricted[line.component]
                    bucket = facts.timeline.bucket_of_end(max(due, 0))
                    empty = closing[min(bucket, len(closing) - 1)] <= 0
                    if offers and empty and days * MINUTES_PER_DAY > due:
                        yield f"{line.component} is used up, and a new order takes {days} days."

    def _at(self, minute: int) -> str:
        found: datetime = self._facts.timeline.clock.local(minute)
        return found.strftime("%a %Y-%m-%d %H:%M")

    def _day(self, minute: int) -> str:
        return self._facts.timeline.clock.local(minute).strftime("%Y-%m-%d")


def _hours(minutes: int) -> str:
    """Write a stretch of time the way people say it."""
    if minutes >= 2 * MINUTES_PER_DAY:
        return f"{minutes / MINUTES_PER_DAY:.1f} days"
    return f"{minutes / 60:.1f} h"
