"""Plain HiGHS: ``python -m benchmarks.peers FAMILY DATA SECONDS INSTANCE ...``."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.peers.textbook import read, solve


def main() -> None:
    """Print a row for each instance."""
    family, data, seconds, *names = sys.argv[1:]
    for name in names:
        cost, bound, used = solve(read(family, Path(data), name), float(seconds))
        print(f"{name:<24}{cost:>14,.1f}{bound:>14,.1f}{1 - bound / cost:>9.2%}{used:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
