"""A profile applied to a folder: read, transform, fill the instance's tables, check them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from fnmatch import fnmatch
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from capacityplan.domain.plant import FORMAT, Plant
from capacityplan.errors import DataError, Finding
from capacityplan.exchange.build import build
from capacityplan.exchange.consistency import check
from capacityplan.exchange.importing import ImportResult, Journal
from capacityplan.exchange.incremental import differences, raw_of
from capacityplan.exchange.mapping import steps
from capacityplan.exchange.mapping.profile import Fill, Make, Profile, Read, read_profile
from capacityplan.exchange.mapping.reading import read_table
from capacityplan.exchange.mapping.steps import Place, Spot, Table, cell_text, shown
from capacityplan.exchange.mapping.values import ASK, Habit, Value
from capacityplan.exchange.raw import RawPlant, RawTable, Setting
from capacityplan.exchange.texts import Unreadable, read_number
from capacityplan.exchange.worth import with_worth


def import_tables(
    source: Path,
    profile: Path,
    constants: Mapping[str, str] | None = None,
    onto: Plant | None = None,
    only: Collection[str] = (),
    habit: Habit = ASK,
) -> ImportResult:
    """Turn a folder of CSV exports into a plant, as a mapping profile says.

    Parameters
    ----------
    source : Path
        Folder that the profile's file names are relative to.
    profile : Path
        TOML file (docs/importing.md).
    constants : mapping of str to str, optional
        Values that take the place of constants of the profile, as TOML would write them.
    onto : Plant, optional
        Instance that stays as it is but for its start and the tables that the profile fills.
    only : collection of str
        Tables to take over; empty: all that the profile fills.
    habit : Habit
        Decimal mark and order of dates where the profile states none and a column does not show it.

    Returns
    -------
    ImportResult
        The plant and the account: dialects, rows read, used and ignored, assumptions.

    Raises
    ------
    DataError
        If the profile, a file or the resulting instance is broken, with all findings.
    """
    return _Run(source, read_profile(profile, constants or {}), onto, only, habit).run()


class _Run:
    def __init__(
        self, source: Path, profile: Profile, onto: Plant | None, only: Collection[str], habit: Habit
    ) -> None:
        self._source, self._profile, self._habit = source, profile, habit
        self._base = None if onto is None else raw_of(onto)
        self._only = set(only)
        self._journal = Journal()
        self._tables: dict[str, Table] = {}
        self._spellings: dict[str, dict[str, str]] = {}
        self._constants = {name: _constant(value) for name, value in profile.constants.items()}
        self._origins: dict[str, list[tuple[Table, Spot]]] = {}

    def run(self) -> ImportResult:
        self._read_all()
        for n, make in enumerate(self._profile.make):
            self._make(make, self._place(f"make.{n}"))
        raw = RawPlant(self._profile.file)
        raw.settings += self._settings()
        for n, fill in enumerate(self._profile.fill):
            if not self._only or fill.table in self._only:
                self._fill(fill, self._place(f"fill.{n}"), raw)
        fresh = tuple(raw.tables)
        if self._base is not None:
            _keep(self._base, raw)
        draft, findings = build(raw)
        findings = [*findings, *check(draft)]
        errors = [self._placed(finding) for finding in findings if finding.severity == "error"]
        if errors:
            # A row of the source that makes several of the instance (one a weekday) is told once.
            raise DataError(tuple(dict.fromkeys(errors)))
        plant = with_worth(draft.plant, self._journal) if "items" in fresh else draft.plant
        if not plant.orders and not plant.projections:
            self._journal.default("orders", "nothing is demanded: a plan can only keep safety stock")
        for finding in [one for one in findings if one.code != "no_value"]:
            self._journal.change(finding.sheet, f"warning: {finding.message}", finding.value)
        for assumption in self._profile.assumptions:
            self._journal.default("assumption", assumption)
        report = self._journal.report(self._source.name)
        if self._base is not None:
            report = replace(report, differences=differences(self._base, plant, fresh))
        return ImportResult(plant, report)

    def _place(self, key: str) -> Place:
        return Place(self._profile, key, self._constants, self._spellings, self._habit)

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
        names = {dialect.file.casefold() for dialect in self._journal.dialects}
        for path in sorted(self._source.iterdir()):
            tabular = path.suffix.lower() in (".csv", ".xlsx", ".json", ".xml", ".ics")
            if tabular and not any(fnmatch(path.name.casefold(), name) for name in names):
                self._journal.default(path.name, "the profile reads no file of this name")

    def _read(self, entry: Read, place: Place) -> None:
        # A table that could not be read is a finding already.
        if any(len(self._tables[name]) for name in entry.unless if name in self._tables):
            entry = entry.model_copy(update={"optional": True})
        table = read_table(self._source, entry, place, self._journal)
        self._journal.count(entry.table, len(table))
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
        self._journal.ignore(name, f"only where {source}", rows=len(table) - len(kept))
        return kept

    def _table(self, name: str, place: Place, step: str) -> Table:
        if name not in self._tables:
            raise place.problem("unknown_table", "there is no such table yet", step, name,
                                expected=", ".join(self._tables))  # fmt: skip
        return self._tables[name]

    def _make(self, entry: Make, place: Place) -> None:
        table = self._table(entry.source, place, "from") if entry.source else _written(entry)
        for name in entry.append:
            table = steps.append(table, self._table(name, place, "append"))
        for options in entry.join:
            other = self._table(options.table, place, "join")
            table, left_out = steps.join(table, other, options, place)
            if left_out:
                example = ", ".join(map(shown, left_out[0]))
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
        cells = {
            name: _texts(place.evaluate(source, table, f"columns.{name}"))
            for name, source in entry.columns.items()
        }
        before = raw.tables.get(entry.table)
        raw.tables[entry.table] = _appended(before, entry.table, self._profile.file, cells, len(table))
        self._origins.setdefault(entry.table, []).append((table, Spot(self._profile.file, place.line)))
        self._journal.fill(entry.table, len(table), _total(cells.get("quantity", [])))

    def _placed(self, finding: Finding) -> Finding:
        """Show a fault of the instance at the row of the source that it came from."""
        if finding.code == "missing_table":
            return replace(finding, hint=f"fill it with a [[fill]] of the table {finding.sheet}")
        origin = self._origin(finding.sheet, finding.row)
        if origin is None:
            return finding
        hint = f"{finding.hint} The instance's cell is made by {self._profile.file}.".strip()
        message = finding.message
        if finding.code == "duplicate_key":  # it counts the instance's rows, which nobody sees
            message = "the same key stands in an earlier row already"
        return replace(finding, message=message, file=origin.file, row=origin.line, hint=hint)

    def _origin(self, name: str, row: int | None) -> Spot | None:
        """Where a row of an instance's table came from; one that the profile wrote stands in the profile."""
        left = (row or 0) - 1
        for table, entry in self._origins.get(name, []):
            if 0 <= left < len(table):
                return table.spot(left) if table.files[left] else entry
            left -= len(table)
        return None

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


