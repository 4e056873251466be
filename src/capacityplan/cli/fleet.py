"""``capacityplan fleet``: the nightly run of several plants."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command("fleet")
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def fleet(config: Path) -> None:
    """Run the nights of all plants that the file CONFIG lists, one after the other.

    Each plant has its own nightly configuration. What the plants before it take of the suppliers
    they share (shared_suppliers) is not there for the next. A plant that fails, or whose
    configuration is refused, does not stop the others. The exit code is the worst of all plants:
    1, 6, 8, 2, 3, 4, 5, 7, in this order.
    """
    from capacityplan.nightly.config import read_fleet
    from capacityplan.nightly.fleet import run_fleet, worst
    from capacityplan.nightly.logs import open_log

    found = read_fleet(config)
    open_log()
    outcomes = run_fleet(found.plants, found.stop_on_failure)
    for outcome in outcomes:
        if outcome.findings:
            click.echo(f"{outcome.plant}: configuration refused (code {int(outcome.code)})")
            for finding in outcome.findings:
                click.echo(f"  {finding.text()}")
        elif outcome.code:
            click.echo(f"{outcome.plant}: kept its last plan (code {int(outcome.code)})")
        else:
            click.echo(f"{outcome.plant}: published")
    sys.exit(worst(outcomes))
