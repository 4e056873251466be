"""The steps of a profile: reading a table turns, and what can be done with a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from capacityplan.errors import DataError
from capacityplan.exchange.mapping.formulas import FailedRow, Formula
from capacityplan.exchange.mapping.profile import Forecast, Group, Join, Profile, Running, Unpivot
from capacityplan.exchange.mapping.values import ASK, Habit, Value
from capacityplan.exchange.texts import did_you_mean, number_text, quote


@dataclass(frozen=True, slots=True)
class Spot:
    """The file and line that a row (or the first of its kind) came from."""

    file: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table under way, column by column; a step makes a new one and shares what it does not change."""

    name: str
    cells: dict[str, list[Value]]
    files: list[str]
    lines: list[int | None]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self.cells)

    def __len__(self) -> int:
        return len(self.lines)

    def spot(self, row: int) -> Spot:
        """Where a row came from."""
        return Spot(self.files[row], self.lines[row])

    def with_cells(self, cells: dict[str, list[Value]]) -> Table:
        """Take the same rows with other columns."""
        return Table(self.name, cells, self.files, self.lines)

    def taken(self, rows: list[int]) -> Table:
        """Take some rows (each as often as it is named)."""
        cells = {name: [column[row] for row in rows] for name, column in self.cells.items()}
        return Table(self.name, cells, [self.files[row] for row in rows], [self.lines[row] for row in rows])

    def keys(self, by: list[str]) -> list[tuple[Value, ...]]:
        """Values of some columns, row by row."""
        return list(zip(*(self.cells[name] for name in by), strict=True)) if by else [()] * len(self)


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the profile (``make.3``) whose steps run, with the constants that they may use."""

    profile: Profile
    key: str
    constants: Mapping[str, Value]
    spellings: dict[str, dict[str, str]] = field(default_factory=dict)
    """How ids are written where they come first: by kind of id, normalised to as written."""
    habit: Habit = ASK

    def problem(
        self, code: str, message: str, step: str, value: str = "", row: Spot | None = None, **more: str
    ) -> DataError:
        """Return the error for a step; one at a row of a file is shown there."""
        finding = self.profile.finding(code, message, f"{self.key}.{step}", value, **more)
        if row is not None and row.file:
            hint = f"{finding.file}, row {finding.row}, {finding.column}. {finding.hint}".strip()
            finding = replace(finding, file=row.file, row=row.line, column="", hint=hint)
        return DataError((finding,))

    @property
    def line(self) -> int | None:
        """Line of the profile on which the entry begins."""
        return self.profile.lines.get(self.key)

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

    def evaluate(self, source: str, table: Table, step: str) -> list[Any]:
        """Value of a formula over columns and constants, row by row."""
        try:
            formula = Formula(source, frozenset((*table.cells, *self.constants)))
        except ValueError as error:
            message, hint = error.args
            raise self.problem("unreadable_formula", message, step, source, hint=hint) from None
        try:
            return formula.over(table.cells, self.constants, len(table))
        except FailedRow as failure:
            used = [
                f"{name} = {shown(column[failure.row]) or 'empty'}"
                for name, column in table.cells.items()
                if name in formula.names
            ]
            hint = f"in the row with {', '.join(used[:6])}" if used else ""
            message = f"the formula fails ({failure.reason})"
            spot = table.spot(failure.row)
            raise self.problem("formula_failed", message, step, source, spot, hint=hint) from None


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


def append(table: Table, other: Table) -> Table:
    """Put the rows of another table below; what one of them lacks is empty."""
    names = dict.fromkeys((*table.cells, *other.cells))
    cells = {
        name: [*table.cells.get(name, [None] * len(table)), *other.cells.get(name, [None] * len(other))]
        for name in names
    }
    return Table(table.name, cells, [*table.files, *other.files], [*table.lines, *other.lines])


def unpivot(table: Table, options: Unpivot, place: Place) -> Table:
    """Turn a wide table (a column per item) into a long one (a row per item)."""
    place.require(table, options.keep, "unpivot")
    wide = [column for column in table.columns if column not in options.keep]
    _distinct((*options.keep, options.name, options.value), place, "unpivot")
    rows = [row for row in range(len(table)) for _ in wide]
    long = table.taken(rows)
    cells: dict[str, list[Value]] = {name: long.cells[name] for name in options.keep}
    cells[options.name] = [column for _ in range(len(table)) for column in wide]
    columns = [table.cells[column] for column in wide]
    cells[options.value] = [column[row] for row in range(len(table)) for column in columns]
    return long.with_cells(cells)


def rename(table: Table, names: Mapping[str, str], place: Place) -> Table:
    """Give columns other names."""
    place.require(table, names, "rename")
    _distinct(tuple(names.get(column, column) for column in table.columns), place, "rename")
    return table.with_cells({names.get(name, name): column for name, column in table.cells.items()})


def _distinct(columns: tuple[str, ...], place: Place, step: str) -> tuple[str, ...]:
    repeated = sorted({column for column in columns if columns.count(column) > 1})
    if repeated:
        raise place.problem("repeated_column", "the table would have a column twice", step, repeated[0])
    return columns


def keep_where(table: Table, source: str, place: Place) -> Table:
    """Keep the rows for which a condition holds."""
    holds = place.evaluate(source, table, "where")
    kept = [row for row, held in enumerate(holds) if held]
    return table if len(kept) == len(table) else table.taken(kept)


def assign(table: Table, formulas: Mapping[str, str], place: Place) -> Table:
    """Add columns, each from a formula over those before it."""
    for name, source in formulas.items():
        table = table.with_cells({**table.cells, name: place.evaluate(source, table, f"set.{name}")})
    return table


def join(table: Table, other: Table, options: Join, place: Place) -> tuple[Table, list[tuple[Value, ...]]]:
    """Bring in the columns of another table where some columns are equal.

    Returns
    -------
    Table, list of tuple
        The table, and the keys of the rows without a partner that were left out.
    """
    place.require(table, options.on, "join")
    place.require(other, options.on, "join")
    partners = _grouped(other, options.on)
    rows: list[int] = []
    matched: list[int | None] = []
    left_out = []
    for row, key in enumerate(table.keys(options.on)):
        found: list[int] | list[None] = partners.get(key, [None] if options.missing == "empty" else [])
        if not found and options.missing == "error":
            named = ", ".join(f"{name} {shown(value)!r}" for name, value in zip(options.on, key, strict=True))
            raise place.problem(
                "no_partner",
                f"the table {other.name} has no row for {named}",
                "join",
                row=table.spot(row),
                hint='missing = "drop" or "empty" allows it',
            )
        if not found:
            left_out.append(key)
        rows += [row] * len(found)
        matched += found
    joined = table.taken(rows)
    added: dict[str, list[Value]] = {
        name: [None if partner is None else column[partner] for partner in matched]
        for name, column in other.cells.items()
        if name not in table.cells
    }
    return joined.with_cells({**joined.cells, **added}), left_out


def _grouped(table: Table, by: list[str]) -> dict[tuple[Value, ...], list[int]]:
    members: dict[tuple[Value, ...], list[int]] = {}
    for row, key in enumerate(table.keys(by)):
        members.setdefault(key, []).append(row)
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
    groups = _grouped(table, options.by)
    first = [rows[0] for rows in groups.values()]
    cells: dict[str, list[Value]] = {name: [table.cells[name][row] for row in first] for name in options.by}
    _distinct((*options.by, *plans), place, "group")
    for name, (how, column) in plans.items():
        cells[name] = [_aggregated(table, how, column, rows, place) for rows in groups.values()]
    return table.taken(first).with_cells(cells)


def _aggregated(table: Table, how: str, column: str, rows: list[int], place: Place) -> Value:
    source = table.cells[column]
    values = [source[row] for row in rows if source[row] is not None]
    if not values and how not in ("sum", "count"):
        return None
    try:
        value: Value = _AGGREGATES[how](values)
    except TypeError:
        message = f"not all of these values can be aggregated ({how})"
        hint = "read the column under numbers or dates"
        spot = table.spot(rows[0])
        raise place.problem("formula_failed", message, "group", column, spot, hint=hint) from None
    return value


def running(table: Table, options: Running, place: Place) -> Table:
    """Running sum of a value along a date, within groups.

    ``days``: length of the window that ends with the row's date; without it everything so far.
    """
    place.require(table, [*options.by, options.date, options.value], "running")
    totals: list[Value] = [None] * len(table)
    for rows in _grouped(table, options.by).values():
        dated = sorted((_day(table, options.date, row, place, "running"), row) for row in rows)
        total, first = Fraction(0), 0
        for day, row in dated:
            total += _number(table, options.value, row, place, "running")
            while options.days and (day - dated[first][0]).days >= options.days:
                total -= _number(table, options.value, dated[first][1], place, "running")
                first += 1
            totals[row] = total
    return table.with_cells({**table.cells, options.into: totals})


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
    heads: list[int] = []
    made: list[tuple[date, Fraction, Fraction]] = []
    for rows in _grouped(table, options.by).values():
        sold: dict[date, Fraction] = {}
        for row in rows:
            day = _day(table, options.date, row, place, "forecast")
            sold[day] = sold.get(day, Fraction(0)) + _number(table, options.value, row, place, "forecast")
        for ahead in range(options.days):
            day = first + timedelta(days=ahead)
            # The latest such weekday before the first day forecast, and the weeks before that one.
            latest = day - timedelta(days=7 * (ahead // 7 + 1))
            past = [sold.get(latest - timedelta(days=7 * n), Fraction(0)) for n in range(options.weeks)]
            mean = _total(past) / options.weeks
            spread = _total([abs(quantity - mean) for quantity in past]) / options.weeks
            heads.append(rows[0])
            made.append((day, mean, spread))
    head = table.taken(heads)
    return head.with_cells(
        {
            **{name: head.cells[name] for name in options.by},
            options.date: [row[0] for row in made],
            options.value: [row[1] for row in made],
            "spread": [row[2] for row in made],
        }
    )


def _number(table: Table, column: str, row: int, place: Place, step: str) -> Fraction:
    value = table.cells[column][row]
    if value is None:
        return Fraction(0)
    if not isinstance(value, Fraction):
        raise place.problem(
            "not_a_number",
            "this is not a number",
            step,
            shown(value),
            table.spot(row),
            hint="read the column under numbers",
        )
    return value


def _day(table: Table, column: str, row: int, place: Place, step: str) -> date:
    value = table.cells[column][row]
    if not isinstance(value, date):
        hint = "read the column under dates"
        raise place.problem(
            "not_a_date", "this is not a date", step, shown(value), table.spot(row), hint=hint
        )
    return value
