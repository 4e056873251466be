"""``capacityplan export``: a verified plan becomes another system's import files."""

from __future__ import annotations

from pathlib import Path

import click

SYSTEMS = ("sap", "odoo", "erpnext", "dynamics", "sage", "b2mml", "ical", "suppliers", "tables")


@click.command("export")
@click.argument("system", type=click.Choice(SYSTEMS))
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--published", type=click.Path(exists=True, path_type=Path),
              help="What SYSTEM has: the folder of a former export, or of the published plan.")  # fmt: skip
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE",
              help="What SYSTEM needs and no plan knows, for example plant=1000.")  # fmt: skip
@click.option("--layout", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A TOML file with the files and columns to write, instead of SYSTEM's own.")  # fmt: skip
@click.option("--xlsx", "workbook", is_flag=True, help="Write tables as workbooks instead of CSV.")
def export(
    system: str,
    instance: Path,
    plan: Path,
    out: Path,
    published: Path | None,
    settings: tuple[str, ...],
    layout: Path | None,
    workbook: bool,
) -> None:
    """Write PLAN, made from INSTANCE, as import files of SYSTEM into the folder OUT.

    The plan is verified first; one that breaks a rule is refused (exit 6). With --published only
    what is new or changed is written, and what was dropped is listed to be cancelled.
    """
    from capacityplan.exchange import read_or_raise, read_plan
    from capacityplan.outbound import export as run

    if system == "tables" and layout is None:
        raise click.UsageError("tables needs --layout: what to write")
    pairs = [text.partition("=") for text in settings]
    if any(not sign for _, sign, _ in pairs):
        raise click.UsageError("--set needs NAME=VALUE")
    found = run(
        system,
        read_or_raise(instance),
        read_plan(plan),
        out,
        {name: value for name, _, value in pairs},
        published,
        layout,
        workbook,
    )
    click.echo(found.text())
    for name in found.files:
        click.echo(f"  {name}")
