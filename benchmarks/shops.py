"""Measure the search of plain shops in processor seconds, which other work on the machine does not shorten.

    python -m benchmarks.shops wtsds ../shared/bench/sched/wtsds --instance 1 --instance 61 --seconds 15

Each instance is netted, searched in one process, settled and verified; a row is the benchmark's objective
of the verified plan. The product's own pipeline (`capacityplan bench`) does the same by the clock, with two
processes, its other engines and the bound beside it.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import click

from capacityplan.bench import FAMILIES
from capacityplan.bench.case import Case
from capacityplan.domain.plan import Provenance
from capacityplan.solve.dispatch import Ground
from capacityplan.solve.minute.compiled import ready
from capacityplan.solve.minute.shop import applies, run, search
from capacityplan.solve.mrp import net_requirements
from capacityplan.solve.settle import settle_once
from capacityplan.solve.types import Limits
from capacityplan.verify import check


@click.command()
@click.argument("family")
@click.argument("data", type=click.Path(path_type=Path), default=".")
@click.option("--instance", "names", multiple=True, help="Only this instance (may be given again).")
@click.option(
    "--seconds", type=float, default=60.0, show_default=True, help="Processor seconds of each search."
)
@click.option("--seeds", type=int, default=1, show_default=True, help="How many seeds, from 0.")
def main(family: str, data: Path, names: tuple[str, ...], seconds: float, seeds: int) -> None:
    """Search the instances of FAMILY and print a row for each."""
    ready(run.__name__)
    above = []
    for case in FAMILIES[family].read(data, names):
        found = [_objective(case, seconds, seed) for seed in range(seeds)]
        values = [value for value in found if value is not None]
        mean = sum(values) / len(values) if len(values) == seeds else None
        known = case.best_known_upper
        gap = (mean - known) / max(abs(known), 1.0) if mean is not None and known is not None else None
        above += [] if gap is None else [gap]
        line = f"{case.instance:<24}{'-' if mean is None else f'{mean:,.1f}':>14}"
        click.echo(line + (f"{known:>14,.0f}{gap:>10.2%}" if known is not None and gap is not None else ""))
    if above:
        click.echo(f"mean above the best known: {sum(above) / len(above):.2%} of {len(above)}")


def _objective(case: Case, seconds: float, seed: int) -> float | None:
    """Objective of the verified plan; None where the search does not apply or finds no place."""
    lots = net_requirements(case.plant)
    ground = Ground(case.plant, lots)
    if not applies(ground):
        return None
    window = search(ground, Limits(time.process_time() + seconds, seed), time.process_time)
    if window is None:
        return None
    plan = settle_once(
        case.plant, window, lots, Provenance(case.plant.name, case.plant.hash(), start=case.plant.start)
    )
    verdict = check(case.plant, plan)
    if verdict.violations:
        raise SystemExit(f"{case.instance}: {verdict.violations[0].text()}")
    plan = replace(plan, ledger=verdict.ledger)
    return float(case.objective(plan)) if case.solves(plan) else None


if __name__ == "__main__":
    main()
