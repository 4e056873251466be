"""A profile applied to a folder: read, transform, fill the instance's tables, check them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from capacityplan.domain.plant import FORMAT
from capacityplan.errors import DataError, Finding
from capacityplan.exchange.build import build
from capacityplan.exchange.consistency import check
from capacityplan.exchange.importing import ImportResult, Journal
from capacityplan.exchange.mapping import steps
from capacityplan.exchange.mapping.profile import Fill, Make, Profile, Read, read_profile
from capacityplan.exchange.mapping.reading import read_table
from capacityplan.exchange.mapping.steps import Place, Record, Table, cell_text, shown
from capacityplan.exchange.mapping.values import Value
from capacityplan.exchange.raw import RawPlant, RawTable, Setting
from capacityplan.exchange.texts import Unreadable, read_number


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
        self._constants = {name: _constant(value) for name, value in profile.constants.items()}
        self._origins: dict[str, list[Record]] = {}

    def run(self) -> ImportResult:
        self._read_all()
        for n, make in enumerate(self._profile.make):
            self._make(make, self._place(f"make.{n}"))
        raw = RawPlant(self._profile.file)
        raw.settings += self._settings()
        for n, fill in enumerate(self._profile.fill):
            self._fill(fill, self._place(f"fill.{n}"), raw)
        draft, findings = build(raw)
        findings = [*findings, *check(draft)]
        errors = [self._placed(finding) for finding in findings if finding.severity == "error"]
        if errors:
            raise DataError(tuple(errors))
        for finding in findings:
            self._journal.change(finding.sheet, f"warning: {finding.message}", finding.value)
        for assumption in self._profile.assumptions:
            self._journal.default("assumption", assumption)
        return ImportResult(draft.plant, self._journal.report(self._source.name))

    def _place(self, key: str) -> Place:
        return Place(self._profile, key, self._constants)

    def _read_all(self) -> None:
        """Read every file, so that the findings of all of them are shown at once."""
        findings: list[Finding] = []
        for n, entry in enumerate(self._profile.read):
            try:
                self._read(entry, self._place(f"read.{n}"))
            except DataError as error:
                findings += error.findings
        if findings:
            raise DataError(tuple(findings))

    def _read(self, entry: Read, place: Place) -> None:
        table = read_table(self._source, entry, place, self._journal)
        self._journal.count(entry.table, len(table.rows))
        self._tables[entry.table] = self._shaped(table, entry, place)

    def _shaped(self, table: Table, entry: Read | Make, place: Place) -> Table:
        if entry.rename:
            table = steps.rename(table, entry.rename, place)
        if entry.where:
            table = self._kept(table, entry.where, place, entry.table)
        if entry.set:
            table = steps.assign(table, entry.set, place)
        return table

    def _kept(self, table: Table, source: str, place: Place, name: str) -> Table:
        kept = steps.keep_where(table, source, place)
        rows = len(table.rows) - len(kept.rows)
        self._journal.ignore(name, f"only where {source}", rows=rows)
        return kept

    def _table(self, name: str, place: Place, step: str) -> Table:
        if name not in self._tables:
            raise place.problem("unknown_table", "there is no such table yet", step, name,
                                expected=", ".join(self._tables))  # fmt: skip
        return self._tables[name]

    def _make(self, entry: Make, place: Place) -> None:
        table = self._table(entry.source, place, "from") if entry.source else _written(entry)
        for options in entry.join:
            other = self._table(options.table, place, "join")
            table, left_out = steps.join(table, other, options, place)
            if left_out:
                first = left_out[0].cells
                example = ", ".join(shown(first[column]) for column in options.on)
                self._journal.ignore(entry.table, f"nothing in {other.name}", example, len(left_out))
        table = self._shaped(table, entry, place)
        if entry.running is not None:
            table = steps.running(table, entry.running, place)
        if entry.group is not None:
            table = steps.group(table, entry.group, place)
        if entry.forecast is not None:
            table = steps.forecast(table, entry.forecast, place)
        self._tables[entry.table] = replace(table, name=entry.table)

    def _fill(self, entry: Fill, place: Place, raw: RawPlant) -> None:
        table = self._table(entry.source, place, "from")
        if entry.where:
            table = self._kept(table, entry.where, place, f"rows for {entry.table}")
        cells: dict[str, list[str]] = {}
        for name, source in entry.columns.items():
            value = place.formula(source, table.columns, f"columns.{name}")
            cells[name] = [cell_text(value(row)) for row in table.rows]
        before = raw.tables.get(entry.table)
        raw.tables[entry.table] = _appended(before, entry.table, self._profile.file, cells, len(table.rows))
        self._origins.setdefault(entry.table, []).extend(
            row if row.file else Record({}, self._profile.file, self._profile.lines.get(place.key))
            for row in table.rows
        )
        self._journal.fill(entry.table, len(table.rows), _total(cells.get("quantity", [])))

    def _placed(self, finding: Finding) -> Finding:
        """Show a fault of the instance at the row of the source that it came from."""
        if finding.code == "missing_table":
            return replace(finding, hint=f"fill it with a [[fill]] of the table {finding.sheet}")
        origins = self._origins.get(finding.sheet)
        if not origins or finding.row is None or not 0 < finding.row <= len(origins):
            return finding
        origin = origins[finding.row - 1]
        hint = f"{finding.hint} The instance's cell is made by {self._profile.file}.".strip()
        return replace(finding, file=origin.file, row=origin.line, hint=hint)

    def _settings(self) -> list[Setting]:
        """Settings of the plant; ``{name}`` in a text stands for a constant."""
        head, place = self._profile.plant, self._place("plant")
        flat: list[tuple[str, str, Any]] = [("format", "plant", FORMAT)]
        flat += [(name, f"plant.{name}", getattr(head, name)) for name in type(head).model_fields]
        for section, values in self._profile.sections.items():
            if isinstance(values, dict):
                flat += [(f"{section}.{name}", f"{section}.{name}", value) for name, value in values.items()]
            else:
                flat.append((section, section, values))
        return [
            Setting(name, place.inserted(cell_text(_constant(value))), self._profile.lines.get(line, 1))
            for name, line, value in flat
        ]


def _written(entry: Make) -> Table:
    """Take over the rows that stand in the profile; what a row leaves out is empty."""
    columns = tuple(dict.fromkeys(name for row in entry.rows for name in row))
    empty: dict[str, Value] = dict.fromkeys(columns)
    rows = [
        Record({**empty, **{name: _constant(value) for name, value in row.items()}}) for row in entry.rows
    ]
    return Table(entry.table, columns, rows)


def _constant(value: Any) -> Value:
    """Take a TOML value over: numbers exactly as they are written in decimal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return Fraction(str(value))
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="minutes")
    return value if isinstance(value, date) else str(value)


def _total(quantities: list[str]) -> Fraction | None:
    """Sum of the quantities that a table got, if it has any and they are numbers."""
    try:
        return sum((read_number(text) for text in quantities if text), Fraction(0)) if quantities else None
    except Unreadable:
        return None


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
