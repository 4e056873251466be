"""Cells as text: how each kind of value is read from and written to a cell, exactly.

Nothing is guessed: a cell is what its column's contract says, or it is a finding. Text that a
spreadsheet could take for a formula, or that has blanks at its ends, stands behind a single
quote; a quote alone is the empty text.
"""

from __future__ import annotations

import math
import re
from datetime import date
from difflib import get_close_matches
from fractions import Fraction

from capacityplan.exchange.contracts import Column, Kind

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
_DECIMAL = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,3}))?")
_RATIO = re.compile(r"([+-]?[0-9]{1,60})/([0-9]{1,60})")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::00)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = {
    name: day for day, word in enumerate(_DAYS) for name in (word, word[:3], word.capitalize(), str(day))
} | {word[:3].capitalize(): day for day, word in enumerate(_DAYS)}
_TRUTH = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
_LONGEST_NUMBER = 60
_LARGEST = 10**15
FIRST_YEAR, LAST_YEAR = 1900, 2999


class Unreadable(Exception):
    """A cell that breaks its contract: a code, what is expected, and a hint."""

    def __init__(self, code: str, message: str, expected: str, hint: str = "") -> None:
        self.code, self.message, self.expected, self.hint = code, message, expected, hint
        super().__init__(message)


def needs_quote(text: str) -> bool:
    """Whether a text must stand behind a single quote in a cell."""
    return (
        text.startswith(_FORMULA)
        or text != text.strip()
        or (text.startswith("'") and (len(text) == 1 or needs_quote(text[1:])))
    )


def quote(text: str) -> str:
    """Write a text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if needs_quote(text) else text


def unquote(cell: str) -> str:
    """Read what `quote` wrote."""
    quoted = cell.startswith("'") and (len(cell) == 1 or needs_quote(cell[1:]))
    return cell[1:] if quoted else cell


def did_you_mean(word: str, known: list[str]) -> str:
    """Suggest the nearest known word."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    if not near:
        near = [name for name in known if name.lower() == word.lower()][:1]
    return f"did you mean {str(near[0])!r}?" if near else ""


def read_text(column: Column, cell: str) -> str:
    """Read a name or a text; names without quote may not have blanks at their ends."""
    text = unquote(cell)
    if "\0" in text:
        raise Unreadable("control_character", "the text has a NUL character", "text without it")
    if column.kind is Kind.ID and text == cell and text != text.strip():
        raise Unreadable(
            "blank_at_end", "the name begins or ends with a blank", column.kind.value, "remove the blank"
        )
    return text


def read_decimal(cell: str) -> tuple[int, int]:
    """Read a decimal as (digits, exponent): its value is ``digits * 10**exponent``."""
    found = _DECIMAL.fullmatch(cell) if len(cell) <= _LONGEST_NUMBER else None
    if found is None or not (found[2] or found[3]):
        raise Unreadable("not_a_number", "this is not a number", "a number", _number_hint(cell))
    fraction = (found[3] or "").rstrip("0")
    digits = int(f"{found[2]}{fraction}" or "0")
    exponent = int(found[4] or 0) - len(fraction)
    if abs(exponent) > _LONGEST_NUMBER:
        raise Unreadable("too_large", "the number is out of all proportion", "a number of ordinary size")
    return (-digits if found[1] == "-" else digits), exponent


def _number_hint(cell: str) -> str:
    if cell == "#FORMULA":
        return "the formula was never calculated: open the workbook in a spreadsheet and save it there"
    if cell.startswith("#"):
        return "the spreadsheet shows an error here; mend its formula"
    if "," in cell:
        return "use a point as decimal mark and no thousands separator"
    return "only digits, one decimal point and a sign" if any(map(str.isdigit, cell)) else ""


def read_number(cell: str) -> Fraction:
    """Read an exact number: a decimal or a fraction a/b."""
    ratio = _RATIO.fullmatch(cell)
    if ratio and int(ratio[2]):
        return Fraction(int(ratio[1]), int(ratio[2]))
    digits, exponent = read_decimal(cell)
    return digits * Fraction(10) ** exponent


def read_whole(cell: str) -> int:
    """Read a whole number; ``5.0`` is one, ``5.5`` is not."""
    digits, exponent = read_decimal(cell)
    value = digits * Fraction(10) ** exponent
    if value.denominator != 1:
        raise Unreadable("not_whole", "this is not a whole number", "a whole number")
    if abs(value) >= _LARGEST:
        raise Unreadable("too_large", "the number is too large", f"a whole number below {_LARGEST:,}")
    return int(value)


def read_date(cell: str) -> int:
    """Read an ISO date as its ordinal."""
    try:
        day = date.fromisoformat(cell) if _DATE.fullmatch(cell) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unreadable("not_a_date", "this is not a date", "a date like 2027-01-31", date_hint(cell))
    return day.toordinal()


def date_hint(cell: str) -> str:
    """Say what to do about a date in another notation."""
    if re.fullmatch(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}", cell):
        return "write year-month-day; which number is the month is not guessed"
    return ""


def read_clock(cell: str) -> int:
    """Read a time of day as minutes from midnight; 24:00 is the day's end."""
    found = _CLOCK.fullmatch(cell)
    minute = int(found[1]) * 60 + int(found[2]) if found else -1
    if not found or int(found[2]) > 59 or minute > 1440:
        raise Unreadable("not_a_time", "this is not a time of day", "a time like 06:00 (to 24:00)")
    return minute


def read_word(column: Column, cell: str) -> int | bool | str:
    """Read a truth value, a weekday or one of a column's choices."""
    known: dict[str, int | bool | str]
    if column.kind is Kind.BOOL:
        known, cell = dict(_TRUTH), cell.lower()
    elif column.kind is Kind.WEEKDAY:
        known = dict(_WEEKDAYS)
    else:
        known = {option: (column.enum(option) if column.enum else option) for option in column.options}
    if cell not in known:
        expected = column.kind.value if column.kind is not Kind.CHOICE else "one of " + ", ".join(known)
        hint = did_you_mean(cell, list(known))
        raise Unreadable("unknown_word", "this word is not known here", expected, hint)
    return known[cell]


def number_text(value: Fraction | int) -> str:
    """Write an exact number: as a decimal where it ends, else as a fraction."""
    value = Fraction(value)
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places > _LONGEST_NUMBER // 3:
        return f"{value.numerator}/{value.denominator}"
    return scaled_text(int(value * 10**places), places)


def scaled_text(value: int, places: int) -> str:
    """Write ``value / 10**places`` as the shortest decimal."""
    whole, part = divmod(abs(value), 10**places)
    decimals = f"{part:0{places}d}".rstrip("0") if places else ""
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def clock_text(minute: int) -> str:
    """Write minutes from midnight as a time of day."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def weekday_text(day: int) -> str:
    """Write a weekday's number as its short name."""
    return _DAYS[day][:3] if 0 <= day <= 6 else str(day)


def spreadsheet_number(text: str) -> float | None:
    """Return the number a spreadsheet may hold for a text without losing a digit, else None."""
    try:
        value = float(text)
    except ValueError:
        return None
    exact = math.isfinite(value) and len(text.strip("-").replace(".", "").lstrip("0")) <= 15
    return value if exact and float(f"{value:.16G}") == value else None
