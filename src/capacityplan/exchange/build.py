"""From raw tables to a draft of the plant, collecting every finding on the way."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from capacityplan.domain.plant import FORMAT, Plant
from capacityplan.domain.projections import Projections
from capacityplan.domain.timeline import Clock
from capacityplan.errors import Finding
from capacityplan.exchange.coerce import Reading, parser, read_table
from capacityplan.exchange.contracts import NUMERIC, Column, Table
from capacityplan.exchange.draft import Draft
from capacityplan.exchange.raw import RawPlant, RawTable, Setting
from capacityplan.exchange.tables import HEAD, ITEMS, SECTIONS, TABLES
from capacityplan.exchange.texts import Unreadable, did_you_mean
from capacityplan.exchange.times import open_clock

_FALLBACK_CLOCK = ("2000-01-01T00:00", "UTC")
_MILLION = 1_000_000
_ENCODED = ("item", "stream", "segment", "certainty", "author", "dated")


def build(raw: RawPlant) -> tuple[Draft, list[Finding]]:
    """Read all tables of a raw plant.

    Returns
    -------
    Draft, list of Finding
        The draft holds neutral values where a cell could not be read.
    """
    findings = list(raw.findings)
    settings = _Settings(raw)
    clock, timed = settings.clock()
    readings = _read_all(raw, clock)
    for reading in readings.values():
        findings += reading.findings
    findings = [*settings.findings, *findings, *_missing(raw)]
    tables: dict[str, Any] = {name: _rows(reading) for name, reading in readings.items() if reading.table.row}
    if "projections" in readings:
        tables["projections"] = _projections(readings["projections"])
    head: dict[str, Any] = {column.name: settings.head.get(column.name, "") for column in HEAD.columns}
    plant = Plant(**head, **settings.sections, **tables)
    draft = Draft(
        plant,
        clock,
        files={name: reading.raw.file for name, reading in readings.items()} | {"plant": raw.head},
        rows={name: reading.raw.rows for name, reading in readings.items()},
        setting_rows=settings.rows,
        suspect={name: reading.suspect for name, reading in readings.items()},
        broken=raw.broken | {name for name, reading in readings.items() if not reading.whole},
        timed=timed and not settings.findings,
    )
    return draft, findings


def parse_table(
    table: Table, raw: RawTable, clock: Clock, precision: dict[str, int | None]
) -> tuple[tuple[Any, ...] | Projections, Reading]:
    """Read one table on its own, with the items' precisions known.

    Returns
    -------
    tuple of rows or Projections, Reading
        The reading holds the findings.
    """
    reading = read_table(table, raw, clock, precision)
    if table.row is None:
        _check_ranges(reading)
        return (Projections.empty() if reading.findings else _projections(reading)), reading
    return _rows(reading), reading


def _read_all(raw: RawPlant, clock: Clock) -> dict[str, Reading]:
    readings: dict[str, Reading] = {}
    precision: dict[str, int | None] = {}
    for table in sorted(TABLES, key=lambda table: table is not ITEMS):
        if table.name not in raw.tables:
            continue
        reading = read_table(table, raw.tables[table.name], clock, precision)
        if table is ITEMS:
            # An item's own quantities need its precision: read the table again, knowing it.
            precision = _precisions(reading)
            reading = read_table(table, raw.tables[table.name], clock, precision)
        if table.row is None:
            _check_ranges(reading)
        readings[table.name] = reading
    return readings


def _precisions(items: Reading) -> dict[str, int | None]:
    column = ITEMS.column("precision")
    unreadable = {finding.row for finding in items.findings if finding.column == column.name}
    lines = items.raw.rows.tolist()
    names, decimals = items.values["item"].tolist(), items.values["precision"].tolist()
    return {
        name: None if line in unreadable or not column.in_range(places) else places
        for name, places, line in zip(names, decimals, lines, strict=True)
        if name
    }


def _rows(reading: Reading) -> tuple[Any, ...]:
    table = reading.table
    if table.numbered:
        _number(table, reading.values[table.column(table.numbered).attribute])
    row = table.row
    assert row is not None, "projections are read as columns"
    fields = [column.attribute for column in table.columns]
    columns = [reading.values[name].tolist() for name in fields]
    return tuple(row(**dict(zip(fields, values, strict=True))) for values in zip(*columns, strict=True))


def _number(table: Table, names: npt.NDArray[Any]) -> None:
    """Fill empty names with ``table-n``, skipping names that are taken."""
    taken = set(names.tolist())
    for position in np.flatnonzero(names == "").tolist():
        name = f"{table.name}-{position + 1}"
        while name in taken:
            name += "'"
        taken.add(name)
        names[position] = name


def _projections(reading: Reading) -> Projections:
    values = reading.values
    names: dict[str, int] = {"": 0}
    columns = {name: _encoded(values[name], names) for name in _ENCODED}
    return Projections(
        tuple(names),
        **columns,
        start=values["start"].astype(np.int64),
        end=values["end"].astype(np.int64),
        quantity=values["quantity"].astype(np.int64),
        weight_millionths=_products(values["weight"], values["probability"]),
        low=_or_unstated(values["low"]),
        high=_or_unstated(values["high"]),
    )


def _encoded(values: npt.NDArray[Any], names: dict[str, int]) -> npt.NDArray[np.int64]:
    codes, texts = pd.factorize(values)
    places = [names.setdefault(text, len(names)) for text in texts.tolist()]
    return np.array(places, dtype=np.int64)[codes]


def _check_ranges(reading: Reading) -> None:
    """Report numbers out of range while they are still what the user wrote."""
    for column in reading.table.columns:
        if column.kind not in NUMERIC:
            continue
        codes, numbers = pd.factorize(reading.values[column.attribute])
        wrong = [code for code, value in enumerate(numbers.tolist()) if not column.in_range(value)]
        if not wrong:
            continue
        problem = Unreadable("out_of_range", "the number is out of range", column.range_text())
        cells = reading.raw.cells[reading.raw.header.index(column.name)]
        for position in np.flatnonzero(np.isin(codes, wrong)).tolist():
            reading.report(position, column.name, str(cells[position]), problem)


def _or_unstated(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    stated = values.copy()
    stated[pd.isna(values)] = -1
    return stated.astype(np.int64)


def _products(weights: npt.NDArray[Any], probabilities: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Weight times probability in millionths, rounded to the nearest."""
    first, factors = pd.factorize(weights)
    second, shares = pd.factorize(probabilities)
    table = np.array(
        [[_millionths(factor * share) for share in shares.tolist()] for factor in factors.tolist()],
        dtype=np.int64,
    ).reshape(len(factors), len(shares))
    return table[first, second]


