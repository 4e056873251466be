"""What people should know of a night beside its outcome: notes of its import, warnings about its input."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from capacityplan.domain.plant import Plant
from capacityplan.nightly.logs import say

_FILE = "notes.txt"
_MARK = "note: "
_HOURS = 24


def take_notes(work: Path, run: str, lines: Iterable[str]) -> None:
    """Keep notes with the run and log them; a step that is repeated says nothing twice."""
    known = notes_of(work)
    new = [line for line in dict.fromkeys(lines) if line not in known]
    for line in new:
        say("note", logging.WARNING, run=run, note=line)
    if new:
        (work / _FILE).write_text("\n".join([*known, *new]) + "\n", encoding="utf-8")


def notes_of(work: Path) -> list[str]:
    """Return what was noted in a run's folder."""
    file = work / _FILE
    return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []


def noted(errors: str) -> list[str]:
    """Return the notes that a command wrote on standard error."""
    return [line.removeprefix(_MARK) for line in errors.splitlines() if line.startswith(_MARK)]


def begins_at_another_time(plant: Plant, now: datetime | None = None) -> list[str]:
    """Say so where an instance does not begin about now: its plan begins when it says."""
    here = (now or datetime.now(ZoneInfo(plant.timezone))).replace(tzinfo=None)
    hours = (datetime.fromisoformat(plant.start) - here).total_seconds() / 3600
    if abs(hours) <= _HOURS:
        return []
    side = "before" if hours < 0 else "after"
    return [f"the instance starts at {plant.start}, {abs(hours):.0f} hours {side} now"]
