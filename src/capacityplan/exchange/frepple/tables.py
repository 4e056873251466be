"""The tables of a frePPLe model, and how it writes numbers, durations and moments."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.frepple.files import SUFFIXES, loose, read_rows
from capacityplan.exchange.frepple.strict import FILE, LINE, Row, require, too_far
from capacityplan.exchange.importing import Journal
from capacityplan.exchange.mapping.values import ASK, Habit

READ = {
    "buffer": "item location onhand minimum type maximum",
    "calendar": "name defaultvalue",
    "calendarbucket": "calendar priority value startdate enddate monday tuesday wednesday thursday friday "
                      "saturday sunday starttime endtime",
    "customer": "name owner",
    "demand": "name item location customer due status quantity priority minshipment operation policy",
    "forecast": "customer item location priority planned",
    "forecastplan": "customer item location startdate enddate forecastnet",
    "item": "name owner cost uom description category",
    "itemdistribution": "item location origin leadtime sizeminimum sizemultiple sizemaximum priority "
                        "effective_start effective_end",
    "itemsupplier": "item supplier location leadtime sizeminimum sizemultiple cost "
                    "effective_start effective_end",
    "location": "name owner available",
    "operation": "name type owner priority effective_start effective_end posttime sizeminimum sizemultiple "
                 "sizemaximum available duration duration_per item location",
    "operationmaterial": "operation item quantity type effective_start effective_end name priority location",
    "operationplan": "reference owner status type quantity startdate enddate item location operation origin "
                     "destination supplier",
    "operationresource": "operation resource quantity name priority setup skill effective_start "
                         "effective_end",
    "common_parameter": "name value",
    "resource": "name type constrained maximum cost setup location available efficiency maximum_calendar "
                "owner setupmatrix description",
    "resourceskill": "resource skill priority effective_start effective_end",
    "setuprule": "setupmatrix fromsetup tosetup duration cost priority",
    "suboperation": "operation suboperation priority",
    "supplier": "name",
}  # fmt: skip
"""Columns that are read, by table. A column of another system's foreign keys may end in ``_id``."""
_SILENT = frozenset({
    "id", "source", "lastmodified", "lft", "rght", "lvl", "description", "category", "subcategory",
    "color", "plan", "name", "owner", "type", "search", "batch",
})  # fmt: skip
"""Columns that say nothing about the plan to make."""
_CALCULATED = frozenset({
    "delay", "plannedquantity", "deliverydate", "adi", "cv2", "demand_pattern", "outlier_1b",
    "outlier_6b", "outlier_12b", "latedemandcount", "latedemandquantity", "latedemandvalue",
    "unplanneddemandcount", "unplanneddemandquantity", "unplanneddemandvalue", "overloadcount",
    "periodofcover", "criticality", "due", "demand", "forecast",
})  # fmt: skip
"""Columns that the other system calculates from its own plan."""
_OTHER_NAMES = {"salesorder": "demand", "parameter": "common_parameter"}
"""Tables that screens call otherwise."""


class Tables:
    """All tables of a folder, by name; a table without a file is empty."""

    def __init__(self, source: Path, journal: Journal, habit: Habit = ASK) -> None:
        self._journal = journal
        self.rows: dict[str, list[Row]] = {table: [] for table in READ}
        if not source.is_dir():
            raise DataError((Finding("not_a_folder", "there is no such folder", str(source)),))
        findings: list[Finding] = []
        for table, path in _files(source):
            try:
                self.rows[table], dialect = read_rows(path, table, READ[table].split(), habit)
            except DataError as error:
                findings += error.findings
                dialect = None
            journal.dialects += [dialect] if dialect is not None else []
            journal.count(table, len(self.rows[table]))
            self._report_columns(table)
        if findings:
            raise DataError(tuple(findings))
        if not self.rows["item"]:
            raise DataError((Finding("missing_table", "the model has no items", "item.csv"),))
        require(self.rows, moment, seconds)
        too_far(self.rows, self.start(), moment)

    def __getitem__(self, table: str) -> list[Row]:
        return self.rows[table]

    def _report_columns(self, table: str) -> None:
        rows = self.rows[table]
        if not rows or table in ("operationplan", "forecastplan", "common_parameter"):
            return
        known = set(READ[table].split()) | _SILENT | _CALCULATED
        for column in rows[0]:
            if column in known or column in (LINE, FILE):
                continue
            said = [row for row in rows if row[column] and not _is_neutral(row[column])]
            if said:
                reason = f"column {column} is not read"
                self._journal.change(table, reason, f"{column} = {said[0][column]}", len(said))

    def parameter(self, name: str, default: str = "") -> str:
        """Value of a parameter of the model."""
        for row in self.rows["common_parameter"]:
            if row["name"] == name and row["value"] and row["value"] != "default":
                return row["value"]
        return default

    def start(self) -> datetime:
        """Parameter currentdate: where the plan begins."""
        found = self.parameter("currentdate") or self.parameter("last_currentdate")
        if not found or found in ("now", "today"):
            raise DataError(
                (
                    Finding("no_start", "the parameter currentdate does not say when the plan starts",
                            "common_parameter.csv", "common_parameter", value=found,
                            expected="a date-time such as 2027-01-31 00:00:00"),
                )
            )  # fmt: skip
        return moment(found)


