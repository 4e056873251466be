"""A profile applied to a folder: read, transform, fill the instance's tables, check them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from capacityplan.domain.plant import FORMAT
from capacityplan.errors import DataError, Finding
from capacityplan.exchange.build import build
from capacityplan.exchange.consistency import check
from capacityplan.exchange.importing import Dialect, ImportResult, Journal
from capacityplan.exchange.mapping import steps
from capacityplan.exchange.mapping.dialect import (
    Text,
    Value,
    date_order,
    date_reader,
    decimal_marks,
    number_reader,
    read_cells,
    read_text,
)
from capacityplan.exchange.mapping.formulas import Formula
from capacityplan.exchange.mapping.profile import Profile, read_profile
from capacityplan.exchange.mapping.steps import Table
from capacityplan.exchange.raw import RawPlant, RawTable, Setting
from capacityplan.exchange.texts import number_text, quote


def import_tables(source: Path, profile: Path, constants: Mapping[str, str] | None = None) -> ImportResult:
    """Turn a folder of CSV exports into a plant, as a mapping profile says.

    Parameters
    ----------
    source : Path
        Folder that the profile's file names are relative to.
    profile : Path
        TOML file (docs/importing.md).
    constants : mapping of str to str, optional
        Values that take the place of constants of the profile, as TOML would write them.

    Returns
    -------
    ImportResult
        The plant and the account: dialects, rows read, used and ignored, assumptions.

    Raises
    ------
    DataError
        If the profile, a file or the resulting instance is broken, with all findings.
    """
    return _Run(source, read_profile(profile, constants or {})).run()


class _Run:
    def __init__(self, source: Path, profile: Profile) -> None:
        self._source, self._profile = source, profile
        self._journal = Journal()
        self._tables: dict[str, Table] = {}
        self._constants: dict[str, Value] = {
            name: _constant(value) for name, value in profile.constants.items()
        }

    def run(self) -> ImportResult:
        for entry in self._profile.reads:
            self._read(entry)
        for entry in self._profile.makes:
            self._make(entry)
        raw = RawPlant(f"profile {self._profile.name}")
        raw.settings += self._settings()
        for entry in self._profile.fills:
            self._fill(entry, raw)
        draft, findings = build(raw)
        findings = [*findings, *check(draft)]
        if any(finding.severity == "error" for finding in findings):
            raise DataError(tuple(finding for finding in findings if finding.severity == "error"))
        for assumption in self._profile.assumptions:
            self._journal.default("assumption", assumption)
        return ImportResult(draft.plant, self._journal.report(self._source.name))

    def _read(self, entry: Mapping[str, Any]) -> None:
        path = self._source / entry["file"]
        try:
            data = path.read_bytes()
        except OSError as error:
            message = f"the file cannot be read: {error.strerror}"
            raise DataError((Finding("unreadable_file", message, entry["file"]),)) from None
        text = read_text(data, path.name)
        table = self._typed(text, entry)
        where = f"[[read]] {table.name}"
        if "unpivot" in entry:
            table = steps.unpivot(table, entry["unpivot"], where)
        self._journal.count(table.name, len(table.rows))
        if "rename" in entry:
            table = steps.rename(table, entry["rename"], where)
        self._tables[entry["table"]] = self._shaped(table, entry, where)

    def _typed(self, text: Text, entry: Mapping[str, Any]) -> Table:
        """Read the columns that the profile calls numbers and dates; the others stay texts.

        ``numbers = ["*"]``: all columns that are not dates (a wide table of figures).
        """
        dates = entry.get("dates", [])
        numbers = entry.get("numbers", [])
        if numbers == ["*"]:
            numbers = [name for name in text.header if name not in dates]
        for name in (*dates, *numbers):
            if name not in text.header:
                raise text.problem("missing_column", "the file has no such column", name,
                                   expected=", ".join(text.header))  # fmt: skip
        marks, orders = decimal_marks(text, numbers, entry.get("decimal", "")), set()
        columns: dict[str, list[Value]] = {}
        for name in text.header:
            if name in dates:
                order = date_order(text, name, entry.get("date_order", ""))
                orders.add(order)
                columns[name] = read_cells(text, name, date_reader(order), "date")
            elif name in numbers:
                columns[name] = read_cells(text, name, number_reader(marks[name]), "number")
            else:
                columns[name] = [cell or None for cell in text.column(name)]
        self._journal.dialects.append(
            Dialect(text.file, text.encoding, text.separator, " or ".join(sorted(set(marks.values()))) or "-",
                    " or ".join(sorted(orders)) or "-")
        )  # fmt: skip
        rows = [dict(zip(text.header, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
        return Table(entry["table"], text.header, rows)

    def _shaped(self, table: Table, entry: Mapping[str, Any], where: str) -> Table:
        if "where" in entry:
            before = len(table.rows)
            table = steps.keep_where(table, entry["where"], self._constants, where)
            if table.name in self._journal.read:
                self._journal.ignore(table.name, f"not {entry['where']}", rows=before - len(table.rows))
        if "set" in entry:
            table = steps.assign(table, entry["set"], self._constants, where)
        return table

    def _table(self, name: str, where: str) -> Table:
        if name not in self._tables:
            known = ", ".join(self._tables)
            raise DataError(
                (Finding("unknown_table", f"there is no table {name} yet", where, expected=known),)
            )
        return self._tables[name]

    def _make(self, entry: Mapping[str, Any]) -> None:
        where = f"[[make]] {entry['table']}"
        table = self._table(entry["from"], where)
        for options in entry.get("join", []):
            table = steps.join(table, self._table(options["table"], where), options, where)
        if "rename" in entry:
            table = steps.rename(table, entry["rename"], where)
        table = self._shaped(table, entry, where)
        if "running" in entry:
            table = steps.running(table, entry["running"], where)
        if "group" in entry:
            table = steps.group(table, entry["group"], where)
        if "forecast" in entry:
            table = steps.forecast(table, entry["forecast"], self._constants, where)
        self._tables[entry["table"]] = Table(entry["table"], table.columns, table.rows)

    def _fill(self, entry: Mapping[str, Any], raw: RawPlant) -> None:
        where = f"[[fill]] {entry['table']}"
        table = self._table(entry["from"], where)
        if "where" in entry:
            table = steps.keep_where(table, entry["where"], self._constants, where)
        known = frozenset((*table.columns, *self._constants))
        formulas = {name: Formula(str(source), known, f"{where}, {name}")
                    for name, source in entry.get("columns", {}).items()}  # fmt: skip
        cells = {
            name: [_cell(formula({**self._constants, **row})) for row in table.rows]
            for name, formula in formulas.items()
        }
        before = raw.tables.get(entry["table"])
        raw.tables[entry["table"]] = _appended(before, entry["table"], where, cells, len(table.rows))

    def _settings(self) -> list[Setting]:
        """Settings of the plant; ``{name}`` in a text stands for a constant."""
        flat = [("format", FORMAT), *self._profile.plant.items()]
        for section, values in self._profile.sections.items():
            flat += [(f"{section}.{name}", value) for name, value in values.items()]
        return [
            Setting(name, self._filled(_cell(_constant(value))), row)
            for row, (name, value) in enumerate(flat, start=1)
        ]

    def _filled(self, text: str) -> str:
        for name, value in self._constants.items():
            text = text.replace("{" + name + "}", _cell(value))
        return text


def _constant(value: Any) -> Value:
    """Take a TOML value over: numbers exactly as they are written in decimal."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Fraction(str(value))
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="minutes")
    return value if isinstance(value, date) else str(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return number_text(value)
    return value.isoformat() if isinstance(value, date) else quote(str(value))


def _appended(
    before: RawTable | None, table: str, file: str, cells: dict[str, list[str]], count: int
) -> RawTable:
    """Add rows below those that an earlier entry filled in."""
    known = dict(zip(before.header, before.cells, strict=True)) if before is not None else {}
    old = len(before.rows) if before is not None else 0
    header = tuple(dict.fromkeys([*known, *cells]))
    columns = []
    for name in header:
        above = known.get(name, np.array([""] * old, dtype=object))
        below = np.array(cells.get(name, [""] * count), dtype=object)
        columns.append(np.concatenate([above, below]))
    rows = np.arange(1, old + count + 1, dtype=np.int64)
    return RawTable(table, file, header, tuple(columns), rows)
