"""The input of a night: whole, still, and not too old; taken as a copy that nobody changes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from capacityplan.errors import DataError, Finding
from capacityplan.nightly.config import Input

_PART_NAMES = (".part", ".tmp", ".filepart", ".crdownload", ".partial")
_POLL_SECONDS = 0.2
State = dict[str, tuple[int, int]]
"""Size and modification time by file."""


def wait_until_stable(
    source: Input, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Wait until the input has not changed for a while.

    Raises
    ------
    DataError
        If it is missing, empty, still being written, or holds a file under way.
    """
    began = clock()
    known, since = _state(source.path), began
    while True:
        under_way = [name for name in known if name.endswith(_PART_NAMES)]
        still = clock() - since >= source.stable_seconds
        if known and still and not under_way:
            return
        if clock() - began >= source.wait_seconds:
            raise DataError((_refusal(source.path, known, under_way),))
        sleep(min(_POLL_SECONDS, max(source.stable_seconds, 0.01)))
        found = _state(source.path)
        if found != known:
            known, since = found, clock()


def _refusal(path: Path, known: State, under_way: list[str]) -> Finding:
    if not known:
        return Finding("missing_input", "there is no input", path.name, expected="files of tonight")
    if under_way:
        message, hint = "a file is still being copied", "rename it when it is complete"
        return Finding("input_under_way", message, under_way[0], hint=hint)
    return Finding("input_changing", "the input is still being written", path.name, hint="try again later")


def snapshot(path: Path, target: Path) -> None:
    """Copy the input to a folder of the run; the run reads nothing else."""
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, target)
    else:
        target.mkdir()
        shutil.copy2(path, target / path.name)


def age_hours(path: Path, now: float) -> float:
    """Age of the newest file of the input."""
    newest = max((stamp for _, stamp in _state(path).values()), default=0)
    return max(0.0, (now - newest / 1e9) / 3600)


def _state(path: Path) -> State:
    files = [path] if path.is_file() else (sorted(path.rglob("*")) if path.is_dir() else [])
    found: State = {}
    for file in files:
        try:
            if file.is_file():
                told = file.stat()
                found[str(file)] = (told.st_size, told.st_mtime_ns)
        except FileNotFoundError:
            # It was renamed while we looked: the next look sees its new name.
            found[str(file)] = (-1, -1)
    return found
