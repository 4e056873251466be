"""Run simulated nights, or the full fault drills, and say what came of them.

python -m benchmarks.nights --nights 30 --plant dairy --size 0.1 --limit 20 --scratch 3
python -m benchmarks.nights --nights 200 --size 0.03 --work 0.1 --scratch 0 --faults 0.1  # R34: soak
python -m benchmarks.nights --kills 500 --stores 1000                  # R15, R16
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import sys
import tempfile
from pathlib import Path
from statistics import mean

from benchmarks.nights.drills import kill_nights, kill_stores
from benchmarks.nights.month import Effort, NightResult, month

_MOST = 0.03


def main() -> int:
    """Exit with 0 where every target is met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nights", type=int, default=0)
    parser.add_argument("--plant", default="dairy")
    parser.add_argument("--size", type=float, default=0.1)
    parser.add_argument("--limit", type=float, default=20.0, help="seconds per night")
    parser.add_argument(
        "--work", type=float, help="units of work per night instead: the same on a busy machine"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scratch", type=int, default=3, help="plan every n-th night from scratch too")
    parser.add_argument("--scratch-factor", type=float, default=3.0, help="with so much more time")
    parser.add_argument("--faults", type=float, default=0.0, help="share of nights that first go wrong")
    parser.add_argument("--kills", type=int, default=0, help="nights killed at random moments")
    parser.add_argument("--stores", type=int, default=0, help="store commits killed at random moments")
    parser.add_argument("--store", default="", help="URL of the run store (default: SQLite)")
    parser.add_argument("--folder", type=Path, help="keep the files there; a broken-off month goes on there")
    asked = parser.parse_args()
    logging.getLogger("capacityplan.nightly").addHandler(logging.NullHandler())
    home = asked.folder or Path(tempfile.mkdtemp(prefix="nights-"))
    good = True
    if asked.kills:
        good = (
            _say("nights killed", kill_nights(home / "kills", asked.kills, asked.seed, asked.store)) and good
        )
    if asked.stores:
        good = _say("commits killed", kill_stores(home / "stores", asked.stores, asked.seed)) and good
    if asked.nights:
        good = _month(home / "month", asked) and good
    return 0 if good else 1


def _say(what: str, faults: list[str]) -> bool:
    sys.stdout.write("\n".join(faults) + f"\n{what}: {len(faults)} faults\n")
    return not faults


def _month(home: Path, asked: argparse.Namespace) -> bool:
    rows: list[NightResult] = []
    effort = Effort(asked.limit, asked.work, asked.scratch, asked.scratch_factor)
    for row in month(
        home, asked.plant, asked.size, asked.nights, effort, asked.seed, asked.store, asked.faults
    ):
        rows.append(row)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        store = sum(file.stat().st_size for file in (home / "site").glob("store.db*")) // 1024
        sys.stdout.write(
            f"night {row.night:3}: code {row.code}, {row.seconds:5.1f} s, cost {_text(row.cost)} "
            f"(carried {_text(row.carried)}), changes {row.changes} ({row.frozen} frozen); scratch "
            f"{_text(row.scratch_cost)} with {row.scratch_changes} ({row.scratch_named} named alike; carried "
            f"{row.carried_changes}); {memory} MB, store {store} kB"
            f"{'' if row.code == 0 else ' ' + row.message}\n"
        )
        sys.stdout.flush()
    sys.stdout.write(f"the world: {json.loads((home / 'world.json').read_text())['told']}\n")
    return _verdict(rows)


def _verdict(rows: list[NightResult]) -> bool:
    failed = [row.night for row in rows if row.code]
    known = [row for row in rows if row.changes is not None]
    changes, frozen = (mean(one or 0 for one in found) for found in zip(*_counts(known), strict=True))
    sys.stdout.write(
        f"{len(rows)} nights, failed: {failed or 'none'}; changes per night {changes:.1f}, "
        f"in the frozen zone {frozen:.2f}\n"
    )
    pairs = [
        (row.cost, row.scratch_cost) for row in rows if row.cost is not None and row.scratch_cost is not None
    ]
    if not pairs:
        return not failed
    dearer = sum(a for a, _ in pairs) / sum(b for _, b in pairs) - 1
    compared = [row for row in rows if row.scratch_changes is not None]
    sys.stdout.write(
        f"against planning from scratch ({len(pairs)} nights): cost {dearer:+.2%}, changes "
        f"{mean(row.changes or 0 for row in compared):.1f} instead of "
        f"{mean(row.scratch_changes or 0 for row in compared):.1f} "
        f"({mean(row.scratch_named or 0 for row in compared):.1f} with lots named alike; yesterday's plan "
        f"carried forward has {mean(row.carried_changes or 0 for row in compared):.1f})\n"
    )
    for category in sorted({key for row in compared for key in (*row.by_category, *row.scratch_by_category)}):
        here, there = (
            mean(amounts.get(category, 0.0) for amounts in found)
            for found in zip(*((row.by_category, row.scratch_by_category) for row in compared), strict=True)
        )
        sys.stdout.write(f"  {category}: {here:,.0f} instead of {there:,.0f} per night\n")
    return not failed and dearer <= _MOST


def _counts(rows: list[NightResult]) -> list[tuple[int | None, int | None]]:
    return [(row.changes, row.frozen) for row in rows]


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


if __name__ == "__main__":
    sys.exit(main())
