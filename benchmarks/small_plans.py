"""Compare what a solve finds on small random plants with the best of many plans made without it.

    python -m benchmarks.small_plans --count 60 [--first 0] [--seconds 8] [--plans 240]

The plants and plans are those of `benchmarks.bound_brute_force`: recipes of lots and purchases on a grid,
bettered one by one, all judged by the checker. A solve that costs more than the best of them is printed.
The first run after an installation compiles: its first plants are searched less.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from capacityplan.solve.solve import Settings, solve

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "bound"))

from constructed import cheapest
from small_plants import plant as draw

_SAME = 1.0001
"""Costs that differ by less are the same: bounds and candidates are told in cents."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--plans", type=int, default=240)
    wanted = parser.parse_args()
    compared = cheaper = 0
    dearer: list[float] = []
    for seed in range(wanted.first, wanted.first + wanted.count):
        plant = draw(seed)
        other = cheapest(plant, seed, wanted.plans).cost
        found = solve(plant, Settings(seconds=wanted.seconds, workers=1)).plan
        own = None if found is None or found.certificate is None else found.certificate.cost
        if other is None:
            continue
        compared += 1
        if own is None or own > _SAME * float(other):
            dearer.append(float("inf") if own is None else float(own / other) - 1 if other > 0 else 0.0)
            print(
                f"plant {seed}: {'no plan' if own is None else float(own)}, there is one of {float(other)}",
                flush=True,
            )
        elif float(own) * _SAME < other:
            cheaper += 1
    print(f"{compared} plants: {cheaper} cheaper than all others, {len(dearer)} dearer than the best of them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
