"""A simulated month: nights by the product's own commands, and what they came to."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path

from benchmarks.nights.world import World

from capacityplan import templates
from capacityplan.cli.main import main
from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Plant
from capacityplan.domain.timeline import Timeline
from capacityplan.errors import ExitCode, StoreBusy
from capacityplan.exchange import read_or_raise, read_plan, write
from capacityplan.nightly import pipeline
from capacityplan.nightly.child import Finished
from capacityplan.nightly.config import read_config
from capacityplan.nightly.lock import locked
from capacityplan.nightly.publish import current
from capacityplan.nightly.store import Store
from capacityplan.replan import carry_forward
from capacityplan.replan.changes import change_list
from capacityplan.solve.identity import kept_names
from capacityplan.solve.lots_window import realised
from capacityplan.solve.solve import Settings, solve

_FORK = multiprocessing.get_context("fork")
_PATIENCE = 10.0
"""How many times longer than in service a step may take: other programs run here too."""
_KILLED_WITHIN = 15.0
"""Seconds within which a night is killed."""
_LOCKED_FOR = 30.0
"""Seconds that a killed night's processes may take to end."""
_TROUBLE = 100
"""Exit code that no night has: something else was wrong."""
_SUPERVISED = 900.0
"""Seconds by which a night's supervision is made where its solve is limited by work."""


def forked(arguments: Sequence[str], log: Path, seconds: float, _memory_mb: int | None = None) -> Finished:
    """Run a command in a fork of this process: as `child.command`, without loading everything anew."""
    out = log.with_name("out.txt")
    process = _FORK.Process(target=_call, args=(list(arguments), out, log))
    process.start()
    process.join(seconds * _PATIENCE)
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
    """One night: cost without change charges, and operations changed to the minute.

    Attributes
    ----------
    carried_changes : int or None
        Changes of yesterday's plan carried forward: what happened makes them, whatever is planned.
    scratch_changes, scratch_named : int or None
        Changes of the plan from scratch as it is, and with its lots named after yesterday's where that makes
        for the least: every lot of a plan from scratch has a new name.
    """

    night: int
    code: int
    seconds: float
    cost: float | None
    carried: float | None
    changes: int | None
    frozen: int | None
    scratch_cost: float | None
    scratch_changes: int | None
    scratch_named: int | None
    carried_changes: int | None
    message: str
    by_category: dict[str, float]
    scratch_by_category: dict[str, float]


@dataclass(frozen=True, slots=True)
class Effort:
    """What a night may take.

    Attributes
    ----------
    work : float or None
        Limit in units of work instead of ``seconds``.
    scratch_every : int
        Every so many nights the same plant is also planned without a previous plan; 0: never.
    scratch_factor : float
        That may take so many times as much.
    """

    seconds: float
    work: float | None
    scratch_every: int
    scratch_factor: float

    def config(self) -> str:
        """Return the table ``solve`` of a night."""
        if self.work is None:
            return f"{{time_limit_seconds = {self.seconds}, workers = 1}}"
        return f"{{time_limit_seconds = {_SUPERVISED}, work_limit = {self.work}, workers = 1}}"

    def from_scratch(self) -> Settings:
        """Return the settings of a solve without a previous plan."""
        if self.work is None:
            return Settings(seconds=self.seconds * self.scratch_factor, workers=1)
        return Settings(work=self.work * self.scratch_factor, workers=1)


def month(
    home: Path,
    name: str,
    size: float,
    nights: int,
    effort: Effort,
    seed: int,
    store: str = "",
    faults: float = 0.0,
) -> Iterator[NightResult]:
    """Run nights of a plant whose world deviates; yield what each came to.

    With ``faults`` so many of them first go wrong: by a bad input file, or killed at a random moment.

    A month that was broken off goes on after its last whole night if it is run again in its folder.
    """
    pipeline.command = forked
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "first.json").is_file():
        write(_first(name, size, seed), home / "first.json")
    world, record = World(seed), home / "nights.jsonl"
    rows = [NightResult(**json.loads(line)) for line in record.open()] if record.is_file() else []
    if rows:
        world.recall(home / "world.json")
        yield from rows
    for night in range(len(rows) + 1 if rows else 0, nights + 1):
        to = ""
        published = current(home / "site")
        if published is not None:
            plant, plan = _of(published)
            to = world.day(plant, plan, home / "tables").isoformat()
        config = _configure(home, name, effort, to, store)
        trouble = _go_wrong(home, config, f"{seed} {night}", faults, world) if night and to else ""
        began = time.monotonic()
        code = pipeline.run_night(read_config(config))
        seconds = time.monotonic() - began
        if night:
            previous = _of(published)[1] if published is not None else None
            row = _result(home, config, night, code, seconds, previous, effort)
            if trouble:
                row = replace(row, code=row.code or _TROUBLE, message=f"{row.message} {trouble}".strip())
            world.keep(home / "world.json")
            with record.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(row)) + "\n")
            yield row


