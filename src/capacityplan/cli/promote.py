"""``capacityplan promote``: the largest uplift of a promotion that a plan can serve, and any plan at most."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command("promote")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.argument("promotion", required=False)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Write the plan for the largest uplift of PROMOTION into this folder.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(min=0), default=60.0, show_default=True,
              help="Processor seconds for what stops more of each, at most half of them (by the clock) "
                   "for what any plan can serve; 0: neither is looked for.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def promote(
    instance: Path, plan: Path, promotion: str | None, out: Path | None, seconds: float, as_json: bool
) -> None:
    """Find the largest uplift of PROMOTION (default: of each) that PLAN can serve in full and in time.

    Nothing that is planned is moved, and nobody else gets less in time. What no plan can exceed is proven,
    whatever it moves. What stops more is named with the uplift that is reached without it, and what there
    was no time to try. Every uplift told as feasible is a plan that was verified. Exit 5 where one is not
    feasible as it is asked for.
    """
    import json

    from capacityplan.errors import DataError, ExitCode, Finding
    from capacityplan.exchange import read_or_raise, read_plan
    from capacityplan.exchange.texts import did_you_mean
    from capacityplan.promise.promote import promote as promoted
    from capacityplan.promise.promote_text import Words
    from capacityplan.report import write_outputs

    if out is not None and promotion is None:
        raise click.UsageError("--out needs the name of one PROMOTION")
    plant = read_or_raise(instance)
    names = [row.promotion for row in plant.promotions]
    if promotion is not None and promotion not in names:
        hint = did_you_mean(promotion, names)
        expected = "a promotion of the instance"
        told = Finding("UNKNOWN_PROMOTION", "no such promotion", "request", value=promotion,
                       expected=expected, hint=hint)  # fmt: skip
        raise DataError((told,))
    given = read_plan(plan)
    words, records, kept = Words(plant), [], True
    for name in names if promotion is None else [promotion]:
        found = promoted(plant, given, name, seconds)
        best = found.best
        kept &= not found.asked or (best is not None and best.fraction >= found.promotion.uplift_fraction)
        if as_json:
            records.append(words.record(found))
        else:
            for line in words.lines(found):
                click.echo(line)
        if out is not None and best is not None:
            write_outputs(best.plant, best.plan, None, out)
    if as_json:
        click.echo(json.dumps(records, indent=2))
    elif not names:
        click.echo("The instance has no promotions.")
    if not kept:
        sys.exit(ExitCode.NO_PLAN)
