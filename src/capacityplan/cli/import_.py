"""``capacityplan import``: another system's export becomes an instance."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("import")
@click.argument("system", type=click.Choice(["frepple"]))
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("instance", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show the reconciliation report, write nothing.")
def import_(system: str, source: Path, instance: Path, dry_run: bool) -> None:
    """Turn the export of SYSTEM in folder SOURCE into INSTANCE (a folder, .xlsx or .json).

    frepple reads the CSV tables of that system's model. Every row read is accounted for: used, or
    ignored and why.
    """
    from capacityplan.exchange import read_or_raise, write
    from capacityplan.exchange.frepple import import_frepple

    found = import_frepple(source)
    click.echo(found.report.text())
    if dry_run:
        click.echo("dry run: nothing was written")
        return
    write(found.plant, instance)
    read_or_raise(instance)
    click.echo(f"{instance}: {len(found.plant.items)} items, {len(found.plant.orders)} orders, "
               f"{len(found.plant.projections)} projections")  # fmt: skip
    click.echo(f"next: capacityplan solve {instance}")
