"""What is exported and read back by the importer is the plan: same orders, items, quantities, days."""

from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from export_plants import SETTINGS, with_progress

from capacityplan.domain.lookup import Lookup
from capacityplan.domain.timeline import Clock
from capacityplan.exchange.mapping import import_tables
from capacityplan.outbound import export
from capacityplan.outbound.orders import orders_of

HEAD = """
title = "what was exported"
[plant]
name = "back"
start = "2027-03-01T06:00"
timezone = "Europe/Berlin"
currency = "EUR"

[[make]]
table = "week"
rows = [{ day = "mon" }]

[[fill]]
table = "calendars"
from = "week"
columns = { calendar = "'c'", weekday = "day", from = "'00:00'", to = "'24:00'" }

[[fill]]
table = "resources"
from = "week"
columns = { resource = "'M'", kind = "'machine'", calendar = "'c'" }

[[fill]]
table = "operations"
from = "made_items"
columns = { item = "item", operation = "'make'", sequence = 10 }

[[fill]]
table = "operation_resources"
from = "made_items"
columns = { item = "item", operation = "'make'", resource = "'M'" }

[[fill]]
table = "orders"
from = "made_items"
columns = { order = "item", item = "item", quantity = 1, due = "'2027-03-01'" }
"""
EACH = """
[[make]]
table = "{kind}_items"
from = "{kind}"
group = {{ by = ["item"] }}

[[fill]]
table = "items"
from = "{kind}_items"
columns = {{ item = "item", kind = "'{made}'", precision = 3 }}

[[fill]]
table = "receipts"
from = "{kind}"
columns = {{ order = "key", kind = "'{receipt}'", item = "item", quantity = "quantity", due = "due" }}
"""
READ = """
[[read]]
table = "{kind}"
file = "{file}"
timezone = "{zone}"
numbers = ["{quantity}"]
dates = ["{due}"]
rename = {{ "{key}" = "key", "{item}" = "item", "{quantity}" = "quantity", "{due}" = "due" }}
"""
FIELD_ROWS = (
    "".join(
        f"""
[[read]]
table = "{table}"
file = "cloi_plordi_create.csv"
columns = ["EXTPLNUM", "FIELD"]
rename = {{ EXTPLNUM = "key", FIELD = "field", VALUE = "{name}" }}
where = "field == '{field}'"
"""
        for table, field, name in (
            ("made", "MATNR", "item"),
            ("amounts", "BDMNG", "quantity"),
            ("ends", "PEDTR", "due"),
        )
    )
    + """
[[make]]
table = "made"
from = "made"
join = [{ table = "amounts", on = ["key"] }, { table = "ends", on = ["key"] }]
set = { due = "part(due, 1, 4) + '-' + part(due, 5, 2) + '-' + part(due, 7, 2)" }
"""
)
FILES = {
    "odoo": """mrp.production.csv id product_id product_qty date_finished
purchase.order.csv id order_line/product_id order_line/product_qty order_line/date_planned""",
    "erpnext": """\
work_order_create.csv CapacityPlan_Key Item_To_Manufacture Qty_To_Manufacture Expected_Delivery_Date
material_request_create.csv CapacityPlan_Key Item_Code_(Items) Quantity_(Items) Required_Date_(Items)""",
    "dynamics": """\
ProductionOrders_create.csv ProductionOrderNumber ItemNumber ScheduledQuantity DeliveryDate
PurchaseOrderLinesV2_create.csv PurchaseOrderNumber ItemNumber OrderedPurchaseQuantity RequestedDeliveryDate
""",
    "sage": """mfg.csv MFGNUM ITMREF EXTQTY ENDDAT
purchases.csv PSHNUM ITMREF QTYPUU EXTRCPDAT""",
    "sap": """
bapi_pr_create_pritem.csv TRACKINGNO MATERIAL QUANTITY DELIV_DATE""",
}
"""Files of production and purchases, each with its columns of key, item, quantity, day.

Blanks of a heading stand as underscores, which the importer does not tell apart.
"""


def profile(system: str) -> str:
    """How to read a system's exported files as receipts."""
    reads = ""
    for kind, names in zip(("made", "bought"), FILES[system].split("\n")[:2], strict=True):
        if not names:
            reads += FIELD_ROWS
        else:
            file, key, item, quantity, due = names.split()
            reads += READ.format(kind=kind, file=file, key=key, item=item, quantity=quantity, due=due,
                                 zone="UTC" if system == "odoo" else "")  # fmt: skip
    head, fills = HEAD.split("[[make]]", 1)
    each = EACH.format(kind="made", made="finished", receipt="production")
    return (
        head + reads + each + EACH.format(kind="bought", made="raw", receipt="purchase") + "[[make]]" + fills
    )


@pytest.mark.parametrize("system", FILES)
def test_reads_back_as_the_plan(system: str, tmp_path: Path) -> None:
    plant, plan = with_progress()
    export(system, plant, plan, tmp_path / "out", SETTINGS[system])
    (tmp_path / "back.toml").write_text(profile(system))
    back = import_tables(tmp_path / "out", tmp_path / "back.toml").plant
    clock, scale = Clock(back.start, back.timezone), Lookup(back).scale
    found = {
        (row.order.removeprefix("capacityplan.mo_").removeprefix("capacityplan.po_"), row.item,
         Fraction(row.quantity, scale[row.item]), (clock.local(row.due) - timedelta(minutes=1)).date())
        for row in back.receipts
    }  # fmt: skip
    # Odoo gets the moment itself, and a midnight reads as the day that begins with it.
    assert found == {
        (order.key, order.item, order.quantity, order.end.date() if system == "odoo" else order.end_day)
        for order in orders_of(plant, plan)
        if order.kind != "progress"
    }
    assert len(found) == len(back.receipts) == 10
