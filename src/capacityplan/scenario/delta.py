"""Apply named deltas to a plant, through the same contracts and cross-checks as its files.

A change is carried out on the cells of the table it names; the table is then read again as strictly as
from a file, and the whole plant is checked. What does not fit is a finding at the scenario's line.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from capacityplan.domain.plant import Plant
from capacityplan.domain.scenario import Change, Scenario
from capacityplan.domain.timeline import Clock
from capacityplan.errors import DataError, Finding
from capacityplan.exchange import read_or_raise
from capacityplan.exchange.build import parse_table
from capacityplan.exchange.cells import Cells
from capacityplan.exchange.coerce import parser
from capacityplan.exchange.consistency import check
from capacityplan.exchange.contracts import NUMERIC, TEMPORAL, Column, Kind, Table
from capacityplan.exchange.draft import Draft
from capacityplan.exchange.raw import RawTable, Texts
from capacityplan.exchange.scenario_files import read_scenario
from capacityplan.exchange.tables import BY_NAME, SECTIONS
from capacityplan.exchange.texts import Unreadable, did_you_mean, number_text, read_number, scaled_text
from capacityplan.exchange.times import moment_text, read_moment

_ORDERED = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_WHOLE = frozenset({Kind.INT, Kind.MINUTES})
_MINUTES_PER_DAY = 1440
_SETTINGS = {f"{table.name}.{column.name}": (table, column) for table in SECTIONS for column in table.columns}

Mask = npt.NDArray[np.bool_]


def read_with_scenarios(instance: str | Path, names: Iterable[str] = ()) -> Plant:
    """Read an instance and apply some of its scenarios, in the order given.

    Raises
    ------
    DataError
        With all findings, of the instance or of the scenario that does not fit.
    """
    return apply_all(read_or_raise(instance), [read_scenario(instance, name) for name in names])


def apply_all(plant: Plant, scenarios: Iterable[Scenario]) -> Plant:
    """Apply scenarios one after the other (see `apply`)."""
    for scenario in scenarios:
        plant = apply(plant, scenario)
    return plant


def apply(plant: Plant, scenario: Scenario) -> Plant:
    """Return the plant as the scenario has it; the plant itself stays as it is.

    Quantities and whole numbers that are scaled are rounded to the nearest the column can hold
    (halves upward); everything else is exact.

    Raises
    ------
    DataError
        If the scenario names what is not there, or its plant would not be sound.
    """
    work = _Work(plant, scenario)
    for change in scenario.changes:
        if change.table == "plant":
            work.change_settings(change)
        elif change.table in BY_NAME:
            work.change_table(change)
        else:
            known = [*BY_NAME, "plant"]
            work.refuse(
                change,
                "table",
                change.table,
                Unreadable(
                    "unknown_table",
                    "this table is not known",
                    "a table of the instance format",
                    did_you_mean(change.table, known),
                ),
            )
    return work.finish()


class _Work:
    """A plant under change: tables that were touched, as cells with the lines that touched them."""

    def __init__(self, plant: Plant, scenario: Scenario) -> None:
        self.plant, self.scenario = plant, scenario
        self.clock = Clock(plant.start, plant.timezone)
        self.places = {row.item: row.precision for row in plant.items}
        self.findings: list[Finding] = []
        self.tables: dict[str, _Sheet] = {}

    def refuse(self, change: Change, column: str, value: str, problem: Unreadable) -> None:
        """Note what is wrong with a change."""
        self.findings.append(
            Finding(
                problem.code,
                problem.message,
                self.scenario.file,
                change.table,
                change.line,
                column,
                value,
                problem.expected,
                problem.hint,
            )
        )

    def change_settings(self, change: Change) -> None:
        """Set or scale settings of the plant."""
        if change.where or change.add or change.remove or change.shift:
            self.refuse(
                change, "", "", Unreadable("not_a_change", "settings are set or scaled", "set or scale")
            )
            return
        for key, text, scaling in [(*cell, False) for cell in change.set] + [
            (*cell, True) for cell in change.scale
        ]:
            if key not in _SETTINGS:
                self.refuse(
                    change,
                    key,
                    text,
                    Unreadable(
                        "unknown_key",
                        "this setting cannot be changed",
                        "section.key as in plant.toml",
                        did_you_mean(key, list(_SETTINGS)),
                    ),
                )
                continue
            table, column = _SETTINGS[key]
            section = getattr(self.plant, table.name)
            try:
                if scaling:
                    before = number_text(Fraction(getattr(section, column.attribute)))
                    text = _scaled(column, before, read_number(text), 0)
                value = parser(column, self.clock)(text)
            except (Unreadable, TypeError) as error:
                problem = error if isinstance(error, Unreadable) else _not_scalable()
                self.refuse(change, key, text, problem)
                continue
            self.plant = replace(self.plant, **{table.name: replace(section, **{column.attribute: value})})

    def change_table(self, change: Change) -> None:
        """Carry out a change on a table's cells."""
        sheet = self.tables.get(change.table)
        if sheet is None:
            sheet = self.tables[change.table] = _Sheet(self, BY_NAME[change.table])
        try:
            sheet.change(change)
        except _Refused as refused:
            self.refuse(change, refused.column, refused.value, refused.problem)

    def finish(self) -> Plant:
        """Read the changed tables again and check the whole plant."""
        if self.findings:
            raise DataError(tuple(self.findings))
        tables: dict[str, Any] = {}
        lines: dict[str, npt.NDArray[np.int64]] = {}
        suspect: dict[str, Mask] = {}
        for name, sheet in self.tables.items():
            raw = sheet.raw(self.scenario.file)
            tables[name], reading = parse_table(sheet.table, raw, self.clock, dict(self.places))
            self.findings += reading.findings
            lines[name], suspect[name] = raw.rows, reading.suspect
        if self.findings:
            raise DataError(tuple(self.findings))
        plant = replace(self.plant, **tables)
        files = dict.fromkeys([*BY_NAME, "plant"], self.scenario.file)
        draft = Draft(plant, self.clock, files=files, rows=lines, suspect=suspect)
        errors = [row for row in check(draft) if row.severity == "error"]
        if errors:
            raise DataError(tuple(_placed(row, set(lines)) for row in errors))
        return plant


