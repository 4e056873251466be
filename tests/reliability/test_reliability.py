"""Slices of the measurements of docs/reliability.md: same bytes, in time, stopped, at once (R10 to R13)."""

import signal
import threading
import time
from pathlib import Path

import pytest
from benchmarks.reliability.determinism import digests
from benchmarks.reliability.first_plan import first_plan
from benchmarks.reliability.mixed import judged
from benchmarks.reliability.netted import rejected
from benchmarks.reliability.program import instance, start
from benchmarks.reliability.stop import SECONDS, stopped
from benchmarks.reliability.time_limit import WHOLE, timed

from capacityplan.solve.solve import Settings, solve
from capacityplan.solve.types import Progress
from capacityplan.templates import NAMES, build

LOADED = 4
"""Times its target that a clock may show where other programs share the machine; the targets
themselves are measured by the commands of docs/reliability.md on an idle one."""


@pytest.mark.parametrize("name", NAMES)
def test_a_work_limit_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    busy = int(name == "dairy")
    assert len(set(digests(tmp_path, name, size=0.1, work=2, runs=2, busy=busy))) == 1


def test_a_solve_keeps_its_time_limit(tmp_path: Path) -> None:
    one = timed(tmp_path, "dairy", size=1.0, seed=0, limit=3)
    assert one.code == 0
    assert one.solve <= 3 * LOADED
    assert one.whole <= (3 + WHOLE) * LOADED


@pytest.mark.parametrize(("kind", "moment"), [(signal.SIGTERM, 12.0), (signal.SIGINT, 8.0)])
def test_a_stop_leaves_the_best_plan(kind: signal.Signals, moment: float, tmp_path: Path) -> None:
    one = stopped(instance(tmp_path, "tablets", 0.5, 0), tmp_path / "out", moment, kind)
    assert not one.problem
    assert one.code == 0
    assert one.plan_seconds is not None
    assert one.plan_seconds <= SECONDS * LOADED


def test_a_stop_before_the_first_plan_says_so(tmp_path: Path) -> None:
    process = start(["solve", str(instance(tmp_path, "dairy", 4.0, 0)), "--out", str(tmp_path / "out")])
    time.sleep(0.7)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=10 * LOADED)
    assert process.returncode == 5
    assert "Stopped before there was a" in said
    assert not (tmp_path / "out" / "plan.json").exists()


def test_the_bound_ends_with_a_killed_program(tmp_path: Path) -> None:
    process = start(["solve", str(instance(tmp_path, "fitband", 1.0, 0)), "--out", str(tmp_path / "out")])
    assert process.stderr is not None
    assert "netting" in process.stderr.readline()
    process.kill()
    # The bound's process holds the other end of the pipe for as long as it lives.
    process.communicate(timeout=5 * LOADED)


def test_the_first_plan_of_5000_operations_is_there_at_once(tmp_path: Path) -> None:
    one = first_plan(instance(tmp_path, "dairy", 4.0, 0), tmp_path / "out")
    assert one.solve is not None
    assert one.solve <= 5.0 * LOADED


def test_a_stop_is_heard_while_the_bound_is_awaited() -> None:
    stop, began = threading.Event(), time.monotonic()

    def stop_at_once(_: Progress) -> None:
        stop.set()

    outcome = solve(build("dairy", 0.3), Settings(seconds=60, workers=1), stop_at_once, stop)
    assert outcome.status in ("feasible", "optimal")
    assert outcome.plan is not None
    assert time.monotonic() - began < 10 * LOADED


def test_a_bug_in_an_engine_does_not_cost_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("engine out of order")

    monkeypatch.setattr("capacityplan.solve.solve.plan_lots", broken)
    outcome = solve(build("dairy", 0.1), Settings(seconds=10, workers=1))
    assert "engine out of order" in outcome.failure
    assert outcome.plan is not None


def test_first_plans_of_plants_with_many_features_are_accepted(tmp_path: Path) -> None:
    wrong = {seed: rejected(tmp_path, seed) for seed in (47, *range(176, 200))}
    assert {seed: said for seed, said in wrong.items() if said} == {}
    assert sum(said == [] for said in wrong.values()) > 15


def test_a_plant_with_many_features_is_planned_and_judged_through_the_command_line(tmp_path: Path) -> None:
    came, wrong = judged(tmp_path, 47, 4)
    assert came == "planned"
    # Beside others the work may take longer than its limit asks for; it is measured by the command.
    assert [line for line in wrong if not line.startswith(("candidate", "took"))] == []
