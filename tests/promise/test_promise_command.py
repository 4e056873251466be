"""The command: its answer, its reservations, its findings."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from promise_plants import small

from capacityplan.cli.main import main
from capacityplan.cli.promise import promise
from capacityplan.domain.plant import ItemKind, Plant
from capacityplan.domain.timeline import Clock, Timeline
from capacityplan.exchange import read_plan
from capacityplan.exchange.contracts import Kind
from capacityplan.exchange.times import moment_text
from capacityplan.promise import Reservations
from capacityplan.promise.read import read_request
from capacityplan.verify import check


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    plant, plan = small("fitband")
    (tmp_path / "instance.json").write_bytes(plant.to_json())
    (tmp_path / "plan.json").write_bytes(plan.to_json())
    return tmp_path


def sold(plant: Plant) -> str:
    return next(row.item for row in plant.items if row.kind is ItemKind.FINISHED)


def test_a_reserved_order_is_kept_beside_the_plan_and_counts(folder: Path) -> None:
    item = sold(small("fitband")[0])
    arguments = [str(folder / "instance.json"), str(folder), "--item", item, "--quantity", "20"]
    out = folder / "with"
    done = CliRunner().invoke(promise, [*arguments, "--reserve", "--json", "--out", str(out)])
    assert done.exit_code == 0, done.output
    record = json.loads(done.stdout)
    assert record["order"] == "PROMISE-1"
    plant = Plant.from_json((out / "instance.json").read_bytes())
    assert check(plant, read_plan(out / "plan.json")).violations == ()
    book = Reservations(folder / "reservations.json")
    (kept,) = book.active(datetime.now())
    assert (kept.order, kept.item, kept.quantity) == ("PROMISE-1", item, 20)
    again = CliRunner().invoke(promise, [*arguments, "--out", str(folder / "two")])
    assert again.exit_code == 0, again.output
    assert "PROMISE-1" in {row.demand for row in read_plan(folder / "two" / "plan.json").deliveries}


def test_an_expired_reservation_no_longer_counts(folder: Path) -> None:
    item = sold(small("fitband")[0])
    arguments = [str(folder / "instance.json"), str(folder), "--item", item, "--quantity", "20"]
    CliRunner().invoke(promise, [*arguments, "--reserve"])
    book = Reservations(folder / "reservations.json")
    book.rows = [replace(row, expires="2020-01-01T00:00") for row in book.rows]
    book.path.write_bytes(book.to_json())
    done = CliRunner().invoke(promise, [*arguments, "--out", str(folder / "two")])
    assert done.exit_code == 0
    assert "PROMISE-1" not in {row.demand for row in read_plan(folder / "two" / "plan.json").deliveries}


def test_every_fault_of_a_request_is_told_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    item = sold(small("fitband")[0])
    bad = ["--item", item[:-1], "--quantity", "a few", "--by", "2027-02-30", "--customer", "nobody"]
    with pytest.raises(SystemExit) as left:
        main(["promise", str(folder / "instance.json"), str(folder), *bad])
    assert left.value.code == 3
    told = capsys.readouterr().err
    for code in ("UNKNOWN_ITEM", "not_a_number", "not_a_date", "UNKNOWN_CUSTOMER"):
        assert code in told
    assert f"did you mean {item!r}" in told


def test_prices_below_nothing_and_days_after_the_plan_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant = small("fitband")[0]
    bad = ["--item", sold(plant), "--quantity", "20", "--by", "2035-01-01", "--price", "-5"]
    with pytest.raises(SystemExit) as left:
        main(["promise", str(folder / "instance.json"), str(folder), *bad])
    assert left.value.code == 3
    told = capsys.readouterr().err
    assert "PRICE" in told
    assert "BEYOND_HORIZON" in told
    clock, last = Clock(plant.start, plant.timezone), Timeline.of(plant).horizon_end
    within = read_request(plant, sold(plant), "20", moment_text(clock, Kind.END, last), price="0")
    assert (within.by, within.price) == (last, 0)


def test_a_damaged_file_of_reservations_is_a_finding(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "reservations.json").write_text("{}")
    request = ["--item", sold(small("fitband")[0]), "--quantity", "1"]
    with pytest.raises(SystemExit) as left:
        main(["promise", str(folder / "instance.json"), str(folder), *request])
    assert left.value.code == 3
    assert "RESERVATIONS" in capsys.readouterr().err
