"""Nights in processes of their own that can be killed; planning itself is played back from a prepared plan.

Everything else is the product's own: steps, store, publication, notification. Whole nights with a
real solve are in `test_night_whole`.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from capacityplan.errors import ExitCode
from capacityplan.nightly import crash, pipeline
from capacityplan.nightly.child import Finished
from capacityplan.nightly.config import Nightly, read_config
from capacityplan.nightly.publish import current, damaged
from capacityplan.nightly.store import Store

_FORK = multiprocessing.get_context("fork")


class Site:
    """A plant's nightly folder with its configuration.

    Attributes
    ----------
    prepared : Path
        Folder of a plan with all its outputs: what the played-back solve "finds".
    """

    def __init__(self, home: Path, prepared: Path, store: str = "", **more: Any) -> None:
        self.home, self.prepared = home, prepared
        home.mkdir(parents=True, exist_ok=True)
        (home / "input").mkdir(exist_ok=True)
        shutil.copyfile(prepared / "instance.json", home / "input" / "plant.json")
        settings: dict[str, Any] = {
            "plant": "yard", "folder": "site", "store": store,
            "input": {"path": "input/plant.json", "stable_seconds": 0, "wait_seconds": 0.5},
        } | more  # fmt: skip
        self.file = home / "nightly.toml"
        self.file.write_text(_toml(settings), encoding="utf-8")

    @property
    def config(self) -> Nightly:
        return read_config(self.file)

    @property
    def folder(self) -> Path:
        return self.config.folder

    def night(
        self, crash_at: str = "", solve: Callable[..., Finished] | None = None, within: float = 60.0
    ) -> int:
        """Run one night; its exit code, or minus the signal that ended it."""
        process = self.begin(crash_at, solve)
        process.join(within)
        assert process.exitcode is not None, "the night did not end"
        return process.exitcode

    def begin(self, crash_at: str = "", solve: Callable[..., Finished] | None = None) -> Any:
        """Begin a night in a process of its own."""
        process = _FORK.Process(target=self._run, args=(crash_at, solve))
        process.start()
        return process

    def killed_after(self, seconds: float) -> int:
        """Run a night and kill it after a while."""
        process = self.begin()
        time.sleep(seconds)
        if process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode is not None
        return int(process.exitcode)

    def _run(self, crash_at: str, solve: Callable[..., Finished] | None) -> None:
        os.environ[crash.VARIABLE] = crash_at
        crash.POINTS.clear()
        pipeline.command = solve or self.played_back  # type: ignore[assignment]
        code = pipeline.run_night(self.config)
        (self.home / "points").write_text("\n".join(crash.POINTS))
        os._exit(code)

    def played_back(
        self, arguments: list[str], _log: Path, _seconds: float, _memory: int | None = None
    ) -> Finished:
        """Put the prepared plan where the solve would write its own."""
        assert arguments[0] == "solve"
        shutil.copytree(self.prepared, arguments[arguments.index("--out") + 1])
        record = {
            "cost": 1234.5,
            "currency": "EUR",
            "gap": 0.01,
            "replanning": {"changes": 2, "changes_frozen": 0},
        }
        return Finished(0, json.dumps(record), "", False)

    def written(
        self, arguments: list[str], _log: Path, _seconds: float, _memory: int | None = None
    ) -> Finished:
        """Write the prepared plan and its export as the commands do, in this process."""
        from capacityplan.exchange import read_or_raise, read_plan, write, write_plan
        from capacityplan.outbound.export import export

        plant = read_or_raise(self.prepared / "instance.json")
        plan = read_plan(self.prepared / "plan.json")
        if arguments[0] == "export":
            export(arguments[1], plant, plan, Path(arguments[4]))
            return Finished(0, "", "", False)
        out = Path(arguments[arguments.index("--out") + 1])
        write(plant, out / "instance.json")
        write_plan(plan, out / "plan.json")
        return Finished(0, json.dumps({"cost": 1.0, "currency": "EUR", "gap": None}), "", False)

    def points(self) -> list[str]:
        """Crash points of the last night that ended by itself."""
        return list(dict.fromkeys((self.home / "points").read_text().split()))

    def published(self) -> Path | None:
        """The current plan, which must be whole."""
        found = current(self.folder)
        assert found is None or damaged(found) == []
        return found

    def audit(self) -> list[str]:
        store = Store(self.config.url)
        rows = [row["event"] for row in store.audit("yard")]
        store.close()
        return rows

    def last(self) -> Any:
        store = Store(self.config.url)
        (row,) = store.runs("yard", 1)
        store.close()
        return row

    def leftovers(self) -> list[str]:
        """Half-done things a good night leaves nowhere."""
        return [str(path) for path in self.folder.rglob("*") if path.name.startswith(".")]


def _toml(value: dict[str, Any]) -> str:
    """Write a dictionary as TOML (JSON's scalars and inline tables are TOML enough here)."""
    return "".join(f"{name} = {_value(one)}\n" for name, one in value.items())


def _value(one: Any) -> str:
    if isinstance(one, dict):
        return "{" + ", ".join(f"{name} = {_value(inner)}" for name, inner in one.items()) + "}"
    if isinstance(one, list):
        return "[" + ", ".join(map(_value, one)) + "]"
    return json.dumps(one)


PUBLISHED, KILLED = int(ExitCode.VERIFIED), -signal.SIGKILL
