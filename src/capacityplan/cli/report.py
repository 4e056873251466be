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
@click.option("--tables", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Folder of CSV tables (actuals, spending, ...) to compare the plan with.")  # fmt: skip
@click.option("--baseline", type=click.Path(exists=True, path_type=Path), help="A former plan beside it.")
@with_scenarios
def report(
    instance: Path, plan: Path, out: Path | None, tables: Path | None, baseline: Path | None,
    scenarios: tuple[str, ...],
) -> None:  # fmt: skip
    """Write the report of PLAN (a plan.json or its folder), made from INSTANCE, as HTML or workbook.

    Where INSTANCE or --tables hold actuals, complaints or spending, plan and actual are compared.
    """
    if out is not None and out.suffix.lower() not in _SUFFIXES:
        raise click.BadParameter("the name must end in .html or .xlsx", param_hint="--out")
    from capacityplan.cli.reading import read_facts
    from capacityplan.exchange import read_plan
    from capacityplan.replan.merge import merged
    from capacityplan.report import write_report
    from capacityplan.scenario import read_with_scenarios

    target = out or (plan if plan.is_dir() else plan.parent) / "report.html"
    plant = read_with_scenarios(instance, scenarios)
    told = None if tables is None else merged(plant, tables)
    former = None if baseline is None else read_facts(baseline)
    write_report(plant, read_plan(plan), target, told, former)
    click.echo(f"written: {target}")
