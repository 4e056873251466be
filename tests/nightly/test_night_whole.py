"""Whole nights with the product's own commands: advance, solve, export; R33 and R14 in small."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction as F
from pathlib import Path

from yard import DAY, yard

from capacityplan.domain import plant as q
from capacityplan.exchange import read_or_raise, read_plan, write
from capacityplan.nightly.config import read_config
from capacityplan.nightly.pipeline import run_night
from capacityplan.nightly.publish import current, damaged
from capacityplan.nightly.store import Store

COSTS = q.Costs(
    change_cost_frozen=F(500), change_cost_slushy=F(50), change_cost_open=F(5), change_tolerance_minutes=30
)


def configure(home: Path, to: str) -> Path:
    file = home / "nightly.toml"
    constants = f', constants = {{to = "{to}"}}' if to else ""
    file.write_text(
        'plant = "yard"\nfolder = "site"\n'
        'input = {kind = "advance", path = "tables", start = "first.json", as_planned = true, '
        "stable_seconds = 0"
        f"{constants}}}\n"
        "solve = {time_limit_seconds = 4, workers = 1}\n"
    )
    return file


def test_three_nights(tmp_path: Path) -> None:
    first = yard(costs=COSTS, fences=q.Fences(frozen_hours=4, slushy_days=2))
    write(first, tmp_path / "first.json")
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "readme.txt").write_text("dropped by the ERP")
    assert run_night(read_config(configure(tmp_path, ""))) == 0
    site = tmp_path / "site"
    start = datetime.fromisoformat(first.start)

    # Nothing happened: nothing changes.
    assert run_night(read_config(configure(tmp_path, start.isoformat()))) == 0
    published = current(site)
    assert published is not None
    assert damaged(published) == []
    record = json.loads((published / "result.json").read_text())
    assert record["replanning"]["changes"] == 0
    assert record["cost"] <= record["replanning"]["carried_cost"]

    # A day later, with a late order and a machine down.
    plant, plan = read_or_raise(published / "instance.json"), read_plan(published / "plan.json")
    down = q.Downtime("d", "M", DAY + 60, DAY + 300, reason="bearing")
    write(
        replace(plant, downtime=(down,), orders=(*plant.orders, q.Order("N", "A", 50, 4 * DAY))),
        tmp_path / "told",
    )
    for name in ("downtime", "orders"):
        (tmp_path / "told" / f"{name}.csv").rename(tables / f"{name}.csv")
    config = read_config(configure(tmp_path, (start + timedelta(days=1)).isoformat()))
    assert run_night(config) == 0
    last = current(site)
    assert last is not None
    assert last != published
    after = read_plan(last / "plan.json")
    assert after.provenance.previous == plan.provenance.plan_id
    assert read_or_raise(last / "instance.json").start == "2025-01-07T00:00:00"
    assert (last / "changes.csv").read_text().startswith("change,object")
    store = Store(config.url)
    (row, *_) = store.runs("yard")
    store.close()
    assert row.cost is not None
    assert row.carried_cost is not None
    assert row.cost <= row.carried_cost
