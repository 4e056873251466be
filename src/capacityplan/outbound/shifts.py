"""The plant's working calendars for other systems: as iCalendar files and as B2MML definitions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from capacityplan.domain.plant import CalendarRow, Plant
from capacityplan.domain.timeline import Clock
from capacityplan.outbound.orders import slug
from capacityplan.outbound.xml import add

B2MML_FILE = "work_calendars.xml"
_WEEK = timedelta(days=7)
_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class _Series:
    """A row of a calendar as dates: its first, the last of a recurring one (None: no end), those left out."""

    row: CalendarRow
    first: date
    last: date | None
    gone: tuple[date, ...]

    @property
    def start(self) -> datetime:
        """When it begins on its first date."""
        return _on(self.first, self.row)

    @property
    def length(self) -> timedelta:
        """How long it is by the clock on the wall."""
        minutes = self.row.to_minute - self.row.from_minute
        return timedelta(minutes=minutes if minutes > 0 else minutes + _MINUTES)


def _on(day: date, row: CalendarRow) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=row.from_minute)


def _series(plant: Plant) -> dict[str, list[_Series]]:
    """Rows by calendar; those of weekdays begin in the week before the plant's start at the earliest."""
    monday = Clock(plant.start, plant.timezone).start.date() - _WEEK
    dated: dict[str, set[date]] = defaultdict(set)
    for row in plant.calendars:
        if row.date is not None:
            dated[row.calendar].add(date.fromordinal(row.date))
    found: dict[str, list[_Series]] = defaultdict(list)
    for row in plant.calendars:
        if row.date is not None:
            day = date.fromordinal(row.date)
            found[row.calendar].append(_Series(row, day, day, ()))
            continue
        begin = monday if row.valid_from is None else max(monday, date.fromordinal(row.valid_from))
        first = begin + timedelta(days=((row.weekday or 0) - begin.weekday()) % 7)
        last = None if row.valid_to is None else date.fromordinal(row.valid_to)
        if last is None or first <= last:
            gone = tuple(day for day in sorted(dated[row.calendar]) if day >= first and _same(day, first))
            found[row.calendar].append(_Series(row, first, last, gone))
    return found


def _same(day: date, other: date) -> bool:
    return day.weekday() == other.weekday()


def icalendar_files(plant: Plant) -> dict[str, bytes]:
    """Write every working calendar as a file of events that recur weekly; a day of its own is an event."""
    zone = ZoneInfo(plant.timezone)
    made = Clock(plant.start, plant.timezone).start.replace(tzinfo=zone).astimezone(UTC)
    files: dict[str, bytes] = {}
    for name, series in sorted(_series(plant).items()):
        calendar = Calendar()
        calendar.add("prodid", "-//CapacityPlan//shifts//EN")
        calendar.add("version", "2.0")
        calendar.add("x-wr-calname", name)
        for number, one in enumerate(series, start=1):
            calendar.add_component(_event(one, f"{slug(name)}-{number}", made))
        files[f"shifts.{slug(name)}.ics"] = calendar.to_ical()
    return files


def _event(one: _Series, name: str, made: datetime) -> Event:
    """Return a shift by the clock on the wall, wherever it is read."""
    event, row = Event(), one.row
    event.add("uid", f"{name}@capacityplan")
    event.add("dtstamp", made)
    event.add("dtstart", one.start)
    event.add("dtend", one.start + one.length)
    event.add("summary", row.kind.value)
    event.add("categories", [row.kind.value])
    if row.capacity is not None:
        event.add("x-capacityplan-capacity", str(row.capacity))
    if row.date is None:
        rule = {"freq": "weekly"}
        event.add("rrule", rule if one.last is None else {**rule, "until": _on(one.last, row)})
    for day in one.gone:
        event.add("exdate", _on(day, row))
    return event


def b2mml_definitions(plant: Plant, namespace: str) -> bytes:
    """Write every working calendar as a definition; a series is cut where a day of its own comes between."""
    root = ElementTree.Element("WorkCalendarInformation", {"xmlns": namespace})
    for name, series in sorted(_series(plant).items()):
        definition = ElementTree.SubElement(root, "WorkCalendarDefinition")
        ElementTree.SubElement(definition, "ID").text = name
        for one in series:
            for first, last in _stretches(one):
                _entry(definition, one, first, last)
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _stretches(one: _Series) -> Iterator[tuple[date, date | None]]:
    """Yield first and last date of each unbroken part of a series."""
    first = one.first
    for day in one.gone:
        if first < day:
            yield first, day - _WEEK
        first = day + _WEEK
    if one.last is None or first <= one.last:
        yield first, one.last


def _entry(parent: ElementTree.Element, one: _Series, first: date, last: date | None) -> None:
    entry = ElementTree.SubElement(parent, "WorkCalendarDefinitionEntry")
    start = _on(first, one.row).isoformat()
    add(entry, "EffectiveStartDate", start)
    if one.row.date is None:
        if last is not None:
            add(entry, "EffectiveEndDate", _on(last, one.row).isoformat())
        add(entry, "RecurrenceTime", f"R/{start}/P7D")
    add(entry, "DurationRule", f"PT{int(one.length / timedelta(minutes=1))}M")
    add(entry, "EntryType", one.row.kind.value)
    if one.row.capacity is not None:
        made = ElementTree.SubElement(entry, "WorkCalendarDefinitionEntryProperty")
        add(made, "ID", "capacity")
        value = ElementTree.SubElement(made, "Value")
        add(value, "ValueString", str(one.row.capacity))
