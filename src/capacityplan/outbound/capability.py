"""What production can still do, for sales: capability by resource, and what of each item may be promised.

ISA-95 part 3: the capability of every resource in every bucket is committed, available or unattainable.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from xml.etree import ElementTree

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import ItemKind, Plant, ResourceKind
from capacityplan.domain.timeline import Timeline
from capacityplan.exchange.texts import quote, scaled_text
from capacityplan.outbound.xml import add
from capacityplan.solve.insert import Board
from capacityplan.solve.insert.levels import DELIVERY
from capacityplan.units import floor_fraction
from capacityplan.verify.case import Case, week_of
from capacityplan.verify.facts import work_minutes
from capacityplan.verify.kpis import Capability, capabilities

XML_FILE, CSV_FILE, ATP_FILE = "operations_capability.xml", "capability.csv", "atp.csv"
_TYPES = ("committed", "available", "unattainable")
_PEOPLE = (ResourceKind.LABOUR,)
_DAYS = 7
_MANY = 1000
"""Units over which an operation's fixed minutes are spread where it has no batches."""


@dataclass(frozen=True, slots=True)
class Available:
    """What of an item may be promised in a week (a bucket, where buckets are longer).

    Attributes
    ----------
    first, last : int
        Buckets.
    promised : int
        Base units that may be shipped by its end: planned, and needed by nobody, for good.
    new : int
        What of it comes in this week.
    capable : int
        Base units that the free minutes of the week would make of this item alone: a rough cut by the
        scarcest operation and its people, without setups, materials and labs; 0 where it is not made.
    """

    item: str
    first: int
    last: int
    promised: int
    new: int
    capable: int


def available_to_promise(plant: Plant, plan: Plan) -> tuple[Available, ...]:
    """Return what may be promised of every finished item by week.

    Parameters
    ----------
    plan : Plan
        Verified.
    """
    board = Board(plant, plan)
    free = {row.resource: row.available.tolist() for row in capabilities(board.case)}
    found = []
    for row in plant.items:
        if row.kind is not ItemKind.FINISHED:
            continue
        before = 0
        for first, last in _weeks(board.timeline):
            now = board.levels[row.item].free(int(board.timeline.ends[last]), DELIVERY)
            minutes = {name: sum(table[first : last + 1]) for name, table in free.items()}
            begin = int(board.timeline.starts[first])
            capable = _capable(board.lookup, row.item, minutes, begin)
            found.append(Available(row.item, first, last, now, now - before, capable))
            before = now
    return tuple(found)


def _weeks(timeline: Timeline) -> Iterator[tuple[int, int]]:
    """Buckets of one ISO week together; longer ones alone."""
    first = 0
    for bucket in range(1, len(timeline) + 1):
        same = (
            bucket < len(timeline)
            and max(timeline.days[first:bucket + 1]) <= _DAYS
            and week_of(_last_day(timeline, bucket)) == week_of(_last_day(timeline, first))
        )  # fmt: skip
        if not same:
            yield first, bucket - 1
            first = bucket


def _last_day(timeline: Timeline, bucket: int) -> int:
    return int(timeline.first_day[bucket] + timeline.days[bucket]) - 1


def _capable(lookup: Lookup, item: str, minutes: dict[str, int], begin: int) -> int:
    """Base units of the version that the free minutes would make most of, as it is learnt by then."""
    most = Fraction(0)
    for version in {lookup.learnt(item, one, begin): None for one in lookup.versions.get(item, ())}:
        operations = lookup.routings.get((item, version), ())
        rates = [_units(lookup, item, version, number, minutes) for number in range(len(operations))]
        most = max(most, min(rates, default=Fraction(0)))
    return floor_fraction(most * lookup.scale[item])


