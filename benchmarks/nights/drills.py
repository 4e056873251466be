"""The fault drills in full number: nights and commits killed at random moments."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path

from capacityplan.nightly.store import Store
from capacityplan.report import write_outputs

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "nightly"))
sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "replan"))

from yard import made, yard

from nights import KILLED, PUBLISHED, Site

_FORK = multiprocessing.get_context("fork")


def kill_nights(home: Path, count: int, seed: int, store: str = "") -> list[str]:
    """Kill nights at random moments; say where anything was half-done or the next night failed."""
    plant = yard()
    write_outputs(plant, made(plant, 0.5), None, home / "prepared")
    site = Site(home / "home", home / "prepared", store)
    faults, chance = [], random.Random(seed)
    began = time.monotonic()
    if site.night() != PUBLISHED:
        return ["the first night failed"]
    whole = time.monotonic() - began
    for number in range(count):
        before = site.published()
        code = site.killed_after(chance.uniform(0, whole))
        if code not in (KILLED, PUBLISHED):
            faults.append(f"kill {number}: ended with {code}")
        if site.published() is None or site.night() != PUBLISHED or site.published() == before:
            faults.append(f"kill {number}: the next night did not publish")
    return faults


def kill_stores(home: Path, count: int, seed: int) -> list[str]:
    """Kill commits at random moments; say where the store is damaged or a run half-written."""
    home.mkdir(parents=True, exist_ok=True)
    file = home / "store.db"
    Store(f"sqlite:///{file}").close()
    faults, chance = [], random.Random(seed)
    for number in range(count):
        process = _FORK.Process(target=_commit, args=(file, number))
        process.start()
        time.sleep(chance.uniform(0, 0.08))
        if process.is_alive():
            os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
    connection = sqlite3.connect(file)
    if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
        faults.append("the database is damaged")
    halves = connection.execute(
        "SELECT run FROM capacityplan_runs r WHERE NOT EXISTS "
        "(SELECT 1 FROM capacityplan_audit a WHERE a.run = r.run AND a.event = 'started')"
    ).fetchall()
    kept = connection.execute("SELECT count(*) FROM capacityplan_runs").fetchone()[0]
    connection.close()
    sys.stdout.write(f"{kept} runs were committed before their process was killed\n")
    return faults + [f"run {run} was written in part" for (run,) in halves]


def _commit(file: Path, number: int) -> None:
    store = Store(f"sqlite:///{file}")
    for step in range(50):
        store.begin(f"{number}-{step}", "yard", "")
