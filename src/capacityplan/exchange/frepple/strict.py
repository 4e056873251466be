"""What every cell of the other system's tables has to be: all faults at once, each where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from fractions import Fraction

from capacityplan.errors import DataError, Finding

Row = dict[str, str]
Readers = dict[str, tuple[Callable[[str], object], str]]
"""By column: how its cells are read, and what is expected in them."""
LINE = "\0line"
"""Key under which a row carries its line in the file."""
FILE = "\0file"
"""Key under which a row carries its file's name."""
_MOST_YEARS = 20
_LONGEST_SECONDS = _MOST_YEARS * 366 * 86400
PLAIN_NUMBER = re.compile(r"^[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})([eE][+-]?\d{1,2})?$")
_CLOCK = re.compile(r"^([01]?\d|2[0-4]):[0-5]\d(:[0-5]\d)?$")

NUMBERS = frozenset({
    "onhand", "minimum", "maximum", "defaultvalue", "priority", "value", "quantity", "minshipment",
    "forecastnet", "cost", "sizeminimum", "sizemultiple", "sizemaximum", "efficiency",
})  # fmt: skip
_NEVER_NEGATIVE = NUMBERS - {"priority", "quantity", "defaultvalue", "value"}
_DURATIONS = frozenset({"leadtime", "posttime", "duration", "duration_per"})
MOMENTS = frozenset({"due", "startdate", "enddate", "effective_start", "effective_end"})
_CLOCKS = frozenset({"starttime", "endtime"})
_FREE_TEXT = frozenset({"common_parameter"})
"""Tables whose columns hold values of any kind."""
NEEDED = {
    "buffer": "item", "calendar": "name", "calendarbucket": "calendar", "customer": "name",
    "demand": "name item due quantity", "forecast": "item", "forecastplan": "item startdate", "item": "name",
    "itemdistribution": "item", "itemsupplier": "item supplier", "location": "name", "operation": "name",
    "operationmaterial": "operation item quantity", "operationresource": "operation resource",
    "resource": "name", "resourceskill": "resource skill", "suboperation": "operation suboperation",
    "supplier": "name",
}  # fmt: skip
"""Columns without which a row says nothing."""
_REFERENCES = {
    ("buffer", "item"): "item", ("calendarbucket", "calendar"): "calendar", ("demand", "item"): "item",
    ("forecastplan", "item"): "item", ("itemdistribution", "item"): "item", ("itemsupplier", "item"): "item",
    ("operation", "item"): "item", ("operationmaterial", "item"): "item",
    ("operationresource", "resource"): "resource", ("resourceskill", "resource"): "resource",
    ("operation", "available"): "calendar", ("resource", "available"): "calendar",
    ("resource", "maximum_calendar"): "calendar", ("location", "available"): "calendar",
}  # fmt: skip
_HIERARCHIES = ("item", "location", "customer", "resource", "operation")


def require(
    rows: dict[str, list[Row]],
    moment: Callable[[str], datetime],
    seconds: Callable[[str], object],
) -> None:
    """Raise every fault of the tables.

    Parameters
    ----------
    rows : dict of str to list of dict
        Rows by table, each with its line under `LINE`.
    moment, seconds : callable
        Readers of date-times and durations.

    Raises
    ------
    DataError
        With one finding per cell that cannot be meant.
    """
    readers: Readers = dict.fromkeys(MOMENTS, (moment, "a date-time such as 2027-01-31 00:00:00"))
    readers |= dict.fromkeys(_DURATIONS, (seconds, "a length of time such as 2 days 04:30:00"))
    findings = [
        finding
        for table, found in rows.items()
        if table not in _FREE_TEXT
        for row in found
        for finding in _row(table, row, readers)
    ]
    findings += [*_unknown(rows), *_twice(rows), *_cycles(rows)]
    if findings:
        raise DataError(tuple(findings))


