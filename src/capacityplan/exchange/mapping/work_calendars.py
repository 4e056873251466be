"""Shifts from B2MML work calendars and their definitions (ISA-95)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.mapping.documents import read_xml
from capacityplan.exchange.mapping.shifts import Shift, faults, kind_of

ROOT = "WorkCalendar"
"""What the records of a work calendar are called in a profile."""
_DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_PERIOD = re.compile(r"P(\d+)([DWMY])")
_RECURRENCE = re.compile(r"(?:R(\d*)/)?(?:([^/]+)/)?(P[^/]+)")
_UNITS = {"D": "DAILY", "W": "WEEKLY", "M": "MONTHLY", "Y": "YEARLY"}
_WEEK = 7


def read_shifts(path: Path, kinds: Mapping[str, str], zone: ZoneInfo) -> list[Shift]:
    """Read the entries of work calendars, and of their definitions, as shifts.

    Parameters
    ----------
    kinds : mapping of str to str
        Kinds of time by a profile's words for them.
    zone : ZoneInfo
        Of the plant: times with an offset are put on its clock, from which they recur.

    Raises
    ------
    DataError
        With the number of each entry that cannot be read.
    """
    found = list(_entries(read_xml(path)))
    if not found:
        message, expected = (
            "the file has no work calendar",
            "WorkCalendar or WorkCalendarDefinition with entries",
        )
        raise DataError((Finding("no_work_calendar", message, path.name, expected=expected),))
    shifts: list[Shift] = []
    findings: list[Finding] = []
    for number, (calendar, entry) in enumerate(found, start=1):
        reader = _Reader(Shift(calendar, path.name, number, datetime.min, timedelta(0), ""), entry, zone)
        shift = reader.shift(kinds)
        findings += reader.findings
        if shift is not None:
            shifts.append(shift)
    if findings:
        raise DataError(tuple(findings))
    return shifts


def _entries(root: ElementTree.Element) -> Iterator[tuple[str, ElementTree.Element]]:
    """Yield calendars' names and entries, those in others too; what only holds others is none."""
    for calendar in root.iter():
        if _name(calendar) in (ROOT, f"{ROOT}Definition"):
            for entry in calendar.iter():
                if re.fullmatch(rf"{ROOT}(Definition)?Entry(Child)?", _name(entry)):
                    inside = any(
                        _name(child) == f"{_name(entry).removesuffix('Child')}Child" for child in entry
                    )
                    if not inside or _text(entry, "StartDateTime") or _text(entry, "DurationRule"):
                        yield _text(calendar, "ID"), entry


def _name(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: ElementTree.Element, name: str) -> str:
    return next(((child.text or "").strip() for child in element if _name(child) == name), "")


def _property(entry: ElementTree.Element, name: str) -> str:
    """Value of an entry's property."""
    for child in entry:
        if re.fullmatch(rf"{ROOT}(Definition)?EntryProperty", _name(child)) and _text(child, "ID") == name:
            return next((_text(value, "ValueString") for value in child if _name(value) == "Value"), "")
    return ""


class _Reader:
    """One entry, with what is wrong in it."""

    def __init__(self, blank: Shift, entry: ElementTree.Element, zone: ZoneInfo) -> None:
        self._blank, self._entry, self._zone = blank, entry, zone
        self.findings: list[Finding] = []

    def shift(self, kinds: Mapping[str, str]) -> Shift | None:
        """Return the entry as a shift; None where it is wrong."""
        word = _text(self._entry, "EntryType")
        kind = kind_of(word, kinds) if word else "work"
        if kind is None:
            hint = f'state it in the profile: kinds = {{ "{word}" = "work" }}, or "overtime", or "closed"'
            self._wrong("unknown_kind", "this type of entry is not known", "EntryType", word, hint=hint)
        found = self._recurring() if "Definition" in _name(self._entry) else self._once()
        if found is None or self.findings:
            return None
        found = replace(found, kind=str(kind), capacity=_property(self._entry, "capacity"))
        self.findings += faults(found)
        return None if self.findings else found

    def _once(self) -> Shift | None:
        start, end = self._moment("StartDateTime"), self._moment("FinishDateTime")
        if start is None or end is None:
            return None
        return replace(self._blank, start=start, length=end - start)

    def _recurring(self) -> Shift | None:
        length = self._length()
        text = _text(self._entry, "RecurrenceTime")
        if not text:
            start = self._moment("EffectiveStartDate")
            return (
                None if start is None or length is None else replace(self._blank, start=start, length=length)
            )
        found = _RECURRENCE.fullmatch(text)
        rule = _rule(found[3]) if found else None
        if found is None or rule is None:
            expected = "an ISO 8601 recurrence by days, weeks, months or years, like R/2027-01-04T06:00/P7D"
            self._wrong("unreadable_rule", "this recurrence is not read", "RecurrenceTime", text, expected)
            return None
        start = self._read("RecurrenceTime", found[2]) if found[2] else self._moment("EffectiveStartDate")
        end = self._moment("EffectiveEndDate") if _text(self._entry, "EffectiveEndDate") else None
        if start is None or length is None:
            return None
        if found[1]:
            rule += f";COUNT={found[1]}"
        elif end is not None:
            # A date as end has the whole day in it.
            whole = (
                end + timedelta(days=1, seconds=-1)
                if "T" not in _text(self._entry, "EffectiveEndDate")
                else end
            )
            rule += f";UNTIL={whole:%Y%m%dT%H%M%S}"
        return replace(self._blank, start=start, length=length, rule=rule)

    def _length(self) -> timedelta | None:
        text = _text(self._entry, "DurationRule")
        found = _DURATION.fullmatch(text)
        if not found or not any(found.groups()):
            expected = "an ISO 8601 duration like PT8H or PT7H30M"
            self._wrong("unreadable_value", "this is not a length of time", "DurationRule", text, expected)
            return None
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)

    def _moment(self, name: str) -> datetime | None:
        text = _text(self._entry, name)
        if not text:
            self._wrong("missing_value", "the entry does not say this", name, expected="a date-time")
            return None
        return self._read(name, text)

    def _read(self, name: str, text: str) -> datetime | None:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self._wrong("not_a_date", "this is not a date-time", name, text, "like 2027-01-04T06:00:00")
            return None
        return found if found.tzinfo is None else found.astimezone(self._zone).replace(tzinfo=None)

    def _wrong(
        self, code: str, message: str, column: str, value: str = "", expected: str = "", hint: str = ""
    ) -> None:
        self.findings.append(self._blank.finding(code, message, column, value, expected=expected, hint=hint))


def _rule(period: str) -> str | None:
    """Return the iCalendar rule of an ISO 8601 period; None for one that is not whole days."""
    whole = re.fullmatch(r"PT(\d+)H", period)
    if whole and int(whole[1]) % 24 == 0:
        period = f"P{int(whole[1]) // 24}D"
    found = _PERIOD.fullmatch(period)
    if not found:
        return None
    count, unit = int(found[1]), found[2]
    if unit == "D" and count and count % _WEEK == 0:
        count, unit = count // _WEEK, "W"
    return f"FREQ={_UNITS[unit]};INTERVAL={count}"
