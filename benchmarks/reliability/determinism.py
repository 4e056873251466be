"""R10: with a limit of work, runs of one input write the same bytes, whatever else the machine does."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from capacityplan.templates import NAMES

from .program import instance, load, solve

RUNS, BUSY = 20, 2


def digests(folder: Path, name: str, size: float, work: float, runs: int, busy: int = BUSY) -> list[str]:
    """Digest of plan.json of every run; each has other hashes, every other one a busy machine."""
    path = instance(folder, name, size, 0)
    found = []
    for number in range(runs):
        out = folder / f"{name}-{number}"
        shutil.rmtree(out, ignore_errors=True)
        with load(busy * (number % 2)):
            ended = solve(path, out, "--work-limit", str(work), hash_seed=number)
        plan = out / "plan.json"
        if ended.code or not plan.exists():
            raise SystemExit(f"run {number} of {name} ended with code {ended.code}: {ended.said[-2000:]}")
        found.append(hashlib.sha256(plan.read_bytes()).hexdigest())
        seconds = f"{ended.seconds:.1f} s"
        print(
            f"{name} {size} run {number}: {found[-1][:12]} {seconds}{' under load' * (number % 2)}",
            flush=True,
        )
    return found


def main(folder: Path, count: int | None, size: float, work: float) -> bool:
    """Print how many runs of each plant agree; True where all do."""
    good = True
    for name in NAMES:
        found = digests(folder, name, size, work, count or RUNS)
        same = found.count(max(set(found), key=found.count))
        print(f"R10 {name}: {same}/{len(found)} runs byte-identical", flush=True)
        good = good and same == len(found)
    return good
