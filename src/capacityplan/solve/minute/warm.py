"""Compiling ahead in a process of its own, the first time after an installation or an upgrade.

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
_CHILD = "from capacityplan.solve.minute.warm import child; child()"
_children: list[subprocess.Popen[bytes]] = []


def start() -> None:
    """Have the search compiled if it is not yet, without waiting."""
    kept = all(is_kept(module.__name__) for module in (shop, project, problem))
    if not (kept and is_kept(_PATTERNS)) and not _children:
        _children.append(subprocess.Popen([sys.executable, "-c", _CHILD], start_new_session=True))


def wait(limits: Limits, module: str = problem.__name__) -> bool:
    """Whether a search is compiled in time; a failed child leaves the work to this process."""
    if limits.work is None:
        start()
        while not is_kept(module) and _children and _children[0].poll() is None:
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
    """End a child that still compiles; what it has finished is kept."""
    while _children:
        process = _children.pop()
        if process.poll() is None:
            process.kill()
        process.wait()


def child() -> None:
    """Compile everything and keep it."""
    end_with_parent()
    # What is needed first comes first.
    importlib.import_module(_PATTERNS)
    ready(_PATTERNS)
    ready(shop.__name__)
    ready(project.__name__)
    ready(problem.__name__)
