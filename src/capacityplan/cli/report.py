"""``capacityplan report``: the report of a stored plan."""

from __future__ import annotations

from pathlib import Path

import click

_SUFFIXES = (".html", ".xlsx")


@click.command("report")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="FILE.html or FILE.xlsx.")
def report(instance: Path, plan: Path, out: Path | None) -> None:
    """Write the report of PLAN (a plan.json or its folder), made from INSTANCE, as HTML or workbook."""
    if out is not None and out.suffix.lower() not in _SUFFIXES:
        raise click.BadParameter("the name must end in .html or .xlsx", param_hint="--out")
    from capacityplan.exchange import read_or_raise, read_plan
    from capacityplan.report import write_report

    file = plan / "plan.json" if plan.is_dir() else plan
    target = out or file.parent / "report.html"
    write_report(read_or_raise(instance), read_plan(file), target)
    click.echo(f"written: {target}")
