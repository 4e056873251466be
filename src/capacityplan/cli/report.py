"""``capacityplan report``: the report of a stored plan."""

from __future__ import annotations

from pathlib import Path

import click

from capacityplan.cli.options import with_scenarios

_SUFFIXES = (".html", ".xlsx")


@click.command("report")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="FILE.html or FILE.xlsx.")
@with_scenarios
def report(instance: Path, plan: Path, out: Path | None, scenarios: tuple[str, ...]) -> None:
    """Write the report of PLAN (a plan.json or its folder), made from INSTANCE, as HTML or workbook."""
    if out is not None and out.suffix.lower() not in _SUFFIXES:
        raise click.BadParameter("the name must end in .html or .xlsx", param_hint="--out")
    from capacityplan.exchange import read_plan
    from capacityplan.report import write_report
    from capacityplan.scenario import read_with_scenarios

    target = out or (plan if plan.is_dir() else plan.parent) / "report.html"
    write_report(read_with_scenarios(instance, scenarios), read_plan(plan), target)
    click.echo(f"written: {target}")