def _keep(base: RawPlant, raw: RawPlant) -> None:
    """Take what is not filled, and all settings but the start, from the instance that is there."""
    start = next(setting for setting in raw.settings if setting.key == "start")
    raw.settings = [start if setting.key == "start" else setting for setting in base.settings]
    for name, table in base.tables.items():
        raw.tables.setdefault(name, table)


def _written(entry: Make) -> Table:
    """Take over the rows that stand in the profile; what a row leaves out is empty."""
    columns = tuple(dict.fromkeys(name for row in entry.rows for name in row))
    cells: dict[str, list[Value]] = {
        name: [_constant(row[name]) if name in row else None for row in entry.rows] for name in columns
    }
    count = len(entry.rows)
    return Table(entry.table, cells, [""] * count, [None] * count)


def _constant(value: Any) -> Value:
    """Take a TOML value over: numbers exactly as they are written in decimal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return Fraction(str(value))
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="minutes")
    return value if isinstance(value, date) else str(value)


def _texts(values: list[Any]) -> list[str]:
    """Write values as cells of the instance; each different one once, since most of them repeat."""
    known: dict[Any, str] = {}
    out = []
    for value in values:
        # Numbers of a column share their objects; finding those is much faster than comparing fractions.
        key = value if isinstance(value, str) else id(value) if isinstance(value, Fraction) else (value,)
        text = known.get(key)
        if text is None:
            text = known[key] = cell_text(value)
        out.append(text)
    return out


def _total(quantities: list[str]) -> Fraction | None:
    """Sum of the quantities that a table got, if it has any and they are numbers."""
    try:
        counts = Counter(quantities).items()
        found = (read_number(text) * count for text, count in counts if text)
        return sum(found, Fraction(0)) if quantities else None
    except Unreadable:
        return None


def _appended(
    before: RawTable | None, table: str, file: str, cells: dict[str, list[str]], count: int
) -> RawTable:
    """Add rows below those that an earlier entry filled in."""
    known = dict(zip(before.header, before.cells, strict=True)) if before is not None else {}
    old = len(before.rows) if before is not None else 0
    header = tuple(dict.fromkeys([*known, *cells]))
    if before is None:
        texts = tuple(np.array(cells[name], dtype=object) for name in header)
        return RawTable(table, file, header, texts, np.arange(1, count + 1, dtype=np.int64))
    columns = []
    for name in header:
        above = known.get(name, np.array([""] * old, dtype=object))
        below = np.array(cells.get(name, [""] * count), dtype=object)
        columns.append(np.concatenate([above, below]))
    rows = np.arange(1, old + count + 1, dtype=np.int64)
    return RawTable(table, file, header, tuple(columns), rows)