def _placed(finding: Finding, changed: set[str]) -> Finding:
    """A row that no change touched has no line in the scenario's file."""
    message = f"{finding.message} (in the plant as the scenario has it)"
    untouched = finding.sheet not in changed or not finding.row
    return replace(finding, message=message, row=None if untouched else finding.row)


class _Refused(Exception):
    def __init__(self, column: str, value: str, problem: Unreadable) -> None:
        self.column, self.value, self.problem = column, value, problem
        super().__init__(problem.message)


class _Sheet:
    """A table as columns of cells, each row with the line of the change that touched it (0: none)."""

    def __init__(self, work: _Work, table: Table) -> None:
        self.work, self.table = work, table
        writer = Cells(work.clock, work.plant)
        self.cells: dict[str, Texts] = {
            column.name: np.array(writer.column(table, column), dtype=object) for column in table.columns
        }
        rows = len(getattr(work.plant, table.name))
        self.lines = np.zeros(rows, dtype=np.int64)

    def raw(self, file: str) -> RawTable:
        """Return the table as it would stand in a file."""
        return RawTable(self.table.name, file, tuple(self.cells), tuple(self.cells.values()), self.lines)

    def change(self, change: Change) -> None:
        """Carry out one change."""
        if change.add:
            self._append(change)
            return
        chosen = self._chosen(change)
        if change.remove:
            self.cells = {name: cells[~chosen] for name, cells in self.cells.items()}
            self.lines = self.lines[~chosen]
            return
        for name, text in change.set:
            self.cells[self._column(name).name][chosen] = text
        for name, text in change.scale:
            self._scale(self._column(name), text, chosen)
        for name, text in change.shift:
            self._shift(self._column(name), text, chosen)
        self.lines[chosen] = change.line

    def _column(self, name: str) -> Column:
        for column in self.table.columns:
            if name in (column.name, *column.aliases):
                if (self.table.name, column.name) == ("items", "precision"):
                    break
                return column
        names = [column.name for column in self.table.columns]
        raise _Refused(
            name,
            "",
            Unreadable(
                "unknown_column", "this column cannot be changed", ", ".join(names), did_you_mean(name, names)
            ),
        )

    def _append(self, change: Change) -> None:
        for row in change.add:
            given = {self._column(name).name: text for name, text in row}
            for name, cells in self.cells.items():
                self.cells[name] = np.append(cells, np.array([given.get(name, "")], dtype=object))
            self.lines = np.append(self.lines, change.line)

    def _chosen(self, change: Change) -> Mask:
        chosen = np.ones(len(self.lines), dtype=bool)
        for name, texts in change.where:
            column = self._column(name)
            match = np.zeros(len(chosen), dtype=bool)
            for text in texts:
                match |= self._matching(column, text)
            if not (chosen & match).any():
                known = sorted(set(self.cells[column.name].tolist()))
                raise _Refused(
                    column.name,
                    ", ".join(texts),
                    Unreadable(
                        "nothing_matches",
                        "no row is like this",
                        "a row to change",
                        did_you_mean(texts[0], known),
                    ),
                )
            chosen &= match
        if not chosen.any():
            raise _Refused("", "", Unreadable("nothing_matches", "the table has no rows", "a row to change"))
        return chosen

    def _matching(self, column: Column, text: str) -> Mask:
        sign = next((sign for sign in _ORDERED if text.startswith(sign)), "")
        compare: Callable[[Any, Any], bool] = _ORDERED.get(sign, operator.eq)
        try:
            wanted = self._value(column, text.removeprefix(sign).strip())
        except Unreadable as problem:
            raise _Refused(column.name, text, problem) from problem
        distinct, codes = np.unique(self.cells[column.name].astype(str), return_inverse=True)
        values = [self._value(column, cell) for cell in distinct.tolist()]
        like = [
            value == wanted if value is None or wanted is None else compare(value, wanted) for value in values
        ]
        return np.array(like, dtype=bool)[codes]

    def _value(self, column: Column, cell: str) -> Any:
        """Value of a cell for comparison; None where it is empty."""
        if not cell:
            return None if column.kind in NUMERIC | TEMPORAL | {Kind.DATE} else ""
        if column.kind in NUMERIC:
            return read_number(cell)
        if column.kind in TEMPORAL:
            return read_moment(self.work.clock, column.kind, cell)
        return parser(column, self.work.clock)(cell)

    def _scale(self, column: Column, text: str, chosen: Mask) -> None:
        if column.kind not in NUMERIC:
            raise _Refused(column.name, text, _not_scalable())
        try:
            factor = read_number(text)
        except Unreadable as problem:
            raise _Refused(column.name, text, problem) from problem
        places = [0] * len(self.lines)
        if column.kind is Kind.QUANTITY:
            places = [self.work.places.get(name, 0) for name in self.cells[column.of].tolist()]
        cells, memory = self.cells[column.name], {}
        for position in np.flatnonzero(chosen).tolist():
            key = (cells[position], places[position])
            if key not in memory:
                memory[key] = _scaled(column, *key[:1], factor, key[1])
            cells[position] = memory[key]

    def _shift(self, column: Column, text: str, chosen: Mask) -> None:
        if column.kind not in TEMPORAL | {Kind.DATE}:
            raise _Refused(
                column.name, text, Unreadable("not_a_date", "only dates move", "a column of dates")
            )
        try:
            days = parser(Column("shift", Kind.INT, ""), self.work.clock)(text)
        except Unreadable as problem:
            raise _Refused(column.name, text, problem) from problem
        cells, clock = self.cells[column.name], self.work.clock
        for position in np.flatnonzero(chosen & (self.cells[column.name] != "")).tolist():
            if column.kind is Kind.DATE:
                moved = date.fromisoformat(cells[position]) + timedelta(days=days)
                cells[position] = moved.isoformat()
            else:
                instant = clock.local(read_moment(clock, column.kind, cells[position])) + timedelta(days=days)
                cells[position] = moment_text(clock, column.kind, clock.minute(instant))


def _not_scalable() -> Unreadable:
    return Unreadable("not_scalable", "only numbers can be scaled", "a column of numbers")


def _scaled(column: Column, cell: str, factor: Fraction, places: int) -> str:
    """Multiply a cell, rounding halves upward to what the column can hold; empty cells stay empty."""
    if not cell:
        return cell
    value = read_number(cell) * factor
    if column.kind is Kind.QUANTITY or column.kind in _WHOLE:
        digits = places if column.kind is Kind.QUANTITY else 0
        scaled = value * 10**digits * 2 + 1
        return scaled_text(scaled.numerator // (scaled.denominator * 2), digits)
    return number_text(value)
