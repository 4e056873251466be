"""Plants of jobs with alternative machines, family changeovers, calendars and weighted tardiness.

Files ``plant_<jobs>_<number>.json``, and generated ones: the instance ``generated_<jobs>_<seed>`` needs no
file, ``generated_<jobs>_<seed>_tight`` has due dates at which lateness and setups pull against each other.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from capacityplan.bench.case import Case, broken, files, text_of
from capacityplan.bench.shop import Job, Machine, Shop, plant_of

NAME = "plant"
_GENERATED = re.compile(r"generated_(\d+)_(\d+)(_tight)?")
_SETUP_PRICE = 5
_CALENDARS = {
    0: [(day, 0, 1440) for day in range(5)],
    1: [(day, 360, 1320) for day in range(5)],
    3: [(day, 360, 1320) for day in range(6)],
    4: [(day, 240, 1440) for day in range(6)],
}
"""Calendar types by number; 2 is always open."""
_FAMILIES = 10


def read(data: Path, names: Sequence[str]) -> Iterator[Case]:
    """Read JSON plants of a folder, or make those whose names say so."""
    for name in names:
        match = _GENERATED.fullmatch(name)
        if match is not None:
            made = _generate(int(match[1]), int(match[2]), match[3] is not None)
            yield Case(name, plant_of(_shop(name, made)))
    wanted = [name for name in names if not _GENERATED.fullmatch(name)]
    if wanted or not names:
        for path in files(data, wanted, (".json",)):
            yield Case(path.stem, plant_of(_read(path)))


def _read(path: Path) -> Shop:
    try:
        found = json.loads(text_of(path))
        return _shop(path.stem, found)
    except json.JSONDecodeError as error:
        raise broken(path, f"not JSON: {error.msg}", row=error.lineno) from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise broken(path, f"not a plant of this family: {type(error).__name__} {error}") from None


def _shop(name: str, found: Mapping[str, Any]) -> Shop:
    stage_of = {int(m): stage for stage, row in enumerate(found["stage_m"]) for m in row}
    kinds, first = found["mcal"], found["initfam"]
    machines = [
        Machine(
            f"M{m:02d}",
            f"stage{stage_of[m]}",
            f"F{int(first[m]):02d}",
            "" if kinds[m] == 2 else f"type{kinds[m]}",
        )
        for m in range(int(found["M"]))
    ]
    setups = {
        (f"stage{stage}", f"F{a:02d}", f"F{b:02d}"): int(minutes)
        for stage, rows in enumerate(found["setup"])
        for a, row in enumerate(rows)
        for b, minutes in enumerate(row)
    }
    jobs = [
        Job(
            f"J{k:05d}",
            [{f"M{int(m):02d}": int(minutes) for m, minutes in step} for step in map(_modes, job["ops"])],
            int(job["due"]),
            int(job["w"]),
            int(job["rel"]),
            f"F{int(job['fam']):02d}",
        )
        for k, job in enumerate(found["jobs"])
    ]
    calendars = {f"type{kind}": _CALENDARS[kind] for kind in set(kinds) - {2}}
    return Shop(name, machines, jobs, setups, _SETUP_PRICE, calendars=calendars)


def _modes(step: Any) -> list[tuple[Any, Any]]:
    """Alternatives of a step: machine and minutes."""
    return list(step["alts"].items())


def _generate(jobs: int, seed: int, tight: bool) -> dict[str, Any]:
    """Make a plant of the same kind: 8 to 40 machines in three stages, one to three steps a job."""
    luck = random.Random(seed)
    count = min(40, 8 + jobs // 100)
    machines = list(range(count))
    cut = [0, count // 4, count // 2, count]
    stages = [machines[a:b] for a, b in pairwise(cut)]
    setup = [
        [[0 if a == b else 5 * luck.randint(3, 20) for b in range(_FAMILIES)] for a in range(_FAMILIES)]
        for _ in stages
    ]
    steps = [[_step(stages[stage], luck) for stage in _route(luck)] for _ in range(jobs)]
    work = sum(sum(step.values()) / len(step) for row in steps for step in row)
    span = work / count / (0.55 if tight else 0.35)
    rows = []
    for step in steps:
        release = luck.randint(0, int(span * 0.7))
        least = sum(min(row.values()) for row in step)
        slack = luck.uniform(1.5, 3.0) if tight else luck.uniform(4.0, 10.0)
        due = int(release + slack * (least + 1440))
        rows.append({
            "fam": luck.randrange(_FAMILIES), "w": luck.randint(1, 8), "due": due, "rel": release,
            "ops": [{"alts": row} for row in step],
        })  # fmt: skip
    return {
        "M": count,
        "stage_m": stages,
        "setup": setup,
        "mcal": [luck.randrange(5) for _ in machines],
        "initfam": [luck.randrange(_FAMILIES) for _ in machines],
        "jobs": rows,
    }


def _route(luck: random.Random) -> list[int]:
    return sorted(luck.sample(range(3), luck.choice([1, 1, 2, 2, 3])))


def _step(machines: Sequence[int], luck: random.Random) -> dict[int, int]:
    base = luck.randint(20, 240)
    able = luck.sample(list(machines), min(len(machines), luck.randint(1, 4)))
    return {m: max(5, int(base * luck.uniform(0.8, 1.3))) for m in able}
