"""Compiling in a process of its own, each search the first time that it is needed after an installation.

The machine code is kept on disk; until it is there the search waits, and where the time is too
short for it the dispatcher's schedule is the answer.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import time

from capacityplan.solve.children import end_with_parent
from capacityplan.solve.minute import problem
from capacityplan.solve.minute.compiled import is_kept, ready
from capacityplan.solve.minute.project import run as project
from capacityplan.solve.minute.shop import run as shop
from capacityplan.solve.types import Limits

_POLL_SECONDS = 0.1
_PATTERNS = "capacityplan.solve.patterns.anneal"
"""Imports this package: its name must do until it is needed."""
_CHILD = "import sys; from capacityplan.solve.minute.warm import child; child(sys.argv[1])"
_children: dict[str, subprocess.Popen[bytes]] = {}
"""By the module whose package they compile."""


def start(module: str = problem.__name__) -> None:
    """Have a search compiled if it is not yet, without waiting; one that is not needed costs nothing."""
    if module not in _children and not is_kept(module):
        program = [sys.executable, "-c", _CHILD, module]
        _children[module] = subprocess.Popen(program, start_new_session=True)


def wait(limits: Limits, module: str = problem.__name__) -> bool:
    """Whether a search is compiled in time; a failed child leaves the work to this process."""
    if limits.work is None:
        start(module)
        while not is_kept(module) and module in _children and _children[module].poll() is None:
            if limits.stop() or time.monotonic() >= limits.deadline:
                return False
            time.sleep(_POLL_SECONDS)
    ready(module)
    return True


def wait_for_shop(limits: Limits) -> bool:
    """Whether the search of plain shops is compiled in time."""
    return wait(limits, shop.__name__)


def wait_for_project(limits: Limits) -> bool:
    """Whether the search of projects is compiled in time."""
    return wait(limits, project.__name__)


def wait_for_patterns(limits: Limits) -> bool:
    """Whether the search of setup patterns is compiled in time."""
    return wait(limits, _PATTERNS)


def stop() -> None:
    """End children that still compile; what they have finished is kept."""
    while _children:
        _, process = _children.popitem()
        if process.poll() is None:
            process.kill()
        process.wait()


def child(module: str) -> None:
    """Compile the package of a module and keep it."""
    end_with_parent()
    importlib.import_module(module)
    ready(module)
