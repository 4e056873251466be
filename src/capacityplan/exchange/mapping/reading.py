"""A file of a profile read: its columns found, its cells understood, its rows placed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.importing import Dialect, Journal
from capacityplan.exchange.mapping import steps
from capacityplan.exchange.mapping.dialect import Text, read_text
from capacityplan.exchange.mapping.profile import Read
from capacityplan.exchange.mapping.steps import Place, Record, Table
from capacityplan.exchange.mapping.values import (
    Value,
    date_order,
    date_reader,
    decimal_marks,
    number_reader,
    read_cells,
)
from capacityplan.exchange.mapping.workbook import read_sheet
from capacityplan.exchange.texts import did_you_mean


def read_table(source: Path, entry: Read, place: Place, journal: Journal) -> Table:
    """Read one file as the profile says, up to its filters and formulas.

    Raises
    ------
    DataError
        With file, row and column of what cannot be read.
    """
    path = source / entry.file
    if entry.optional and not path.exists():
        journal.default(entry.table, f"there is no file {entry.file}: no rows")
        names = (*entry.columns, *entry.optional_columns, *entry.numbers, *entry.dates, *entry.rename)
        if entry.unpivot is not None:
            names = (*entry.unpivot.keep, entry.unpivot.name, entry.unpivot.value)
        columns = tuple(dict.fromkeys(names))
        return Table(entry.table, columns, [])
    text = _found_columns(_cells(path, entry), entry)
    if entry.fill_down:
        text = _filled_down(text, entry.fill_down)
    table = _typed(text, entry, place, journal)
    if entry.unpivot is not None:
        table = steps.unpivot(table, entry.unpivot, place)
        if entry.unpivot.dates:
            _date_names(table, entry, text)
    return table


def _cells(path: Path, entry: Read) -> Text:
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise DataError((Finding("unreadable_file", message, entry.file),)) from None
    if path.suffix.lower() == ".xlsx":
        return read_sheet(path, entry.file, entry.sheet, entry.skip)
    return read_text(data, entry.file, entry.encoding, entry.skip)


def _found_columns(text: Text, entry: Read) -> Text:
    """Give the columns the names that the profile knows them by; what it needs must be there."""
    missing = ["*"] if entry.unpivot is None else ["*", entry.unpivot.name, entry.unpivot.value]
    needed = [*entry.columns, *entry.fill_down, *entry.numbers, *entry.dates, *entry.rename]
    needed += entry.unpivot.keep if entry.unpivot is not None else []
    needed = [name for name in dict.fromkeys(needed) if name not in (*missing, *entry.optional_columns)]
    loose = {_loose(name): name for name in (*needed, *entry.optional_columns)}
    header = list(text.header)
    for n, name in enumerate(header):
        known = loose.get(_loose(name))
        if known is not None and known not in header:
            header[n] = known
    absent = [name for name in needed if name not in header]
    if absent:
        raise DataError(
            tuple(
                text.finding(
                    "missing_column",
                    "the file has no such column",
                    name,
                    expected=", ".join(text.header),
                    hint=did_you_mean(name, list(text.header)),
                )
                for name in absent
            )
        )
    added = tuple(name for name in entry.optional_columns if name not in header)
    rows = tuple((*row, *("" for _ in added)) for row in text.rows) if added else text.rows
    return replace(text, header=(*header, *added), rows=rows)


def _loose(name: str) -> str:
    """Name without what differs between the exports of one system: case, blanks, underscores."""
    return name.casefold().replace(" ", "").replace("_", "")


def _filled_down(text: Text, columns: list[str]) -> Text:
    """Repeat what stands above in rows that leave the first of some columns empty."""
    places = [text.header.index(name) for name in columns]
    rows: list[tuple[str, ...]] = []
    above: tuple[str, ...] | None = None
    for n, row in enumerate(text.rows):
        if not row[places[0]].strip():
            if above is None:
                raise text.problem(
                    "missing_value",
                    "the first row leaves this empty",
                    columns[0],
                    n,
                    expected="a value, which the rows below may leave out",
                )
            row = tuple(above[n] if n in places else cell for n, cell in enumerate(row))
        above = row
        rows.append(row)
    return replace(text, rows=tuple(rows))


def _typed(text: Text, entry: Read, place: Place, journal: Journal) -> Table:
    """Read the columns that the profile calls numbers and dates; the others stay texts.

    ``numbers = ["*"]``: all columns but dates and those that a wide table keeps.
    """
    kept = entry.unpivot.keep if entry.unpivot is not None else []
    numbers = entry.numbers
    if numbers == ["*"]:
        numbers = [name for name in text.header if name not in (*entry.dates, *kept)]
    marks, orders = decimal_marks(text, numbers, entry.decimal), set()
    columns: dict[str, list[Value]] = {}
    findings: list[Finding] = []
    zones = _zones(entry, place) if entry.timezone else None
    for name in text.header:
        try:
            if name in entry.dates:
                order = date_order(text, name, text.column(name), entry.date_order)
                orders.add(order)
                columns[name] = read_cells(text, name, date_reader(order, zones), "date", order)
            elif name in marks:
                columns[name] = read_cells(text, name, number_reader(marks[name]), "number", marks[name])
            else:
                columns[name] = [cell or None for cell in text.column(name)]
        except DataError as error:
            findings += error.findings
    if findings:
        raise DataError(tuple(findings))
    decimals = " or ".join(sorted(set(marks.values()))) or "-"
    notation = " or ".join(sorted(orders)) or "-"
    journal.dialects.append(Dialect(text.file, text.encoding, text.separator, decimals, notation))
    rows = [
        Record(dict(zip(text.header, cells, strict=True)), text.file, line)
        for line, cells in zip(text.lines, zip(*columns.values(), strict=True), strict=True)
    ]
    return Table(entry.table, text.header, rows)


def _zones(entry: Read, place: Place) -> tuple[ZoneInfo, ZoneInfo]:
    """Time zone of a file's date-times and that of the plant."""
    name = place.inserted(place.profile.plant.timezone)
    try:
        return ZoneInfo(entry.timezone), ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message, expected = "this time zone is not known", "an IANA name like Europe/Berlin"
        finding = place.profile.finding(
            "unknown_timezone", message, "plant.timezone", name, expected=expected
        )
        raise DataError((finding,)) from None


def _date_names(table: Table, entry: Read, text: Text) -> None:
    """Read the names of a wide table's columns as dates."""
    assert entry.unpivot is not None, "only wide tables have dates as columns"
    name = entry.unpivot.name
    names = [column for column in text.header if column not in entry.unpivot.keep]
    order = date_order(text, "of the header", names, entry.date_order)
    read = date_reader(order)
    for row in table.rows:
        row.cells[name] = read(str(row.cells[name]))
    wrong = next((column for column in names if read(column) is None), None)
    if wrong is not None:
        raise text.problem(
            "not_a_date",
            "the name of this column is not a date",
            wrong,
            value=wrong,
            expected=f"a date in the notation {order!r}",
        )
