"""R13: the first verified plan of a large plant, or a named reason, is there at once."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from .program import instance, start

PLANTS = {
    5_000: (("fitband", 5.0), ("dairy", 4.0), ("tablets", 7.0)),
    20_000: (("fitband", 20.0), ("dairy", 17.0), ("tablets", 28.0)),
}
"""Plants with about as many operations in window and tail, as netting plans them."""
SECONDS = {5_000: 5.0, 20_000: 15.0}
_COST = re.compile(r"^\s*([\d.]+) s .* cost [\d,.]+ [A-Z]{3}")


@dataclass(frozen=True)
class First:
    """Seconds of the solve to its first verified plan, and from the start of the program to it."""

    solve: float | None
    whole: float


def first_plan(path: Path, out: Path) -> First:
    """Solve until the first verified plan is announced, then stop."""
    began = time.monotonic()
    found = None
    with start(["solve", str(path), "--out", str(out), "--time-limit", "120"]) as process:
        for line in process.stderr or ():
            found = _COST.match(line)
            if found:
                break
        whole = time.monotonic() - began
        process.kill()
    return First(float(found[1]) if found else None, whole)


def main(folder: Path, count: int | None) -> bool:
    """Print the times of ``count`` seeds of every plant; True where all are in time."""
    good = True
    for operations, plants in PLANTS.items():
        for name, size in plants:
            for seed in range(count or 1):
                one = first_plan(instance(folder, name, size, seed), folder / "first")
                took = "none" if one.solve is None else f"{one.solve:.1f} s"
                print(
                    f"R13 {operations} operations, {name} {size} seed {seed}: first verified plan {took}, "
                    f"{one.whole:.1f} s from the start of the program",
                    flush=True,
                )
                good = good and one.solve is not None and one.solve <= SECONDS[operations]
    return good