def _millionths(weight: Fraction) -> int:
    # Numbers out of range are findings already; they only must not overflow here.
    return round(min(max(weight, Fraction(0)), Fraction(_MILLION)) * _MILLION)


def _missing(raw: RawPlant) -> Iterable[Finding]:
    for table in TABLES:
        if table.needed and table.name not in raw.tables and table.name not in raw.broken:
            message = f"the table {table.name} is missing"
            yield Finding("missing_table", message, raw.head, table.name, expected=table.meaning)
    if not {"orders", "projections"} & (set(raw.tables) | raw.broken):
        yield Finding("missing_table", "there is no demand", raw.head, "orders",
                      expected="a table orders or projections")  # fmt: skip


class _Settings:
    """The plant's head and sections, read from dotted keys."""

    def __init__(self, raw: RawPlant) -> None:
        self._file = raw.head
        self.findings: list[Finding] = []
        self.rows: dict[str, int] = {}
        self.head: dict[str, str] = {}
        self._clock = Clock(*_FALLBACK_CLOCK)
        known = {column.name: column for column in HEAD.columns}
        known |= {f"{table.name}.{column.name}": column for table in SECTIONS for column in table.columns}
        values: dict[str, Any] = {}
        for setting in raw.settings:
            self._take(setting, known, values)
        self.sections = {table.name: self._section(table, values) for table in SECTIONS}
        if "plant" not in raw.broken:
            self._require(values)

    def _take(self, setting: Setting, known: dict[str, Column], values: dict[str, Any]) -> None:
        if setting.key not in known:
            hint = did_you_mean(setting.key, list(known))
            self._report(setting, Unreadable("unknown_key", "this key is not known", ", ".join(known), hint))
        elif setting.key in self.rows:
            self._report(setting, Unreadable("duplicate_key", "this key stands here twice", "each key once"))
        else:
            self.rows[setting.key] = setting.row
            self._read(setting, known[setting.key], values)

    def _read(self, setting: Setting, column: Column, values: dict[str, Any]) -> None:
        try:
            value = parser(column, self._clock)(setting.text)
        except Unreadable as problem:
            self._report(setting, problem)
            return
        values[setting.key] = value
        if "." not in setting.key:
            self.head[setting.key] = value

    def _section(self, table: Table, values: dict[str, Any]) -> Any:
        given = {
            column.attribute: values[f"{table.name}.{column.name}"]
            for column in table.columns
            if f"{table.name}.{column.name}" in values
        }
        assert table.row is not None, "every section has its row"
        return table.row(**given)

    def _require(self, values: dict[str, Any]) -> None:
        for column in HEAD.columns:
            if not values.get(column.name) and column.name not in {f.column for f in self.findings}:
                setting = Setting(column.name, "", self.rows.get(column.name, 1))
                self._report(setting, Unreadable("missing_value", "the plant needs this", column.meaning))
        version = values.get("format")
        if version and version != FORMAT:
            setting = Setting("format", version, self.rows["format"])
            self._report(setting, Unreadable("unknown_format", "this version cannot read the format", FORMAT))

    def clock(self) -> tuple[Clock, bool]:
        """Return the plant's clock, or a stand-in and False."""
        start, timezone = self.head.get("start", ""), self.head.get("timezone", "")
        if not start or not timezone:
            return self._clock, False
        try:
            return open_clock(start, timezone), True
        except Unreadable as problem:
            key = "timezone" if problem.code == "unknown_timezone" else "start"
            self._report(Setting(key, self.head[key], self.rows[key]), problem)
            return self._clock, False

    def _report(self, setting: Setting, problem: Unreadable) -> None:
        self.findings.append(
            Finding(
                problem.code, problem.message, self._file, "plant", setting.row, setting.key, setting.text,
                problem.expected, problem.hint,
            )
        )  # fmt: skip
