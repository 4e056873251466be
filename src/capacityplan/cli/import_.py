"""``capacityplan import``: another system's export becomes an instance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from capacityplan.domain.plant import Plant
    from capacityplan.exchange.importing import ImportResult

SYSTEMS = ("sap", "odoo", "erpnext", "dynamics", "sage", "netsuite", "frepple", "tables")


@click.command("import")
@click.argument("system", type=click.Choice(SYSTEMS))
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("instance", type=click.Path(path_type=Path))
@click.option(
    "--profile", help="How to read the tables: a TOML file or the name of a profile that comes along."
)
@click.option("--set", "constants", multiple=True, metavar="NAME=VALUE",
              help="Another value for a constant of the profile, for example start=2023-07-20.")  # fmt: skip
@click.option("--decimal", type=click.Choice([".", ","]), default=None,
              help="Decimal mark of columns that do not show it, where the profile states none.")  # fmt: skip
@click.option("--date-order", type=click.Choice(["dmy", "mdy"]), default=None,
              help="Order of dates in columns that do not show it; with dots the day is first.")  # fmt: skip
@click.option("--update", is_flag=True, help="Take what the profile fills into the instance that is there.")
@click.option(
    "--only", multiple=True, metavar="TABLE", help="With --update: take only this table (repeatable)."
)
@click.option("--oldest-days", type=click.FloatRange(min=0), default=2.0, show_default=True,
              help="Warn of files that are older.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show the reconciliation report, write nothing.")
@click.option("--json", "report", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the reconciliation report into this file.")  # fmt: skip
def import_(
    system: str,
    source: Path,
    instance: Path,
    profile: str | None,
    constants: tuple[str, ...],
    decimal: str | None,
    date_order: str | None,
    update: bool,
    only: tuple[str, ...],
    oldest_days: float,
    dry_run: bool,
    report: Path | None,
) -> None:
    """Turn the export of SYSTEM in folder SOURCE into INSTANCE (a folder, .xlsx or .json).

    frepple reads the tables of that system's model, the other systems files by the mapping
    profile that comes along for them, and tables any files by --profile. Every row read is
    accounted for: used, or ignored and why. With --update new stock, orders or receipts are taken
    into the instance that is there, and what is different is counted.
    """
    from capacityplan.exchange import read_or_raise, write
    from capacityplan.exchange.atomic import write_file
    from capacityplan.exchange.importing import with_ages

    if only and not update:
        raise click.UsageError("--only needs --update")
    base = read_or_raise(instance) if update else None
    found = _imported(system, source, profile, constants, (decimal or "", date_order or ""), base, only)
    told = with_ages(found.report, source, oldest_days)
    click.echo(told.text())
    if report is not None:
        text = told.json()
        write_file(report, lambda file: _write(file, text))
    if dry_run:
        click.echo("dry run: nothing was written")
        return
    write(found.plant, instance)
    read_or_raise(instance)
    click.echo(f"{instance}: {len(found.plant.items)} items, {len(found.plant.orders)} orders, "
               f"{len(found.plant.projections)} projections")  # fmt: skip
    click.echo(f"next: capacityplan solve {instance}")


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def _imported(
    system: str,
    source: Path,
    profile: str | None,
    constants: tuple[str, ...],
    written: tuple[str, str],
    base: Plant | None,
    only: tuple[str, ...],
) -> ImportResult:
    from capacityplan.exchange.mapping import Habit

    if system != "frepple":
        from capacityplan.exchange.mapping import import_tables, profile_path

        if not profile and system == "tables":
            raise click.UsageError("tables needs --profile: how to read them")
        pairs = [text.partition("=") for text in constants]
        if any(not sign for _, sign, _ in pairs):
            raise click.UsageError("--set needs NAME=VALUE")
        path = profile_path(profile or system)
        named = {name: value for name, _, value in pairs}
        return import_tables(source, path, named, base, only, Habit(*written))
    from capacityplan.exchange.frepple import import_frepple

    if profile or constants or base is not None:
        raise click.UsageError("frepple takes no --profile and no --set, and brings a whole instance")
    return import_frepple(source, Habit(*written))
