"""A file of a profile read: its columns found, its cells understood, its rows placed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.importing import Dialect, Journal
from capacityplan.exchange.mapping import icalendar_files, steps, work_calendars
from capacityplan.exchange.mapping.dialect import Finder, Text, read_text
from capacityplan.exchange.mapping.documents import read_documents, read_records
from capacityplan.exchange.mapping.profile import Read
from capacityplan.exchange.mapping.shifts import Shift, as_rows
from capacityplan.exchange.mapping.steps import Place, Table, cell_text
from capacityplan.exchange.mapping.unread import unread_columns
from capacityplan.exchange.mapping.values import (
    ASK,
    Value,
    date_order,
    date_reader,
    decimal_marks,
    first_places,
    number_reader,
    read_cells,
    refuse_shares,
)
from capacityplan.exchange.mapping.workbook import read_sheet
from capacityplan.exchange.texts import did_you_mean

_SCHEDULE = b"PRODID:-//CapacityPlan//schedule//EN"


def read_table(source: Path, entry: Read, place: Place, journal: Journal) -> Table:
    """Read one file as the profile says, up to its filters and formulas.

    Raises
    ------
    DataError
        With file, row and column of what cannot be read.
    """
    found = _found_file(source, entry)
    if entry.optional and found is None:
        journal.default(entry.table, f"there is no file {entry.file}: no rows")
        names = (*entry.columns, *entry.optional_columns, *entry.numbers, *entry.percentages, *entry.dates)
        names += tuple(entry.rename)
        names += (entry.numbered,) if entry.numbered else ()
        if entry.unpivot is not None:
            names = (*entry.unpivot.keep, entry.unpivot.name, entry.unpivot.value)
        return Table(entry.table, {name: [] for name in dict.fromkeys(names)}, [], [])
    text = _without_decoration(_cells(source, found or entry.file, entry, place, journal), entry, journal)
    text = _found_columns(text, entry)
    named = [*_needed(entry), *entry.optional_columns]
    journal.leave(text.file, unread_columns(text, entry, named, place.profile))
    if entry.fill_down:
        text = _filled_down(text, entry.fill_down)
    if entry.keys:
        text = _without_totals(text, entry, journal)
    table = _typed(text, entry, place, journal)
    if entry.numbered:
        table = table.with_cells({**table.cells, entry.numbered: [Fraction(line) for line in text.lines]})
    for column, kind in entry.ids.items():
        table = _spelled(table, text, column, place.spellings.setdefault(kind, {}), journal)
    if entry.unpivot is not None:
        table = steps.unpivot(table, entry.unpivot, place)
        if entry.unpivot.dates:
            _date_names(table, entry, text, place)
    return table


def _found_file(source: Path, entry: Read) -> str | None:
    """Name of the file that is there, of those that the profile allows; data files must hold the records."""
    for name in (entry.file, *entry.alternatives):
        if "*" in name:
            if any(_may_hold(path, entry.records) for path in source.glob(name)):
                return name
        elif (source / name).exists():
            return name
    # The file system may tell apart what the system that wrote the files does not.
    there = {path.name.casefold(): path.name for path in sorted(source.glob("*"))}
    names = (name.casefold() for name in (entry.file, *entry.alternatives))
    return next((there[name] for name in names if name in there), None)


def _may_hold(path: Path, model: str) -> bool:
    """Whether a data file names a model; one that cannot be read may, and reading it says why not."""
    try:
        named = rf"""=\s*["']{re.escape(model)}["']|[<:]{re.escape(model)}""".encode()
        return not model or re.search(named, path.read_bytes()) is not None
    except OSError:
        return True


def _cells(source: Path, name: str, entry: Read, place: Place, journal: Journal) -> Text:
    if Path(name).suffix.lower() == ".ics" or entry.records == work_calendars.ROOT:
        return _shifts(source, name, entry, place, journal)
    if Path(name).suffix.lower() == ".xml":
        return read_records(source, name, entry.records, place.constants.get("start"))
    path = source / name
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise DataError((Finding("unreadable_file", message, name),)) from None
    finder = _finder(entry)
    if path.suffix.lower() == ".xlsx":
        return read_sheet(path, name, entry.sheet, entry.skip, finder)
    if path.suffix.lower() == ".json":
        return read_documents(data, name, entry.records)
    return read_text(data, name, entry.encoding, entry.skip, finder)


def _is_schedule(path: Path) -> bool:
    """Whether a file holds what our exports write beside working calendars: their runs are no shifts."""
    if path.suffix.lower() == ".ics":
        return path.is_file() and _SCHEDULE in path.read_bytes()
    return _may_hold(path, "OperationsSchedule") and not _may_hold(path, work_calendars.ROOT)


def _shifts(source: Path, name: str, entry: Read, place: Place, journal: Journal) -> Text:
    """Read calendars as rows of shifts, dates around the plant's start one by one."""
    zone = _plant_zone(place)
    text = place.inserted(cell_text(place.profile.plant.start))
    try:
        start = date.fromisoformat(text[:10])
    except ValueError:
        raise DataError(
            (place.profile.finding("not_a_date", "this is not a date-time", "plant.start", text),)
        ) from None
    shifts: list[Shift] = []
    findings: list[Finding] = []
    for path in sorted(source.glob(name)) or [source / name]:
        if _is_schedule(path):
            journal.default(path.name, "a schedule, no working calendar: not read")
            continue
        try:
            if path.suffix.lower() == ".ics":
                shifts += icalendar_files.read_shifts(path, entry.kinds)
            else:
                shifts += work_calendars.read_shifts(path, entry.kinds, zone)
        except DataError as error:
            findings += error.findings
    if findings:
        raise DataError(tuple(findings))
    return as_rows(name, shifts, zone, start)


def _needed(entry: Read) -> list[str]:
    """Columns without which the file is of no use."""
    free = ["*", *entry.optional_columns]
    names = [
        *entry.columns,
        *entry.keys,
        *entry.ids,
        *entry.fill_down,
        *entry.numbers,
        *entry.percentages,
        *entry.dates,
        *entry.rename,
    ]
    if entry.unpivot is not None:
        free += [entry.unpivot.name, entry.unpivot.value]
        names += entry.unpivot.keep
    return [name for name in dict.fromkeys(names) if name not in free]


def _headings(entry: Read, name: str) -> list[str]:
    """Headings under which a column may stand, without what does not matter in them."""
    return [_loose(heading) for heading in (name, *entry.headings.get(name, []))]


def _finder(entry: Read) -> Finder | None:
    needed = [set(_headings(entry, name)) for name in _needed(entry)]
    if not needed or entry.skip:
        return None

    def holds(row: Sequence[str]) -> bool:
        found = {_loose(cell.strip()) for cell in row}
        return all(headings & found for headings in needed)

    return holds


def _without_decoration(text: Text, entry: Read, journal: Journal) -> Text:
    """Leave out titles (counted only) and the header where it is printed again."""
    if text.titles:
        reason = "rows above the header that are titles"
        journal.change(entry.table, reason, f"{text.file}, before row {_first_line(text)}", text.titles)
    header = [_loose(name) for name in text.header]
    first = next((n for n, name in enumerate(header) if name), 0)
    again = [
        n for n, row in enumerate(text.rows)
        if row and _loose(row[first].strip()) == header[first]
        and all(_loose(cell.strip()) in (name, "") for cell, name in zip(row, header, strict=True))
    ]  # fmt: skip
    return _dropped(text, again, entry, journal, "the header, printed again")


def _first_line(text: Text) -> int:
    return text.lines[0] if text.lines else text.titles + 1


_TOTALS = {
    "total", "totals", "subtotal", "sub-total", "grand total", "sum", "summe", "zwischensumme", "gesamt",
    "gesamtsumme", "gesamtergebnis", "ergebnis", "somme", "total general", "totaal", "totale", "suma",
    "overall total", "sous-total", "sous total", "total général", "totaux", "subtotaal", "subtotale",
}  # fmt: skip
"""What stands in the key of a row that sums up others."""


def _without_totals(text: Text, entry: Read, journal: Journal) -> Text:
    """Leave out rows that are no records but sum up others."""
    places = [text.header.index(name) for name in entry.keys]
    found = [n for n, row in enumerate(text.rows) if _is_total([row[place].strip() for place in places])]
    reason = (
        f"no record, since {' and '.join(entry.keys)} {'is' if len(places) == 1 else 'are'} empty, or a total"
    )
    return _dropped(text, found, entry, journal, reason)


def _is_total(keys: list[str]) -> bool:
    """Whether a row sums up others: none of its keys is there, or one is stars or a word for a sum."""
    if not any(keys):
        return True
    return any(key and (not key.strip("*") or _sum_word(key) in _TOTALS) for key in keys)


def _sum_word(key: str) -> str:
    """Take what stands before that which is summed up: Total: 4711, Total - 4711."""
    return key.casefold().split(":")[0].split(" - ")[0].strip("* ")


def _dropped(text: Text, places: list[int], entry: Read, journal: Journal, reason: str) -> Text:
    if not places:
        return text
    journal.count(entry.table, len(places))
    journal.ignore(entry.table, reason, f"{text.file}, row {text.lines[places[0]]}", len(places))
    gone = set(places)
    kept = [n for n in range(len(text.rows)) if n not in gone]
    return replace(text, rows=[text.rows[n] for n in kept], lines=[text.lines[n] for n in kept])


def _found_columns(text: Text, entry: Read) -> Text:
    """Give the columns the names that the profile knows them by; what it needs must be there."""
    needed = _needed(entry)
    loose = {
        heading: name for name in (*needed, *entry.optional_columns) for heading in _headings(entry, name)
    }
    header, kinds = list(text.header), dict(text.numbers)
    for n, name in enumerate(header):
        known = loose.get(_loose(name))
        if known is not None and known not in header:
            header[n] = known
            if name in kinds:
                kinds[known] = kinds.pop(name)
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
    rows = [[*row, *("" for _ in added)] for row in text.rows] if added else text.rows
    return replace(text, header=(*header, *added), rows=rows, numbers=kinds)


def _loose(name: str) -> str:
    """Name without what differs between the exports of one system: case, blanks, underscores."""
    return name.casefold().replace(" ", "").replace("_", "")


def _filled_down(text: Text, columns: list[str]) -> Text:
    """Repeat what stands above in rows that leave the first of some columns empty."""
    places = [text.header.index(name) for name in columns]
    rows: list[list[str]] = []
    numbers = {name: set(lines) for name, lines in text.numbers.items()}
    above: list[str] | None = None
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
            row = [above[n] if n in places else cell for n, cell in enumerate(row)]
            for name in columns:
                if text.lines[n - 1] in numbers.get(name, ()):
                    numbers[name].add(text.lines[n])
        above = list(row)
        rows.append(above)
    told = {name: frozenset(lines) for name, lines in numbers.items()}
    return replace(text, rows=rows, numbers=told)


def _typed(text: Text, entry: Read, place: Place, journal: Journal) -> Table:
    """Read the columns that the profile calls numbers and dates; the others stay texts.

    ``numbers = ["*"]``: all columns but dates and those that a wide table keeps.
    """
    kept = entry.unpivot.keep if entry.unpivot is not None else []
    numbers = entry.numbers
    if numbers == ["*"]:
        numbers = [name for name in text.header if name not in (*entry.dates, *kept)]
    numbers = list(dict.fromkeys([*numbers, *entry.percentages]))
    # Of a CSV file the person knows more than a profile that comes along.
    said = place.habit if text.separator != "-" else ASK
    mark = "" if said.decimal else entry.decimal
    first = "" if said.date_order else entry.date_order
    marks, orders = decimal_marks(text, numbers, mark, place.habit), set()
    columns: dict[str, list[Value]] = {}
    findings: list[Finding] = []
    zones = _zones(entry, place) if entry.timezone else None
    for name in text.header:
        try:
            if name in entry.dates:
                order = date_order(text, name, text.column(name), first, place.habit)
                orders.add(order)
                columns[name] = read_cells(text, name, date_reader(order, zones), "date", order)
            elif name in marks:
                columns[name] = read_cells(text, name, number_reader(marks[name]), "number", marks[name])
                if name in entry.percentages:
                    refuse_shares(text, name, columns[name])
            else:
                columns[name] = [cell or None for cell in text.column(name)]
        except DataError as error:
            findings += error.findings
    if findings:
        raise DataError(tuple(findings))
    decimals = " or ".join(sorted(set(marks.values()))) or "-"
    notation = " or ".join(sorted(orders)) or "-"
    journal.dialects.append(Dialect(text.file, text.encoding, text.separator, decimals, notation))
    return Table(entry.table, columns, [text.file] * len(text.lines), list(text.lines))


def _normal(name: str) -> str:
    """Id as it is compared: without case, repeated blanks, and the leading zeros that spreadsheets drop."""
    plain = unicodedata.normalize("NFC", " ".join(name.split())).casefold()
    return (plain.lstrip("0") or "0") if plain.isdecimal() and plain.isascii() else plain


def _spelled(table: Table, text: Text, column: str, known: dict[str, str], journal: Journal) -> Table:
    """Write the ids of a column as they were written where they came first.

    Raises
    ------
    DataError
        If the column that brings an id first writes it in two ways: which rows are one, nobody knows.
    """
    fresh: dict[str, str] = {}
    other: dict[str, str] = {}
    findings = []
    for name, place in first_places(text.column(column)).items():
        normal = _normal(name)
        if normal in known:
            if known[normal] != name:
                other[name] = known[normal]
        elif fresh.setdefault(normal, name) != name:
            message = f"the same id is written {fresh[normal]!r} above, but for case, blanks or leading zeros"
            findings.append(
                text.finding(
                    "id_collision", message, column, place, value=name, expected="one id, written in one way"
                )
            )
    if findings:
        raise DataError(tuple(findings))
    known.update(fresh)
    if not other:
        return table
    name, kept = next(iter(other.items()))
    cells = table.cells[column]
    count = sum(cell in other for cell in cells)
    journal.change(table.name, f"{column} is written otherwise than before", f"{name!r} for {kept!r}", count)
    return table.with_cells({**table.cells, column: [other.get(cell, cell) for cell in cells]})  # type: ignore[arg-type]


def _zones(entry: Read, place: Place) -> tuple[ZoneInfo, ZoneInfo]:
    """Time zone of a file's date-times and that of the plant."""
    return ZoneInfo(entry.timezone), _plant_zone(place)


def _plant_zone(place: Place) -> ZoneInfo:
    name = place.inserted(place.profile.plant.timezone)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message, expected = "this time zone is not known", "an IANA name like Europe/Berlin"
        finding = place.profile.finding(
            "unknown_timezone", message, "plant.timezone", name, expected=expected
        )
        raise DataError((finding,)) from None


def _date_names(table: Table, entry: Read, text: Text, place: Place) -> None:
    """Read the names of a wide table's columns as dates."""
    assert entry.unpivot is not None, "only wide tables have dates as columns"
    name = entry.unpivot.name
    names = [column for column in text.header if column not in entry.unpivot.keep]
    order = date_order(text, "of the header", names, entry.date_order, place.habit)
    read = date_reader(order)
    known = {column: read(column) for column in names}
    table.cells[name] = [known[str(value)] for value in table.cells[name]]
    wrong = next((column for column in names if known[column] is None), None)
    if wrong is not None:
        raise text.problem(
            "not_a_date",
            "the name of this column is not a date",
            wrong,
            value=wrong,
            expected=f"a date in the notation {order!r}",
        )
