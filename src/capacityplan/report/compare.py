"""Two plans side by side: what changed in the data, in the cost, and for whom, largest effect first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Clock
from capacityplan.exchange.cells import Cells
from capacityplan.exchange.contracts import Table as Contract
from capacityplan.exchange.tables import HEAD, SECTIONS, TABLES
from capacityplan.report.compare_projections import projection_changes
from capacityplan.report.facts import Facts
from capacityplan.report.load import loads
from capacityplan.report.money import CATEGORY_TEXT
from capacityplan.report.review import figure_unit, figure_value, trend_word
from capacityplan.report.service import Served, served
from capacityplan.report.table import Column, Kind, Table
from capacityplan.report.why import reasons
from capacityplan.verify.kpis.period import plan_figures

_PASSED_OVER = frozenset({
    "projections", "history", "market", "signatures", "previous_runs", "actuals", "complaints", "spending",
    "targets",
})  # fmt: skip
"""Tables that are not compared row by row: projections as sums, what has happened not at all."""


@dataclass(frozen=True, slots=True)
class InputChange:
    """A row or setting of the data that differs: what it concerns, and in which columns from what to what."""

    table: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two plans compared.

    Attributes
    ----------
    inputs : tuple of InputChange
        Differences of the plants' data.
    figures, costs, service, places : Table
        Key figures of the days that both cover; sums by category; demands served otherwise; what items and
        resources cost more or less.
    """

    inputs: tuple[InputChange, ...]
    figures: Table
    costs: Table
    service: Table
    places: Table


def compare(before: Facts, after: Facts, known: Mapping[str, str] | None = None) -> Comparison:
    """Compare two verified plans, each on its own plant.

    Parameters
    ----------
    known : mapping of name to text, optional
        What is known to be different, by demand, item or resource; what no row of data names is taken
        from here.
    """
    inputs = tuple(input_changes(before.plant, after.plant))
    why = _Because(inputs, known or {})
    return Comparison(
        inputs,
        _figures(before, after),
        _costs(before, after),
        _service(before, after, why),
        _places(before, after, why),
    )


class _Because:
    """Tells which difference of the data concerns a thing."""

    def __init__(self, inputs: tuple[InputChange, ...], known: Mapping[str, str]) -> None:
        self._known = known
        self._rows: dict[str, list[str]] = {}
        for one in inputs:
            for name in one.name.split("/"):
                self._rows.setdefault(name, []).append(f"{one.table} {one.name}: {one.text}")

    def __call__(self, *names: str) -> str:
        for name in names:
            if name in self._rows:
                return "; ".join(self._rows[name][:2])
        return next((self._known[name] for name in names if name in self._known), "")


def input_changes(before: Plant, after: Plant) -> Iterator[InputChange]:
    """Yield the settings and rows of two plants that differ, as texts of the instance format.

    Dates are compared as dates and quantities in units: another start or precision by itself changes no
    other row.
    """
    old, new = _settings(before), _settings(after)
    for name, text in old.items():
        if text != new[name]:
            yield InputChange("plant", name, _differ(text, new[name]))
    for table in TABLES:
        if table.name not in _PASSED_OVER:
            yield from _rows_differ(table, _rows(before, table), _rows(after, table))
    if before.projections != after.projections:
        for name, told in projection_changes(before, after):
            yield InputChange("projections", name, told)


def _settings(plant: Plant) -> dict[str, str]:
    """What stands in ``plant.toml``, by the names that scenarios give it."""
    cells = Cells(Clock(plant.start, plant.timezone), plant)
    found = {column.name: cells.text(column, getattr(plant, column.attribute)) for column in HEAD.columns}
    for section in SECTIONS:
        row = getattr(plant, section.name)
        for column in section.columns:
            found[f"{section.name}.{column.name}"] = cells.text(column, getattr(row, column.attribute))
    return found


_Rows = dict[tuple[str, ...], dict[str, str]]


def _rows(plant: Plant, table: Contract) -> _Rows:
    """Rows of a table by their key."""
    cells = Cells(Clock(plant.start, plant.timezone), plant)
    found: _Rows = {}
    for row in getattr(plant, table.name):
        texts = {
            column.name: cells.text(column, getattr(row, column.attribute), getattr(row, column.of, ""))
            for column in table.columns
        }
        found[tuple(texts[name] for name in table.key)] = texts
    return found


def _rows_differ(table: Contract, old: _Rows, new: _Rows) -> Iterator[InputChange]:
    for key in sorted(old.keys() | new.keys()):
        label = "/".join(part for part in key if part)
        if key not in new:
            yield InputChange(table.name, label, "removed")
        elif key not in old:
            yield InputChange(table.name, label, "new")
        elif old[key] != new[key]:
            differ = [
                f"{name} {_differ(text, new[key][name])}"
                for name, text in old[key].items()
                if text != new[key][name]
            ]
            yield InputChange(table.name, label, ", ".join(differ))


def _differ(old: str, new: str) -> str:
    return f"{old or 'empty'} to {new or 'empty'}"


