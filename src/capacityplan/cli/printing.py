"""Tables in the terminal."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capacityplan.report.table import Table

_PROSE = ("why", "because")


def print_table(table: Table, shown: int, columns: Collection[str] | None = None) -> None:
    """Print the first rows of a table, all columns or those named."""
    from rich import box
    from rich.console import Console
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
            no_wrap=not prose, min_width=30 if prose else None,
        )  # fmt: skip
    for row in table.rows[:shown]:
        # Text: names may hold what rich would take for markup.
        grid.add_row(*(Text(text(row[number], table.columns[number].kind)) for number in used))
    Console().print(grid)
