"""Several plants in one run: each gets its night, whatever is wrong with the others."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from nights import Site
from yard import DAY, yard

from capacityplan.cli.fleet import fleet
from capacityplan.domain import plan as p
from capacityplan.errors import ExitCode
from capacityplan.exchange import read_or_raise, read_plan, write, write_plan
from capacityplan.nightly.config import Nightly
from capacityplan.nightly.fleet import Outcome, worst
from capacityplan.nightly.pipeline import run_night


@pytest.fixture
def sites(tmp_path: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch) -> list[Site]:
    names = ("one", "two", "three")
    found = [Site(tmp_path / name, prepared, plant=name, shared_suppliers=["S"]) for name in names]
    monkeypatch.setattr("capacityplan.nightly.pipeline.command", found[0].played_back)
    return found


def run(sites: list[Site], more: str = "") -> Result:
    file = sites[0].home.parent / "fleet.toml"
    listed = ", ".join(f'"{site.home.name}/nightly.toml"' for site in sites)
    file.write_text(f"plants = [{listed}]\n{more}")
    return CliRunner().invoke(fleet, [str(file)])


def test_every_plant_is_published(sites: list[Site]) -> None:
    done = run(sites)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == ["one: published", "two: published", "three: published"]
    shutil.rmtree(sites[0].home / "input")
    failed = run(sites)
    assert failed.exit_code == ExitCode.DATA
    assert failed.stdout.splitlines()[0] == "one: kept its last plan (code 3)"
    assert "two: published" in failed.output


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("plant = ", "[not_toml]"),
        ('plant = "one"\nfolder = "site"\nspeed = 3\ninput = {path = "i", kind = "guess"}\n', "column speed"),
        (None, "[unreadable_file]"),
    ],
)
def test_a_broken_configuration_stops_its_own_plant_only(
    sites: list[Site], broken: str | None, told: str
) -> None:
    if broken is None:
        sites[1].file.unlink()
    else:
        sites[1].file.write_text(broken)
    done = run(sites)
    assert done.exit_code == ExitCode.DATA
    assert "one: published" in done.stdout
    assert "three: published" in done.stdout
    assert f"{sites[1].file}: configuration refused (code 3)" in done.stdout
    assert told in done.stdout
    if broken and "speed" in broken:
        assert "column input.kind" in done.stdout, "all findings, not the first alone"


def test_the_first_failure_ends_a_fleet_that_asks_for_it(sites: list[Site]) -> None:
    sites[1].file.write_text("plant = ")
    done = run(sites, "stop_on_failure = true\n")
    assert done.exit_code == ExitCode.DATA
    assert "one: published" in done.stdout
    assert "three" not in done.stdout


def _taken_of_the_offer(sites: list[Site]) -> int:
    """How much less of the shared supplier's capacity the last plant had than its data say."""
    newest = max((sites[2].folder / "runs").iterdir())
    (told,) = read_or_raise(sites[2].home / "input" / "plant.json").suppliers
    (had,) = read_or_raise(newest / "plant.json").suppliers
    assert told.capacity_per_week is not None
    assert had.capacity_per_week is not None
    return told.capacity_per_week - had.capacity_per_week


def _with_capacity(sites: list[Site]) -> None:
    """Give the shared supplier a capacity, and the published plan of the first plant a purchase."""
    plant = yard()
    plant = replace(plant, suppliers=(replace(plant.suppliers[0], capacity_per_week=100),))
    write(plant, sites[2].home / "input" / "plant.json")
    published = sites[0].published()
    assert published is not None
    plan = read_plan(published / "plan.json")
    write_plan(replace(plan, purchases=(p.Purchase("a", "S", "R", 30, 0, DAY),)), published / "plan.json")


def test_a_plant_with_a_broken_configuration_keeps_what_it_takes(
    sites: list[Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("capacityplan.nightly.fleet.say", lambda event, *_, **__: said.append(event))
    run(sites[:1])
    _with_capacity(sites)
    plan = sites[0].folder / "current" / "plan.json"
    whole = sites[0].file.read_text()
    sites[0].file.write_text(whole + "speed = 3\n")
    assert run([sites[0], sites[2]]).exit_code == ExitCode.DATA
    assert _taken_of_the_offer(sites) == 30
    assert said == ["refused"]

    sites[0].file.write_text("plant = ")
    assert "three: published" in run([sites[0], sites[2]]).stdout
    assert _taken_of_the_offer(sites) == 0
    assert said[1:] == ["refused", "shared suppliers unknown"]

    sites[0].file.write_text(whole + "speed = 3\n")
    plan.write_text("{")
    assert "three: published" in run([sites[0], sites[2]]).stdout
    assert said[3:] == ["refused", "shared suppliers unknown"]


def test_a_bug_in_one_night_does_not_take_the_others(
    sites: list[Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(config: Nightly, loads: object) -> int:
        if config.plant == "one":
            raise RuntimeError("broken")
        return run_night(config)

    monkeypatch.setattr("capacityplan.nightly.fleet.run_night", failing)
    done = run(sites[:2])
    assert done.exit_code == ExitCode.BUG
    assert done.stdout.splitlines() == ["one: kept its last plan (code 1)", "two: published"]


@pytest.mark.parametrize(
    ("codes", "told"), [((0, 0), 0), ((0, 7, 4), 4), ((3, 6), 6), ((5, 1, 6), 1), ((7, 0), 7), ((3, 8), 8)]
)
def test_the_exit_code_is_the_worst(codes: tuple[int, ...], told: int) -> None:
    assert worst(Outcome("yard", ExitCode(code)) for code in codes) == told
