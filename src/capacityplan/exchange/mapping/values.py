"""Numbers and dates of an export, in the notation that its whole column shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from capacityplan.errors import DataError
from capacityplan.exchange.mapping.dialect import Text

Value = str | Fraction | date | None
"""What a cell can hold; None where it is empty."""
_SHOWN = 20
_LONGEST_NUMBER = 60
_GROUPED = {
    ".": re.compile(r"[1-9][0-9]{0,2}(?:(?P<mark>[, '])[0-9]{3})(?:(?P=mark)[0-9]{3})*(?:\.[0-9]*)?"),
    ",": re.compile(r"[1-9][0-9]{0,2}(?:(?P<mark>[. '])[0-9]{3})(?:(?P=mark)[0-9]{3})*(?:,[0-9]*)?"),
}
_PLAIN = {
    ".": re.compile(r"(?=\.?[0-9])[0-9]*(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,2})?"),
    ",": re.compile(r"(?=,?[0-9])[0-9]*(?:,[0-9]*)?"),
}
_WHOLE = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Habit:
    """How numbers and dates are written where a column can be read in two ways; empty: ask."""

    decimal: str = ""
    date_order: str = ""


ASK = Habit()


def decimal_marks(text: Text, columns: list[str], stated: str, habit: Habit = ASK) -> dict[str, str]:
    """Decimal mark of every column: the one with which all of its cells are numbers.

    A column that fits both marks takes the habit's, or the one that the file's other columns show.
    Numbers of a workbook have a point, whatever is stated of its texts.

    Raises
    ------
    DataError
        If a column fits no mark, or neither it nor another column shows which, or some of its cells
        are percentages and others not.
    """
    for column in columns:
        _refuse_mixed_percent(text, column)
    fitting = {column: _marks(text, column, stated) for column in columns}
    shown = {habit.decimal} if habit.decimal else {marks[0] for marks in fitting.values() if len(marks) == 1}
    for column, marks in fitting.items():
        if len(marks) > 1 and len(shown) != 1:
            cells = text.column(column)
            place = next(
                n for n, cell in enumerate(cells) if cell and not _WHOLE.fullmatch(_unsigned(cell)[0])
            )
            raise text.problem(
                "ambiguous_number",
                "the file does not show which mark is the decimal mark",
                column,
                place,
                value=cells[place],
                expected="a column that can be read in one way only",
                hint='state --decimal, or decimal = "." or "," for this file in the profile',
            )
    other = stated or next(iter(shown), ".")
    found = {}
    for column, marks in fitting.items():
        plain = "." if column in text.numbers else other
        found[column] = marks[0] if len(marks) == 1 else other if marks else plain
        _refuse_mixed_marks(text, column, found[column])
    return found


def _texts(text: Text, column: str) -> list[tuple[str, int]]:
    """Cells of a column that a workbook does not hold as numbers, without sign, where each stands first."""
    known = text.numbers.get(column, frozenset())
    cells = [
        "" if line in known else cell for cell, line in zip(text.column(column), text.lines, strict=True)
    ]
    return [(_unsigned(cell)[0], place) for cell, place in first_places(cells).items()]


def _refuse_mixed_marks(text: Text, column: str, mark: str) -> None:
    """Refuse a column of a workbook that holds numbers beside texts with a decimal comma."""
    known = text.numbers.get(column, frozenset())
    if mark == "." or not known:
        return
    cells = text.column(column)
    place = next((n for n, line in enumerate(text.lines) if line in known and "." in cells[n]), None)
    if place is not None:
        raise text.problem(
            "mixed_decimal_mark",
            "this cell is a number, others of the column are texts with a decimal comma",
            column,
            place,
            value=cells[place],
            expected="numbers throughout, or texts throughout",
            hint="make the texts numbers in a spreadsheet program",
        )


def _marks(text: Text, column: str, stated: str) -> tuple[str, ...]:
    """Marks that a column's texts allow; whole numbers throughout allow any and say nothing."""
    bare = _texts(text, column)
    if all(_WHOLE.fullmatch(cell) for cell, _ in bare):
        return ()
    if stated:
        return (stated,)
    odd = {mark: next((place for cell, place in bare if not _is_number(cell, mark)), None) for mark in ".,"}
    found = tuple(mark for mark, place in odd.items() if place is None)
    if not found:
        # The mark that lasts longest is most likely the column's; the cell that breaks it is the fault.
        place = max(place for place in odd.values() if place is not None)
        raise text.problem(
            "not_a_number",
            "not every cell of the column is a number",
            column,
            place,
            value=text.column(column)[place],
            expected="numbers with one decimal mark throughout",
        )
    return found


