"""``capacityplan explain``: why a plan is as it is, each cause proven by planning again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from capacityplan.report.facts import Facts

KINDS = ("order", "item", "launch", "resource", "lot", "purchase")


@click.command("explain")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.argument("kind", type=click.Choice(KINDS), required=False)
@click.argument("name", required=False)
@click.option("--top", type=click.IntRange(min=1), default=3, show_default=True,
              help="How many demands to explain where more are late or lost.")  # fmt: skip
@click.option("--causes", "log", type=click.Path(dir_okay=False, path_type=Path),
              help="Append the causes of the --top dearest demands to a log for `causes`.")  # fmt: skip
def explain(
    instance: Path, plan: Path, kind: str | None, name: str | None, top: int, log: Path | None
) -> None:
    """Explain PLAN: an order, item, launch, resource, lot or purchase by NAME; without one, what hurts most.

    A cause is named only where a plan of the plant without it, made anew and verified, serves the
    demand better or as well at a lower cost.
    """
    from capacityplan.exchange import read_or_raise, read_plan
    from capacityplan.report.facts import Facts

    facts = Facts(read_or_raise(instance), read_plan(plan))
    if kind is not None and name is None:
        raise click.UsageError(f"name the {kind} to explain")
    if log is not None:
        if kind is not None:
            raise click.UsageError("--causes explains the dearest demands of the whole plan; name no object")
        _keep(facts, top, log)
        return
    for line in _told(facts, kind, name or "", top):
        click.echo(line)


def _told(facts: Facts, kind: str | None, name: str, top: int) -> list[str]:
    from capacityplan.explain.story import Story
    from capacityplan.report.load import loads
    from capacityplan.report.service import served
    from capacityplan.report.why import reasons

    service = served(facts)
    story = Story(facts.stated, facts.plan, facts.verdict, reasons(facts, service, loads(facts)))
    try:
        return list(story.tell(kind, name, top))
    except KeyError as error:
        raise click.UsageError(str(error.args[0])) from error


def _keep(facts: Facts, top: int, log: Path) -> None:
    import json

    from capacityplan.exchange.atomic import append_lines
    from capacityplan.explain.tally import cause_record

    record = cause_record(facts.stated, facts.plan, facts.verdict, top)
    append_lines(log, [json.dumps(record)])
    told = len(record["demands"])
    click.echo(f"{told} of {record['arrears']} demands that are late or lost explained in {log}")
