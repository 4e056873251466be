"""Shifts from iCalendar files (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any

from icalendar import Calendar, Component

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.mapping.shifts import Shift, faults, kind_of

CAPACITY = "X-CAPACITYPLAN-CAPACITY"
"""Property with the units at work, where it is not all that the resource has."""
_ONCE = ("DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID")


def read_shifts(path: Path, kinds: Mapping[str, str]) -> list[Shift]:
    """Read the events of an iCalendar file as shifts; cancelled ones are left out.

    A calendar's name is that of the file's calendar, else the file's own. An event's kind is what
    its categories or its summary stand for; else a whole day is closed and hours are worked.

    Parameters
    ----------
    kinds : mapping of str to str
        Kinds of time by a profile's words for them.

    Raises
    ------
    DataError
        With the line of each event that cannot be read.
    """
    shifts: list[Shift] = []
    series: dict[str, int] = {}
    moved: list[tuple[str, datetime]] = []
    findings: list[Finding] = []
    for event, calendar, line in _events(path):
        reader, identity = _Reader(path.name, line, event), str(event.get("UID", ""))
        shift = reader.shift(calendar, kinds)
        findings += reader.findings
        if reader.replaces is not None:
            moved.append((identity, reader.replaces))
        elif shift is not None:
            series[identity] = len(shifts)
        if shift is not None:
            shifts.append(shift)
    if findings:
        raise DataError(tuple(findings))
    for identity, moment in moved:
        place = series.get(identity)
        if place is not None:
            whole = shifts[place]
            shifts[place] = replace(whole, gone=whole.gone | {_by_clock_of(moment, whole.zone)})
    return shifts


def _events(path: Path) -> list[tuple[Component, str, int]]:
    """Events with the name of their calendar and the line on which they begin."""
    try:
        data = path.read_bytes()
        calendars = Calendar.from_ical(data, multiple=True)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise DataError((Finding("unreadable_file", message, path.name),)) from None
    except ValueError as error:
        raise DataError((Finding("not_icalendar", f"this is not iCalendar: {error}", path.name),)) from None
    begins = [
        n for n, line in enumerate(data.splitlines(), start=1) if line.strip().upper() == b"BEGIN:VEVENT"
    ]
    found = [
        (event, str(calendar.get("NAME") or calendar.get("X-WR-CALNAME") or path.stem))
        for calendar in calendars
        for event in calendar.walk("VEVENT")
    ]
    if not found or len(found) != len(begins):
        message, expected = "there is no whole calendar with events", "BEGIN:VCALENDAR ... END:VCALENDAR"
        raise DataError((Finding("not_icalendar", message, path.name, expected=expected),))
    return [(event, name, line) for (event, name), line in zip(found, begins, strict=True)]


class _Reader:
    """One event, with what is wrong in it.

    Attributes
    ----------
    replaces : datetime or None
        Begin of the event of a series in whose place it stands.
    """

    def __init__(self, file: str, line: int, event: Component) -> None:
        self._file, self._line = file, line
        self._event: Any = event
        self.findings: list[Finding] = []
        self.replaces: datetime | None = None

    def shift(self, calendar: str, kinds: Mapping[str, str]) -> Shift | None:
        """Return the event as a shift; None where it is cancelled, or wrong."""
        event = self._event
        for name, message in event.errors:
            self._wrong("unreadable_value", message, name or "")
        for name in _ONCE:
            if isinstance(event.get(name), list):
                self._wrong("duplicate_value", "an event has this once", name)
        if not self.findings and "DTSTART" not in event:
            self._wrong("missing_value", "the event does not say when it begins", "DTSTART")
        if self.findings:
            return None
        if "RECURRENCE-ID" in event:
            self.replaces = self._moment("RECURRENCE-ID")
            if "RANGE" in event["RECURRENCE-ID"].params:
                self._wrong("unsupported_rule", "a change of all later events is not read", "RECURRENCE-ID")
        start, end = self._stretch()
        if self.findings or str(event.get("STATUS", "")).upper() == "CANCELLED":
            return None
        whole_days = not isinstance(event["DTSTART"].dt, datetime)
        words = [str(word) for category in self._all("CATEGORIES") for word in category.cats]
        named = (kind_of(word, kinds) for word in (*words, str(event.get("SUMMARY", ""))))
        kind = next((kind for kind in named if kind), "closed" if whole_days else "work")
        zone = start.tzinfo
        found = Shift(
            calendar, self._file, self._line, start.replace(tzinfo=None), end - start, kind, zone,
            self._rule(zone), tuple(self._moments("RDATE", zone)), frozenset(self._moments("EXDATE", zone)),
            str(event.get(CAPACITY, "")),
        )  # fmt: skip
        self.findings += [] if self.findings else faults(found)
        return None if self.findings else found

    def _stretch(self) -> tuple[datetime, datetime]:
        """When the event begins and ends, by the clock of its begin."""
        start = self._moment("DTSTART")
        if "DTEND" in self._event:
            end = self._moment("DTEND")
            if (start.tzinfo is None) != (end.tzinfo is None):
                self._wrong("unreadable_value", "only one of begin and end has a time zone", "DTEND")
                return start, start
            return start, end if start.tzinfo is None else end.astimezone(start.tzinfo)
        if "DURATION" in self._event:
            return start, start + self._event["DURATION"].dt
        if isinstance(self._event["DTSTART"].dt, datetime):
            self._wrong("missing_value", "the event does not say when it ends", "DTEND")
        return start, start + timedelta(days=1)

    def _moment(self, name: str) -> datetime:
        found = self._event[name]
        if isinstance(found.dt, datetime) and found.dt.tzinfo is None and "TZID" in found.params:
            value = str(found.params["TZID"])
            self._wrong(
                "unknown_timezone", "this time zone is not known", name, value, "an IANA name, or a VTIMEZONE"
            )
        return _as_datetime(found.dt)

    def _rule(self, zone: tzinfo | None) -> str:
        """Return the recurrence with its end by the event's own clock."""
        rule = self._event.get("RRULE")
        if rule is None:
            return ""
        parts = {name: rule[name] for name in rule}
        if "UNTIL" in parts:
            until = parts["UNTIL"][0]
            # A date as end has the whole day in it.
            whole = until if isinstance(until, datetime) else datetime.combine(until, time(23, 59, 59))
            rule = rule.copy()
            rule["UNTIL"] = [_by_clock_of(whole, zone)]
        return str(rule.to_ical().decode())

    def _moments(self, name: str, zone: tzinfo | None) -> Iterator[datetime]:
        for row in self._all(name):
            for one in row.dts:
                if isinstance(one.dt, date):
                    yield _by_clock_of(_as_datetime(one.dt), zone)
                else:
                    self._wrong("unreadable_value", "this is not the begin of an event", name, str(one.dt))

    def _all(self, name: str) -> list[Any]:
        found = self._event.get(name, [])
        return found if isinstance(found, list) else [found]

    def _wrong(self, code: str, message: str, column: str, value: str = "", expected: str = "") -> None:
        self.findings.append(
            Finding(code, message, self._file, row=self._line, column=column, value=value, expected=expected)
        )


def _as_datetime(moment: date) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time())


def _by_clock_of(moment: datetime, zone: tzinfo | None) -> datetime:
    """Return a moment by the clock of a zone; one without zone is by that clock already."""
    if moment.tzinfo is None:
        return moment
    return (moment if zone is None else moment.astimezone(zone)).replace(tzinfo=None)
