"""``capacityplan nightly``: the unattended run."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click


@click.command("nightly")
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--once", is_flag=True, help="Run now and end (for cron, systemd, Task Scheduler).")
@click.option("--health", is_flag=True, help="Only say whether all is well. Exit 0 or 5.")
def nightly(config: Path, once: bool, health: bool) -> None:
    """Import, validate, replan, verify, export, publish and notify, as the file CONFIG says.

    Without --once the command stays and runs every night at the configured local time (for
    containers). Whatever goes wrong, the plan that was published stays and the exit code says why.
    """
    from datetime import UTC, datetime

    from capacityplan.errors import ExitCode
    from capacityplan.nightly.config import next_night, read_config
    from capacityplan.nightly.health import ailments
    from capacityplan.nightly.logs import open_log, say
    from capacityplan.nightly.pipeline import run_night

    found = read_config(config)
    if health:
        faults = ailments(found)
        for line in faults:
            click.echo(line)
        click.echo("not well" if faults else "well")
        sys.exit(ExitCode.NO_PLAN if faults else ExitCode.VERIFIED)
    open_log()
    if once:
        sys.exit(run_night(found))
    while True:
        moment = next_night(found.schedule, datetime.now(UTC))
        say("waiting", plant=found.plant, until=moment.isoformat())
        while (left := (moment - datetime.now(UTC)).total_seconds()) > 0:
            # The clock may be set meanwhile: look again every minute.
            time.sleep(min(left, 60))
        run_night(found)
