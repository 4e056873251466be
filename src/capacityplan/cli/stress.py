"""``capacityplan stress``: a plan in thousands of sampled futures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from capacityplan.cli.options import with_scenarios

if TYPE_CHECKING:
    from capacityplan.scenario.stress import Stress

_LINKS = 10


@click.command("stress")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.option("--samples", type=click.IntRange(min=2), default=1000, show_default=True, help="Futures drawn.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the futures.")
@click.option("--range-share", type=click.FloatRange(min=0), default=0.0, show_default=True,
              help="Half width of demand's range where a projection states none.")  # fmt: skip
@with_scenarios
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def stress(
    instance: Path, plan: Path, samples: int, seed: int, range_share: float, scenarios: tuple[str, ...],
    as_json: bool,
) -> None:  # fmt: skip
    """Replay PLAN against sampled demand, yields, rejects, lead times and breakdowns of INSTANCE."""
    import dataclasses
    import json

    from capacityplan.exchange import read_plan
    from capacityplan.scenario import read_with_scenarios
    from capacityplan.scenario.futures import Uncertainty
    from capacityplan.scenario.stress import stress as run
    from capacityplan.verify import check, require_verified

    plant = read_with_scenarios(instance, scenarios)
    found = read_plan(plan)
    verdict = check(plant, found)
    require_verified(plant, found, verdict)
    found = dataclasses.replace(found, ledger=verdict.ledger)
    result = run(plant, found, samples, seed, Uncertainty(range_share=range_share))
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(result), indent=2))
    else:
        _show(result, plant.currency)


def _show(result: Stress, currency: str) -> None:
    from rich.table import Table

    from capacityplan.cli.printing import console

    cost, service = result.cost, result.service
    click.echo(f"{result.samples:,} futures, seed {result.seed}")
    click.echo(
        f"  cost     planned {result.planned:,.0f} {currency} (replayed {result.replayed:,.0f}); on average "
        f"{cost.mean:,.0f} +- {cost.plus_minus:,.0f}; 5 % below {cost.low:,.0f}, 5 % above {cost.high:,.0f}"
    )
    click.echo(
        f"  in time  {service.mean:.1%} +- {service.plus_minus:.1%} on average; 5 % of futures below "
        f"{service.low:.1%}, half below {service.median:.1%}"
    )
    for name, share in result.launches:
        click.echo(f"  launch   {name}: all of its first week in time in {share:.1%} of futures")
    table = Table("source", "costs on average", box=None, header_style="bold", title="What varies")
    table.columns[1].justify = "right"
    for source, amount in result.sources:
        table.add_row(source.replace("_", " "), f"{amount:,.0f}")
    console().print(table)
    links = Table("weakest links", "", "mean delay, days", "cost", box=None, header_style="bold")
    links.columns[2].justify = links.columns[3].justify = "right"
    for row in result.links[:_LINKS]:
        days = f"{row.days:.2f}" if row.days else ""
        links.add_row(row.name, "late and lost" if row.kind == "item" else "delays", days, f"{row.cost:,.0f}")
    console().print(links)
