"""A verified plan with everything an export can meet, and what each system needs stated."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from report_plants import build

from capacityplan.domain.plan import Lot, Plan, Run
from capacityplan.domain.plant import Item, Plant, Receipt, ReceiptKind
from capacityplan.verify import check

SETTINGS = {
    "sap": {"plant": "1000"},
    "odoo": {},
    "erpnext": {"company": "Try", "warehouse": "Stores", "wip_warehouse": "WIP"},
    "dynamics": {"site": "1", "warehouse": "11"},
    "sage": {"site": "FR011"},
    "b2mml": {},
    "ical": {},
    "suppliers": {},
}


def with_progress() -> tuple[Plant, Plan]:
    """The report's plant and plan, and an order in progress whose last operation is left."""
    plant, plan = build(lots=6, items=3)
    last = max(run.end for run in plan.runs)
    receipt = Receipt("000000004711", ReceiptKind.PRODUCTION, "FG-000", 100, last, operation="pack",
                      resource="PACK-00", done_quantity=40)  # fmt: skip
    plant = replace(plant, receipts=(receipt,), downtime=(), inspections=())
    run = Run("000000004711", "pack", "PACK-00", 60, last, last, last + 80)
    plan = replace(
        plan, lots=(*plan.lots, Lot("000000004711", "FG-000", 100, receipt="000000004711")),
        runs=(*plan.runs, run), inspections=(), bucket_inspections=(), maintenance=(),
    )  # fmt: skip
    return plant, sealed(plant, plan)


def sealed(plant: Plant, plan: Plan) -> Plan:
    """The plan with its ledger, after the checker has accepted everything else."""
    verdict = check(plant, plan)
    found = [row for row in verdict.violations if row.rule != "ledger"]
    assert not found, found
    provenance = replace(plan.provenance, plant_hash=plant.hash())
    return replace(plan, ledger=verdict.ledger, certificate=None, provenance=provenance)


def renamed(plant: Plant, plan: Plan, item: str, name: str, text: str) -> tuple[Plant, Plan]:
    """Give a made item another id and description, wherever it stands."""

    def rows(table: tuple, field: str = "item") -> tuple:  # type: ignore[type-arg]
        return tuple(replace(row, **{field: name}) if getattr(row, field) == item else row for row in table)

    items: tuple[Item, ...] = tuple(
        replace(row, item=name, description=text, unit_value=Fraction(1)) if row.item == item else row
        for row in plant.items
    )
    changed = replace(
        plant, items=items, bill_of_materials=rows(plant.bill_of_materials), orders=rows(plant.orders),
        operations=rows(plant.operations), operation_resources=rows(plant.operation_resources),
        receipts=rows(plant.receipts), suppliers=rows(plant.suppliers),
    )  # fmt: skip
    plan = replace(
        plan, lots=rows(plan.lots), deliveries=rows(plan.deliveries), purchases=rows(plan.purchases)
    )
    return changed, sealed(changed, plan)
