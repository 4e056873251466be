"""Fault drills: whatever happens, the published plan is whole and the next night succeeds by itself."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from datetime import time as wall
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cluster import Cluster
from nights import KILLED, PUBLISHED, Site
from receivers import Hook

from capacityplan.errors import ExitCode
from capacityplan.nightly.child import Finished
from capacityplan.nightly.config import Schedule, next_night
from capacityplan.nightly.lock import locked
from capacityplan.nightly.pipeline import run_night
from capacityplan.nightly.publish import damaged

SEED, RANDOM_KILLS = 7, 4


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, prepared: Path) -> Site:
    """A site on either store."""
    url = ""
    if request.param == "postgresql":
        url = fresh_database(request.getfixturevalue("postgres"), f"night_{os.getpid()}_{time.time_ns()}")
    return Site(tmp_path / "home", prepared, url)


def fresh_database(cluster: Cluster, name: str) -> str:
    import psycopg

    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    return cluster.url.rsplit("/", 1)[0] + f"/{name}"


def failing(code: int, text: str = "boom") -> "object":
    return lambda *_: Finished(code, "", f"{text}\n", False)


def test_killed_at_every_point_and_recovered(kept: Site) -> None:
    assert kept.night() == PUBLISHED
    points = kept.points()
    assert len(points) >= 27
    step = 1 if "sqlite" in kept.config.url else 2
    for point in points[::step]:
        before = kept.published()
        assert kept.night(point) == KILLED, point
        assert kept.published() is not None
        swapped = kept.published() != before
        assert kept.night() == PUBLISHED, point
        if point == "end:noted":
            continue  # That night had ended; the next is another.
        assert kept.last().resumed == 1, point
        assert kept.published() != before, point
        assert not swapped or kept.published() is not None
    assert kept.leftovers() == []


def test_killed_at_random_moments(kept: Site) -> None:
    began = time.monotonic()
    assert kept.night() == PUBLISHED
    whole = time.monotonic() - began
    chance = random.Random(SEED)
    for _ in range(RANDOM_KILLS):
        before = kept.published()
        assert kept.killed_after(chance.uniform(0, whole)) in (KILLED, PUBLISHED)
        assert kept.published() is not None
        assert kept.night() == PUBLISHED
        assert kept.published() != before
    assert kept.leftovers() == []


def test_killed_before_every_rename_and_swept(
    tmp_path: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = {"metrics": "metrics/yard.prom", "exports": [{"system": "odoo"}]}
    site = Site(tmp_path / "home", prepared, **metrics)
    renamed = tmp_path / "renamed"
    renamed.write_text("")

    def kills(rename: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
        def killed(source: Path, target: Path) -> Path:
            if target.name not in renamed.read_text().split():
                with renamed.open("a") as stream:
                    stream.write(f"{target.name}\n")
                os.kill(os.getpid(), signal.SIGKILL)
            return rename(source, target)

        return killed

    for name in ("replace", "rename"):
        monkeypatch.setattr(Path, name, kills(getattr(Path, name)))
    # Killed before its first rename, resumed and killed before the second, and so on to its end.
    while (code := site.night(solve=site.written)) == KILLED:
        target, left = renamed.read_text().split()[-1], [Path(path).name for path in site.leftovers()]
        former = [name for name in left if name not in (".stage", ".current.new") and target not in name]
        assert former == [], target
    assert code == PUBLISHED
    files = {"plant.json", "instance.json", "plan.json", "odoo", "manifest.json", "current", "yard.prom"}
    assert files <= set(renamed.read_text().split())
    assert site.leftovers() == []
    assert [path.name for path in (site.home / "metrics").iterdir()] == ["yard.prom"]


def test_two_at_once(kept: Site) -> None:
    with locked_by_another(kept):
        assert kept.night() == ExitCode.BUSY
    assert kept.night() == PUBLISHED


@contextmanager
def locked_by_another(site: Site) -> Iterator[None]:
    with locked(site.folder):
        yield


def test_two_machines_at_once_on_one_store(postgres: Cluster, tmp_path: Path, prepared: Path) -> None:
    url = fresh_database(postgres, f"two_{time.time_ns()}")
    here, there = (Site(tmp_path / name, prepared, url) for name in ("here", "there"))
    slow = here.begin("", _slow(here))
    until = time.monotonic() + 20
    while not (here.folder / "runs").is_dir() and time.monotonic() < until:
        time.sleep(0.02)
    assert there.night() == ExitCode.BUSY
    slow.join(60)
    assert slow.exitcode == PUBLISHED
    assert there.night() == PUBLISHED


def _slow(site: Site) -> "object":
    def solve(*arguments: object) -> Finished:
        time.sleep(3)
        return site.played_back(*arguments)  # type: ignore[arg-type]

    return solve


@pytest.mark.parametrize(
    ("solve", "code"),
    [
        (failing(-signal.SIGSEGV), ExitCode.BUG),
        (failing(1), ExitCode.BUG),
        (failing(5), ExitCode.NO_PLAN),
        (failing(4), ExitCode.INFEASIBLE),
        (lambda *_: Finished(-15, "", "", True), ExitCode.NO_PLAN),
        (lambda *_: Finished(0, "not json", "", False), ExitCode.BUG),
    ],
)  # fmt: skip
def test_a_solve_that_fails_keeps_the_plan(site: Site, solve: "object", code: int) -> None:
    assert site.night() == PUBLISHED
    before = site.published()
    assert site.night(solve=solve) == code  # type: ignore[arg-type]
    assert site.published() == before
    assert site.last().status == "kept"
    assert site.last().message
    assert site.night() == PUBLISHED


def test_a_plan_that_breaks_a_rule_is_not_published(site: Site) -> None:
    assert site.night() == PUBLISHED
    before = site.published()

    def spoiled(arguments: list[str], *rest: object) -> Finished:
        done = site.played_back(arguments, *rest)  # type: ignore[arg-type]
        file = Path(arguments[arguments.index("--out") + 1]) / "plan.json"
        from capacityplan.domain.plan import Plan

        plan = Plan.from_json(file.read_bytes())
        from dataclasses import replace

        first = plan.runs[0]
        moved = (replace(first, start=first.start + 7), *plan.runs[1:])
        file.write_bytes(replace(plan, runs=moved, ledger=()).to_json())
        return done

    assert site.night(solve=spoiled) == ExitCode.VERIFICATION
    assert site.published() == before
    assert "run_time" in site.last().message


def test_bad_and_half_copied_input_is_refused_with_its_place(site: Site) -> None:
    assert site.night() == PUBLISHED
    before = site.published()
    source = site.config.input.path
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) // 2])
    assert site.night() == ExitCode.DATA
    assert "plant.json" in site.last().message
    source.unlink()
    assert site.night() == ExitCode.DATA
    assert "no input" in site.last().message
    assert site.published() == before
    source.write_bytes(whole)
    assert site.night() == PUBLISHED


def test_input_that_is_still_being_written_is_waited_for_then_refused(tmp_path: Path, prepared: Path) -> None:
    settings = {"path": "input", "stable_seconds": 0.4, "wait_seconds": 2.0}
    site = Site(tmp_path / "home", prepared, input=settings)
    shutil.rmtree(site.home / "input")
    shutil.copytree(prepared, site.home / "input")  # Any files will do: nothing reads them.
    growing = site.home / "input" / "orders.csv.part"
    growing.write_text("order")
    assert site.night() == ExitCode.DATA
    assert "still being copied" in site.last().message
    growing.rename(site.home / "input" / "late.txt")
    process = site.begin()
    for _ in range(30):
        with (site.home / "input" / "late.txt").open("a") as stream:
            stream.write("more")
        time.sleep(0.1)
    process.join(30)
    assert process.exitcode == ExitCode.DATA
    assert "still being written" in site.last().message


def test_the_database_is_down_and_comes_back(postgres: Cluster, tmp_path: Path, prepared: Path) -> None:
    site = Site(tmp_path / "home", prepared, fresh_database(postgres, f"down_{time.time_ns()}"))
    assert site.night() == PUBLISHED
    before = site.published()
    postgres.stop()
    try:
        assert site.night() == ExitCode.OUTPUT
        assert site.published() == before
    finally:
        postgres.start()
    assert site.night() == PUBLISHED


def test_the_database_goes_down_during_the_night(postgres: Cluster, tmp_path: Path, prepared: Path) -> None:
    site = Site(tmp_path / "home", prepared, fresh_database(postgres, f"gone_{time.time_ns()}"))
    assert site.night() == PUBLISHED
    before = site.published()

    def stops(*arguments: object) -> Finished:
        postgres.stop()
        return site.played_back(*arguments)  # type: ignore[arg-type]

    try:
        assert site.night(solve=stops) == ExitCode.OUTPUT
        assert site.published() == before
    finally:
        postgres.start()
    assert site.night() == PUBLISHED
    assert site.last().resumed == 1


@contextmanager
def small_disk(folder: Path, size_kb: int) -> Iterator[str]:
    """Give a folder little room: a real small file system, or, where none may be mounted, say so."""
    folder.mkdir(parents=True, exist_ok=True)
    options = ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(folder)]
    mounted = os.name == "posix" and subprocess.run(options, capture_output=True, check=False).returncode == 0
    try:
        yield "tmpfs" if mounted else "limit"
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def limited(site: Site, size_kb: int) -> int:
    """Run a night in which no file may grow beyond a size (the fault layer where nothing can be mounted)."""
    import resource

    def solve(*arguments: object) -> Finished:
        done = site.played_back(*arguments)  # type: ignore[arg-type]
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_kb * 1024, size_kb * 1024))
        return done

    return site.night(solve=solve)


@pytest.mark.parametrize("filled_kb", [0, 700, 850])
def test_a_full_disk_keeps_the_plan(
    tmp_path: Path, prepared: Path, filled_kb: int, capsys: pytest.CaptureFixture[str]
) -> None:
    need = sum(path.stat().st_size for path in prepared.rglob("*")) // 1024
    home = tmp_path / "home"
    with small_disk(home / "site", 6 * need + 500) as kind:
        site = Site(home, prepared)
        assert site.night() == PUBLISHED
        before = site.published()
        filler = site.folder / "filler"
        if kind == "tmpfs":
            room = shutil.disk_usage(site.folder).free // 1024
            filler.write_bytes(
                b"x" * max(room - need * 2 + 100 - filled_kb // 2, room - need - filled_kb // 10, 0) * 1024
            )
            code = site.night()
        else:
            code = limited(site, 8)
        assert code == ExitCode.OUTPUT, kind
        assert site.published() == before
        filler.unlink(missing_ok=True)
        assert site.night() == PUBLISHED
    with capsys.disabled():
        print(f"disk full by {kind}", end=" ")


def test_a_read_only_folder_keeps_the_plan(tmp_path: Path, prepared: Path) -> None:
    home = tmp_path / "home"
    with small_disk(home / "site", 20_000) as kind:
        site = Site(home, prepared)
        assert site.night() == PUBLISHED
        before = site.published()
        if kind == "tmpfs":
            subprocess.run(["mount", "-o", "remount,ro", str(site.folder)], check=True)
        else:
            (site.folder / "lock").chmod(0o444)
            site.folder.chmod(0o555)
        try:
            assert site.night() == ExitCode.OUTPUT
            assert site.published() == before
        finally:
            if kind == "tmpfs":
                subprocess.run(["mount", "-o", "remount,rw", str(site.folder)], check=True)
            else:
                site.folder.chmod(0o755)
                (site.folder / "lock").chmod(0o644)
        assert site.night() == PUBLISHED


@pytest.mark.parametrize(
    ("at", "now", "expected"),
    [
        # The clocks go from 02:00 to 03:00: 02:30 is skipped, the night is not.
        ("02:30", "2027-03-27T12:00+01:00", "2027-03-28T03:30+02:00"),
        ("04:15", "2027-03-28T00:00+01:00", "2027-03-28T04:15+02:00"),
        # From 03:00 back to 02:00: 02:30 comes twice, the night once.
        ("02:30", "2027-10-30T12:00+02:00", "2027-10-31T02:30+02:00"),
        ("02:30", "2027-10-31T02:31+02:00", "2027-11-01T02:30+01:00"),
        ("02:30", "2027-10-31T02:30+01:00", "2027-11-01T02:30+01:00"),
        # Leap day and year end.
        ("23:59", "2028-02-28T23:59+01:00", "2028-02-29T23:59+01:00"),
        ("00:00", "2027-12-31T12:00+01:00", "2028-01-01T00:00+01:00"),
    ],
)  # fmt: skip
def test_every_day_has_its_night(at: str, now: str, expected: str) -> None:
    schedule = Schedule(at=wall.fromisoformat(at), timezone="Europe/Berlin")
    found = next_night(schedule, datetime.fromisoformat(now))
    assert found == datetime.fromisoformat(expected)


def test_a_year_has_as_many_nights_as_days() -> None:
    schedule = Schedule(at=wall(2, 30), timezone="Europe/Berlin")
    moment, days = datetime(2027, 1, 1, tzinfo=UTC), []
    for _ in range(365):
        moment = next_night(schedule, moment)
        days.append(moment.astimezone(ZoneInfo("Europe/Berlin")).date())
    assert len(set(days)) == 365
    assert days == sorted(days)


def test_damage_after_publication_is_seen(site: Site) -> None:
    assert site.night() == PUBLISHED
    published = site.published()
    assert published is not None
    (published / "plan.json").write_text("{}")
    assert damaged(published) == ["plan.json is not what was published"]


def test_what_was_told_once_is_not_told_again(tmp_path: Path, prepared: Path, hook: Hook) -> None:
    site = Site(tmp_path / "home", prepared, notify=[{"kind": "webhook", "url": hook.url}])
    assert site.night("notify:after") == KILLED
    assert len(hook.posts) == 1
    assert site.night() == PUBLISHED
    assert len(hook.posts) == 1
    # Killed between the sending and its note: told again, under the same key, for the receiver to leave out.
    assert site.night("notify:0:sent") == KILLED
    assert site.night() == PUBLISHED
    keys = [headers["idempotency-key"] for headers, _ in hook.posts]
    assert len(keys) == 3
    assert len(set(keys)) == 2


def test_an_interrupted_night_of_long_ago_is_not_resumed(tmp_path: Path, prepared: Path) -> None:
    site = Site(tmp_path / "home", prepared, resume_hours=0)
    assert site.night("replan:after") == KILLED
    assert site.night() == PUBLISHED
    assert site.last().resumed == 0
    assert "abandoned" in site.audit()


def test_a_configuration_is_run_in_this_process_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capacityplan.nightly.pipeline.command", site.played_back)
    assert run_night(site.config) == PUBLISHED
