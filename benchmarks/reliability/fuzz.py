"""R23: damaged files end in a plant or in findings, never in a traceback, a hang or a silent change."""

from __future__ import annotations

import random
import shutil
import sys
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from capacityplan.exchange import read, read_or_raise, write

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "exchange"))
from small_instance import write_small
from test_exchange_fuzz import mutate, outcome

FILES = 20_000
LONGEST = 5.0
"""Seconds that reading a damaged file may take."""
Damage = Callable[[random.Random], Path]


def folders(folder: Path) -> Damage:
    """Damage one CSV file of an instance in turn."""
    path = write_small(folder / "csv")
    contents = {file: file.read_bytes() for file in sorted(path.iterdir())}

    def damage(chance: random.Random) -> Path:
        for file, content in contents.items():
            file.write_bytes(content)
        file = chance.choice(list(contents))
        file.write_bytes(mutate(contents[file], chance))
        return path

    return damage


def documents(folder: Path) -> Damage:
    """Damage a JSON file."""
    content = read_or_raise(write_small(folder / "json")).to_json()

    def damage(chance: random.Random) -> Path:
        path = folder / "plant.json"
        path.write_bytes(mutate(content, chance))
        return path

    return damage


def workbooks(folder: Path) -> Damage:
    """Damage one part of a workbook."""
    path = folder / "plant.xlsx"
    write(read_or_raise(write_small(folder / "xlsx")), path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}

    def damage(chance: random.Random) -> Path:
        damaged = chance.choice(sorted(parts))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, mutate(content, chance) if name == damaged else content)
        return path

    return damage


KINDS: dict[str, Callable[[Path], Damage]] = {"CSV": folders, "JSON": documents, "XLSX": workbooks}


def run(folder: Path, kind: str, files: int) -> tuple[Counter[str], float]:
    """Read damaged files: how each ended, and the longest time one took."""
    folder.mkdir(parents=True, exist_ok=True)
    damage, chance, slowest = KINDS[kind](folder), random.Random(23), 0.0
    ends: Counter[str] = Counter()
    for number in range(files):
        path = damage(chance)
        began = time.monotonic()
        try:
            ends[outcome(read(path), folder)] += 1
        except Exception:
            ends["wrong"] += 1
            print(f"{kind} file {number}: {traceback.format_exc()}", flush=True)
        took = time.monotonic() - began
        slowest = max(slowest, took)
        if took > LONGEST:
            kept = folder.with_name(f"{kind}_{number}")
            (shutil.copytree if path.is_dir() else shutil.copy)(path, kept)
            print(f"{kind} file {number}: {took:.1f} s, kept as {kept}", flush=True)
    return ends, slowest


def main(folder: Path, count: int | None) -> bool:
    """Print how the damaged files of every kind ended; True where none went wrong or took long."""
    good = True
    for kind in KINDS:
        ends, slowest = run(folder / kind, kind, count or FILES)
        print(f"R23 {kind}: {dict(ends)}, slowest {slowest:.2f} s", flush=True)
        good = good and not ends["wrong"] and slowest <= LONGEST
    return good
