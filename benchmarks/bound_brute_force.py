"""Look for a plan that costs less than the bound, on many small random plants.

    python -m benchmarks.bound_brute_force --count 500 [--first 0] [--plans 240] [--prices 2]

Every plant (`tests/bound/small_plants.py`) gets plans from a grid of recipes and from improving the
best (`tests/bound/constructed.py`); the checker judges each. A plan that it accepts and that costs
less than what is proven, at the plant's own or at other prices, is printed; the exit is then 1.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "bound"))

from trial import trial


def main() -> int:
    parser = argparse.ArgumentParser(description="Search for plans below the bound.")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--plans", type=int, default=240)
    parser.add_argument("--prices", type=int, default=2)
    wanted = parser.parse_args()
    began = time.monotonic()
    wrong: list[str] = []
    gaps, accepted = [], 0
    for seed in range(wanted.first, wanted.first + wanted.count):
        one = trial(seed, wanted.plans, wanted.prices)
        wrong += one.wrong
        accepted += one.accepted
        if one.cost is not None and one.bound.bound is not None:
            gaps.append(float((one.cost - one.bound.bound) / max(abs(one.cost), 1)))
        for line in one.wrong:
            print(line, flush=True)
    seconds = time.monotonic() - began
    print(f"{wanted.count} plants, {accepted} accepted plans, {len(wrong)} below the bound, {seconds:.0f} s")
    print(f"gap of the cheapest plan found: median {statistics.median(gaps):.3f}, "
          f"{sum(gap < 0.01 for gap in gaps)} within 1 %")  # fmt: skip
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
