"""A lot-sizing family over a set: ``python -m benchmarks.lot_sets FAMILY DATA SECONDS TABLE [INSTANCE ...]``.

Each instance is planned by the product in so many seconds (two processes), then plain HiGHS gets the textbook
model for as many processor seconds as the busier of both used. A row is added to TABLE (CSV) after each
instance; instances that stand there already are not run again, so a run that was stopped goes on. At the end
the table is printed in Markdown with the means over it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.textbook import read, solve
from benchmarks.sets import Measured, store, stored, used

from capacityplan.bench import FAMILIES, run
from capacityplan.solve.solve import Settings


@dataclass(frozen=True, slots=True)
class Result(Measured):
    """Verified cost and bound of the product, those of plain HiGHS (0: none), and processor seconds."""

    cost: float
    bound: float
    plain_cost: float
    plain_bound: float
    search_seconds: float
    bound_seconds: float
    plain_seconds: float

    @property
    def gap(self) -> float:
        """Gap to the own bound."""
        return _gap(self.cost, self.bound)

    @property
    def plain_gap(self) -> float:
        """Gap of plain HiGHS to its own bound."""
        return _gap(self.plain_cost, self.plain_bound)

    @property
    def against_plain(self) -> float:
        """By what share the cost lies above (below: negative) that of plain HiGHS."""
        return self.cost / self.plain_cost - 1 if self.plain_cost else -1.0


def _gap(cost: float, bound: float) -> float:
    return (cost - bound) / max(abs(cost), 1.0) if cost else 1.0


def results(family: str, data: Path, seconds: float, names: list[str], known: set[str]) -> Iterator[Result]:
    """Run the instances that are not known yet, one after the other."""
    for case in FAMILIES[family].read(data, names):
        if case.instance in known:
            continue
        before = used()
        row = run(family, case, Settings(seconds=seconds))
        search, bound = (now - then for now, then in zip(used(), before, strict=True))
        plain = solve(read(family, data, case.instance), max(search, bound))
        cost = plain[0] if plain[0] < float("inf") else 0.0
        yield Result(
            case.instance, (row.objective or 0.0) * row.verified, row.bound or 0.0, cost, plain[1],
            round(search, 1), round(bound, 1), round(plain[2], 1),
        )  # fmt: skip


def show(rows: list[Result]) -> Iterator[str]:
    """Yield the lines of a Markdown table and what holds on average."""
    yield "| instance | cost | bound | gap | plain HiGHS | its bound | its gap | against it | processor s |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        cost = f"{row.cost:,.1f}" if row.cost else "none verified"
        plain = f"{row.plain_cost:,.1f}" if row.plain_cost else "none"
        yield (
            f"| {row.instance} | {cost} | {row.bound:,.1f} | {row.gap:.2%} "
            f"| {plain} | {row.plain_bound:,.1f} | {row.plain_gap:.2%} | {row.against_plain:+.2%} "
            f"| {row.search_seconds:.0f} + {row.bound_seconds:.0f}, {row.plain_seconds:.0f} |"
        )
    if not rows:
        return
    gaps, against = [row.gap for row in rows], [row.against_plain for row in rows]
    plain_gaps = [row.plain_gap for row in rows]
    yield (
        f"\n{len(rows)} instances, {sum(row.cost > 0 for row in rows)} verified: "
        f"gap {sum(gaps) / len(gaps):.2%} on average, {max(gaps):.2%} at worst "
        f"(plain HiGHS {sum(plain_gaps) / len(gaps):.2%}, {max(plain_gaps):.2%}); "
        f"cost against plain HiGHS {sum(against) / len(against):+.2%} on average, "
        f"{max(against):+.2%} at worst"
    )


def main() -> None:
    """Run what is missing, then print the table."""
    family, data, seconds, table, *names = sys.argv[1:]
    path = Path(table)
    rows = stored(path, Result)
    for row in results(family, Path(data), float(seconds), names, {row.instance for row in rows}):
        rows.append(row)
        store(path, rows)
        print(*list(show([row]))[2:3], sep="\n", flush=True)
    print(*show(rows), sep="\n")


if __name__ == "__main__":
    main()
