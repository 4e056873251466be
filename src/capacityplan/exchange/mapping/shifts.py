"""Shifts that recur, as rows of the table ``calendars``.

What recurs daily or weekly becomes rows of weekdays. All dates of a stated period are then laid
out, and where a date is not what its weekday says (exceptions, other rules, other time zones),
rows of that date take its place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from capacityplan.errors import Finding
from capacityplan.exchange.mapping.dialect import Text
from capacityplan.exchange.texts import FIRST_YEAR, LAST_YEAR, clock_text, weekday_text

HEADER = ("calendar", "weekday", "date", "begins", "ends", "capacity", "kind", "valid_from", "valid_to")
DAYS_BEFORE, DAYS_AFTER = 7, 731
"""Dates around the plant's start that are laid out one by one."""
_DAY = timedelta(days=1)
_MINUTES = 1440
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PLAIN = {"FREQ", "INTERVAL", "BYDAY", "WKST", "COUNT", "UNTIL"}
_COARSE = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_FINE = {"BYHOUR", "BYMINUTE", "BYSECOND"}
_KINDS = {
    "work": (
        "work", "working", "workingtime", "shift", "workshift", "workingshift", "production", "available",
    ),
    "overtime": ("overtime",),
    "closed": (
        "closed", "break", "holiday", "publicholiday", "vacation", "maintenance", "nonworking",
        "nonworkingtime", "unavailable", "off",
    ),
}  # fmt: skip
_KNOWN = {word: kind for kind, words in _KINDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class Shift:
    """Time of a calendar, once or again and again, by the clock on the wall.

    Attributes
    ----------
    start : datetime
        Without time zone: by the clock of ``zone`` (None: the plant's).
    rule : str
        Recurrence as iCalendar writes it, its end by the same clock; empty: once.
    more, gone : of datetime
        Further starts, and starts that do not take place.
    """

    calendar: str
    file: str
    line: int
    start: datetime
    length: timedelta
    kind: str
    zone: tzinfo | None = None
    rule: str = ""
    more: tuple[datetime, ...] = ()
    gone: frozenset[datetime] = frozenset()
    capacity: str = ""

    def finding(self, code: str, message: str, column: str, value: str = "", **more: str) -> Finding:
        """Make a finding at the shift."""
        return Finding(code, message, self.file, row=self.line, column=column, value=value, **more)

    def recurrence(self) -> rrule | None:
        """Return the recurrence, if there is one."""
        return rrulestr(self.rule, dtstart=self.start) if self.rule else None

    def parts(self) -> dict[str, str]:
        """Parts of the rule."""
        return dict(part.split("=", 1) for part in self.rule.split(";") if "=" in part)


_Piece = tuple[int, int, str, str]
"""First and last minute of a date, kind, capacity."""


def kind_of(word: str, kinds: Mapping[str, str]) -> str | None:
    """Return the kind of time that a word stands for, by a profile's words or the usual ones."""
    stated = {_plain(name): kind for name, kind in kinds.items()}
    return stated.get(_plain(word)) or _KNOWN.get(_plain(word))


def _plain(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def faults(shift: Shift) -> Iterator[Finding]:
    """Yield what makes a shift none."""
    for moment in (shift.start, shift.start + shift.length):
        if moment.second or moment.microsecond:
            message = "shifts begin and end with whole minutes"
            yield shift.finding("not_whole_minutes", message, "start", str(moment))
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            yield shift.finding("not_a_date", "the year is out of all proportion", "start", str(moment))
    if shift.length <= timedelta(0):
        yield shift.finding("no_length", "the shift does not end after it begins", "end", str(shift.length))
    if shift.rule:
        yield from _rule_faults(shift)


def _rule_faults(shift: Shift) -> Iterator[Finding]:
    parts = shift.parts()
    if parts.get("FREQ") not in _COARSE or _FINE & parts.keys():
        expected = "DAILY, WEEKLY, MONTHLY or YEARLY, once on a day"
        yield shift.finding(
            "unsupported_rule", "a shift recurs by days", "RRULE", shift.rule, expected=expected
        )
        return
    if any(
        not parts.get(name, "1").isdecimal() or not int(parts.get(name, "1"))
        for name in ("INTERVAL", "COUNT")
    ):
        yield shift.finding("unreadable_rule", "INTERVAL and COUNT are at least 1", "RRULE", shift.rule)
        return
    try:
        shift.recurrence()
    except ValueError as error:
        yield shift.finding("unreadable_rule", f"the rule cannot be read: {error}", "RRULE", shift.rule)


def as_rows(file: str, shifts: Iterable[Shift], zone: ZoneInfo, start: date) -> Text:
    """Write shifts as rows of ``calendars``.

    Parameters
    ----------
    file : str
        Name of what was read.
    zone : ZoneInfo
        Of the plant.
    start : date
        First date of the plant; dates around it are laid out one by one.
    """
    by_calendar: dict[str, list[Shift]] = defaultdict(list)
    for shift in shifts:
        by_calendar[shift.calendar].append(shift)
    rows: list[tuple[int, Sequence[str]]] = []
    for calendar, found in by_calendar.items():
        rows += _rows(calendar, found, zone, start)
    return Text(file, "utf-8", "-", HEADER, [row for _, row in rows], [line for line, _ in rows])


def _rows(
    calendar: str, shifts: list[Shift], zone: ZoneInfo, start: date
) -> Iterator[tuple[int, Sequence[str]]]:
    weekly: dict[tuple[int, date, _Piece], tuple[date, int]] = {}
    for shift in shifts:
        for weekday, begin, end, piece in _weekly(shift, zone):
            known = weekly.get((weekday, begin, piece), (end, shift.line))
            weekly[weekday, begin, piece] = max(known[0], end), known[1]
    for (weekday, begin, piece), (end, line) in sorted(weekly.items(), key=lambda row: row[0]):
        last = "" if end == date.max else end.isoformat()
        yield line, _row(calendar, piece, weekday_text(weekday), begin=begin.isoformat(), end=last)
    days = [start + _DAY * n for n in range(-DAYS_BEFORE, DAYS_AFTER)]
    laid_out = _laid_out(shifts, zone, days[0], days[-1])
    for day in days:
        usual = {
            piece for (weekday, begin, piece), (end, _) in weekly.items()
            if weekday == day.weekday() and begin <= day <= end
        }  # fmt: skip
        found = laid_out.get(day, {})
        pieces = _without_hidden(set(found))
        if pieces == _without_hidden(usual):
            continue
        line = min(found.values(), default=shifts[0].line)
        for piece in sorted(pieces) or [(0, _MINUTES, "closed", "")]:
            yield found.get(piece, line), _row(calendar, piece, day=day.isoformat())


def _row(
    calendar: str, piece: _Piece, weekday: str = "", day: str = "", begin: str = "", end: str = ""
) -> Sequence[str]:
    first, last, kind, capacity = piece
    return (calendar, weekday, day, clock_text(first), clock_text(last), capacity, kind, begin, end)


def _without_hidden(pieces: set[_Piece]) -> set[_Piece]:
    """Leave out what a day that is closed as a whole hides: no shift begins on it."""
    closed = {piece for piece in pieces if piece[:3] == (0, _MINUTES, "closed")}
    return {min(closed)} if closed else pieces


def _weekly(shift: Shift, zone: ZoneInfo) -> Iterator[tuple[int, date, date, _Piece]]:
    """Yield weekday, first and last date and piece of a shift that recurs every week in the plant's time."""
    recurrence, parts = shift.recurrence(), shift.parts()
    foreign = shift.zone is not None and str(shift.zone) != str(zone)
    weekdays = _weekdays(shift, parts)
    if recurrence is None or foreign or not weekdays:
        return
    first = next(iter(recurrence), None)
    if first is None:
        return
    finite = "COUNT" in parts or "UNTIL" in parts
    final = max(recurrence).date() if finite else date.max
    for weekday in weekdays:
        for n, piece in _pieces(shift.start, shift.start + shift.length, shift):
            last = final if final == date.max else final + _DAY * n
            yield (weekday + n) % 7, first.date() + _DAY * n, last, piece


def _weekdays(shift: Shift, parts: Mapping[str, str]) -> list[int]:
    """Weekdays on which a rule lets a shift begin every week; none where it does not."""
    if parts.keys() - _PLAIN or parts.get("INTERVAL", "1") != "1":
        return []
    if parts.get("FREQ") not in ("DAILY", "WEEKLY"):
        return []
    if "BYDAY" not in parts:
        return list(range(7)) if parts["FREQ"] == "DAILY" else [shift.start.weekday()]
    names = parts["BYDAY"].split(",")
    return [_WEEKDAYS.index(name) for name in names] if set(names) <= set(_WEEKDAYS) else []


def _laid_out(
    shifts: Iterable[Shift], zone: ZoneInfo, first: date, last: date
) -> dict[date, dict[_Piece, int]]:
    """Pieces of every date, with the line that each comes from."""
    found: dict[date, dict[_Piece, int]] = defaultdict(dict)
    for shift in shifts:
        for start in _starts(shift, first, last):
            begin, end = (_local(moment, shift.zone, zone) for moment in (start, start + shift.length))
            for n, piece in _pieces(begin, end, shift):
                day = begin.date() + _DAY * n
                if first <= day <= last:
                    found[day].setdefault(piece, shift.line)
    return found


def _starts(shift: Shift, first: date, last: date) -> set[datetime]:
    """Starts by the shift's own clock, some days around a period too."""
    recurrence = shift.recurrence()
    low = datetime.combine(first, time()) - shift.length - 2 * _DAY
    high = datetime.combine(last, time()) + 2 * _DAY
    starts = {shift.start} if recurrence is None else set(recurrence.between(low, high, inc=True))
    return (starts | set(shift.more)) - shift.gone


def _local(moment: datetime, zone: tzinfo | None, plant: ZoneInfo) -> datetime:
    if zone is None:
        return moment
    return moment.replace(tzinfo=zone).astimezone(plant).replace(tzinfo=None)


def _pieces(begin: datetime, end: datetime, shift: Shift) -> Iterator[tuple[int, _Piece]]:
    """Yield the pieces of a stretch with the number of days after its first.

    A shift of at most a day belongs to the date on which it begins; what is closed, and what is
    longer, is cut at midnights.
    """
    midnight = datetime.combine(begin.date(), time())
    first, last = ((moment - midnight) // timedelta(minutes=1) for moment in (begin, end))
    if shift.kind != "closed" and _MINUTES < last <= first + _MINUTES:
        yield 0, (first, last - _MINUTES, shift.kind, shift.capacity)
        return
    for n in range(first // _MINUTES, -(-last // _MINUTES)):
        left, right = max(first, n * _MINUTES), min(last, (n + 1) * _MINUTES)
        yield n, (left - n * _MINUTES, right - n * _MINUTES, shift.kind, shift.capacity)
