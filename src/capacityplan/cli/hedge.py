"""``capacityplan hedge``: the plan with the lowest expected cost over many futures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capacityplan.cli.options import with_scenarios

if TYPE_CHECKING:
    from capacityplan.scenario.hedge import Hedge


@click.command("hedge")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for plan and reports.")
@click.option("--time-limit", type=click.FloatRange(min=1), help="Seconds for each first stage.")
@click.option("--samples", type=click.IntRange(min=2), default=1000, show_default=True,
              help="Futures that judge the result.")  # fmt: skip
@click.option("--training", type=click.IntRange(min=2), default=1000, show_default=True,
              help="Futures that choose.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the futures.")
@click.option("--range-share", type=click.FloatRange(min=0), default=0.0, show_default=True,
              help="Half width of demand's range where a projection states none.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), help="Processes to use.")
@with_scenarios
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def hedge(
    instance: Path, out: Path | None, time_limit: float | None, samples: int, training: int, seed: int,
    range_share: float, workers: int | None, scenarios: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Plan INSTANCE for what is expected and for more, and keep what is cheapest on average.

    Lots, purchases and overtime are committed, deliveries are decided in every future. Futures that did
    not choose say what the choice is worth.
    """
    import dataclasses
    import json

    from capacityplan.errors import ExitCode
    from capacityplan.replan import carry_forward
    from capacityplan.report import write_outputs
    from capacityplan.scenario import read_with_scenarios
    from capacityplan.scenario.futures import Uncertainty
    from capacityplan.scenario.hedge import hedge as run
    from capacityplan.solve.solve import Settings

    plant = read_with_scenarios(instance, scenarios)
    settings = Settings(
        seconds=time_limit or plant.solve.time_limit_seconds, gap=float(plant.solve.gap), seed=seed,
        workers=workers or plant.solve.workers,
    )  # fmt: skip
    found = run(
        plant, settings, samples, training, Uncertainty(range_share=range_share),
        lambda line: click.echo(line, err=True), carry_forward,
    )  # fmt: skip
    if found is None:
        click.echo("No verified plan was found in the time given.", err=True)
        sys.exit(ExitCode.NO_PLAN)
    folder = out or Path("plans") / f"{plant.name}-hedged"
    write_outputs(plant, found.chosen.plan, None, folder)
    if as_json:
        spreads = {
            name: dataclasses.asdict(getattr(found, name))
            for name in ("expected", "hedged", "saving", "service_expected", "service_hedged")
        }
        rows = [
            {"name": row.name, "planned": float(row.planned), "mean": row.mean} for row in found.candidates
        ]
        record = {"chosen": found.chosen.name, "candidates": rows, **spreads}
        click.echo(json.dumps(record, indent=2))
    else:
        _show(found, plant.currency, samples, folder)


def _show(found: Hedge, currency: str, samples: int, folder: Path) -> None:
    click.echo(f"Chosen: {found.chosen.name}. In {samples:,} futures that did not choose:")
    for title, cost, service in (
        ("planned as expected", found.expected, found.service_expected),
        ("chosen plan", found.hedged, found.service_hedged),
    ):
        click.echo(
            f"  {title:<20} {cost.mean:>14,.0f} {currency} +- {cost.plus_minus:,.0f}, "
            f"5 % above {cost.high:,.0f}; in time {service.mean:.1%}"
        )
    saving = found.saving
    click.echo(
        f"  {'saving':<20} {saving.mean:>14,.0f} {currency} +- {saving.plus_minus:,.0f} (95 % confidence)"
    )
    click.echo(f"  plan and reports     {folder}")
