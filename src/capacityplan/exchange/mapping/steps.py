"""The steps of a profile: reading a table turns, and what can be done with a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from capacityplan.errors import DataError
from capacityplan.exchange.mapping.formulas import Formula
from capacityplan.exchange.mapping.profile import Forecast, Group, Join, Profile, Running, Unpivot
from capacityplan.exchange.mapping.values import Value
from capacityplan.exchange.texts import did_you_mean, number_text, quote


@dataclass(frozen=True, slots=True)
class Record:
    """A row under way: its cells, and the file and line that it (or the first of its kind) came from."""

    cells: dict[str, Value]
    file: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table under way: its columns and rows."""

    name: str
    columns: tuple[str, ...]
    rows: list[Record]


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the profile (``make.3``) whose steps run, with the constants that they may use."""

    profile: Profile
    key: str
    constants: Mapping[str, Value]

    def problem(
        self, code: str, message: str, step: str, value: str = "", row: Record | None = None, **more: str
    ) -> DataError:
        """Return the error for a step; one at a row of a file is shown there."""
        finding = self.profile.finding(code, message, f"{self.key}.{step}", value, **more)
        if row is not None and row.file:
            hint = f"{finding.file}, row {finding.row}, {finding.column}. {finding.hint}".strip()
            finding = replace(finding, file=row.file, row=row.line, column="", hint=hint)
        return DataError((finding,))

    def inserted(self, text: str) -> str:
        """Replace ``{name}`` in a text of the profile by the constant of that name."""
        for name, value in self.constants.items():
            text = text.replace("{" + name + "}", cell_text(value))
        return text

    def require(self, table: Table, columns: Iterable[str], step: str) -> None:
        """Refuse a step that names columns which a table does not have."""
        for column in columns:
            if column not in table.columns:
                raise self.problem(
                    "unknown_column",
                    f"the table {table.name} has no such column",
                    step,
                    column,
                    expected=", ".join(table.columns),
                    hint=did_you_mean(column, list(table.columns)),
                )

    def formula(self, source: str, columns: Iterable[str], step: str) -> Callable[[Record], Any]:
        """Return a function of a row for a formula over columns and constants."""
        try:
            formula = Formula(source, frozenset((*columns, *self.constants)))
        except ValueError as error:
            message, hint = error.args
            raise self.problem("unreadable_formula", message, step, source, hint=hint) from None

        def run(row: Record) -> Any:
            try:
                return formula({**self.constants, **row.cells})
            except ValueError as error:
                used = [
                    f"{name} = {shown(row.cells[name]) or 'empty'}"
                    for name in row.cells
                    if name in formula.names
                ]
                hint = f"in the row with {', '.join(used[:6])}" if used else ""
                message = f"the formula fails ({error})"
                raise self.problem("formula_failed", message, step, source, row, hint=hint) from None

        return run


def cell_text(value: Any) -> str:
    """Write a value as a cell of the instance."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return number_text(value)
    return value.isoformat() if isinstance(value, date) else quote(str(value))


def shown(value: Value) -> str:
    """Write a value for a person to read."""
    return number_text(value) if isinstance(value, Fraction) else "" if value is None else str(value)


def unpivot(table: Table, options: Unpivot, place: Place) -> Table:
    """Turn a wide table (a column per item) into a long one (a row per item)."""
    place.require(table, options.keep, "unpivot")
    wide = [column for column in table.columns if column not in options.keep]
    rows = [
        replace(
            row,
            cells={
                **{column: row.cells[column] for column in options.keep},
                options.name: column,
                options.value: row.cells[column],
            },
        )
        for row in table.rows
        for column in wide
    ]
    return Table(table.name, _distinct((*options.keep, options.name, options.value), place, "unpivot"), rows)


def rename(table: Table, names: Mapping[str, str], place: Place) -> Table:
    """Give columns other names."""
    place.require(table, names, "rename")
    columns = tuple(names.get(column, column) for column in table.columns)
    rows = [
        replace(row, cells={names.get(column, column): value for column, value in row.cells.items()})
        for row in table.rows
    ]
    return Table(table.name, _distinct(columns, place, "rename"), rows)


def _distinct(columns: tuple[str, ...], place: Place, step: str) -> tuple[str, ...]:
    repeated = sorted({column for column in columns if columns.count(column) > 1})
    if repeated:
        raise place.problem("repeated_column", "the table would have a column twice", step, repeated[0])
    return columns


def keep_where(table: Table, source: str, place: Place) -> Table:
    """Keep the rows for which a condition holds."""
    holds = place.formula(source, table.columns, "where")
    return Table(table.name, table.columns, [row for row in table.rows if holds(row)])


def assign(table: Table, formulas: Mapping[str, str], place: Place) -> Table:
    """Add columns, each from a formula over those before it."""
    columns = list(table.columns)
    rows = [replace(row, cells=dict(row.cells)) for row in table.rows]
    for name, source in formulas.items():
        value = place.formula(source, columns, f"set.{name}")
        for row in rows:
            row.cells[name] = value(row)
        if name not in columns:
            columns.append(name)
    return Table(table.name, tuple(columns), rows)