def _files(source: Path) -> list[tuple[str, Path]]:
    """Files of tables, each with its table.

    Raises
    ------
    DataError
        If there are two files of one table.
    """
    known = {loose(table): table for table in READ} | _OTHER_NAMES
    found: dict[str, Path] = {}
    for path in sorted(source.iterdir()):
        table = known.get(loose(path.stem)) if path.suffix.lower() in SUFFIXES else None
        if table is None or path.name.startswith("~$"):
            continue
        if table in found:
            message = f"the table stands in {found[table].name} too"
            raise DataError((Finding("repeated_table", message, path.name, table, expected="one file"),))
        found[table] = path
    return sorted(found.items())


def _is_neutral(text: str) -> bool:
    return text in ("f", "False", "false") or not re.search(r"[1-9A-Za-z]", text) or text in _NEUTRAL


_NEUTRAL = frozenset({"7 days", "1.00000000", "1", "t", "default", "00:00:00", "automatic"})
"""Values that the other system writes where the user said nothing."""


def number(text: str, default: Fraction = Fraction(0)) -> Fraction:
    """Read a number exactly; an empty cell is the default."""
    try:
        return Fraction(text) if text.strip() else default
    except (ValueError, ZeroDivisionError):
        raise DataError((Finding("not_a_number", "this is not a number", value=text),)) from None


_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?:[ T,]+(.*))?")
"""A date with dots: the day is first."""


@lru_cache(maxsize=65536)
def moment(text: str) -> datetime:
    """Read a moment; one with an offset is taken to universal time, in which the plant then lives."""
    dotted = _DOTTED.fullmatch(text.strip())
    plain = f"{dotted[3]}-{dotted[2]:0>2}-{dotted[1]:0>2} {dotted[4] or ''}" if dotted else text
    try:
        found = datetime.fromisoformat(plain.strip())
        return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    except (ValueError, OverflowError):
        raise DataError((Finding("not_a_date", "this is not a date-time", value=text),)) from None


_DAYS = re.compile(r"^(-?\d+) days?,?\s*")
_ISO = re.compile(
    r"^(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$"
)
_PARTS = re.compile(r"^-?\d{1,12}(\.\d{1,9})?$|^-?\d{1,9}:\d{1,2}:\d{1,2}(\.\d{1,9})?$")
_ISO_SECONDS = (365 * 86400, 30 * 86400, 7 * 86400, 86400, 3600, 60, 1)


@lru_cache(maxsize=65536)
def seconds(text: str) -> Fraction:
    """Read a length of time: ``2 days 04:30:00``, ``PT9S`` or a number of seconds.

    Raises
    ------
    DataError
        If it is none of these.
    """
    plain = text.strip()
    iso = _ISO.match(plain)
    if iso and any(iso.groups()[1:]):
        parts = zip(iso.groups()[1:], _ISO_SECONDS, strict=True)
        total = sum((Fraction(part) * unit for part, unit in parts if part), Fraction(0))
        return -total if iso.group(1) else total
    days = _DAYS.match(plain)
    total = Fraction(int(days.group(1)) * 86400) if days else Fraction(0)
    rest = plain[days.end() :] if days else plain
    if not rest:
        return total
    sign = -1 if rest.startswith("-") else 1
    digits = _PARTS.match(rest)
    parts_of_day = [Fraction(part) for part in rest.lstrip("-").split(":")] if digits else []
    if len(parts_of_day) not in (1, 3):
        raise DataError((Finding("not_a_duration", "this is not a length of time", value=text),))
    clock = Fraction(0)
    for part in parts_of_day:
        clock = clock * 60 + part
    return total + sign * clock


def ranked(rows: list[Row]) -> list[Row]:
    """Rows by ascending priority (an empty one counts as 1), else in their order."""
    return sorted(rows, key=lambda row: number(row["priority"], Fraction(1)))