def _refuse_mixed_percent(text: Text, column: str) -> None:
    """Refuse a column in which a number without percent sign could be a percentage, or a share of one."""
    places = first_places(text.column(column))
    bare = [place for cell, place in places.items() if not cell.rstrip().endswith("%")]
    if bare and len(bare) < len(places):
        raise text.problem(
            "mixed_percent",
            "some cells of the column are percentages, this one is not",
            column,
            bare[0],
            value=text.column(column)[bare[0]],
            expected="a percent sign in all cells or in none",
        )


def refuse_shares(text: Text, column: str, values: list[Value]) -> None:
    """Refuse percentages near a hundred that none is written as, and that could be shares of one."""
    said = [n for n, value in enumerate(values) if isinstance(value, Fraction) and value]
    signed = any(cell.endswith("%") for cell in text.column(column))
    if said and not signed and all(0 <= value <= 1 for value in values if isinstance(value, Fraction)):
        raise text.problem(
            "ambiguous_percent",
            "the column does not show whether its numbers are percentages or shares of one",
            column,
            said[0],
            value=text.column(column)[said[0]],
            expected="95 or 95 % for ninety-five percent",
        )


def first_places(cells: list[str]) -> dict[str, int]:
    """Where each different text of a column stands first; empty cells do not count."""
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if cell not in places:
            places[cell] = place
    places.pop("", None)
    return places


def _is_number(cell: str, mark: str) -> bool:
    short = len(cell) <= _LONGEST_NUMBER
    return short and bool(_PLAIN[mark].fullmatch(cell) or _GROUPED[mark].fullmatch(cell))


def _unsigned(cell: str) -> tuple[str, int]:
    """Cut the sign off, before the number, after it, or as brackets, and the percent sign."""
    plain = cell.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2019", "'").strip()
    plain = plain.removesuffix("%").rstrip()
    if plain.startswith("(") and plain.endswith(")"):
        return plain[1:-1].strip(), -1
    if plain.endswith("-"):
        return plain[:-1].strip(), -1
    if plain.startswith(("-", "\u2212")):
        return plain[1:].strip(), -1
    return plain.removeprefix("+"), 1


def number_reader(mark: str) -> Callable[[str], Fraction | None]:
    """Return a function that reads the numbers of a column (None: it is none)."""
    strip = str.maketrans({mark: ".", **dict.fromkeys(f" '{',' if mark == '.' else '.'}")})

    def read(cell: str) -> Fraction | None:
        digits, sign = _unsigned(cell)
        return sign * Fraction(digits.translate(strip)) if _is_number(digits, mark) else None

    return read


