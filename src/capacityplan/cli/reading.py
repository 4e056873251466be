"""A plan read together with the plant beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from capacityplan.report.facts import Facts


def read_facts(plan: Path) -> Facts:
    """Read a plan (its folder or its plan.json) and the instance.json beside it.

    Raises
    ------
    click.UsageError
        If the plant is not there.
    """
    from capacityplan.exchange import read_or_raise, read_plan
    from capacityplan.report.facts import Facts

    source = (plan if plan.is_dir() else plan.parent) / "instance.json"
    if not source.exists():
        raise click.UsageError(f"{source} is not there: a plan is compared together with its plant")
    return Facts(read_or_raise(source), read_plan(plan))
