"""``capacityplan show``: tables of a plan in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from capacityplan.report.table import Table

TABLES = ("kpis", "schedule", "lots", "inspections", "purchases", "deliveries", "demand", "stock", "load",
          "ledger", "times", "margin", "segments", "cash", "quality", "service", "budgets", "funds",
          "launches", "period", "variance", "variance_lines", "variance_budgets", "complaints", "lot_scores",
          "certificate")  # fmt: skip
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
    "times": ("resource", "run", "setup", "idle", "down", "closed", "availability", "quality ratio", "OEE"),
    "margin": ("item", "revenue", "material", "conversion", "service", "margin", "ROI"),
    "segments": ("customer", "revenue", "material", "conversion", "service", "margin", "ROI"),
    "launches": (
        "launch",
        "item",
        "date",
        "state",
        "wanted",
        "ready",
        "unit",
        "ready on",
        "spare",
        "held up by",
    ),
    "ledger": ("category", "object", "from", "quantity", "rate", "amount"),
    "budgets": ("budget", "category", "to", "priority", "asked", "granted", "spent", "left", "overrun"),
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
    from capacityplan.report.table import records
    from capacityplan.report.tables import contents

    source = instance or (plan if plan.is_dir() else plan.parent) / "instance.json"
    if not source.exists():
        raise click.UsageError(f"{source} is not there; name the instance with --instance")
    tables = contents(Facts(read_or_raise(source), read_plan(plan))).tables
    if table not in tables:
        raise click.UsageError(
            f"{source} holds no actuals, complaints or spending; name an instance with --instance"
        )
    found = tables[table]
    if as_json:
        click.echo(json.dumps(records(found), indent=2))
    else:
        _print(found, len(found.rows) if all_rows else _SHOWN)


def _print(found: Table, shown: int) -> None:
    from dataclasses import replace

    from capacityplan.cli.printing import print_table

    if found.name == "demand":
        # What needs attention first; sorting is stable, so due dates stay in order.
        rows = sorted(zip(found.column("status"), found.rows, strict=True), key=_served)
        found = replace(found, rows=tuple(row for _, row in rows))
    print_table(found, shown, _COLUMNS.get(found.name))
    if len(found.rows) > shown:
        click.echo(f"{len(found.rows) - shown} more rows (--all shows them)")


def _served(pair: tuple[object, object]) -> bool:
    return pair[0] == "on time"
