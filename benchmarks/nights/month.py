"""A simulated month: nights by the product's own commands, and what they came to."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from benchmarks.nights.world import World

from capacityplan import templates
from capacityplan.cli.main import main
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.exchange import read_or_raise, read_plan, write
from capacityplan.nightly import pipeline
from capacityplan.nightly.child import Finished
from capacityplan.nightly.config import read_config
from capacityplan.nightly.publish import current
from capacityplan.nightly.store import Store
from capacityplan.replan.changes import change_list
from capacityplan.solve.solve import Settings, solve

_FORK = multiprocessing.get_context("fork")


def forked(arguments: Sequence[str], log: Path, seconds: float, _memory_mb: int | None = None) -> Finished:
    """Run a command in a fork of this process: as `child.command`, without loading everything anew."""
    out = log.with_name("out.txt")
    process = _FORK.Process(target=_call, args=(list(arguments), out, log))
    process.start()
    process.join(seconds)
    late = process.is_alive()
    if late:
        process.kill()
        process.join()
    return Finished(process.exitcode or 0, out.read_text(), log.read_text(), late)


def _call(arguments: list[str], out: Path, log: Path) -> None:
    for number, path in ((1, out), (2, log)):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, number)
    main(arguments)


@dataclass(frozen=True, slots=True)
class NightResult:
    """One night: cost without change charges, and operations changed to the minute."""

    night: int
    code: int
    seconds: float
    cost: float | None
    carried: float | None
    changes: int | None
    frozen: int | None
    scratch_cost: float | None
    scratch_changes: int | None
    message: str


def month(
    home: Path,
    name: str,
    size: float,
    nights: int,
    limit: float,
    seed: int,
    scratch_every: int,
    store: str = "",
) -> Iterator[NightResult]:
    """Run nights of a plant whose world deviates; yield what each came to.

    Parameters
    ----------
    scratch_every : int
        Every so many nights the same plant is also planned without a previous plan; 0: never.
    """
    first = templates.build(name, size, seed)
    first = replace(
        first,
        fences=replace(first.fences, frozen_hours=8, slushy_days=3),
        costs=replace(
            first.costs, change_cost_frozen=Fraction(500), change_cost_slushy=Fraction(100),
            change_cost_open=Fraction(10), change_tolerance_minutes=30,
        ),
        solve=replace(first.solve, min_saving=Fraction(1, 1000)),
    )  # fmt: skip
    pipeline.command = forked
    home.mkdir(parents=True, exist_ok=True)
    write(first, home / "first.json")
    world = World(seed)
    for night in range(nights + 1):
        to = ""
        published = current(home / "site")
        if published is not None:
            plant, plan = _of(published)
            to = world.day(plant, plan, home / "tables").isoformat()
        config = _configure(home, name, limit, to, store)
        began = time.monotonic()
        code = pipeline.run_night(read_config(config))
        seconds = time.monotonic() - began
        if night:
            previous = _of(published)[1] if published is not None else None
            yield _result(home, config, night, code, seconds, previous, limit, scratch_every)
    (home / "world.json").write_text(json.dumps(world.told))


def _configure(home: Path, name: str, limit: float, to: str, store: str) -> Path:
    constants = f', constants = {{to = "{to}"}}' if to else ""
    file = home / "nightly.toml"
    (home / "tables").mkdir(exist_ok=True)
    file.write_text(
        f'plant = "{name}"\nfolder = "site"\nstore = "{store}"\n'
        f'input = {{kind = "advance", path = "tables", start = "first.json", as_planned = true, '
        f"stable_seconds = 0{constants}}}\n"
        f"solve = {{time_limit_seconds = {limit}, workers = 1}}\n"
        "keep = {plans = 5, runs = 5, inputs = 2}\n",
        encoding="utf-8",
    )
    if not any((home / "tables").iterdir()):
        (home / "tables" / "note.txt").write_text("first night")
    return file


def _of(published: Path) -> tuple[Plant, Plan]:
    return read_or_raise(published / "instance.json"), read_plan(published / "plan.json")


def _result(
    home: Path,
    config: Path,
    night: int,
    code: int,
    seconds: float,
    previous: Plan | None,
    limit: float,
    every: int,
) -> NightResult:
    found = read_config(config)
    store = Store(found.url)
    row = store.runs(found.plant, 1)[0]
    store.close()
    cost = scratch_cost = None
    scratch_changes = None
    published = current(home / "site")
    if code == 0 and published is not None:
        plant, plan = _of(published)
        cost = _without_changes(plan)
        if every and night % every == 0 and previous is not None:
            alone = replace(plant, previous_runs=())
            outcome = solve(alone, Settings(seconds=limit, workers=1))
            if outcome.plan is not None:
                scratch_cost = _without_changes(outcome.plan)
                rows = change_list(plant, outcome.plan, previous, tolerance_minutes=30)
                scratch_changes = sum(one.kind in ("moved", "added", "dropped") for one in rows)
    return NightResult(
        night, code, seconds, cost, row.carried_cost, row.changes, row.changes_frozen, scratch_cost,
        scratch_changes, row.message,
    )  # fmt: skip


def _without_changes(plan: Plan) -> float:
    return float(sum((row.amount for row in plan.ledger if row.category != "change"), Fraction(0)))