_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ].*)?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_PARTS = re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})(?:[T ,].*)?")
_DOTTED = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.")
_ORDERS = {
    "iso": (_ISO, (0, 1, 2)),
    "compact": (_COMPACT, (0, 1, 2)),
    "dmy": (_PARTS, (2, 1, 0)),
    "mdy": (_PARTS, (2, 0, 1)),
}
_WEEK = re.compile(r"([0-9]{4})-?W([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
NOTATIONS = (*_ORDERS, "week", "month")
"""Notations of a date by name; a week stands for its Monday, a month for its first day."""
_NO_DATE = ("00000000", "0000-00-00", "00.00.0000")
"""How systems write that there is no date."""


def date_order(text: Text, where: str, cells: list[str], stated: str, habit: Habit = ASK) -> str:
    """Notation of a column's dates: the one with which all of its cells are dates.

    The day comes first in dates with dots; where slashes leave it open, the habit says it.

    Raises
    ------
    DataError
        If there is none, or more than one that gives other dates.
    """
    if stated:
        return stated
    said = [(cell, place) for cell, place in first_places(cells).items() if cell not in _NO_DATE]
    odd = {
        order: next((place for cell, place in said if _date(cell, order) is None), None)
        for order in NOTATIONS
    }
    fitting = [order for order, place in odd.items() if place is None]
    if "dmy" in fitting and habit.date_order != "mdy" and any(_DOTTED.match(cell) for cell, _ in said):
        fitting = [order for order in fitting if order != "mdy"]
    if not fitting:
        place = max(place for place in odd.values() if place is not None)
        raise text.problem(
            "not_a_date",
            "not every cell of the column is a date",
            where,
            place if len(cells) == len(text.rows) else None,
            value=cells[place],
            expected="dates in one notation throughout, with four digits for the year",
        )
    different = next(
        (place for cell, place in said if len({_date(cell, order) for order in fitting}) > 1), None
    )
    if different is not None and habit.date_order in fitting:
        return habit.date_order
    if different is not None:
        raise text.problem(
            "ambiguous_date",
            "the column does not show whether the day or the month is first",
            where,
            different if len(cells) == len(text.rows) else None,
            value=cells[different],
            expected="a column that can be read in one way only",
            hint='state --date-order, or date_order = "dmy" or "mdy" for this file in the profile',
        )
    return fitting[0]


def _date(cell: str, order: str) -> date | None:
    try:
        if order == "week":
            week = _WEEK.fullmatch(cell)
            return date.fromisocalendar(int(week[1]), int(week[2]), 1) if week else None
        if order == "month":
            month = _MONTH.fullmatch(cell)
            return date(int(month[1]), int(month[2]), 1) if month else None
        pattern, places = _ORDERS[order]
        found = pattern.fullmatch(cell)
        if found is None:
            return None
        parts = [int(part) for part in found.groups()]
        return date(*(parts[place] for place in places))
    except ValueError:
        return None


_CLOCK = re.compile(r"[T ,]+([0-9]{1,2}):([0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?$")


def date_reader(order: str, zones: tuple[ZoneInfo, ZoneInfo] | None = None) -> Callable[[str], date | None]:
    """Return a function that reads the dates of a column (None: it is none).

    Parameters
    ----------
    zones : pair of ZoneInfo, optional
        Time zone of the file's date-times and that of the plant, on whose days they fall.
    """
    if zones is None:
        return lambda cell: _date(cell, order)
    there, here = zones

    def read(cell: str) -> date | None:
        day, clock = _date(cell, order), _CLOCK.search(cell)
        if day is None or clock is None:
            return day
        if int(clock[1]) > 23 or int(clock[2]) > 59:
            return None
        moment = datetime(day.year, day.month, day.day, int(clock[1]), int(clock[2]), tzinfo=there)
        return moment.astimezone(here).date()

    return read


def _stated_otherwise(cell: str, kind: str, mark: str) -> str:
    """Say how to state the other decimal mark, where the cell is a number with it."""
    other = "," if mark == "." else "."
    return f'state --decimal "{other}"' if kind == "number" and _is_number(_unsigned(cell)[0], other) else ""


def read_cells(
    text: Text, column: str, read: Callable[[str], Value], kind: str, notation: str
) -> list[Value]:
    """Read a column; every cell that says something must be readable.

    Raises
    ------
    DataError
        With the cells that are not.
    """
    cells = text.column(column)
    empty = ("", *_NO_DATE) if kind == "date" else ("",)
    # Most texts of a column repeat; each is read once and its value shared.
    known: dict[str, Value] = {cell: None if cell in empty else read(cell) for cell in first_places(cells)}
    known[""] = None
    unread = {cell for cell, value in known.items() if value is None and cell not in empty}
    if unread:
        findings = [
            text.finding(
                f"not_a_{kind}",
                f"this is not a {kind}",
                column,
                place,
                value=cell,
                expected=f"a {kind} in the notation {notation!r}",
                hint=_stated_otherwise(cell, kind, notation),
            )
            for place, cell in enumerate(cells)
            if cell in unread
        ]
        raise DataError(tuple(findings[:_SHOWN]))
    return [known[cell] for cell in cells]
