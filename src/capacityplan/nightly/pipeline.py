"""The steps of a night: each is done once, each can be done again, and a killed run goes on where it was."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from capacityplan.errors import (
    CapacityPlanError,
    DataError,
    ExitCode,
    OutputError,
    StoreBusy,
    VerificationError,
)
from capacityplan.exchange.atomic import sweep
from capacityplan.nightly.child import Finished, command
from capacityplan.nightly.config import Nightly
from capacityplan.nightly.crash import crash_point
from capacityplan.nightly.inputs import age_hours, snapshot, wait_until_stable
from capacityplan.nightly.lock import locked
from capacityplan.nightly.logs import say
from capacityplan.nightly.metrics import metrics_text, write_metrics
from capacityplan.nightly.notes import begins_at_another_time, noted, notes_of, take_notes
from capacityplan.nightly.notify import send
from capacityplan.nightly.publish import current, prune, publish
from capacityplan.nightly.sharing import Load, lessened
from capacityplan.nightly.store import RunRow, Store

_IMPORT_SECONDS = 1800.0
_SOLVE_GRACE, _SOLVE_FACTOR = 120.0, 1.1
_TEXT_LIMIT = 2000
_TOLD_CHANGES = 10
"""Rows of the change list in a message: the biggest."""
_ATTEMPTS = 3
_PROGRESS = re.compile(r" *[0-9]+\.[0-9] s  ")
"""How a solve tells its progress on the stream on which it tells why it failed."""


class ChildFailed(CapacityPlanError):
    """A command of a step ended with a code that says why."""

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.exit_code = code


@dataclass(slots=True)
class Night:
    """One run of one plant.

    Attributes
    ----------
    work : Path
        Folder of the run.
    published : Path or None
        Folder of the plan that was current when the run began.
    loads : tuple of Load
        What other plants take of shared suppliers.
    """

    config: Nightly
    store: Store
    run: str
    work: Path
    published: Path | None
    began: float
    loads: tuple[Load, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def run_night(config: Nightly, loads: tuple[Load, ...] = ()) -> int:
    """Run one night of a plant; return its exit code. Nothing half-done is ever published.

    Returns
    -------
    int
        0 published; 3 the input is refused; 4 infeasible; 5 no plan in time; 6 the plan does not
        verify; 7 another run is under way; 8 a disk, a folder or the store failed; 1 a bug. With any
        other code than 0 the plan that was published stays.
    """
    try:
        with locked(config.folder):
            store = Store(config.url)
            try:
                with store.held(config.plant):
                    return _night(config, store, loads)
            finally:
                store.close()
    except (StoreBusy, OutputError) as error:
        # Without lock or store there is no run to note this in.
        say("refused", logging.ERROR, plant=config.plant, code=int(error.exit_code), message=str(error))
        return int(error.exit_code)


def _night(config: Nightly, store: Store, loads: tuple[Load, ...]) -> int:
    night = _open(config, store)
    night.loads = loads
    code, status, message = ExitCode.VERIFIED, "published", ""
    try:
        _steps(night)
        message = night.facts.get("summary", "a new plan is published")
    except CapacityPlanError as error:
        code, status, message = ExitCode(error.exit_code), "kept", _reason(error)
    except OSError as error:
        code, status = ExitCode.OUTPUT, "kept"
        message = f"{error.filename or config.folder}: {error.strerror or error}"
    except Exception:
        # Whatever it is: the published plan stays, and somebody is told.
        say("bug", logging.ERROR, run=night.run, trace=traceback.format_exc())
        code, status, message = ExitCode.BUG, "kept", traceback.format_exc(limit=-1).strip()
    return _close(night, code, status, message)


def _open(config: Nightly, store: Store) -> Night:
    """Go on with a run that was interrupted, or begin a new one."""
    published = current(config.folder)
    open_run = store.unfinished(config.plant)
    if open_run is not None:
        if _is_fresh(open_run, config.resume_hours):
            store.resumed(open_run)
            say("resumed", run=open_run.run, plant=config.plant)
            return Night(
                config,
                store,
                open_run.run,
                config.folder / "runs" / open_run.run,
                published,
                time.monotonic(),
            )
        store.end(
            open_run.run, config.plant, "abandoned", ExitCode.BUG, "interrupted and too old to resume", 0.0
        )
    run = f"{datetime.now(UTC).strftime('%Y%m%dT%H%M%S%f')[:-3]}-{os.getpid()}"
    store.begin(run, config.plant, published.name if published else "")
    say("started", run=run, plant=config.plant)
    return Night(config, store, run, config.folder / "runs" / run, published, time.monotonic())


def _is_fresh(row: RunRow, hours: float) -> bool:
    age = datetime.now(UTC) - datetime.fromisoformat(row.started)
    return age.total_seconds() <= hours * 3600


def _steps(night: Night) -> None:
    steps: tuple[tuple[str, Callable[[Night], str]], ...] = (
        ("import", _import),
        ("validate", _validate),
        ("replan", _replan),
        ("verify", _verify),
        ("export", _export),
        ("publish", _publish),
    )
    done = night.store.done(night.run)
    _sweep(night)
    night.work.mkdir(parents=True, exist_ok=True)
    for name, work in steps:
        if name in done:
            continue
        crash_point(f"{name}:before")
        began = time.monotonic()
        note = work(night)
        crash_point(f"{name}:after")
        seconds = time.monotonic() - began
        night.store.step(night.run, name, seconds, note[:_TEXT_LIMIT], **_taken(night))
        say("step", run=night.run, step=name, seconds=round(seconds, 3), note=note)
        crash_point(f"{name}:noted")
    night.facts["summary"] = night.store.done(night.run)["publish"]


def _sweep(night: Night) -> None:
    """Delete what a killed night, or a killed command of one, had half-written; the lock is ours."""
    gone = sweep(night.config.folder / "runs")
    if night.config.metrics is not None:
        gone += sweep(night.config.metrics.parent, night.config.metrics.name)
    if gone:
        say("swept", run=night.run, files=gone)


def _taken(night: Night) -> dict[str, Any]:
    """Take what a step found out for the run's row."""
    names = ("plan", "cost", "carried_cost", "changes", "changes_frozen")
    return {name: night.facts.pop(name) for name in names if name in night.facts}


