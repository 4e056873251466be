"""Single machine, weighted tardiness with sequence-dependent setups (Cicirello 2003)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from capacityplan.bench.case import Case, Numbers, broken, files, text_of
from capacityplan.bench.shop import Job, Machine, Shop, plant_of

NAME = "wtsds"
_BEGIN = "Begin Problem Specification"
_SECTIONS = ("Process Times:", "Weights:", "Duedates:", "Setup Times:", "End Problem Specification")


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read ``wt_sds_N.instance`` files; a name may be the number alone."""
    wanted = [f"wt_sds_{name}" if name.isdigit() else name for name in names]
    for path in files(data, wanted, (".instance",)):
        yield Case(path.stem, plant_of(_shop(path)))


def _shop(path: Path) -> Shop:
    times, weights, dues, setups = _sections(path)
    count = len(times)
    if not count or len(weights) != count or len(dues) != count or len(setups) != 3 * count * count:
        raise broken(path, "sections of different lengths", "one number per job, setups for all pairs")
    minutes = {}
    for k in range(0, len(setups), 3):
        before, after, length = setups[k : k + 3]
        minutes["machine", "start" if before < 0 else f"J{before:03d}", f"J{after:03d}"] = length
    jobs = [
        Job(f"J{k:03d}", [{"machine": times[k]}], dues[k], weights[k], group=f"J{k:03d}")
        for k in range(count)
    ]
    return Shop(path.stem, [Machine("machine", "machine", "start")], jobs, minutes)


def _sections(path: Path) -> list[list[int]]:
    text = text_of(path).partition(_BEGIN)[2]
    found = []
    for begin, end in pairwise(_SECTIONS):
        head, mark, rest = text.partition(begin)
        part, closed, _ = rest.partition(end)
        if not mark or not closed:
            raise broken(path, f"there is no section {begin} before {end}")
        numbers = Numbers(path, part)
        row = []
        while numbers:
            row.append(numbers.one(-1))
        found.append(row)
        text = text.removeprefix(head)
    return found