def _figures(before: Facts, after: Facts) -> Table:
    """Key figures of both plans over the days that both cover, and whether they got better."""
    first = max(int(one.timeline.first_day[0]) for one in (before, after))
    last = min(int(one.timeline.first_day[-1] + one.timeline.days[-1]) - 1 for one in (before, after))
    old, new = (
        plan_figures(one.case, one.verdict.ledger, first, last) if first <= last else {}
        for one in (before, after)
    )
    rows = [
        (name.replace("_", " "), figure_unit(name, after.currency), figure_value(name, old.get(name)),
         figure_value(name, value), figure_value(name, change), trend_word(name, change))
        for name, value in new.items()
        if value is not None or old.get(name) is not None
        for change in [None if value is None else _less(value, old.get(name))]
    ]  # fmt: skip
    columns = (
        Column("figure"), Column("unit"),
        *(Column(name, Kind.HOURS) for name in ("before", "after", "change")), Column("trend"),
    )  # fmt: skip
    days = f"{date.fromordinal(first)} to {date.fromordinal(last)}"
    return Table("figures", f"Key figures, {days}", columns, tuple(rows))


def _less(value: Fraction, former: Fraction | None) -> Fraction | None:
    return None if former is None else value - former


def _costs(before: Facts, after: Facts) -> Table:
    money = after.currency
    old, new = before.cost_by_category, after.cost_by_category
    zero = Fraction(0)
    rows = [
        (CATEGORY_TEXT.get(name, name), old.get(name, zero), new.get(name, zero),
         new.get(name, zero) - old.get(name, zero))
        for name in {**old, **new}
    ]  # fmt: skip
    rows.sort(key=lambda row: -abs(row[3]))
    total = ("together", before.verdict.cost, after.verdict.cost, after.verdict.cost - before.verdict.cost)
    columns = (
        Column("category"),
        *(Column(name, Kind.MONEY, money) for name in ("before", "after", "change")),
    )
    return Table("costs", "Cost by category", columns, (*rows, total))


def _service(before: Facts, after: Facts, why: _Because) -> Table:
    """Demands whose fate differs; those that cost most come first."""
    old = {row.demand.demand: row for row in served(before)}
    found = served(after)
    new = {row.demand.demand: row for row in found}
    read = reasons(after, found, loads(after))
    price = after.verdict.pain
    cost = {name: price.get(name, Fraction(0)) - value for name, value in before.verdict.pain.items()}
    cost |= {name: value for name, value in price.items() if name not in cost}
    rows = []
    for name in {**old, **new}:
        one, two = old.get(name), new.get(name)
        was, now = _fate(before, one), _fate(after, two)
        if was != now:
            row = two or one
            assert row is not None
            because = why(name, row.demand.item, row.demand.customer) or read.get(name, "")
            rows.append((name, was, now, cost.get(name, Fraction(0)), because))
    rows.sort(key=lambda row: (-abs(row[3]), row[0]))
    columns = (Column("demand"), Column("before"), Column("after"),
               Column("effect", Kind.MONEY, after.currency), Column("because"))  # fmt: skip
    return Table("service", "Demands served otherwise", columns, tuple(rows))


def _fate(facts: Facts, row: Served | None) -> str:
    if row is None:
        return "not there"
    parts = []
    if row.late:
        parts.append(f"{row.days_late} days late")
    if row.lost:
        item = row.demand.item
        parts.append(f"{facts.units(item, row.lost):f} {facts.unit(item)} lost")
    return ", ".join(parts) or "in time"


def _places(before: Facts, after: Facts, why: _Because) -> Table:
    """Cost by category and item or resource, where it differs."""
    old, new = _by_place(before), _by_place(after)
    zero = Fraction(0)
    rows = []
    for category, place in {**old, **new}:
        first, second = old.get((category, place), zero), new.get((category, place), zero)
        if first != second:
            head = CATEGORY_TEXT.get(category, category)
            rows.append((head, place, first, second, second - first, why(place)))
    rows.sort(key=lambda row: (-abs(row[4]), row[1]))
    money = [Column(name, Kind.MONEY, after.currency) for name in ("before", "after", "effect")]
    columns = (Column("category"), Column("object"), *money, Column("because"))
    return Table("places", "What costs more or less", columns, tuple(rows))


def _by_place(facts: Facts) -> dict[tuple[str, str], Fraction]:
    """Ledger by category and what stays the same from plan to plan: items and resources, not lots."""
    items = {lot.lot: lot.item for lot in facts.plan.lots}
    items |= {row.purchase: row.item for row in facts.plan.purchases}
    items |= {name: row.item for name, row in facts.case.demand.items()}
    sums: dict[tuple[str, str], Fraction] = {}
    for row in facts.verdict.ledger:
        head = row.object.split("/")[0]
        place = (row.category, items.get(row.object, items.get(head, row.object)))
        sums[place] = sums.get(place, Fraction(0)) + row.amount
    return sums
