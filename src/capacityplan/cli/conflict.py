"""``capacityplan conflict``: why no plan exists, and the ways out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from capacityplan.cli.options import with_scenarios

if TYPE_CHECKING:
    from capacityplan.conflict import Conflict
    from capacityplan.conflict.ways import Tried

_SECONDS = 10.0


@click.command("conflict")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@with_scenarios
@click.option("--time-limit", type=click.FloatRange(min=1), default=_SECONDS, show_default=True,
              help="Seconds for each way out.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes to use.")
@click.option("--no-ways", is_flag=True, help="Name the conflict only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def conflict(
    instance: Path, scenarios: tuple[str, ...], time_limit: float, workers: int, no_ways: bool, as_json: bool
) -> None:
    """Name the rows of INSTANCE that cannot all be kept, none of them superfluous, and the ways out.

    Each way out is solved anew, verified and ranked by its cost. Exit 4 if there is a conflict, 0 if
    none is proven.
    """
    import json

    from capacityplan.conflict import conflict as find
    from capacityplan.conflict.ways import tried
    from capacityplan.errors import ExitCode
    from capacityplan.scenario import read_with_scenarios

    plant = read_with_scenarios(instance, scenarios)
    found = find(plant)
    if found is None:
        click.echo(
            "null" if as_json else "No conflict is proven: nothing forbids a plan that this check knows of."
        )
        return
    rows = () if no_ways else tried(plant, found, time_limit, workers)
    if as_json:
        click.echo(json.dumps(_record(found, rows), indent=2))
    else:
        for line in (*told(found), *_told_ways(rows, plant.currency)):
            click.echo(line)
    raise SystemExit(ExitCode.INFEASIBLE)


def told(found: Conflict) -> list[str]:
    """Say what a conflict is made of."""
    lines = ["No plan can keep all of these; without any one of them the others can be kept:"]
    if not found.minimal:
        lines = ["No plan can keep all of these (those marked ? may be superfluous):"]
    for element, plan in zip(found.elements, found.plans, strict=True):
        mark = "-" if plan is not None else "?"
        lines.append(f"  {mark} {element.text} [{element.rule}; {element.table} {element.row}]")
    lines.append("What finds no room:")
    return lines + [
        f"  - {must.text}" + (f", {must.minutes} min" if must.places else "") for must in found.musts
    ]


def _told_ways(rows: tuple[Tried, ...], currency: str) -> list[str]:
    lines = ["Ways out, each solved anew and verified, cheapest first:"] if rows else []
    least = next((row.cost for row in rows if row.cost is not None), None)
    for row in rows:
        if row.cost is None or least is None:
            why = (
                "another conflict is left"
                if row.status == "another conflict"
                else "no plan was found in the time"
            )
            lines.append(f"  - {row.text}: {why}")
            continue
        without = f", without {row.note}" if row.note else ""
        more = f" ({float(row.cost - least):+,.2f})" if row.cost != least else ""
        lines.append(f"  - {row.text}: {float(row.cost):,.2f} {currency}{more}{without}")
    return lines


def _record(found: Conflict, rows: tuple[Tried, ...]) -> dict[str, object]:
    from capacityplan.report.result import money

    return {
        "minimal": found.minimal,
        "conflict": [
            {"rule": row.rule, "table": row.table, "row": row.row, "text": row.text} for row in found.elements
        ],
        "no_room": [{"text": must.text, "minutes": must.minutes} for must in found.musts],
        "ways": [
            {"text": row.text, "status": row.status, "without": row.note,
             "cost": money(row.cost)}
            for row in rows
        ],
    }  # fmt: skip
