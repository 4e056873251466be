"""``capacityplan bench``: public benchmark instances through the product's own pipeline."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from capacityplan.bench import Row


@click.command("bench")
@click.argument("family")
@click.argument("data", type=click.Path(path_type=Path), default=".")
@click.option("--instance", "names", multiple=True, help="Only this instance (may be given again).")
@click.option("--items", type=click.IntRange(min=1), help="Items of a generated plant (plant_lots).")
@click.option("--periods", type=click.IntRange(min=1), help="Its weeks.")
@click.option("--time-limit", type=click.FloatRange(min=1), default=60.0, show_default=True,
              help="Seconds for each instance.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes to use.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the search.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the rows into this file.")  # fmt: skip
def bench(
    family: str,
    data: Path,
    names: tuple[str, ...],
    items: int | None,
    periods: int | None,
    time_limit: float,
    workers: int,
    seed: int,
    json_file: Path | None,
) -> None:
    """Plan the instances of a benchmark FAMILY under DATA (its folder or one file); print a row for each.

    plant_lots needs no DATA: its plants are generated, by --items and --periods or by name
    (200x26).

    Exit 0 where every plan is verified, 6 where one is not.
    """
    from capacityplan.bench import FAMILIES, run
    from capacityplan.errors import ExitCode
    from capacityplan.solve.solve import Settings

    if family not in FAMILIES:
        raise click.BadParameter(
            f"{family!r} is not one of {', '.join(sorted(FAMILIES))}.", param_hint="FAMILY"
        )
    if (items is None) != (periods is None):
        raise click.UsageError("--items and --periods go together.")
    if items is not None:
        names = (*names, f"{items}x{periods}")
    rows = []
    click.echo(_HEAD)
    for case in FAMILIES[family].read(data, names):
        rows.append(run(family, case, Settings(seconds=time_limit, seed=seed, workers=workers)))
        click.echo(_line(rows[-1]))
        if json_file is not None:
            json_file.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    known = [row.gap_to_best_known for row in rows if row.gap_to_best_known is not None]
    if known:
        click.echo(f"mean gap to the best known plan: {sum(known) / len(known):.2%} of {len(known)}")
    raise SystemExit(ExitCode.VERIFIED if all(row.verified for row in rows) else ExitCode.VERIFICATION)


_HEAD = f"{'instance':<24}{'objective':>14}{'bound':>14}{'gap':>9}{'best known':>14}{'above it':>10}{'s':>8}"


def _line(row: Row) -> str:
    mark = "" if row.verified else "  not verified"
    return (
        f"{row.instance:<24}{_number(row.objective):>14}{_number(row.bound):>14}{_share(row.gap):>9}"
        f"{_number(row.best_known_upper):>14}{_share(row.gap_to_best_known):>10}{row.seconds:>8.1f}{mark}"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"