def _units(lookup: Lookup, item: str, version: str, number: int, minutes: dict[str, int]) -> Fraction:
    """Units that all modes of an operation would make in their free minutes, each with its own people."""
    operation = lookup.routings[item, version][number]
    scale, total = lookup.scale[item], Fraction(0)
    for mode in lookup.modes.get((item, version, operation.operation), ()):
        efficiency = lookup.resources[mode.resource].efficiency
        many = Fraction(operation.batch_size, scale) if operation.batch_size else Fraction(_MANY)
        work = work_minutes(operation, mode, efficiency, int(many * scale), scale)
        room = min(
            [minutes.get(mode.resource, 0)]
            + [minutes[pool] // units for pool, units in lookup.pools(mode) if pool in minutes]
        )
        total += many * room / work if work else Fraction(0)
    return total


def write(plant: Plant, plan: Plan, namespace: str) -> dict[str, bytes]:
    """Write capability as B2MML and CSV, and what may be promised as CSV."""
    case = Case(plant, plan)
    rows = capabilities(case)
    return {
        XML_FILE: _xml(plant, case, rows, namespace),
        CSV_FILE: _csv(_HEAD, _lines(case, rows)),
        ATP_FILE: _csv(_ATP, _promises(case, available_to_promise(plant, plan))),
    }


_HEAD = ("resource", "kind", "from", "until", "committed", "available", "unattainable", "calendar")
_ATP = ("item", "unit", "from", "until", "available_to_promise", "new", "capable_alone")


def _lines(case: Case, rows: Sequence[Capability]) -> Iterator[tuple[str, ...]]:
    """Minutes by resource and bucket."""
    for row in rows:
        for bucket, total in enumerate(row.total.tolist()):
            parts = (int(getattr(row, name)[bucket]) for name in _TYPES)
            yield (
                quote(row.resource), row.kind.value, _date(case, bucket), _date(case, bucket + 1),
                *map(str, parts), str(total),
            )  # fmt: skip


def _promises(case: Case, rows: Sequence[Available]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        item = case.lookup.items[row.item]
        quantities = (scaled_text(one, item.precision) for one in (row.promised, row.new, row.capable))
        days = _date(case, row.first), _date(case, row.last + 1)
        yield quote(row.item), quote(item.unit), *days, *quantities


def _date(case: Case, bucket: int) -> str:
    """First day of a bucket; of the one after the last: the day on which the plan ends."""
    timeline = case.timeline
    minute = int(timeline.starts[bucket]) if bucket < len(timeline) else timeline.horizon_end
    return timeline.clock.local(minute).date().isoformat()


def _csv(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


def _xml(plant: Plant, case: Case, rows: Sequence[Capability], namespace: str) -> bytes:
    root = ElementTree.Element("OperationsCapabilityInformation", {"xmlns": namespace})
    add(root, "ID", f"capability of {plant.name}")
    for bucket in range(len(case.timeline)):
        for kind in _TYPES:
            part = ElementTree.SubElement(root, "OperationsCapability")
            add(part, "ID", f"{_date(case, bucket)}/{kind}")
            add(part, "StartTime", _moment(case, int(case.timeline.starts[bucket])))
            add(part, "EndTime", _moment(case, int(case.timeline.ends[bucket])))
            add(part, "OperationsType", "Production")
            add(part, "CapabilityType", kind.capitalize())
            ordered = sorted(rows, key=lambda row: row.kind not in _PEOPLE)
            for row in ordered:
                _resource(part, row, int(getattr(row, kind)[bucket]))
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _resource(part: ElementTree.Element, row: Capability, minutes: int) -> None:
    people = row.kind in _PEOPLE
    one = ElementTree.SubElement(part, "PersonnelCapability" if people else "EquipmentCapability")
    add(one, "PersonnelClassID" if people else "EquipmentID", row.resource)
    amount = ElementTree.SubElement(one, "Quantity")
    add(amount, "QuantityString", str(minutes))
    add(amount, "DataType", "integer")
    add(amount, "UnitOfMeasure", "min")


def _moment(case: Case, minute: int) -> str:
    return case.timeline.clock.local(minute).replace(tzinfo=case.timeline.clock.zone).isoformat()
