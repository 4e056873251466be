"""Measure a target of reliability in full.

    python -m benchmarks.reliability TARGET [--count N]

    determinism, time_limit, stop, first_plan, corruptions, fuzz, mixed, netted

Without ``--count`` as often as the target says (docs/reliability.md). Exit 0 where it is met, else 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import corruptions, determinism, first_plan, fuzz, mixed, netted, stop, time_limit

TARGETS: dict[str, Callable[[Path, argparse.Namespace], bool]] = {
    "determinism": lambda folder, given: determinism.main(folder, given.count, given.size, given.work),
    "time_limit": lambda folder, given: time_limit.main(folder, given.count),
    "stop": lambda folder, given: stop.main(folder, given.count, given.size),
    "first_plan": lambda folder, given: first_plan.main(folder, given.count),
    "corruptions": lambda folder, given: corruptions.main(given.count),
    "fuzz": lambda folder, given: fuzz.main(folder, given.count),
    "mixed": lambda folder, given: mixed.main(folder, given.count, given.first),
    "netted": lambda folder, given: netted.main(folder, given.count, given.first),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reliability", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--count", type=int, help="runs instead of the target's")
    parser.add_argument("--first", type=int, default=0, help="seed of the first random plant (default 0)")
    parser.add_argument("--size", type=float, default=0.5, help="size of the own plants (default 0.5)")
    parser.add_argument("--work", type=float, default=20, help="work limit of determinism (default 20)")
    parser.add_argument("--folder", type=Path, help="where instances and plans are kept (default: nowhere)")
    given = parser.parse_args()
    if given.folder is not None:
        given.folder.mkdir(parents=True, exist_ok=True)
        return 0 if TARGETS[given.target](given.folder, given) else 1
    with tempfile.TemporaryDirectory() as folder:
        return 0 if TARGETS[given.target](Path(folder), given) else 1


if __name__ == "__main__":
    sys.exit(main())
