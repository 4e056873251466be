"""The steps of a profile: reading a table turns, and what can be done with a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from capacityplan.errors import DataError, Finding
from capacityplan.exchange.mapping.dialect import Value
from capacityplan.exchange.mapping.formulas import Formula

Record = dict[str, Value]


@dataclass(slots=True)
class Table:
    """A table under way: its columns and rows."""

    name: str
    columns: tuple[str, ...]
    rows: list[Record]


def unpivot(table: Table, options: Mapping[str, Any], where: str) -> Table:
    """Turn a wide table (a column per item) into a long one (a row per item)."""
    keep, name, value = options["keep"], options["name"], options["value"]
    _known(table, keep, where)
    wide = [column for column in table.columns if column not in keep]
    rows = [
        {**{column: row[column] for column in keep}, name: column, value: row[column]}
        for row in table.rows
        for column in wide
    ]
    return Table(table.name, (*keep, name, value), rows)


def rename(table: Table, names: Mapping[str, str], where: str) -> Table:
    """Give columns other names."""
    _known(table, list(names), where)
    columns = tuple(names.get(column, column) for column in table.columns)
    rows = [{names.get(column, column): value for column, value in row.items()} for row in table.rows]
    return Table(table.name, columns, rows)


def keep_where(table: Table, source: str, constants: Mapping[str, Value], where: str) -> Table:
    """Keep the rows for which a condition holds."""
    formula = Formula(source, frozenset((*table.columns, *constants)), where)
    return Table(table.name, table.columns, [row for row in table.rows if formula({**constants, **row})])


def assign(table: Table, formulas: Mapping[str, str], constants: Mapping[str, Value], where: str) -> Table:
    """Add columns, each from a formula over those before it."""
    columns = list(table.columns)
    rows = [dict(row) for row in table.rows]
    for name, source in formulas.items():
        formula = Formula(str(source), frozenset((*columns, *constants)), f"{where}, {name}")
        for row in rows:
            row[name] = formula({**constants, **row})
        if name not in columns:
            columns.append(name)
    return Table(table.name, tuple(columns), rows)


def join(table: Table, other: Table, options: Mapping[str, Any], where: str) -> Table:
    """Bring in the columns of another table where some columns are equal.

    ``missing``: what becomes of a row without a partner: ``error`` (unless stated), ``drop`` or
    ``empty``.
    """
    on, missing = options["on"], options.get("missing", "error")
    _known(table, on, where)
    _known(other, on, where)
    partners: dict[tuple[Value, ...], list[Record]] = {}
    for row in other.rows:
        partners.setdefault(tuple(row[column] for column in on), []).append(row)
    added = tuple(column for column in other.columns if column not in table.columns)
    nothing: list[Record] = [dict.fromkeys(added)]
    rows = []
    for row in table.rows:
        key = tuple(row[column] for column in on)
        if key not in partners and missing == "error":
            raise _error("no_partner", f"{other.name} has no row for {', '.join(map(str, key))}", where)
        found = partners.get(key, nothing if missing == "empty" else [])
        rows += [{**{column: partner[column] for column in added}, **row} for partner in found]
    return Table(table.name, (*table.columns, *added), rows)


def _total(values: list[Any]) -> Fraction:
    return sum(values, Fraction(0))


_AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "sum": _total,
    "max": max,
    "min": min,
    "mean": lambda values: _total(values) / len(values),
    "count": lambda values: Fraction(len(values)),
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
}


def group(table: Table, options: Mapping[str, Any], where: str) -> Table:
    """One row for every combination of some columns; the others are aggregated.

    ``columns``: new name to ``"sum quantity"`` (or max, min, mean, count, first, last). Empty
    cells do not count.
    """
    by = options["by"]
    _known(table, by, where)
    plans = {}
    for name, text in options.get("columns", {}).items():
        how, _, column = str(text).partition(" ")
        if how not in _AGGREGATES:
            raise _error("unknown_word", f"{how} is no way to aggregate", where, ", ".join(_AGGREGATES))
        _known(table, [column], where)
        plans[name] = (how, column)
    members: dict[tuple[Value, ...], list[Record]] = {}
    for row in table.rows:
        members.setdefault(tuple(row[column] for column in by), []).append(row)
    rows = []
    for key, found in members.items():
        record: Record = dict(zip(by, key, strict=True))
        for name, (how, column) in plans.items():
            values = [row[column] for row in found if row[column] is not None]
            record[name] = _AGGREGATES[how](values) if values or how in ("sum", "count") else None
        rows.append(record)
    return Table(table.name, (*by, *plans), rows)


def running(table: Table, options: Mapping[str, Any], where: str) -> Table:
    """Running sum of a value along a date, within groups.

    ``days``: length of the window that ends with the row's date; without it everything so far.
    """
    by, along, value, into = options["by"], options["date"], options["value"], options["into"]
    _known(table, [*by, along, value], where)
    days = options.get("days")
    rows = [dict(row) for row in table.rows]
    members: dict[tuple[Value, ...], list[Record]] = {}
    for row in rows:
        members.setdefault(tuple(row[column] for column in by), []).append(row)
    for found in members.values():
        found.sort(key=lambda row: _day(row[along], where))
        total, first = Fraction(0), 0
        for row in found:
            total += _number(row[value])
            while days and (_day(row[along], where) - _day(found[first][along], where)).days >= days:
                total -= _number(found[first][value])
                first += 1
            row[into] = total
    return Table(table.name, (*table.columns, into), rows)


def forecast(table: Table, options: Mapping[str, Any], constants: Mapping[str, Value], where: str) -> Table:
    """Project a daily history forward: the mean of the same weekday in the weeks before.

    Days without a row count as nothing sold. ``from``: first day forecast (a constant's name);
    ``weeks``: history looked at; ``days``: length of the forecast. Adds ``spread``, the mean
    absolute deviation of the weekday's history from its mean.
    """
    by, along, value = options["by"], options["date"], options["value"]
    _known(table, [*by, along, value], where)
    first = _day(constants.get(options["from"]), where)
    weeks, days = int(options["weeks"]), int(options["days"])
    history: dict[tuple[Value, ...], dict[date, Fraction]] = {}
    for row in table.rows:
        sold = history.setdefault(tuple(row[column] for column in by), {})
        day = _day(row[along], where)
        sold[day] = sold.get(day, Fraction(0)) + _number(row[value])
    rows: list[Record] = []
    for key, sold in history.items():
        for ahead in range(days):
            day = first + timedelta(days=ahead)
            back = (ahead // 7 + 1) * 7
            past = [sold.get(day - timedelta(days=back + 7 * week), Fraction(0)) for week in range(weeks)]
            mean = _total(past) / weeks
            spread = _total([abs(quantity - mean) for quantity in past]) / weeks
            rows.append({**dict(zip(by, key, strict=True)), along: day, value: mean, "spread": spread})
    return Table(table.name, (*by, along, value, "spread"), rows)


def _number(value: Value) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(0)


def _day(value: Value, where: str) -> date:
    if not isinstance(value, date):
        raise _error("not_a_date", f"{value} is not a date", where)
    return value


def _known(table: Table, columns: list[str], where: str) -> None:
    for column in columns:
        if column not in table.columns:
            message = f"table {table.name} has no column {column}"
            raise _error("unknown_column", message, where, ", ".join(table.columns))


def _error(code: str, message: str, where: str, expected: str = "") -> DataError:
    return DataError((Finding(code, message, where, expected=expected),))
