"""``capacityplan variance``: plan, budget and actual of a period."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capacityplan.cli.options import with_period

if TYPE_CHECKING:
    from capacityplan.report.facts import Facts
    from capacityplan.report.review import Review

_SHOWN = 15


@click.command("variance")
@with_period
@click.option("--all", "all_rows", is_flag=True, help=f"All lines, not only the {_SHOWN} largest.")
@click.option("--json", "as_json", is_flag=True, help="Print the tables as JSON.")
def variance(
    instance: Path, plan: Path, tables: Path | None, first: datetime | None, last: datetime | None,
    baseline: Path | None, judged: Path | None, all_rows: bool, as_json: bool,
) -> None:  # fmt: skip
    """Compare PLAN, budgets and what really happened: volume, mix, efficiency and price.

    INSTANCE is what the plan was made from, with the tables actuals, complaints and spending (or take
    them from --tables). Key figures stand beside those of a baseline plan and beside targets.
    """
    import json

    from capacityplan.cli.printing import print_table
    from capacityplan.report.review import review_tables
    from capacityplan.report.table import records

    found = period_review(instance, plan, tables, first, last, baseline, judged)
    shown = review_tables(found)
    if as_json:
        click.echo(json.dumps({table.name: records(table) for table in shown}, indent=2))
        return
    for table in shown:
        if table.rows:
            print_table(table, len(table.rows) if all_rows or table.name != "variance_lines" else _SHOWN)


def period_review(
    instance: Path, plan: Path, tables: Path | None, first: datetime | None, last: datetime | None,
    baseline: Path | None, judged: Path | None = None,
) -> Review:  # fmt: skip
    """Read what a period is looked back on with.

    Raises
    ------
    click.UsageError
        If there is nothing to compare the plan with.
    """
    from datetime import date

    from capacityplan.cli.reading import read_facts
    from capacityplan.exchange import read_or_raise, read_plan
    from capacityplan.replan.merge import merged
    from capacityplan.report.facts import Facts
    from capacityplan.report.review import is_recorded, review

    plant = read_or_raise(instance)
    told = merged(plant, tables) if tables is not None else plant
    if not is_recorded(told):
        raise click.UsageError(
            "the tables actuals, complaints and spending are empty: nothing to compare with"
        )
    former = None if baseline is None else read_facts(baseline)
    begin, end = (None if day is None else day.date().toordinal() for day in (first, last))
    facts = Facts(plant, read_plan(plan))
    found = review(facts, told, begin, end, former, None if judged is None else _plans(judged))
    if found.comparison.last < found.comparison.first:
        raise click.UsageError(f"the period ends before it begins: {found.period}")
    days = facts.timeline.first_day
    planned = int(days[0]), int(days[-1] + facts.timeline.days[-1]) - 1
    if found.comparison.first > planned[1] or found.comparison.last < planned[0]:
        dates = " to ".join(date.fromordinal(day).isoformat() for day in planned)
        raise click.UsageError(f"nothing is planned in the period, {found.period}: the plan covers {dates}")
    return found


def _plans(folder: Path) -> dict[str, Facts]:
    """Plans of scenarios by the name of their folder, as `whatif --out` writes them.

    Raises
    ------
    click.UsageError
        If there is none.
    """
    from capacityplan.cli.reading import read_facts

    found = {one.parent.name: read_facts(one.parent) for one in sorted(folder.glob("*/plan.json"))}
    if not found:
        raise click.UsageError(f"{folder} holds no plans: capacityplan whatif INSTANCE --out writes them")
    return found
