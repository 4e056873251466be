"""``capacityplan close``: a period closed for good."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from capacityplan.cli.options import with_period


@click.command("close")
@with_period
@click.option("--cycle", required=True, help="Name of the period, for example 2027-Q1.")
@click.option("--by", "author", required=True, help="Who closes it.")
@click.option("--log", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="Log of closed periods (one JSON object per line).")  # fmt: skip
def close(
    instance: Path, plan: Path, tables: Path | None, first: datetime | None, last: datetime | None,
    baseline: Path | None, judged: Path | None, cycle: str, author: str, log: Path,
) -> None:  # fmt: skip
    """Close a period: append its key figures, targets and variances to the log.

    They are those of: capacityplan variance INSTANCE PLAN
    """
    from capacityplan.cli.variance import period_review
    from capacityplan.exchange import read_plan
    from capacityplan.replan.closing import close_period

    found = period_review(instance, plan, tables, first, last, baseline, judged)
    try:
        record = close_period(log, cycle, author, read_plan(plan), found)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    missed = [name for name, row in record["figures"].items() if row["meets"] is False]
    told = f"; missed: {', '.join(missed)}" if missed else ""
    click.echo(f"{cycle} ({found.period}) is closed in {log}{told}")
