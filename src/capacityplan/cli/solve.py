"""``capacityplan solve``: from an instance to a verified, certified plan with its reports."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from capacityplan.cli.options import with_scenarios

if TYPE_CHECKING:
    from capacityplan.domain.plant import Plant
    from capacityplan.replan.previous import Former
    from capacityplan.solve.solve import Outcome, Settings
    from capacityplan.solve.types import Progress


@click.command("solve")
@click.argument("instance", type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for plan and reports.")
@click.option("--time-limit", type=click.FloatRange(min=1), help="Seconds (default: the instance's).")
@click.option("--work-limit", type=click.FloatRange(min=0, min_open=True), help="Stop by work, not time.")
@click.option("--gap", type=click.FloatRange(min=0), help="Relative gap at which to stop.")
@click.option("--seed", type=int, help="Seed of the search.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes to use.")
@with_scenarios
@click.option("--previous", type=click.Path(exists=True, path_type=Path),
              help="Plan (folder) to begin with; default: previous_plan.json of the instance.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print result.json on standard output.")
def solve(
    instance: Path,
    out: Path | None,
    time_limit: float | None,
    work_limit: float | None,
    gap: float | None,
    seed: int | None,
    workers: int | None,
    scenarios: tuple[str, ...],
    previous: Path | None,
    as_json: bool,
) -> None:
    """Plan INSTANCE at the lowest cost. Ctrl-C keeps the best verified plan so far."""
    started = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop_reading)
    from capacityplan.errors import ExitCode
    from capacityplan.replan.previous import find_previous, with_previous
    from capacityplan.scenario import read_with_scenarios
    from capacityplan.solve.choose import solve_choosing as run
    from capacityplan.solve.solve import Settings

    # Plans are many small rows without cycles; looking for cycles took a sixth of a large plant's time.
    gc.set_threshold(100_000, 50, 100)
    plant, former = with_previous(read_with_scenarios(instance, scenarios), find_previous(instance, previous))
    read_seconds = time.monotonic() - started
    defaults = plant.solve
    settings = Settings(
        seconds=time_limit or defaults.time_limit_seconds,
        work=work_limit,
        gap=float(defaults.gap) if gap is None else gap,
        seed=defaults.seed if seed is None else seed,
        workers=workers or defaults.workers,
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    outcome = run(plant, settings, _printer(plant.currency), stop, former.start if former else None)
    outcome.seconds["read"] = read_seconds
    code = _finish(plant, outcome, settings, out, as_json, stop.is_set(), former)
    # A solver may still be busy in its thread; nothing of it is needed any more.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ExitCode(code))


def _stop_reading(*_: object) -> NoReturn:
    """End at once: there is nothing to keep before the solve begins.

    An exception would not do: a library that is just being loaded makes an import error of it.
    """
    from capacityplan.errors import ExitCode

    click.echo("Stopped before there was a plan.", err=True)
    sys.stderr.flush()
    os._exit(ExitCode.NO_PLAN)


def _printer(currency: str):  # type: ignore[no-untyped-def]
    def show(row: Progress) -> None:
        cost = "-" if row.cost is None else f"{float(row.cost):,.2f} {currency}"
        bound = "-" if row.bound is None else f"{float(row.bound):z,.2f}"
        gap = ""
        if row.cost is not None and row.bound is not None:
            gap = f"  gap {float(row.cost - row.bound) / max(abs(float(row.cost)), 1.0):.2%}"
        note = f"  {row.note}" if row.note else ""
        click.echo(f"{row.seconds:7.1f} s  {row.phase:<28} cost {cost}  bound {bound}{gap}{note}", err=True)

    return show


def _finish(
    plant: Plant,
    outcome: Outcome,
    settings: Settings,
    out: Path | None,
    as_json: bool,
    stopped: bool,
    former: Former | None,
) -> int:
    import json

    from capacityplan.conflict import proof
    from capacityplan.errors import ExitCode
    from capacityplan.replan.outputs import replanning_record, summary, write_changes
    from capacityplan.report import write_outputs
    from capacityplan.report.files import write_bytes
    from capacityplan.report.result import result_record

    if outcome.failure:
        click.echo(outcome.failure, err=True)
    for line in outcome.rejected[:10]:
        click.echo(f"candidate not used: {line}", err=True)
    if outcome.status == "no_plan" and not outcome.failure and proof(plant):
        outcome.status = "infeasible"
    if outcome.plan is None:
        click.echo(_no_plan(outcome, stopped), err=True)
        if as_json:
            click.echo(json.dumps(result_record(plant, outcome, settings), indent=2))
        return ExitCode.INFEASIBLE if outcome.status == "infeasible" else ExitCode.NO_PLAN
    folder = out or Path("plans") / plant.name
    begun = time.monotonic()
    write_outputs(plant, outcome.plan, outcome.verdict, folder)
    rows = write_changes(plant, outcome.plan, former, folder) if former is not None else ()
    outcome.seconds["write"] = time.monotonic() - begun
    record = result_record(plant, outcome, settings)
    if former is not None:
        record["replanning"] = replanning_record(rows, former, outcome)
    write_bytes(folder / "result.json", (json.dumps(record, indent=2) + "\n").encode())
    told = f"\n{summary(rows)}" if former is not None else ""
    click.echo(json.dumps(record, indent=2) if as_json else _summary(plant, outcome, folder) + told)
    return ExitCode.VERIFIED


def _no_plan(outcome: Outcome, stopped: bool) -> str:
    if outcome.status == "infeasible":
        return "No plan exists: the hard rules conflict. capacityplan conflict INSTANCE says which rows."
    if stopped:
        return "Stopped before there was a verified plan."
    return "No verified plan was found in the time given. Is there one? capacityplan conflict INSTANCE looks."


def _summary(plant: Plant, outcome: Outcome, folder: Path) -> str:
    from capacityplan.units import round_down, round_up

    plan, verdict = outcome.plan, outcome.verdict
    assert plan is not None
    assert verdict is not None
    certificate = plan.certificate
    assert certificate is not None
    gap, controllable = certificate.gap, certificate.gap_controllable
    lines = [
        f"Verified plan {plan.provenance.plan_id} for {plant.name}: every rule checked, no violation.",
        f"  cost              {float(certificate.cost):,.2f} {plant.currency}",
    ]
    if plan.choices:
        lines.append(f"  takes up          {', '.join(plan.choices)}")
    if certificate.bound is not None and gap is not None:
        lines.append(
            f"  cheapest possible {float(round_down(certificate.bound)):,.2f} {plant.currency} at the very "
            f"least (gap {float(round_up(gap, 4)):.2%})"
        )
    if controllable is not None:
        share = float(round_up(controllable, 3))
        lines.append(f"  of what planning can change, at most {share:.1%} could be saved")
    lines.append(f"  on time           {float(verdict.on_time_share):.1%} of the quantity demanded")
    lines.append(f"  report            {folder / 'report.html'}")
    return "\n".join(lines)
