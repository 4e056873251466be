"""The other system's calendars (values by priority) as this system's (weekday rows and dated exceptions)."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor

from capacityplan.domain.plant import CalendarKind, CalendarRow
from capacityplan.exchange.frepple.strict import Row
from capacityplan.exchange.frepple.tables import Tables, moment, number

DAY_MINUTES = 1440
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NO = frozenset({"f", "false", "0", "no"})
Pattern = tuple[tuple[int, int, int], ...]
"""Open stretches of a day: from minute, to minute, capacity."""


class _Bucket:
    """A rule of a calendar: its value holds from start to end, on its weekdays and hours."""

    def __init__(self, row: Row) -> None:
        self.priority = number(row["priority"])
        self.value = number(row["value"])
        self.start = moment(row["startdate"]) if row["startdate"] else datetime.min
        self.end = moment(row["enddate"]) if row["enddate"] else datetime.max
        self.weekdays = tuple(row[day].strip().lower() not in _NO for day in _WEEKDAYS)
        self.opens, self.closes = _minute(row["starttime"], 0), _minute(row["endtime"], DAY_MINUTES)

    def stretch(self, day: date) -> tuple[int, int]:
        """Minutes of a day in which the rule holds (empty: from = to)."""
        if not self.weekdays[day.weekday()]:
            return 0, 0
        midnight = datetime.combine(day, datetime.min.time())
        first = max(self.opens, _clipped(self.start - midnight))
        last = min(self.closes, _clipped(self.end - midnight))
        return (first, last) if first < last else (0, 0)


def _minute(text: str, default: int) -> int:
    """Minute of the day; the last second of a day stands for its end."""
    if not text.strip():
        return default
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return hours * 60 + minutes + (1 if seconds else 0)


def _clipped(length: timedelta) -> int:
    return min(max(int(length.total_seconds() // 60), 0), DAY_MINUTES)


class Calendars:
    """Expands calendars to days, joins them, and writes each distinct result once."""

    def __init__(self, tables: Tables, start: datetime, days: int) -> None:
        self._days = [start.date() + timedelta(days=day) for day in range(-1, days + 1)]
        self._default = {row["name"]: number(row["defaultvalue"]) for row in tables["calendar"]}
        self._buckets: dict[str, list[_Bucket]] = {}
        for row in tables["calendarbucket"]:
            self._buckets.setdefault(row["calendar"], []).append(_Bucket(row))
        for buckets in self._buckets.values():
            buckets.sort(key=lambda bucket: bucket.priority)
        self._names: dict[tuple[Pattern, ...], str] = {}
        self.rows: list[CalendarRow] = []

    def value_at(self, calendar: str, day: date, minute: int) -> Fraction:
        """Value of a calendar: the rule with the lowest priority number wins, else the default."""
        for bucket in self._buckets.get(calendar, ()):
            first, last = bucket.stretch(day)
            if first <= minute < last:
                return bucket.value
        return self._default.get(calendar, Fraction(0))

    def _borders(self, calendar: str, day: date) -> set[int]:
        return {edge for bucket in self._buckets.get(calendar, ()) for edge in bucket.stretch(day)}

    def name(self, wanted: str, available: tuple[str, ...], maximum: str, capacity: int) -> str:
        """Return the calendar that is open where all of ``available`` are, with its capacity.

        Parameters
        ----------
        wanted : str
            Name of the calendar if this working time has none yet.
        available : tuple of str
            Calendars in which the value 0 means closed.
        maximum : str
            Calendar whose value is the capacity; empty: ``capacity`` throughout.
        capacity : int
        """
        days = tuple(self._pattern(day, available, maximum, capacity) for day in self._days)
        if days not in self._names:
            taken = set(self._names.values())
            name = wanted
            while name in taken:
                name += " (2)"
            self._names[days] = name
            self._write(name, days, capacity)
        return self._names[days]

    def highest(self, maximum: str, capacity: int) -> int:
        """Highest capacity within the horizon."""
        if not maximum:
            return capacity
        found = {
            self.value_at(maximum, day, minute)
            for day in self._days
            for minute in {0, *self._borders(maximum, day)} - {DAY_MINUTES}
        }
        return floor(max(found))

    def _pattern(self, day: date, available: tuple[str, ...], maximum: str, capacity: int) -> Pattern:
        edges = {0, DAY_MINUTES}
        for calendar in (*available, maximum):
            edges |= self._borders(calendar, day)
        borders = sorted(edges)
        found: list[tuple[int, int, int]] = []
        for first, last in pairwise(borders):
            if any(not self.value_at(calendar, day, first) for calendar in available):
                continue
            level = floor(self.value_at(maximum, day, first)) if maximum else capacity
            if level <= 0:
                continue
            if found and found[-1][1] == first and found[-1][2] == level:
                found[-1] = (found[-1][0], last, level)
            else:
                found.append((first, last, level))
        return tuple(found)

    def _write(self, name: str, days: tuple[Pattern, ...], capacity: int) -> None:
        usual: dict[int, Pattern] = {}
        for weekday in range(7):
            seen = Counter(
                pattern for day, pattern in zip(self._days, days, strict=True) if day.weekday() == weekday
            )
            usual[weekday] = seen.most_common(1)[0][0] if seen else ()
            for first, last, level in usual[weekday]:
                self.rows.append(
                    CalendarRow(name, weekday, None, first, last, None if level == capacity else level)
                )
        for day, pattern in zip(self._days, days, strict=True):
            if pattern == usual[day.weekday()]:
                continue
            date_of = day.toordinal()
            for first, last, level in pattern:
                self.rows.append(
                    CalendarRow(name, None, date_of, first, last, None if level == capacity else level)
                )
            if not pattern:
                closed = CalendarKind.CLOSED
                self.rows.append(CalendarRow(name, None, date_of, 0, DAY_MINUTES, None, closed))