def _import(night: Night) -> str:
    """Take a copy of the input and make tonight's instance of it."""
    source = night.config.input
    advancing_nothing = source.kind == "advance" and not source.path.exists()
    if advancing_nothing:
        take_notes(
            night.work, night.run, [f"the input {source.path.name} is not there: nothing is confirmed"]
        )
    else:
        wait_until_stable(source)
        age = age_hours(source.path, time.time())
        if source.refuse_older_hours is not None and age > source.refuse_older_hours:
            raise _data("old_input", f"the input is {age:.0f} hours old", source.path.name)
        if age > source.max_age_hours:
            take_notes(night.work, night.run, [f"the input is {age:.0f} hours old"])
        snapshot(source.path, night.work / "input")
    taken = night.work / "input"
    if source.path.is_file():
        taken = taken / source.path.name
    instance = night.work / "instance.json"
    if source.kind == "instance":
        (night.work / "source.txt").write_text(str(taken), encoding="utf-8")
        return "instance taken"
    if source.kind == "system":
        arguments = ["import", source.system, str(taken), str(instance)]
        arguments += ["--profile", source.profile] if source.profile else []
        arguments += ["--decimal", source.decimal] if source.decimal else []
        arguments += ["--date-order", source.date_order] if source.date_order else []
        for name, value in source.constants.items():
            arguments += ["--set", f"{name}={value.replace('{today}', datetime.now().date().isoformat())}"]
    elif night.published is None and source.start is not None:
        (night.work / "source.txt").write_text(str(source.start), encoding="utf-8")
        return "first instance taken"
    elif night.published is None:
        raise _data(
            "nothing_published", "there is no plan to advance; name the first instance", "input.start"
        )
    else:
        arguments = [
            "advance", str(night.published / "instance.json"), str(night.published / "plan.json"),
            str(instance),
        ]  # fmt: skip
        arguments += ["--tables", str(taken)] if taken.is_dir() else []
        arguments += ["--as-planned"] if source.as_planned else []
        here = datetime.now(ZoneInfo(night.config.schedule.timezone)).replace(tzinfo=None)
        arguments += ["--to", source.constants.get("to", here.isoformat(timespec="minutes"))]
    done = _child(night, arguments, _IMPORT_SECONDS, "the import")
    take_notes(night.work, night.run, noted(done.errors))
    (night.work / "source.txt").write_text(str(instance), encoding="utf-8")
    return done.output.strip()[-_TEXT_LIMIT:]


