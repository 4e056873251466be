"""``capacityplan import``: another system's export becomes an instance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from capacityplan.exchange.importing import ImportResult


@click.command("import")
@click.argument("system", type=click.Choice(["frepple", "tables"]))
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("instance", type=click.Path(path_type=Path))
@click.option(
    "--profile", help="How to read the tables: a TOML file or the name of a profile that comes along."
)
@click.option("--set", "constants", multiple=True, metavar="NAME=VALUE",
              help="Another value for a constant of the profile, for example start=2023-07-20.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show the reconciliation report, write nothing.")
def import_(
    system: str, source: Path, instance: Path, profile: str | None, constants: tuple[str, ...], dry_run: bool
) -> None:
    """Turn the export of SYSTEM in folder SOURCE into INSTANCE (a folder, .xlsx or .json).

    frepple reads the CSV tables of that system's model; tables reads any CSV files as a mapping
    profile says. Every row read is accounted for: used, or ignored and why.
    """
    from capacityplan.exchange import read_or_raise, write

    found = _imported(system, source, profile, constants)
    click.echo(found.report.text())
    if dry_run:
        click.echo("dry run: nothing was written")
        return
    write(found.plant, instance)
    read_or_raise(instance)
    click.echo(f"{instance}: {len(found.plant.items)} items, {len(found.plant.orders)} orders, "
               f"{len(found.plant.projections)} projections")  # fmt: skip
    click.echo(f"next: capacityplan solve {instance}")


def _imported(system: str, source: Path, profile: str | None, constants: tuple[str, ...]) -> ImportResult:
    if system == "tables":
        from capacityplan.exchange.mapping import import_tables, profile_path

        if not profile:
            raise click.UsageError("tables needs --profile: how to read them")
        pairs = [text.partition("=") for text in constants]
        if any(not sign for _, sign, _ in pairs):
            raise click.UsageError("--set needs NAME=VALUE")
        return import_tables(source, profile_path(profile), {name: value for name, _, value in pairs})
    from capacityplan.exchange.frepple import import_frepple

    if profile or constants:
        raise click.UsageError("frepple needs no profile")
    return import_frepple(source)
