"""From text cells to values, a column at a time.

Every distinct text of a column is read once and exactly; the values are then spread over the
rows. A million rows cost as many conversions as they have distinct texts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from capacityplan.domain.timeline import Clock
from capacityplan.errors import Finding
from capacityplan.exchange.contracts import NO_DEFAULT, TEXTUAL, Column, Kind, Table
from capacityplan.exchange.raw import RawTable, Texts
from capacityplan.exchange.texts import (
    Unreadable,
    did_you_mean,
    read_clock,
    read_date,
    read_decimal,
    read_number,
    read_text,
    read_whole,
    read_word,
)
from capacityplan.exchange.times import read_moment

_MOST_DIGITS = 15
_NEUTRAL: dict[Kind, Any] = {
    Kind.ID: "", Kind.TEXT: "", Kind.BOOL: False, Kind.WEEKDAY: None, Kind.DATE: 1,
}  # fmt: skip
"""Values that stand in for unreadable cells, so that the other rows can still be checked."""


@dataclass(slots=True)
class Reading:
    """What was read of one table: values by domain field, and the rows not to be trusted."""

    table: Table
    raw: RawTable
    values: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    suspect: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    findings: list[Finding] = field(default_factory=list)
    whole: bool = True
    """False where a needed column is missing or a name could not be read."""

    def report(self, position: int | None, column: str, value: str, problem: Unreadable) -> None:
        """Add a finding at a record (None: the header row)."""
        row = 1 if position is None else int(self.raw.rows[position])
        self.findings.append(
            Finding(
                problem.code, problem.message, self.raw.file, self.table.name, row, column, value,
                problem.expected, problem.hint,
            )
        )  # fmt: skip
        if position is not None:
            self.suspect[position] = True
            # Without a name that could not be read, references to it are no fault of theirs.
            names = problem.code != "not_supported" and column in self.table.key
            self.whole = self.whole and not (names and self.table.column(column).kind in TEXTUAL)


def read_table(table: Table, raw: RawTable, clock: Clock, precision: dict[str, int | None]) -> Reading:
    """Read a table by its contract.

    Parameters
    ----------
    precision : dict
        Decimals by item; None where they could not be read.
    """
    reading = Reading(table, raw, suspect=np.zeros(len(raw.rows), dtype=bool))
    cells = _by_column(reading)
    for column in table.columns:
        if column.name not in cells:
            _absent(reading, column)
        elif column.kind is not Kind.QUANTITY:
            _read_column(reading, column, cells[column.name], clock)
    for column in table.columns:
        if column.name in cells and column.kind is Kind.QUANTITY:
            _read_quantities(reading, column, cells[column.name], precision)
    return reading


_NAMELESS = Unreadable(
    "nameless_column",
    "a column without a heading has cells",
    "a heading for every column, in the first row",
    "take what stands above the headings or beside the columns out",
)


def _by_column(reading: Reading) -> dict[str, Texts]:
    """Match the header with the contract; report what is unknown or doubled."""
    table, raw = reading.table, reading.raw
    names = {name: column.name for column in table.columns for name in (column.name, *column.aliases)}
    found: dict[str, Texts] = {}
    for head, cells in zip(raw.header, raw.cells, strict=True):
        used = np.flatnonzero(cells != "")
        if not head and not len(used):
            continue
        elif not head:
            reading.report(int(used[0]), "", str(cells[used[0]]), _NAMELESS)
        elif head not in names:
            hint = did_you_mean(head, list(names))
            problem = Unreadable("unknown_column", "this column is not known", ", ".join(names), hint)
            reading.report(None, head, head, problem)
        elif names[head] in found:
            problem = Unreadable("duplicate_column", "this column stands here twice", "each column once")
            reading.report(None, head, head, problem)
        else:
            found[names[head]] = cells
    return found


def _absent(reading: Reading, column: Column) -> None:
    rows = len(reading.raw.rows)
    default = reading.table.default(column)
    if column.required:
        problem = Unreadable("missing_column", "a required column is missing", f"a column {column.name}")
        reading.report(None, column.name, "", problem)
        reading.suspect[:] = True
        reading.whole = False
    if default is NO_DEFAULT:
        default = _neutral(column)
    reading.values[column.attribute] = _filled(rows, default)


def _filled(rows: int, value: Any) -> npt.NDArray[Any]:
    out = np.empty(rows, dtype=object)
    out[:] = value
    return out


def _neutral(column: Column) -> Any:
    if column.kind is Kind.CHOICE:
        return column.enum(column.options[0]) if column.enum else ""
    return _NEUTRAL.get(column.kind, 0)


def parser(column: Column, clock: Clock) -> Callable[[str], Any]:
    """Return the function that reads one cell of a column (quantities apart)."""
    kind = column.kind
    readers: dict[Kind, Callable[[str], Any]] = {
        Kind.NUMBER: read_number, Kind.MONEY: read_number, Kind.INT: read_whole, Kind.MINUTES: read_whole,
        Kind.DATE: read_date, Kind.CLOCK: read_clock,
    }  # fmt: skip
    if kind in TEXTUAL:
        return lambda cell: read_text(column, cell)
    if kind in (Kind.BEGIN, Kind.END):
        return lambda cell: read_moment(clock, kind, cell)
    return readers.get(kind) or (lambda cell: read_word(column, cell))


def _read_column(reading: Reading, column: Column, cells: Texts, clock: Clock) -> None:
    parse = parser(column, clock)
    default = reading.table.default(column)
    codes, texts = pd.factorize(cells)
    values = np.empty(len(texts), dtype=object)
    problems: dict[int, Unreadable] = {}
    for index, text in enumerate(texts.tolist()):
        cell = text if column.kind in TEXTUAL else text.strip()
        try:
            values[index] = parse(cell) if cell else _of_empty(column, default)
        except Unreadable as problem:
            problems[index] = problem
            values[index] = _neutral(column)
    reading.values[column.attribute] = values[codes] if len(texts) else _filled(0, None)
    _report_all(reading, column, codes, texts.tolist(), problems)


def _of_empty(column: Column, default: Any) -> Any:
    if column.required:
        raise Unreadable("missing_value", "a required cell is empty", column.kind.value)
    return "" if default is NO_DEFAULT else default


def _report_all(
    reading: Reading, column: Column, codes: npt.NDArray[np.int64], texts: list[str],
    problems: dict[int, Unreadable],
) -> None:  # fmt: skip
    if not problems:
        return
    for position in np.flatnonzero(np.isin(codes, list(problems))).tolist():
        code = int(codes[position])
        reading.report(position, column.name, texts[code], problems[code])


def _read_quantities(
    reading: Reading, column: Column, cells: Texts, precision: dict[str, int | None]
) -> None:
    """Turn decimals in the item's unit into whole base units."""
    items, item_names = pd.factorize(reading.values[column.of])
    places = np.array(
        [-1 if (p := precision.get(name)) is None else p for name in item_names], dtype=np.int64
    )
    codes, texts = pd.factorize(cells)
    default = reading.table.default(column)
    decimals: list[tuple[int, int] | None] = []
    problems: dict[int, Unreadable] = {}
    for index, text in enumerate(texts.tolist()):
        try:
            decimals.append(read_decimal(text.strip()) if text.strip() else _of_empty(column, default))
        except Unreadable as problem:
            problems[index] = problem
            decimals.append(None)
    _report_all(reading, column, codes, texts.tolist(), problems)
    # One conversion per distinct pair of text and precision, then spread over the rows.
    pairs, pair_codes = np.unique(codes * 16 + (places[items] + 1 if len(items) else 0), return_inverse=True)
    values = np.empty(len(pairs), dtype=object)
    wrong: dict[int, Unreadable] = {}
    for index, pair in enumerate(pairs.tolist()):
        decimal, digits = decimals[pair // 16], pair % 16 - 1
        values[index] = 0 if pair // 16 in problems else decimal
        try:
            if isinstance(decimal, tuple):
                values[index] = _base_units(decimal, digits)
        except Unreadable as problem:
            wrong[index], values[index] = problem, 0
    reading.values[column.attribute] = values[pair_codes] if len(pairs) else _filled(0, None)
    pair_texts = [str(texts[pair // 16]) for pair in pairs.tolist()]
    _report_all(reading, column, pair_codes.astype(np.int64), pair_texts, wrong)


def _base_units(decimal: tuple[int, int], precision: int) -> int:
    digits, exponent = decimal
    if precision < 0:
        # There is no item, or none that is known, or its precision is unreadable; that is a finding of
        # its own. What stands in is no 0 unless the cell is: rules ask whether there is a quantity.
        return digits if exponent >= 0 else digits // 10**-exponent or min(digits, 1)
    shift = exponent + precision
    if digits and len(str(abs(digits))) + shift > _MOST_DIGITS:
        raise Unreadable("too_large", "the quantity is too large", f"at most {_MOST_DIGITS} digits")
    if shift >= 0:
        factor: int = 10**shift
        return digits * factor
    value, rest = divmod(digits, int(10**-shift))
    if rest:
        expected = f"at most {precision} decimals (items.precision)"
        raise Unreadable("not_representable", "the quantity is finer than the item's precision", expected)
    return value
