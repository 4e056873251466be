"""R11: the solve ends when its time limit does, whatever the plant's size."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from capacityplan.templates import NAMES

from .program import instance, solve

RUNS = 200
SIZES = (0.1, 0.3, 1.0, 2.0, 4.0)
LIMITS = (10, 15, 20)
SOLVE, ALWAYS, WHOLE = 1.05, 1.10, 15.0
"""Largest wall time of the solve and of any run as a factor, and seconds for reading and reports."""


@dataclass(frozen=True)
class Timed:
    """A run: what it was to take, what the solve and everything together took."""

    name: str
    limit: float
    solve: float
    whole: float
    code: int


def timed(folder: Path, name: str, size: float, seed: int, limit: float) -> Timed:
    """Solve a plant with a time limit."""
    ended = solve(
        instance(folder, name, size, seed), folder / f"out-{name}-{size}-{seed}", "--time-limit", str(limit)
    )
    if ended.code not in (0, 5) or ended.result is None:
        raise SystemExit(f"{name} {size} {seed} ended with code {ended.code}: {ended.said[-2000:]}")
    return Timed(f"{name} {size} {seed}", limit, ended.result["seconds"]["total"], ended.seconds, ended.code)


def main(folder: Path, count: int | None) -> bool:
    """Print every run and the shares that keep the limits; True where they are those of the target."""
    chance = random.Random(11)
    runs = []
    for number in range(count or RUNS):
        name, size = NAMES[number % len(NAMES)], chance.choice(SIZES)
        one = timed(folder, name, size, chance.randrange(5), chance.choice(LIMITS))
        runs.append(one)
        print(
            f"{one.name}: limit {one.limit} s, solve {one.solve:.2f} s ({one.solve / one.limit:.3f}), "
            f"whole {one.whole:.2f} s, code {one.code}",
            flush=True,
        )
    kept = sum(one.solve <= one.limit * SOLVE for one in runs)
    worst = max(one.solve / one.limit for one in runs)
    over = max(one.whole - one.limit for one in runs)
    print(f"R11: solve within {SOLVE} x limit in {kept}/{len(runs)} runs, worst {worst:.3f}")
    print(f"R11: reading, solve and reports at most {over:.1f} s over the limit")
    return kept >= 0.99 * len(runs) and worst <= ALWAYS and over <= WHOLE
