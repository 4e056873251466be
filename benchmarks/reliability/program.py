"""The program as planners run it: a process of its own, timed from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capacityplan.exchange import write
from capacityplan.templates import build

COMMAND = [sys.executable, "-c", "from capacityplan.cli.main import main; main()"]


def instance(folder: Path, name: str, size: float, seed: int) -> Path:
    """Write one of the own plants as JSON, once."""
    path = folder / f"{name}-{size}-{seed}.json"
    if not path.exists():
        write(build(name, size, seed), path)
    return path


def start(arguments: list[str], hash_seed: int | str = "random") -> subprocess.Popen[str]:
    """Start the program with a seed for Python's hashes."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
    )


@dataclass(frozen=True)
class Ended:
    """How a run ended: exit code, seconds of wall time, result.json, and what was said."""

    code: int
    seconds: float
    result: dict[str, Any] | None
    said: str


def solve(path: Path, out: Path, *options: str, hash_seed: int | str = "random") -> Ended:
    """Solve an instance and wait for the end."""
    began = time.monotonic()
    process = start(["solve", str(path), "--out", str(out), "--json", *options], hash_seed)
    stdout, stderr = process.communicate()
    seconds = time.monotonic() - began
    return Ended(process.returncode, seconds, json.loads(stdout) if stdout.strip() else None, stderr)


@contextmanager
def load(processes: int) -> Iterator[None]:
    """Keep the cores busy beside what is measured."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()
