"""One run at a time: a lock that the operating system takes back, however the run ends."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capacityplan.errors import OutputError, StoreBusy

if sys.platform == "win32":
    import msvcrt

    def _try(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_LOOK_SECONDS = 0.2
"""Longer than anybody who only looks whether the lock is held keeps it."""


def _take(handle: int) -> None:
    try:
        _try(handle)
    except OSError:
        time.sleep(_LOOK_SECONDS)
        _try(handle)


@contextmanager
def locked(folder: Path, run: str = "") -> Iterator[None]:
    """Hold the lock of a nightly folder.

    Raises
    ------
    StoreBusy
        If another process holds it.
    OutputError
        If the folder cannot be written.
    """
    path = folder / "lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise OutputError(f"{path}: cannot be opened ({error.strerror})") from error
    try:
        try:
            _take(handle)
        except OSError as error:
            raise StoreBusy(f"another run holds {folder} ({_holder(handle)})") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "run": run}).encode(), 0)
        yield
    finally:
        os.close(handle)


def is_held(folder: Path) -> bool:
    """Whether a process holds the lock of a nightly folder; where that cannot be seen, it may."""
    try:
        handle = os.open(folder / "lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        _try(handle)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _holder(handle: int) -> str:
    try:
        return f"process {json.loads(os.pread(handle, 200, 0))['pid']}"
    except (ValueError, KeyError, OSError):
        return "its process is starting"