def join(table: Table, other: Table, options: Join, place: Place) -> tuple[Table, list[Record]]:
    """Bring in the columns of another table where some columns are equal.

    Returns
    -------
    Table, list of Record
        The table, and the rows without a partner that were left out.
    """
    place.require(table, options.on, "join")
    place.require(other, options.on, "join")
    partners = _grouped(other.rows, options.on)
    added = tuple(column for column in other.columns if column not in table.columns)
    nothing = [Record(dict.fromkeys(added))]
    rows, left_out = [], []
    for row in table.rows:
        key = tuple(row.cells[column] for column in options.on)
        found = partners.get(key, nothing if options.missing == "empty" else [])
        if not found and options.missing == "error":
            named = ", ".join(f"{name} {shown(value)!r}" for name, value in zip(options.on, key, strict=True))
            raise place.problem(
                "no_partner",
                f"the table {other.name} has no row for {named}",
                "join",
                row=row,
                hint='missing = "drop" or "empty" allows it',
            )
        if not found:
            left_out.append(row)
        rows += [
            replace(row, cells={**{column: partner.cells[column] for column in added}, **row.cells})
            for partner in found
        ]
    return Table(table.name, (*table.columns, *added), rows), left_out


def _grouped(rows: Iterable[Record], by: list[str]) -> dict[tuple[Value, ...], list[Record]]:
    members: dict[tuple[Value, ...], list[Record]] = {}
    for row in rows:
        members.setdefault(tuple(row.cells[column] for column in by), []).append(row)
    return members


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


def group(table: Table, options: Group, place: Place) -> Table:
    """One row for every combination of some columns; the others are aggregated.

    ``columns``: new name to ``"sum quantity"`` (or max, min, mean, count, first, last). Empty
    cells do not count.
    """
    place.require(table, options.by, "group")
    plans = {}
    for name, text in options.columns.items():
        how, _, column = text.partition(" ")
        if how not in _AGGREGATES:
            raise place.problem(
                "unknown_word",
                "this is no way to aggregate",
                "group",
                text,
                expected=f"one of {', '.join(_AGGREGATES)}, and a column",
            )
        place.require(table, [column], "group")
        plans[name] = (how, column)
    rows = []
    for key, found in _grouped(table.rows, options.by).items():
        cells: dict[str, Value] = dict(zip(options.by, key, strict=True))
        for name, (how, column) in plans.items():
            values = [row.cells[column] for row in found if row.cells[column] is not None]
            try:
                cells[name] = _AGGREGATES[how](values) if values or how in ("sum", "count") else None
            except TypeError:
                message = f"not all of these values can be aggregated ({how})"
                hint = "read the column under numbers or dates"
                raise place.problem("formula_failed", message, "group", column, found[0], hint=hint) from None
        rows.append(replace(found[0], cells=cells))
    return Table(table.name, _distinct((*options.by, *plans), place, "group"), rows)


def running(table: Table, options: Running, place: Place) -> Table:
    """Running sum of a value along a date, within groups.

    ``days``: length of the window that ends with the row's date; without it everything so far.
    """
    place.require(table, [*options.by, options.date, options.value], "running")
    rows = [replace(row, cells=dict(row.cells)) for row in table.rows]
    for found in _grouped(rows, options.by).values():
        dated = sorted(((_day(row, options.date, place, "running"), row) for row in found), key=_first)
        total, first = Fraction(0), 0
        for day, row in dated:
            total += _number(row, options.value, place, "running")
            while options.days and (day - dated[first][0]).days >= options.days:
                total -= _number(dated[first][1], options.value, place, "running")
                first += 1
            row.cells[options.into] = total
    columns = tuple(dict.fromkeys((*table.columns, options.into)))
    return Table(table.name, columns, rows)


def forecast(table: Table, options: Forecast, place: Place) -> Table:
    """Project a daily history forward: the mean of the same weekday in the weeks before.

    Days without a row count as nothing sold; what is dated on or after the first day forecast does
    not count. ``from``: first day forecast (a constant's name); ``weeks``: history looked at;
    ``days``: length of the forecast. Adds ``spread``, the mean absolute deviation of the weekday's
    history from its mean.
    """
    place.require(table, [*options.by, options.date, options.value], "forecast")
    first = place.constants.get(options.start)
    if not isinstance(first, date):
        raise place.problem(
            "unknown_constant",
            "the forecast needs a constant that is a date",
            "forecast",
            options.start,
            expected="a name below [constants]",
        )
    rows: list[Record] = []
    for key, found in _grouped(table.rows, options.by).items():
        sold: dict[date, Fraction] = {}
        for row in found:
            day = _day(row, options.date, place, "forecast")
            sold[day] = sold.get(day, Fraction(0)) + _number(row, options.value, place, "forecast")
        for ahead in range(options.days):
            day = first + timedelta(days=ahead)
            # The latest such weekday before the first day forecast, and the weeks before that one.
            latest = day - timedelta(days=7 * (ahead // 7 + 1))
            past = [sold.get(latest - timedelta(days=7 * n), Fraction(0)) for n in range(options.weeks)]
            mean = _total(past) / options.weeks
            spread = _total([abs(quantity - mean) for quantity in past]) / options.weeks
            cells: dict[str, Value] = {
                **dict(zip(options.by, key, strict=True)),
                options.date: day,
                options.value: mean,
                "spread": spread,
            }
            rows.append(replace(found[0], cells=cells))
    return Table(table.name, (*options.by, options.date, options.value, "spread"), rows)


def _first(pair: tuple[date, Record]) -> date:
    return pair[0]


def _number(row: Record, column: str, place: Place, step: str) -> Fraction:
    value = row.cells[column]
    if value is None:
        return Fraction(0)
    if not isinstance(value, Fraction):
        raise place.problem(
            "not_a_number",
            "this is not a number",
            step,
            shown(value),
            row,
            hint="read the column under numbers",
        )
    return value


def _day(row: Record, column: str, place: Place, step: str) -> date:
    value = row.cells[column]
    if not isinstance(value, date):
        raise place.problem(
            "not_a_date", "this is not a date", step, shown(value), row, hint="read the column under dates"
        )
    return value
