"""``capacityplan compare``: two plans side by side, largest effect first."""

from __future__ import annotations

from pathlib import Path

import click

_SHOWN = 15


@click.command("compare")
@click.argument("before", type=click.Path(exists=True, path_type=Path))
@click.argument("after", type=click.Path(exists=True, path_type=Path))
@click.option("--top", type=click.IntRange(min=1), default=_SHOWN, show_default=True, help="Rows per table.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def compare(before: Path, after: Path, top: int, as_json: bool) -> None:
    """Compare two plans: what differs in their data, in cost and service, in what is done when, and why.

    BEFORE and AFTER are folders with plan.json and instance.json. Biggest effect comes first.
    """
    import json
    from dataclasses import asdict, replace

    from capacityplan.cli.printing import print_table
    from capacityplan.cli.reading import read_facts
    from capacityplan.replan.changes import change_list, reasons
    from capacityplan.replan.outputs import changes_table
    from capacityplan.report.compare import compare as compared
    from capacityplan.report.table import records

    old, new = (read_facts(plan) for plan in (before, after))
    because = reasons(new.plant, old.plant)
    found = compared(old, new, because)
    moves = changes_table(change_list(new.plant, new.plan, old.plan, because), new.currency)
    tables = (
        found.figures,
        found.costs,
        found.service,
        found.places,
        replace(moves, title="What is done otherwise"),
    )
    if as_json:
        record: dict[str, object] = {"inputs": [asdict(row) for row in found.inputs]}
        record |= {table.name: records(table) for table in tables}
        click.echo(json.dumps(record, indent=2))
        return
    count = len(found.inputs)
    click.echo("1 row of the data differs." if count == 1 else f"{count} rows of the data differ.")
    for row in found.inputs[:top]:
        click.echo(f"  {row.table} {row.name}: {row.text}")
    for table in tables:
        if table.rows:
            print_table(table, len(table.rows) if table in (found.figures, found.costs) else top)
        else:
            click.echo(f"{table.title}: nothing.")
