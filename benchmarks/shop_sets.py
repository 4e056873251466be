"""A scheduling family over a set.

    python -m benchmarks.shop_sets FAMILY DATA SECONDS TABLE.csv [INSTANCE ...] [--peers]

Each instance is planned by the product's pipeline in so many wall seconds (two processes); what it and its
children used of the processor is counted. With ``--peers``, plain CP-SAT and PyJobShop (installed on demand,
``pip install pyjobshop``) then get the same instance for as many processor seconds. TABLE (CSV) is stored
after each; what stands there is not measured again, so a run that was stopped goes on, and peers can be
added to a table later. At the end the table is printed in Markdown with the means over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
from benchmarks.peers import plain_cp, py_job_shop
from benchmarks.peers.cp import Found
from benchmarks.peers.plain_shop import PlainShop, shop_of
from benchmarks.sets import Measured, store, stored, used

from capacityplan.bench import FAMILIES, run
from capacityplan.bench.case import Case
from capacityplan.solve.minute.compiled import ready
from capacityplan.solve.minute.shop.run import search
from capacityplan.solve.solve import Settings

SAME_ORDER = ("flowshop_tardiness", "flowshop_sdst")
WITHOUT_PEERS = ("plant", "rcpsp")
"""Families with calendars or pools, which the bare problem given to peers does not know."""


@dataclass(frozen=True, slots=True)
class Result(Measured):
    """Verified objective, best known, bound; objectives and bounds of peers; processor seconds of each.

    A peer's seconds are None where it was not run, its objective is None where it found nothing.
    """

    objective: float | None
    best_known: float | None
    bound: float | None
    seconds: float | None
    plain: float | None = None
    plain_bound: float | None = None
    plain_seconds: float | None = None
    pyjobshop: float | None = None
    pyjobshop_bound: float | None = None
    pyjobshop_seconds: float | None = None

    def above(self, value: float | None) -> float | None:
        """By what share a value lies above the best known."""
        return None if self.best_known is None else _above(value, self.best_known)


def _above(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else (value - other) / max(abs(other), 1.0)


def _measured(family: str, case: Case, seconds: float) -> Result:
    """Plan an instance."""
    before = sum(used())
    row = run(family, case, Settings(seconds=seconds))
    objective = row.objective if row.verified else None
    return Result(case.instance, objective, row.best_known_upper, row.bound, round(sum(used()) - before, 1))


def _beside(family: str, case: Case, row: Result) -> Result:
    """Give peers as long as the product took, where they were not run yet."""
    shop = shop_of(case.plant, family in SAME_ORDER)
    seconds = row.seconds or 0.0
    if row.plain_seconds is None:
        objective, bound, spent = _peer(plain_cp.solve, shop, seconds)
        row = replace(row, plain=objective, plain_bound=bound, plain_seconds=spent)
    if row.pyjobshop_seconds is None:
        objective, bound, spent = _peer(py_job_shop.solve, shop, seconds)
        row = replace(row, pyjobshop=objective, pyjobshop_bound=bound, pyjobshop_seconds=spent)
    return row


def _peer(
    solve: Callable[[PlainShop, float], Found], shop: PlainShop, seconds: float
) -> tuple[float | None, float | None, float]:
    found = solve(shop, seconds)
    return found.objective, found.bound, round(found.seconds, 1)


def show(rows: Sequence[Result]) -> Iterator[str]:
    """Yield the lines of a Markdown table and the means over it."""
    yield (
        "| instance | objective | bound | best known | above it | CP-SAT (bound) | above best known "
        "| PyJobShop (bound) | above best known | processor s |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        cells = [
            row.instance, _number(row.objective), _number(row.bound), _number(row.best_known),
            _share(row.above(row.objective)),
            _pair(row.plain, row.plain_bound, row.plain_seconds), _share(row.above(row.plain)),
            _pair(row.pyjobshop, row.pyjobshop_bound, row.pyjobshop_seconds),
            _share(row.above(row.pyjobshop)),
            ", ".join(
                f"{spent:.0f}"
                for spent in (row.seconds, row.plain_seconds, row.pyjobshop_seconds)
                if spent is not None
            ),
        ]  # fmt: skip
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield f"{len(rows)} instances, {sum(row.objective is not None for row in rows)} verified."
    for name, value in (
        ("own", lambda row: row.objective), ("CP-SAT", lambda row: row.plain),
        ("PyJobShop", lambda row: row.pyjobshop),
    ):  # fmt: skip
        yield from _mean(f"{name} above the best known", [row.above(value(row)) for row in rows])
        if name != "own":
            against = [_above(row.objective, value(row)) for row in rows]
            yield from _mean(f"own against {name}, where that found a schedule", against)


def _mean(what: str, shares: Sequence[float | None]) -> Iterator[str]:
    known = [share for share in shares if share is not None]
    if known:
        mean = sum(known) / len(known)
        yield f"{what}: {mean:+.2%} on average of {len(known)}, {max(known):+.2%} at worst"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


def _pair(value: float | None, bound: float | None, seconds: float | None) -> str:
    if seconds is None:
        return "not run"
    return f"{'none' if value is None else f'{value:,.0f}'} ({_number(bound)})"


@click.command()
@click.argument("family")
@click.argument("data", type=click.Path(path_type=Path))
@click.argument("seconds", type=float)
@click.argument("table", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1)
@click.option("--peers", is_flag=True, help="Run plain CP-SAT and PyJobShop too.")
def main(family: str, data: Path, seconds: float, table: Path, names: tuple[str, ...], peers: bool) -> None:
    """Measure what is missing in TABLE, then print it."""
    if peers and family in WITHOUT_PEERS:
        raise click.UsageError(f"{family} has no peers: their models know neither calendars nor pools.")
    ready(search.__module__)
    rows = {row.instance: row for row in stored(table, Result)}
    for case in FAMILIES[family].read(data, names):
        before = rows.get(case.instance)
        row = before or _measured(family, case, seconds)
        rows[row.instance] = row
        store(table, list(rows.values()))
        if peers:
            row = rows[row.instance] = _beside(family, case, row)
            store(table, list(rows.values()))
        if row is not before:
            click.echo(list(show([row]))[2])
    for line in show(list(rows.values())):
        click.echo(line)


if __name__ == "__main__":
    main()