def too_far(rows: dict[str, list[Row]], start: datetime, moment: Callable[[str], datetime]) -> None:
    """Raise where demand lies so far ahead that no plan can reach it: a mistyped year.

    Raises
    ------
    DataError
    """
    last = start.replace(year=min(start.year + _MOST_YEARS, 9999), day=min(start.day, 28))
    findings = [
        _finding("too_far", "this lies too far ahead", table, row, column, f"before {last:%Y-%m-%d}")
        for table, column in (("demand", "due"), ("forecastplan", "startdate"), ("operationplan", "enddate"))
        for row in rows[table]
        if row[column] and row.get("status") not in ("closed", "canceled") and moment(row[column]) > last
    ]
    if findings:
        raise DataError(tuple(findings))


def _row(table: str, row: Row, readers: Readers) -> Iterator[Finding]:
    for column in NEEDED.get(table, "").split():
        if not row[column].strip():
            yield _finding("missing_value", "the row needs a value here", table, row, column, "a value")
    for column, text in row.items():
        if not text.strip():
            continue
        if column in NUMBERS:
            yield from _number(table, row, column)
        elif column in _CLOCKS and not _CLOCK.match(text.strip()):
            yield _finding("not_a_time", "this is no time of day", table, row, column, "such as 08:30:00")
        elif column in readers and table != "operationplan":
            yield from _readable(table, row, column, readers)
    if table == "operationplan" and row["status"] in ("confirmed", "approved"):
        yield from _confirmed(row, readers)


def _number(table: str, row: Row, column: str) -> Iterator[Finding]:
    text = row[column].strip()
    if not PLAIN_NUMBER.match(text):
        yield _finding("not_a_number", "this is not a number", table, row, column, "a number")
    elif column in _NEVER_NEGATIVE and text.startswith("-") and text.strip("-0."):
        yield _finding("negative", "this cannot be negative", table, row, column, "at least 0")


def _confirmed(row: Row, readers: Readers) -> Iterator[Finding]:
    for column in ("startdate", "enddate"):
        yield from _readable("operationplan", row, column, readers)


def _readable(table: str, row: Row, column: str, readers: Readers) -> Iterator[Finding]:
    read, expected = readers[column]
    try:
        found = read(row[column].strip())
    except DataError as error:
        code, message = error.findings[0].code, error.findings[0].message
        yield _finding(code, message, table, row, column, expected)
        return
    if isinstance(found, Fraction) and not 0 <= found <= _LONGEST_SECONDS:
        yield _finding(
            "not_a_duration", "this is no length of time to plan with", table, row, column, expected
        )


def _unknown(rows: dict[str, list[Row]]) -> Iterator[Finding]:
    for (table, column), target in _REFERENCES.items():
        known = {row["name"] for row in rows[target]}
        for row in rows[table]:
            if row[column] and row[column] not in known:
                message = f"there is no such {target}"
                yield _finding("unknown_id", message, table, row, column, f"a name of table {target}")


def _twice(rows: dict[str, list[Row]]) -> Iterator[Finding]:
    for table in ("item", "location", "customer", "resource", "operation", "demand", "calendar"):
        seen: dict[str, str] = {}
        for row in rows[table]:
            if row["name"] and row["name"] in seen:
                message = f"the name stands in row {seen[row['name']]} already"
                yield _finding("duplicate_key", message, table, row, "name", "every name once")
            seen.setdefault(row["name"], row[LINE])


def _cycles(rows: dict[str, list[Row]]) -> Iterator[Finding]:
    """Owners that are their own descendants."""
    for table in _HIERARCHIES:
        owner = {row["name"]: row["owner"] for row in rows[table]}
        for row in rows[table]:
            path = [row["name"]]
            while owner.get(path[-1]) and owner[path[-1]] not in path:
                path.append(owner[path[-1]])
            if owner.get(path[-1]) == row["name"]:
                yield _finding(
                    "cycle", "the row owns itself", table, row, "owner", "a hierarchy without cycles"
                )


def _finding(code: str, message: str, table: str, row: Row, column: str, expected: str) -> Finding:
    return Finding(code, message, row[FILE], table, int(row[LINE]), column, row[column].strip(), expected)
