"""Options that several commands share."""

from __future__ import annotations

import click

with_scenarios = click.option(
    "--scenario", "scenarios", multiple=True, metavar="NAME",
    help="Apply a scenario of the instance (scenarios/NAME.toml); may be repeated.",
)  # fmt: skip
