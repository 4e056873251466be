"""R12: SIGTERM and Ctrl-C at any moment leave the best verified plan in two seconds."""

from __future__ import annotations

import random
import shutil
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from capacityplan.domain.plan import Plan
from capacityplan.exchange import read_or_raise
from capacityplan.templates import NAMES
from capacityplan.verify import check

from .program import instance, start

RUNS = 50
SECONDS = 2.0
LATEST = 25.0
_POLL = 0.01


@dataclass(frozen=True)
class Stopped:
    """A run that was stopped: when, how it ended, and seconds from the stop to plan and end."""

    moment: float
    code: int
    plan_seconds: float | None
    end_seconds: float
    planned: bool
    """Whether a verified plan had been announced before the stop."""
    problem: str


def stopped(path: Path, out: Path, moment: float, number: signal.Signals) -> Stopped:
    """Stop a solve after some seconds and watch what it leaves behind."""
    shutil.rmtree(out, ignore_errors=True)
    plan, said, written = out / "plan.json", [], None
    with start(["solve", str(path), "--out", str(out), "--time-limit", "120"]) as process:
        reader = threading.Thread(target=lambda: said.extend(process.stderr or ()), daemon=True)
        reader.start()
        time.sleep(moment)
        planned = any(" candidate " in line for line in said)
        process.send_signal(number)
        sent = time.monotonic()
        while process.poll() is None:
            if written is None and plan.exists():
                written = time.monotonic() - sent
            time.sleep(_POLL)
        end = time.monotonic() - sent
        reader.join()
    if written is None and plan.exists():
        written = end
    code = process.returncode
    return Stopped(moment, code, written, end, planned, _problem(code, path, plan, planned))


def _problem(code: int, path: Path, plan: Path, planned: bool) -> str:
    """What is wrong with how a stopped run ended: nothing, in words."""
    if code == 5:
        if planned:
            return "a plan had been found, but none was left"
        return "a plan was left by a run that says it has none" if plan.exists() else ""
    if code != 0:
        return f"ended with code {code}"
    if not plan.exists():
        return "no plan was left"
    verdict = check(read_or_raise(path), Plan.from_json(plan.read_bytes()))
    return "the plan breaks a rule" if verdict.violations else ""


def main(folder: Path, count: int | None, size: float) -> bool:
    """Print every stop; True where all left what they should, and in time."""
    chance = random.Random(12)
    runs = []
    for number in range(count or RUNS):
        path = instance(folder, NAMES[number % len(NAMES)], size, 0)
        kind = (signal.SIGTERM, signal.SIGINT)[number % 2]
        moment = 0.4 + (LATEST - 0.4) * chance.random() ** 2
        one = stopped(path, folder / f"stop-{number}", moment, kind)
        runs.append(one)
        plan = "none" if one.plan_seconds is None else f"{one.plan_seconds:.2f} s"
        print(
            f"{path.stem} {kind.name} after {moment:.1f} s: plan {plan}, end {one.end_seconds:.2f} s, "
            f"code {one.code} {one.problem}",
            flush=True,
        )
    right = sum(not one.problem and (one.plan_seconds or one.end_seconds) <= SECONDS for one in runs)
    ends = sorted(one.end_seconds for one in runs)
    print(f"R12: {right}/{len(runs)} stops left the right thing within {SECONDS} s")
    print(f"R12: end of the program after {ends[len(ends) // 2]:.2f} s (median), {ends[-1]:.2f} s (worst)")
    return right == len(runs)
