"""``capacityplan whatif``: scenarios side by side, each one solved and verified."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from capacityplan.domain.plant import Plant
    from capacityplan.scenario.whatif import Result
    from capacityplan.solve.solve import Settings
    from capacityplan.solve.types import Start

_SECONDS = 30.0


@click.command("whatif")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.option("--scenario", "scenarios", multiple=True, metavar="NAME",
              help="A scenario of the instance; may be repeated (default: all of them).")  # fmt: skip
@click.option("--playbook", "crises", is_flag=True, help="Add the crises to be ready for.")
@click.option("--plan", "base", type=click.Path(exists=True, path_type=Path),
              help="Plan (folder) of the instance as it is, to begin with.")  # fmt: skip
@click.option("--time-limit", type=click.FloatRange(min=1), default=_SECONDS, show_default=True,
              help="Seconds for each scenario.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the search.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes to use.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Write every plan with its reports into this folder.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def whatif(
    instance: Path, scenarios: tuple[str, ...], crises: bool, base: Path | None, time_limit: float,
    seed: int, workers: int, out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Solve INSTANCE as it is and in scenarios, and show them side by side.

    Every scenario begins with the plan of the instance as it is, fitted to the scenario's data.
    Exit 5 if one of them has no verified plan.
    """
    import json

    from capacityplan.cli.printing import print_table, results_table
    from capacityplan.errors import ExitCode
    from capacityplan.report import write_outputs
    from capacityplan.report.result import money
    from capacityplan.scenario.whatif import expected_cost
    from capacityplan.solve.solve import Settings

    settings = Settings(seconds=time_limit, seed=seed, workers=workers)
    results = _solved(instance, scenarios, crises, base, settings)
    for row in results:
        if out is not None and row.plan is not None:
            write_outputs(row.plant, row.plan, row.verdict, out / _folder(row.name))
    expected = expected_cost(results)
    if as_json:
        record = {
            "scenarios": [_record(row) for row in results],
            "expected_cost": money(expected),
        }
        click.echo(json.dumps(record, indent=2))
    else:
        print_table(results_table("whatif", "Scenarios side by side", results), len(results))
        if expected is not None:
            click.echo(f"Expected cost: {float(expected):,.2f} {results[0].plant.currency}")
    if any(row.plan is None for row in results):
        raise SystemExit(ExitCode.NO_PLAN)


def _solved(
    instance: Path, names: tuple[str, ...], crises: bool, base: Path | None, settings: Settings
) -> list[Result]:
    from capacityplan.exchange import read_or_raise, read_plan
    from capacityplan.exchange.scenario_files import read_scenario, scenario_names
    from capacityplan.replan.carry import carry_forward
    from capacityplan.scenario import apply
    from capacityplan.scenario.playbook import playbook
    from capacityplan.scenario.whatif import side_by_side

    plant = read_or_raise(instance)
    chosen = [read_scenario(instance, name) for name in names or scenario_names(instance)]
    changed = [(row.name, row.probability, apply(plant, row)) for row in chosen]
    plan = None if base is None else read_plan(base)

    def start(of: Plant) -> Start | None:
        return None if plan is None else carry_forward(of, plan)

    results = side_by_side([("as it is", None, plant)], settings, start, _tell)
    plan = results[0].plan or plan
    if crises and plan is not None:
        changed += playbook(plant, plan)
    return results + side_by_side(changed, settings, start, _tell)


def _tell(row: Result) -> None:
    """Say on standard error how a scenario went while the others are still to come."""
    cost = "no plan" if row.cost is None else f"{float(row.cost):,.2f} {row.plant.currency}"
    click.echo(f"{row.name}: {row.status}, {cost}", err=True)
    for line in row.rejected[:3] if row.plan is None else ():
        click.echo(f"  candidate not used: {line}", err=True)
    if row.failure:
        click.echo(row.failure, err=True)


def _folder(name: str) -> str:
    return "".join(mark if mark.isalnum() or mark in "-_" else "_" for mark in name)


def _record(row: Result) -> dict[str, object]:
    from capacityplan.report.result import bound, money
    from capacityplan.units import decimal_text

    verdict = row.verdict
    return {
        "scenario": row.name,
        "probability": None if row.probability is None else float(row.probability),
        "status": row.status,
        "verified": verdict is not None,
        "cost": money(row.cost),
        "bound": bound(row.bound),
        "on_time": None if verdict is None else round(float(verdict.on_time_share), 6),
        "late_unit_days": None if verdict is None else float(decimal_text(verdict.late_unit_days, 3)),
        "lost_units": None if verdict is None else float(decimal_text(verdict.lost_units, 3)),
        "categories": {name: money(amount) for name, amount in row.categories.items()},
    }
