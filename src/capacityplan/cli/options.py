"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

with_scenarios = click.option(
    "--scenario", "scenarios", multiple=True, metavar="NAME",
    help="Apply a scenario of the instance (scenarios/NAME.toml); may be repeated.",
)  # fmt: skip


def with_period(command: Callable[..., Any]) -> Callable[..., Any]:
    """Take a plan with its instance, what happened since, and the days to look back on."""
    day = click.DateTime(formats=["%Y-%m-%d"])
    path = click.Path(exists=True, path_type=Path)
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    for decorate in reversed((
        click.argument("instance", type=path), click.argument("plan", type=path),
        click.option("--tables", type=folder, help="Folder of CSV tables (actuals, complaints, "
                     "spending, budgets, targets) that replace those of INSTANCE."),
        click.option("--from", "first", type=day, help="First day; default: the plan's."),
        click.option("--to", "last", type=day, help="Last day; default: the last one of actuals."),
        click.option("--baseline", type=path, help="A former plan (with its instance.json) beside it."),
        click.option("--scenarios", "judged", type=folder, help="Folder of scenarios' plans (whatif --out): "
                     "which came nearest to what happened?"),
    )):  # fmt: skip
        command = decorate(command)
    return command
