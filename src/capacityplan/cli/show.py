"""``capacityplan show``: tables of a plan in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from capacityplan.report.table import Table

TABLES = ("kpis", "schedule", "lots", "inspections", "purchases", "deliveries", "demand", "stock", "load",
          "ledger", "certificate")  # fmt: skip
_SHOWN = 40
_COLUMNS = {
    "schedule": ("resource", "start", "end", "lot", "operation", "item", "quantity", "unit"),
    "lots": (
        "lot",
        "item",
        "quantity started",
        "quantity accepted",
        "unit",
        "start",
        "completed",
        "released",
    ),
    "inspections": ("object", "inspection", "lab", "start", "end", "usage decision"),
    "purchases": ("order by", "supplier", "item", "quantity", "unit", "arrives", "amount"),
    "deliveries": ("ship", "demand", "item", "quantity", "unit", "late"),
    "demand": ("demand", "due", "quantity", "late", "lost", "late by", "status", "why"),
    "stock": ("item", "from", "closing", "on hold", "projected available balance", "unit"),
    "ledger": ("category", "object", "from", "quantity", "rate", "amount"),
}
"""What fits a terminal; JSON, CSV and workbook have every column."""


@click.command("show")
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.argument("table", type=click.Choice(TABLES), default="kpis")
@click.option("--instance", type=click.Path(exists=True, path_type=Path), help="Default: beside the plan.")
@click.option("--all", "all_rows", is_flag=True, help=f"All rows, not only the first {_SHOWN}.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def show(plan: Path, table: str, instance: Path | None, all_rows: bool, as_json: bool) -> None:
    """Print TABLE of PLAN (a plan.json or its folder); the plan is verified on the way."""
    import json

    from capacityplan.exchange import read_or_raise, read_plan
    from capacityplan.report.facts import Facts
    from capacityplan.report.table import text
    from capacityplan.report.tables import contents

    file = plan / "plan.json" if plan.is_dir() else plan
    source = instance or file.parent / "instance.json"
    if not source.exists():
        raise click.UsageError(f"{source} is not there; name the instance with --instance")
    found = contents(Facts(read_or_raise(source), read_plan(file))).tables[table]
    if as_json:
        names = [column.heading for column in found.columns]
        cells = ([text(v, c.kind) for v, c in zip(row, found.columns, strict=True)] for row in found.rows)
        click.echo(json.dumps([dict(zip(names, row, strict=True)) for row in cells], indent=2))
    else:
        _print(found, len(found.rows) if all_rows else _SHOWN)


def _served(pair: tuple[object, object]) -> bool:
    return pair[0] == "on time"


def _print(table: Table, shown: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    from capacityplan.report.table import Kind, text

    grid = Grid(title=table.title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    plain = (Kind.TEXT, Kind.TIME, Kind.DAY)
    kept = _COLUMNS.get(table.name)
    used = [n for n, column in enumerate(table.columns) if kept is None or column.name in kept]
    for number in used:
        column = table.columns[number]
        prose = column.name == "why"
        grid.add_column(
            Text(column.heading), justify="left" if column.kind in plain else "right",
            no_wrap=not prose, min_width=30 if prose else None,
        )  # fmt: skip
    rows = table.rows
    if table.name == "demand":
        # What needs attention first; sorting is stable, so due dates stay in order.
        rows = tuple(row for _, row in sorted(zip(table.column("status"), rows, strict=True), key=_served))
    for row in rows[:shown]:
        # Text: names may hold what rich would take for markup.
        grid.add_row(*(Text(text(row[number], table.columns[number].kind)) for number in used))
    Console().print(grid)
    if len(table.rows) > shown:
        click.echo(f"{len(table.rows) - shown} more rows (--all shows them)")
