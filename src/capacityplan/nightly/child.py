"""Commands as processes of their own: what hangs, crashes or eats memory there ends there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

_MAIN = "from capacityplan.cli.main import main; main()"
_GRACE_SECONDS = 20.0
_DEATH_SIGNAL = 1
"""Number of PR_SET_PDEATHSIG."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended.

    Attributes
    ----------
    code : int
        Its exit code; negative: the signal that ended it.
    late : bool
        Whether it was ended because its time was over.
    """

    code: int
    output: str
    errors: str
    late: bool


def command(arguments: Sequence[str], log: Path, seconds: float, memory_mb: int | None = None) -> Finished:
    """Run a command of this program to its end, or to the end of its time.

    It is asked to stop first (SIGTERM: `solve` then writes its best plan), and killed if it does not.

    Parameters
    ----------
    arguments : sequence of str
        As after ``capacityplan``.
    log : Path
        Gets what the command says on standard error.
    """
    with log.open("ab") as errors:
        begun = errors.tell()
        process = subprocess.Popen(
            [sys.executable, "-c", _MAIN, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            preexec_fn=partial(_prepare, memory_mb) if os.name == "posix" else None,
        )
        late = _ender(process, seconds)
        output, _ = process.communicate()
    with log.open("rb") as errors_again:
        errors_again.seek(begun)
        told = errors_again.read().decode(errors="replace")
    return Finished(process.returncode, output.decode(errors="replace"), told, late.is_set())


def _prepare(memory_mb: int | None) -> None:
    """Limit a child's memory, and let it end with its parent: an orphan would write into the next run."""
    import ctypes
    import resource

    if memory_mb is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 2**20, memory_mb * 2**20))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)


def _ender(process: subprocess.Popen[bytes], seconds: float) -> threading.Event:
    """Watch a process's time from a thread of its own."""
    late = threading.Event()

    def watch() -> None:
        until = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        if process.poll() is not None:
            return
        late.set()
        process.send_signal(signal.SIGTERM)
        until = time.monotonic() + _GRACE_SECONDS
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        if process.poll() is None:
            process.kill()

    threading.Thread(target=watch, daemon=True).start()
    return late
