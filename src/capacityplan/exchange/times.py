"""Local dates and date-times in cells, exactly: also in the night the clocks go back."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from capacityplan.domain.timeline import Clock
from capacityplan.exchange.contracts import Kind
from capacityplan.exchange.texts import FIRST_YEAR, LAST_YEAR, Unreadable, date_hint, read_date

_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(?::00(?:\.0+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_UTC = ZoneInfo("UTC")
_EXPECTED = "a date like 2027-01-31 or a date-time like 2027-01-31T14:30"


def open_clock(start: str, timezone: str) -> Clock:
    """Build a plant's clock, refusing a start or a time zone that is none.

    Raises
    ------
    Unreadable
    """
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Unreadable(
            "unknown_timezone", "this time zone is not known", "an IANA name like Europe/Berlin"
        ) from error
    try:
        begin = datetime.fromisoformat(start)
    except ValueError as error:
        raise Unreadable("not_a_date", "this is not a date-time", "a local date-time like 2027-01-04T06:00",
                         date_hint(start)) from error  # fmt: skip
    if begin.tzinfo or begin.second or begin.microsecond or not FIRST_YEAR <= begin.year <= LAST_YEAR:
        raise Unreadable(
            "not_a_date", "the start is a local time in whole minutes", "like 2027-01-04T06:00, no offset"
        )
    back = begin.replace(tzinfo=zone).astimezone(_UTC).astimezone(zone).replace(tzinfo=None)
    if back != begin:
        raise Unreadable("not_a_date", "the clocks skip this time", "a local time that exists")
    return Clock(start, timezone)


def read_moment(clock: Clock, kind: Kind, cell: str) -> int:
    """Read a date or date-time as an instant; a date alone is its day's beginning or end."""
    found = _MOMENT.fullmatch(cell)
    if found is None:
        try:
            day = read_date(cell)
        except Unreadable as error:
            raise Unreadable(error.code, "this is not a date", _EXPECTED, error.hint) from error
        return clock.midnight(day + (kind is Kind.END))
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or ''}")
    except ValueError as error:
        raise Unreadable("not_a_date", "this date-time does not exist", _EXPECTED) from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Unreadable("not_a_date", "the year is out of all proportion", _EXPECTED)
    if moment.tzinfo is None:
        return clock.minute(moment)
    return clock.minute(moment.astimezone(clock.zone).replace(tzinfo=None))


def moment_text(clock: Clock, kind: Kind, instant: int) -> str:
    """Write an instant in the shortest form that reads back as the same instant."""
    local = clock.local(instant)
    forms = []
    if local.time() == datetime.min.time():
        day = local.date() - timedelta(days=kind is Kind.END)
        forms.append(day.isoformat())
    forms.append(local.isoformat(timespec="minutes"))
    for form in forms:
        if read_moment(clock, kind, form) == instant:
            return form
    return local.replace(tzinfo=clock.zone).isoformat(timespec="minutes")


def date_text(ordinal: int) -> str:
    """Write a date's ordinal as an ISO date."""
    return date.fromordinal(ordinal).isoformat()
