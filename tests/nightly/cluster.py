"""A PostgreSQL cluster of our own on loopback, from the system's packages, gone when the tests end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_OWNERS = ("postgres", "nobody")


def binaries() -> Path:
    """Folder of initdb and pg_ctl.

    Raises
    ------
    FileNotFoundError
        With what to install.
    """
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not folders:
        raise FileNotFoundError("PostgreSQL is not installed; .ci/prepare does so (package postgresql)")
    return folders[-1].parent


class Cluster:
    """A cluster that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._bin = folder, binaries()
        self._as: dict[str, Any] = {}
        if os.getuid() == 0:
            names = [row.pw_name for row in pwd.getpwall()]
            owner = next(name for name in _OWNERS if name in names)
            shutil.chown(folder, owner)
            self._as = {"user": owner, "extra_groups": []}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._run("initdb", "-D", str(folder / "data"), "-U", "capacityplan", "-A", "trust", "-N")

    @property
    def url(self) -> str:
        return f"postgresql://capacityplan@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self._folder}"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._bin / program, *arguments], check=True, cwd=self._folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, **self._as,
        )  # fmt: skip


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running cluster."""
    folder = Path(tempfile.mkdtemp(prefix="capacityplan-pg-"))
    try:
        made = Cluster(folder)
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
