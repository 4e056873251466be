"""``capacityplan learn``: what actuals say about the parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from capacityplan.domain.plant import Plant


@click.command("learn")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.option("--prior", default=5, show_default=True, type=click.IntRange(min=0),
              help="Observations that a present parameter counts for.")  # fmt: skip
@click.option("--accept", multiple=True, metavar="ID", help="Put a proposal into effect in INSTANCE.")
@click.option("--refuse", multiple=True, metavar="ID", help="Note that a proposal is refused.")
@click.option("--by", "author", help="Who accepts or refuses.")
@click.option("--log", type=click.Path(dir_okay=False, path_type=Path),
              help="Log of decisions; default: INSTANCE.decisions.jsonl.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print proposals as JSON.")
def learn(
    instance: Path,
    plan: Path,
    prior: int,
    accept: tuple[str, ...],
    refuse: tuple[str, ...],
    author: str | None,
    log: Path | None,
    as_json: bool,
) -> None:
    """Propose changes of run times, yields, reject rates, lead times and forecast weights.

    They come from the actuals of INSTANCE (its table actuals; without it, exit 3) and the PLAN they
    belong to. A person accepts or refuses; every decision is appended to the log.
    """
    import json

    from capacityplan.exchange import read_or_raise, read_plan, write
    from capacityplan.replan.decisions import decided, taken
    from capacityplan.replan.learn import proposals, strangers

    plant = read_or_raise(instance)
    done = read_plan(plan)
    file = log or instance.with_name(f"{instance.name}.decisions.jsonl")
    every = proposals(plant, done, prior)
    found = [row for row in every if not taken(row, file)]
    if len(found) < len(every):
        click.echo(f"note: {len(every) - len(found)} accepted before on the same actuals", err=True)
    for note in strangers(plant, done):
        click.echo(f"note: {note}", err=True)
    if not accept and not refuse:
        if as_json:
            click.echo(json.dumps([row.record() for row in found], indent=2))
        else:
            click.echo("\n".join(row.text() for row in found) or _nothing(plant))
        return
    if not author:
        raise click.UsageError("--accept and --refuse need --by: who decides")
    both = sorted({*accept} & {*refuse})
    if both:
        raise click.UsageError(f"accepted and refused at once: {', '.join(both)}")
    accept, refuse = tuple(dict.fromkeys(accept)), tuple(dict.fromkeys(refuse))
    known = {row.id: row for row in found}
    unknown = [name for name in (*accept, *refuse) if name not in known]
    if unknown:
        raise click.UsageError(f"no such proposal: {', '.join(unknown)}")
    changed = decided(plant, [known[name] for name in accept], [known[name] for name in refuse], author, file)
    if accept:
        write(changed, instance)
    click.echo(f"{len(accept)} accepted, {len(refuse)} refused; noted in {file}")


def _nothing(plant: Plant) -> str:
    from capacityplan.replan.learn import LEAST_COUNT

    return (
        f"nothing to propose from {len(plant.actuals)} actuals: "
        f"a parameter needs {LEAST_COUNT} observations and a difference of 2 %"
    )
