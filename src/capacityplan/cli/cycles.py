"""``capacityplan cycles``: how closed periods went on."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("cycles")
@click.argument("log", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the closed periods as JSON.")
def cycles(log: Path, as_json: bool) -> None:
    """Show the periods closed in LOG: plan, actual and target of their key figures, better or worse."""
    import json

    from capacityplan.cli.printing import print_table
    from capacityplan.replan.closing import closed_periods, cycles_table, nearest_table

    found = closed_periods(log)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for table in (cycles_table(found), nearest_table(found)):
        if table.rows or table.name == "cycles":
            print_table(table, len(table.rows))