def _go_wrong(home: Path, config: Path, luck: str, share: float, world: World) -> str:
    """Let a night go wrong now and then before it is run as it should be; return what is wrong."""
    chance = random.Random(luck)
    if chance.random() >= share:
        return ""
    before = current(home / "site")
    if chance.random() < 0.5:
        world.count("nights with bad input")
        orders = home / "tables" / "orders.csv"
        good = orders.read_text(encoding="utf-8")
        orders.write_text(f"{good}NONE,no such item,many,never\n", encoding="utf-8")
        code = pipeline.run_night(read_config(config))
        orders.write_text(good, encoding="utf-8")
        if code != ExitCode.DATA or current(home / "site") != before:
            return f"the night with bad input ended with {code}"
        return ""
    world.count("nights killed")
    process = _FORK.Process(target=_apart, args=(config,))
    process.start()
    process.join(chance.uniform(0, _KILLED_WITHIN))
    if process.is_alive():
        os.killpg(process.pid or 0, signal.SIGKILL)
    process.join()
    _let_go(home / "site")
    return "" if current(home / "site") is not None else "nothing is published after a kill"


def _let_go(site: Path) -> None:
    """Wait until the lock is free: what the killed night had forked holds it until it is gone."""
    until = time.monotonic() + _LOCKED_FOR
    while time.monotonic() < until:
        try:
            with locked(site):
                return
        except StoreBusy:
            time.sleep(0.1)


def _apart(config: Path) -> None:
    """Run a night in a session of its own, which is killed as a whole."""
    os.setsid()
    pipeline.run_night(read_config(config))


def _first(name: str, size: float, seed: int) -> Plant:
    plant = templates.build(name, size, seed)
    return replace(
        plant,
        fences=replace(plant.fences, frozen_hours=8, slushy_days=3),
        costs=replace(
            plant.costs, change_cost_frozen=Fraction(2000), change_cost_slushy=Fraction(400),
            change_cost_open=Fraction(100), change_tolerance_minutes=30,
        ),
        solve=replace(plant.solve, min_saving=Fraction(1, 1000)),
    )  # fmt: skip


def _configure(home: Path, name: str, effort: Effort, to: str, store: str) -> Path:
    constants = f', constants = {{to = "{to}"}}' if to else ""
    file = home / "nightly.toml"
    (home / "tables").mkdir(exist_ok=True)
    file.write_text(
        f'plant = "{name}"\nfolder = "site"\nstore = "{store}"\n'
        f'input = {{kind = "advance", path = "tables", start = "first.json", as_planned = true, '
        f"stable_seconds = 0{constants}}}\n"
        f"solve = {effort.config()}\n"
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
    effort: Effort,
) -> NightResult:
    found = read_config(config)
    store = Store(found.url)
    row = store.runs(found.plant, 1)[0]
    store.close()
    cost = scratch_cost = None
    scratch_changes = scratch_named = carried_changes = None
    amounts: dict[str, float] = {}
    scratch_amounts: dict[str, float] = {}
    published = current(home / "site")
    if code == 0 and published is not None:
        plant, plan = _of(published)
        cost, amounts = _without_changes(plan), _by_category(plan)
        if effort.scratch_every and night % effort.scratch_every == 0 and previous is not None:
            alone = _from_scratch(plant, effort.from_scratch())
            if alone is not None:
                scratch_cost, scratch_amounts = _without_changes(alone), _by_category(alone)
                scratch_changes = _changes(plant, alone, previous)
                scratch_named = _changes(plant, _named(plant, alone), previous)
                carried_changes = _changes(plant, carry_forward(plant, previous).plan, previous)
    return NightResult(
        night, code, seconds, cost, row.carried_cost, row.changes, row.changes_frozen, scratch_cost,
        scratch_changes, scratch_named, carried_changes, row.message, amounts, scratch_amounts,
    )  # fmt: skip


def _changes(plant: Plant, plan: Plan, previous: Plan) -> int:
    rows = change_list(plant, plan, previous, tolerance_minutes=plant.costs.change_tolerance_minutes)
    return sum(one.kind in ("moved", "added", "dropped") for one in rows)


def _named(plant: Plant, plan: Plan) -> Plan:
    """Name a plan's lots after the previous plan's, as replanning names its own."""
    lots = realised(plan, Timeline.of(plant))
    named = kept_names(plant, lots)
    names = {one.lot.lot: other.lot.lot for one, other in zip(lots.lots, named.lots, strict=True)}
    return replace(
        plan,
        lots=tuple(replace(row, lot=names.get(row.lot, row.lot)) for row in plan.lots),
        runs=tuple(replace(row, lot=names.get(row.lot, row.lot)) for row in plan.runs),
        bucket_runs=tuple(replace(row, lot=names.get(row.lot, row.lot)) for row in plan.bucket_runs),
    )


def _from_scratch(plant: Plant, settings: Settings) -> Plan | None:
    """Plan without a previous plan, in a process of its own as the nights have theirs."""
    with ProcessPoolExecutor(1, mp_context=_FORK) as pool:
        return pool.submit(_planned, replace(plant, previous_runs=()), settings).result()


def _planned(plant: Plant, settings: Settings) -> Plan | None:
    return solve(plant, settings).plan


def _without_changes(plan: Plan) -> float:
    return float(sum((row.amount for row in plan.ledger if row.category != "change"), Fraction(0)))


def _by_category(plan: Plan) -> dict[str, float]:
    amounts: dict[str, Fraction] = defaultdict(Fraction)
    for row in plan.ledger:
        amounts[row.category] += row.amount
    return {category: float(amount) for category, amount in sorted(amounts.items())}
