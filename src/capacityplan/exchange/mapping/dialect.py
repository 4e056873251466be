"""How a CSV export is written: encoding, separator, decimal mark, order of dates.

Everything is decided from the whole file (the decimal mark and the order of a date's parts from
the whole column), never from its first lines; what stays open is asked for in the profile, never
guessed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from capacityplan.errors import DataError, Finding

_SEPARATORS = (",", ";", "\t", "|")
_LONGEST_CELL = 1 << 26
Value = str | Fraction | date | None
"""What a cell can hold; None where it is empty."""


@dataclass(frozen=True, slots=True)
class Text:
    """A file as text cells.

    Attributes
    ----------
    lines : tuple of int
        Line of the file on which each row ends.
    """

    file: str
    encoding: str
    separator: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str) -> list[str]:
        """All cells below a name."""
        place = self.header.index(name)
        return [row[place].strip() for row in self.rows]

    def problem(self, code: str, message: str, column: str = "", place: int | None = None,
                **more: str) -> DataError:  # fmt: skip
        """Return the error for a cell of the file."""
        line = None if place is None else self.lines[place]
        return DataError((Finding(code, message, self.file, "", line, column, **more),))


def read_text(data: bytes, file: str) -> Text:
    """Find encoding and separator, and cut a file into cells.

    Raises
    ------
    DataError
        If no separator gives every row the same number of cells.
    """
    content, encoding = _decoded(data)
    csv.field_size_limit(_LONGEST_CELL)
    found = []
    for separator in _SEPARATORS:
        reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator)
        rows, lines = [], []
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(tuple(row))
                lines.append(reader.line_num)
        if rows and len(rows[0]) > 1 and len({len(row) for row in rows}) == 1:
            header = tuple(cell.strip() for cell in rows[0])
            found.append(Text(file, encoding, separator, header, tuple(rows[1:]), tuple(lines[1:])))
    if not found:
        finding = Finding(
            "no_separator", "no separator gives every row the same number of cells", file,
            expected="a table with a header row and cells separated by one of , ; | or tabs",
        )  # fmt: skip
        raise DataError((finding,))
    best = max(found, key=lambda text: len(text.header))
    repeated = {name for name in best.header if best.header.count(name) > 1}
    if repeated:
        raise best.problem("repeated_column", "the header has a name twice", min(repeated))
    return best


_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
"""Byte-order marks and the encodings that they announce."""


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding), f"{encoding} with a byte-order mark"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "windows-1252"


_GROUPED = {
    ".": re.compile(r"^\d{1,3}(,\d{3})+(\.\d*)?$"),
    ",": re.compile(r"^\d{1,3}([. ]\d{3})+(,\d*)?$"),
}
_PLAIN = {".": re.compile(r"^\d*(\.\d*)?([eE][+-]?\d+)?$"), ",": re.compile(r"^\d*(,\d*)?$")}


def decimal_marks(text: Text, columns: list[str], stated: str) -> dict[str, str]:
    """Decimal mark of every column: the one with which all of its cells are numbers.

    A column that fits both marks takes the one that the file's other columns show.
    """
    if stated:
        return dict.fromkeys(columns, stated)
    fitting = {column: _marks(text, column) for column in columns}
    shown = {marks[0] for marks in fitting.values() if len(marks) == 1}
    chosen = {}
    for column, marks in fitting.items():
        if len(marks) > 1 and len(shown) != 1:
            value = next(cell for cell in text.column(column) if cell and not cell.isdigit())
            raise text.problem(
                "ambiguous_number", "the file does not show which mark is the decimal mark", column,
                value=value, hint='state decimal = "." or "," for this file in the profile',
            )  # fmt: skip
        chosen[column] = marks[0] if len(marks) == 1 else next(iter(shown), ".")
    return chosen


def _marks(text: Text, column: str) -> tuple[str, ...]:
    """Marks that a column allows; whole numbers throughout say nothing and allow the point."""
    bare = [(_unsigned(cell)[0], place) for place, cell in enumerate(text.column(column)) if cell]
    if all(cell.isdigit() for cell, _ in bare):
        return ()
    found = tuple(mark for mark in (".", ",") if all(_is_number(cell, mark) for cell, _ in bare))
    if not found:
        wrong = next(
            (place for cell, place in bare if not (_is_number(cell, ".") or _is_number(cell, ","))), None
        )
        raise text.problem(
            "not_a_number", "not every cell of the column is a number", column, wrong,
            value="" if wrong is None else text.column(column)[wrong],
            expected="numbers with one decimal mark throughout",
        )  # fmt: skip
    return found


def _is_number(cell: str, mark: str) -> bool:
    return bool(cell) and bool(_PLAIN[mark].match(cell) or _GROUPED[mark].match(cell))


def _unsigned(cell: str) -> tuple[str, int]:
    """Cut the sign off: before the number, after it, or as brackets."""
    plain = cell.strip().replace("\u00a0", " ")
    if plain.startswith("(") and plain.endswith(")"):
        return plain[1:-1].strip(), -1
    if plain.endswith("-"):
        return plain[:-1].strip(), -1
    if plain.startswith("-"):
        return plain[1:].strip(), -1
    return plain.removeprefix("+"), 1


def number_reader(mark: str) -> Callable[[str], Fraction]:
    """Return a function that reads the numbers of a column."""
    other = "," if mark == "." else "."

    def read(cell: str) -> Fraction:
        digits, sign = _unsigned(cell)
        return sign * Fraction(digits.replace(other, "").replace(" ", "").replace(mark, "."))

    return read


_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_PARTS = re.compile(r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[T ].*)?$")
_ORDERS = {"iso": (_ISO, (0, 1, 2)), "compact": (_COMPACT, (0, 1, 2)), "dmy": (_PARTS, (2, 1, 0)),
           "mdy": (_PARTS, (2, 0, 1))}  # fmt: skip


def date_order(text: Text, column: str, stated: str) -> str:
    """Order of a date's parts in a column: the one with which all of its cells are dates."""
    cells = [cell for cell in text.column(column) if cell]
    if stated:
        return stated
    fitting = [order for order in _ORDERS if all(_date(cell, order) is not None for cell in cells)]
    if not fitting:
        wrong = next(
            (n for n, cell in enumerate(text.column(column))
             if cell and all(_date(cell, order) is None for order in _ORDERS)), None,
        )  # fmt: skip
        value = text.column(column)[wrong] if wrong is not None else ""
        raise text.problem("not_a_date", "not every cell of the column is a date", column, wrong, value=value,
                           expected="dates in one order throughout")  # fmt: skip
    if len(fitting) > 1 and any(_date(cell, fitting[0]) != _date(cell, fitting[1]) for cell in cells):
        raise text.problem("ambiguous_date", "the column does not show whether the day or the month is first",
                           column, value=cells[0],
                           hint='state date_order = "dmy" or "mdy" for this file in the profile')  # fmt: skip
    return fitting[0]


def _date(cell: str, order: str) -> date | None:
    pattern, places = _ORDERS[order]
    found = pattern.match(cell)
    if found is None:
        return None
    parts = [int(part) for part in found.groups()]
    try:
        return date(*(parts[place] for place in places))
    except ValueError:
        return None


def date_reader(order: str) -> Callable[[str], date | None]:
    """Return a function that reads the dates of a column."""
    return lambda cell: _date(cell, order)


def read_cells(text: Text, column: str, read: Callable[[str], Value], kind: str) -> list[Value]:
    """Read a column; every cell that says something must be readable."""
    out: list[Value] = []
    for place, cell in enumerate(text.column(column)):
        if not cell:
            out.append(None)
            continue
        try:
            value = read(cell)
        except (ValueError, ZeroDivisionError):
            value = None
        if value is None:
            raise text.problem(f"not_a_{kind}", f"this is not a {kind}", column, place, value=cell)
        out.append(value)
    return out
