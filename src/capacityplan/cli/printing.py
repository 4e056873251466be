"""Tables in the terminal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from capacityplan.report.table import Table
    from capacityplan.scenario.whatif import Result

_PROSE = ("why", "because")
_UNLIMITED = 10_000


def console() -> Console:
    """Return where tables are printed: in a pipe or a file as wide as they are, nothing cut off."""
    from rich.console import Console

    found = Console()
    return found if found.is_terminal else Console(width=_UNLIMITED)


def print_table(table: Table, shown: int, columns: Collection[str] | None = None) -> None:
    """Print the first rows of a table, all columns or those named."""
    from rich import box
    from rich.table import Table as Grid
    from rich.text import Text

    from capacityplan.report.table import Kind, text

    grid = Grid(title=table.title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    plain = (Kind.TEXT, Kind.TIME, Kind.DAY)
    used = [n for n, column in enumerate(table.columns) if columns is None or column.name in columns]
    for number in used:
        column = table.columns[number]
        prose = column.name in _PROSE
        grid.add_column(
            Text(column.heading), justify="left" if column.kind in plain else "right",
            overflow="fold", min_width=30 if prose else None,
        )  # fmt: skip
    for row in table.rows[:shown]:
        # Text: names may hold what rich would take for markup.
        grid.add_row(*(Text(text(row[number], table.columns[number].kind)) for number in used))
    console().print(grid)


def results_table(name: str, title: str, results: Sequence[Result]) -> Table:
    """Return plants solved one after the other, each against the first."""
    from capacityplan.report.table import Column, Kind, Table
    from capacityplan.units import round_down

    currency, base = results[0].plant.currency, results[0].cost
    columns = (
        Column("plan"), Column("status"), Column("cost", Kind.MONEY, currency),
        Column("more", Kind.MONEY, currency), Column("at least", Kind.MONEY, currency),
        Column("on time", Kind.SHARE), Column("late", Kind.HOURS, "unit days"),
        Column("lost", Kind.HOURS, "units"),
    )  # fmt: skip
    rows = []
    for row in results:
        verdict = row.verdict
        rows.append((
            row.name, row.status, row.cost, None if row.cost is None or base is None else row.cost - base,
            None if row.bound is None else round_down(row.bound),
            *((None,) * 3 if verdict is None
              else (verdict.on_time_share, verdict.late_unit_days, verdict.lost_units)),
        ))  # fmt: skip
    return Table(name, title, columns, tuple(rows))
