"""Over nights, an order is created, rescheduled and cancelled under one key in the other system."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from export_plants import SETTINGS
from yard import made, yard

from capacityplan.domain.plan import Plan
from capacityplan.domain.plant import Fences, Plant
from capacityplan.outbound import export
from capacityplan.replan.advance import advance

Night = tuple[Plant, Plan]
CREATED = {
    "odoo": ("mrp.production.csv", "id"),
    "erpnext": ("work_order_create.csv", "CapacityPlan Key"),
    "sage": ("mfg.csv", "MFGNUM"),
    "dynamics": ("ProductionOrders_create.csv", "ProductionOrderNumber"),
    "sap": ("cloi_plordi_create.csv", "EXTPLNUM"),
}
RESCHEDULED = {
    "odoo": ("mrp.production.reschedule.csv", "id"),
    "erpnext": ("work_order_reschedule.csv", "CapacityPlan Key"),
    "sage": ("mfg_reschedule.csv", "MFGNUM"),
    "dynamics": ("ProductionOrders_reschedule.csv", "ProductionOrderNumber"),
    "sap": ("production_orders_reschedule.csv", "EXTPLNUM"),
}


@pytest.fixture(scope="module")
def nights() -> list[Night]:
    """Three nights; the second morning finds a lot half made and others released."""
    plant = yard(fences=Fences(frozen_hours=8))
    plan = made(plant)
    found = [(plant, plan)]
    for _ in range(2):
        run = min((run for run in plan.runs if run.start > 0), key=lambda run: run.start)
        to = datetime.fromisoformat(plant.start) + timedelta(minutes=(run.start + run.end) // 2)
        plant = advance(plant, plan, to, as_planned=True).plant
        plan = made(plant)
        found.append((plant, plan))
    return found


def names(folder: Path, file: str, column: str) -> list[str]:
    text = (folder / file).read_text()
    rows = csv.DictReader(text.splitlines(), delimiter=";" if ";" in text else ",")
    return list(dict.fromkeys(row[column] for row in rows))


@pytest.mark.parametrize("system", CREATED)
def test_an_order_has_one_key_from_its_creation_on(system: str, nights: list[Night], tmp_path: Path) -> None:
    own = {lot.receipt for _, plan in nights for lot in plan.lots if lot.receipt}
    assert own, "a lot of an own plan is in progress on some morning"
    seen: set[str] = set()
    rescheduled: list[str] = []
    former = None
    for number, (plant, plan) in enumerate(nights):
        out = tmp_path / str(number)
        found = export(system, plant, plan, out, SETTINGS[system], published=former)
        again = export(system, plant, plan, tmp_path / "again", SETTINGS[system], published=out)
        assert not sum(again.counts[action] for action in ("create", "change", "cancel"))
        known = {row.order.key for row in found.told if row.action == "create"}
        assert not known & seen, "what is there is not created once more"
        orders = {row.order.key for row in found.told if row.action in ("change", "cancel", "past")}
        assert orders <= seen, "what is changed or cancelled has been created"
        seen |= known
        if system != "sage" or number == 0:
            created = names(out, *CREATED[system])
            assert {name.removeprefix("capacityplan.mo_") for name in created} >= {
                row.order.key for row in found.told if row.action == "create" and row.order.kind != "purchase"
            }
        rescheduled += names(out, *RESCHEDULED[system])
        assert not any(row.action == "cancel" and row.order.id in own for row in found.told)
        former = out
    assert rescheduled
    assert {name.removeprefix("capacityplan.mo_") for name in rescheduled} <= seen


def test_odoo_gets_no_name_that_it_did_not_give(nights: list[Night], tmp_path: Path) -> None:
    former = None
    for number, night in enumerate(nights):
        export("odoo", *night, tmp_path / str(number), published=former)
        former = tmp_path / str(number)
        assert names(former, "mrp.production.reschedule_by_name.csv", "name") == []
