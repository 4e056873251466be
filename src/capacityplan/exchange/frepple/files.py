"""A file of a frePPLe model as rows: its encoding, separator, decimal mark and dates found out."""

from __future__ import annotations

import re
from pathlib import Path

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.frepple.strict import FILE, LINE, MOMENTS, NEEDED, NUMBERS, PLAIN_NUMBER, Row
from capacityplan.exchange.importing import Dialect
from capacityplan.exchange.mapping.dialect import Text, read_text
from capacityplan.exchange.mapping.values import Habit, date_order, date_reader, number_reader
from capacityplan.exchange.mapping.workbook import read_sheet
from capacityplan.exchange.texts import number_text

SUFFIXES = (".csv", ".xlsx")
_SCREEN_NAMES = {"durationperunit": "duration_per", "minimumshipment": "minshipment"}
"""Columns that screens call otherwise, as `loose` writes them."""
_SLASHED = re.compile(r"[0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{4}(?=$|[ T,])[ T,]*")
_POINT = re.compile(r"[0-9]*\.[0-9]+|[0-9]+\.")


def loose(name: str) -> str:
    """Write a name without what screens and databases write differently."""
    return re.sub(r"[ _-]", "", name.strip().lower())


def read_rows(path: Path, table: str, wanted: list[str], habit: Habit) -> tuple[list[Row], Dialect | None]:
    """Read a table; numbers get a decimal point, dates with slashes the order of ISO.

    Parameters
    ----------
    wanted : list of str
        Columns that are read; one that the file lacks is empty.
    habit : Habit
        How numbers and dates are written where the file does not show it.

    Raises
    ------
    DataError
        If the file is no table, or can be read in two ways.
    """
    text = _text(path, table, wanted)
    if text is None:
        return [], None
    header = [_column(name, wanted) for name in text.header]
    plain = dict.fromkeys(wanted, "")
    rows = [
        plain | dict(zip(header, cells, strict=True)) | {LINE: str(line), FILE: path.name}
        for cells, line in zip(text.rows, text.lines, strict=True)
    ]
    shown = dict(zip(header, text.header, strict=True))
    decimal, dates = ".", set[str]()
    if table != "common_parameter":
        decimal = _numbers(rows, text, {name: shown[name] for name in header if name in NUMBERS}, habit)
        for name in header:
            if name in MOMENTS:
                dates |= _moments(rows, text, name, shown[name], habit)
    return rows, Dialect(path.name, text.encoding, text.separator, decimal, ", ".join(sorted(dates)) or "-")


def _text(path: Path, table: str, wanted: list[str]) -> Text | None:
    """Cells of the file; None where it is empty."""
    needed = set(NEEDED.get(table, "").split())

    def is_header(row: object) -> bool:
        return bool(needed) and needed <= {_column(str(cell), wanted) for cell in row}  # type: ignore[attr-defined]

    if path.suffix.lower() == ".xlsx":
        return read_sheet(path, path.name, finder=is_header)
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise DataError((Finding("unreadable_file", message, path.name),)) from None
    return read_text(data, path.name, finder=is_header) if data.strip() else None


def _column(name: str, wanted: list[str]) -> str:
    """Name of a column: exports of the database end foreign keys in ``_id``, screens write words."""
    plain = name.strip().lower().replace(" ", "_")
    plain = plain.removesuffix("_id") if plain != "_id" else plain
    known = {loose(column): column for column in wanted} | _SCREEN_NAMES
    return known.get(loose(plain), plain)


def _numbers(rows: list[Row], text: Text, shown: dict[str, str], habit: Habit) -> str:
    """Write the numbers with a decimal point, and return the mark that they had.

    Faults stay as they are, to be told with all others. The other system groups no digits, so that
    one column with another mark is one for the whole file.
    """
    cells = {row[name].strip() for row in rows for name in shown} - {""}
    odd = {cell for cell in cells if not PLAIN_NUMBER.match(cell)}
    points = {cell for cell in cells if _POINT.fullmatch(cell.lstrip("+-"))}
    if not odd and not (habit.decimal == "," and points):
        return "."
    readers = {mark: number_reader(mark) for mark in ",."}
    fits = [mark for mark, read in readers.items() if all(read(cell) is not None for cell in cells)]
    if len(fits) == 2 and habit.decimal in fits:
        fits = [habit.decimal]
    if len(fits) == 2:
        place, name = next(
            (n, name) for n, row in enumerate(rows) for name in shown if row[name].strip() in odd
        )
        raise text.problem(
            "ambiguous_number", "the file does not show which mark is the decimal mark", shown[name], place,
            value=rows[place][name].strip(), expected="a file that can be read in one way only",
            hint="state --decimal",
        )  # fmt: skip
    if not fits:
        return "."
    for row in rows:
        for name in shown:
            found = readers[fits[0]](row[name].strip())
            row[name] = row[name] if found is None else number_text(found)
    return fits[0]


def _moments(rows: list[Row], text: Text, name: str, shown: str, habit: Habit) -> set[str]:
    """Write the dates with slashes of a column in the order of ISO, and return the orders that it has."""
    cells = {row[name].strip() for row in rows} - {""}
    slashed = {cell for cell in cells if _SLASHED.match(cell)}
    others = {"dmy" if "." in cell[:3] else "iso" for cell in cells - slashed}
    if not slashed:
        return others
    order = date_order(text, shown, sorted(slashed), "", habit)
    read = date_reader(order)
    for row in rows:
        cell = row[name].strip()
        day = read(cell) if cell in slashed else None
        if day is not None:
            row[name] = f"{day.isoformat()} {_SLASHED.sub('', cell)}".strip()
    return {order} | others