def _validate(night: Night) -> str:
    """Read the instance strictly; what is wrong in it ends the night here."""
    from capacityplan.exchange import read, write

    source = Path((night.work / "source.txt").read_text(encoding="utf-8"))
    found = read(source)
    lines = [finding.text() for finding in found.findings]
    (night.work / "findings.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if found.plant is None:
        raise DataError(found.findings)
    warnings = [finding.text() for finding in found.warnings]
    take_notes(night.work, night.run, [*begins_at_another_time(found.plant), *warnings])
    write(lessened(found.plant, night.loads), night.work / "plant.json")
    return f"{len(found.plant.orders)} orders, {len(found.warnings)} warnings"


def _replan(night: Night) -> str:
    """Plan in a process of its own, beginning with the published plan."""
    settings = night.config.solve
    out = night.work / "plan"
    shutil.rmtree(out, ignore_errors=True)
    arguments = ["solve", str(night.work / "plant.json"), "--out", str(out), "--json"]
    arguments += ["--time-limit", str(settings.time_limit_seconds), "--workers", str(settings.workers)]
    arguments += ["--work-limit", str(settings.work_limit)] if settings.work_limit is not None else []
    arguments += ["--seed", str(settings.seed)] if settings.seed is not None else []
    if night.published is not None:
        arguments += ["--previous", str(night.published / "plan.json")]
    seconds = settings.time_limit_seconds * _SOLVE_FACTOR + _SOLVE_GRACE
    done = _child(night, arguments, seconds, "the solve", settings.memory_mb)
    record = json.loads(done.output)
    night.facts.update(cost=record["cost"])
    for name in ("carried_cost", "changes", "changes_frozen"):
        night.facts[name] = record.get("replanning", {}).get(name)
    gap = "unknown" if record["gap"] is None else f"{record['gap']:.2%}"
    return f"cost {record['cost']:,.2f} {record['currency']}, gap {gap}"


def _verify(night: Night) -> str:
    """Check the plan once more, here, from its files alone."""
    from capacityplan.exchange import read_or_raise, read_plan
    from capacityplan.verify import check, require_verified

    plant = read_or_raise(night.work / "plan" / "instance.json")
    plan = read_plan(night.work / "plan" / "plan.json")
    require_verified(plant, plan, check(plant, plan))
    if plan.provenance.plant_hash != plant.hash():
        raise _data("other_plant", "the plan was made from other data than tonight's", "plan.json")
    night.facts["plan"] = f"{night.run.partition('-')[0]}-{plan.provenance.plan_id[:12]}"
    return f"verified: {len(plan.runs) + len(plan.bucket_runs)} operations, no violation"


def _export(night: Night) -> str:
    """Write the import files of the systems that get the plan."""
    out = night.work / "plan"
    shutil.rmtree(out / "export", ignore_errors=True)
    for target in night.config.exports:
        arguments = [
            "export", target.system, str(out / "instance.json"), str(out / "plan.json"),
            str(out / "export" / target.system),
        ]  # fmt: skip
        former = night.published / "export" / target.system if night.published is not None else None
        if target.only_changes and former is not None and former.is_dir():
            arguments += ["--published", str(former)]
        for name, value in target.settings.items():
            arguments += ["--set", f"{name}={value}"]
        _child(night, arguments, _IMPORT_SECONDS, f"the export to {target.system}")
    return ", ".join(target.system for target in night.config.exports) or "no export asked for"


def _publish(night: Night) -> str:
    """Publish a copy of the plan's folder; the run's own stays as it is for a next attempt."""
    name = _plan_name(night)
    staged = night.config.folder / ".stage" / name
    shutil.rmtree(staged.parent, ignore_errors=True)
    crash_point("publish:begun")
    if not (night.config.folder / "plans" / name).is_dir():
        shutil.copytree(night.work / "plan", staged)
    crash_point("publish:staged")
    publish(staged, night.config.folder, name)
    night.store.say(night.config.plant, night.run, "published", name)
    return f"plan {name} is published"


def _plan_name(night: Night) -> str:
    rows = [row for row in night.store.runs(night.config.plant) if row.run == night.run]
    return rows[0].plan


def _close(night: Night, code: ExitCode, status: str, message: str) -> int:
    """Tell, note the end, tidy up; a fault in telling does not undo a night."""
    config, store = night.config, night.store
    event = _event(night, code, status, message)
    try:
        crash_point("notify:before")
        _notify(night, event, code)
        crash_point("notify:after")
        store.end(night.run, config.plant, status, int(code), message, time.monotonic() - night.began)
        crash_point("end:noted")
        if code == ExitCode.VERIFIED:
            _tidy(night)
        if config.metrics is not None:
            write_metrics(
                config.metrics, metrics_text(config.plant, store.runs(config.plant), published_at(config))
            )
    except CapacityPlanError as error:
        code = ExitCode(error.exit_code) if code == ExitCode.VERIFIED else code
        message = f"{message}; {error}"
    say(status, logging.INFO if code == 0 else logging.ERROR, run=night.run, code=int(code), message=message)
    return int(code)


def _tidy(night: Night) -> None:
    keep = night.config.keep
    shutil.rmtree(night.config.folder / ".stage", ignore_errors=True)
    gone = prune(night.config.folder, keep.plans, keep.runs, keep.inputs)
    if gone:
        night.store.say(night.config.plant, night.run, "pruned", ", ".join(gone))


def published_at(config: Nightly) -> float | None:
    """When the current plan was published (seconds since 1970); None where there is none."""
    now = current(config.folder)
    return None if now is None else (now / "manifest.json").stat().st_mtime


def _event(night: Night, code: ExitCode, status: str, message: str) -> dict[str, Any]:
    rows = [row for row in night.store.runs(night.config.plant) if row.run == night.run]
    row = rows[0]
    changes: list[str] = []
    listed = night.work / "plan" / "changes.csv"
    if code == ExitCode.VERIFIED and listed.is_file():
        changes = listed.read_text(encoding="utf-8").splitlines()[1:]
    notes = notes_of(night.work)
    return {
        "key": night.run, "plant": night.config.plant, "run": night.run, "status": status, "code": int(code),
        "message": message, "plan": row.plan if status == "published" else row.previous, "cost": row.cost,
        "carried_cost": row.carried_cost, "changes_count": len(changes),
        "changes": changes[:_TOLD_CHANGES], "notes_count": len(notes), "notes": notes[:_TOLD_CHANGES],
    }  # fmt: skip


def _notify(night: Night, event: dict[str, Any], code: ExitCode) -> None:
    for number, channel in enumerate(night.config.notify):
        if channel.on == "failure" and code == ExitCode.VERIFIED:
            continue
        if night.store.is_sent(night.run, number):
            continue
        told = {**event, "key": f"{event['key']}-{number}"}
        for attempt in range(_ATTEMPTS):
            fault = send(channel, told)
            crash_point(f"notify:{number}:sent")
            night.store.attempt(night.run, number, fault)
            if fault is None:
                break
            say("not notified", logging.WARNING, run=night.run, channel=channel.kind, fault=fault)
            time.sleep(0.2 * 2**attempt)


def _child(
    night: Night, arguments: list[str], seconds: float, what: str, memory_mb: int | None = None
) -> Finished:
    done = command(arguments, night.work / "log.txt", seconds, memory_mb)
    if done.code == 0:
        return done
    last = [line for line in done.errors.splitlines() if line.strip() and not _PROGRESS.match(line)]
    told = "\n".join(last[-5:])[:_TEXT_LIMIT]
    if done.late:
        raise ChildFailed(f"{what} did not end in {seconds:.0f} seconds; {told}", ExitCode.NO_PLAN)
    if done.code < 0 or done.code not in set(ExitCode):
        raise ChildFailed(f"{what} crashed (code {done.code}); {told}", ExitCode.BUG)
    raise ChildFailed(f"{what} failed: {told}", ExitCode(done.code))


def _data(code: str, message: str, file: str) -> DataError:
    from capacityplan.errors import Finding

    return DataError((Finding(code, message, file),))


def _reason(error: CapacityPlanError) -> str:
    if isinstance(error, DataError):
        rows = [finding.text() for finding in error.findings if finding.severity == "error"]
    elif isinstance(error, VerificationError):
        rows = [violation.text() for violation in error.violations]
    else:
        rows = [str(error)]
    more = f" (and {len(rows) - 5} more)" if len(rows) > 5 else ""
    return ("; ".join(rows[:5]) + more)[:_TEXT_LIMIT]
