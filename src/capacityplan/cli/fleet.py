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
    they share (shared_suppliers) is not there for the next. The exit code is that of the first
    plant that failed.
    """
    from capacityplan.errors import ExitCode
    from capacityplan.nightly.config import read_config, read_fleet
    from capacityplan.nightly.fleet import run_fleet
    from capacityplan.nightly.logs import open_log

    found = read_fleet(config)
    plants = [read_config(path) for path in found.plants]
    open_log()
    outcome = run_fleet(plants, found.stop_on_failure)
    for name, code in outcome.items():
        click.echo(f"{name}: {'published' if code == 0 else f'kept its last plan (code {code})'}")
    sys.exit(next((code for code in outcome.values() if code), int(ExitCode.VERIFIED)))
