"""The profiles that come along, on small exports of our own in each system's form."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from capacityplan.cli.main import cli
from capacityplan.domain.plant import Plant, ReceiptKind
from capacityplan.domain.timeline import Clock
from capacityplan.errors import DataError
from capacityplan.exchange import read_or_raise
from capacityplan.exchange.mapping import import_tables
from capacityplan.exchange.mapping.profile import PROFILES, read_profile

ODOO = {
    "product.template.csv": """
"id","name","default_code","list_price","standard_price","uom_id","product_variant_ids/id"
"__export__.t1","Desk lamp","LAMP","89.0","40.0","Units","__export__.p1"
"__export__.t2","Shade","","12.0","5.5","Units","__export__.p2"
"__export__.t3","Lacquer","LAC","9.0","0.0","kg","__export__.p3"
"__export__.t4","Gift set","","99.0","45.0","Units","__export__.p4"
""",
    "mrp.bom.csv": """
id,product_tmpl_id,code,type,product_qty,bom_line_ids/product_id/id,bom_line_ids/product_qty,\
bom_line_ids/operation_id/id,operation_ids/id,operation_ids/name,operation_ids/sequence,\
operation_ids/workcenter_id,operation_ids/time_cycle_manual
__export__.b1,[LAMP] Desk lamp,A,Manufacture,1.0,__export__.p2,1.0,,__export__.o1,Assemble,10,Bench,12.0
,,,,,__export__.p3,0.25,__export__.o2,__export__.o2,Lacquer,20,Booth,4.5
__export__.b2,Shade,B,Manufacture,10.0,__export__.p3,1.5,,__export__.o3,Press,1,Bench,1.0
__export__.b3,Gift set,C,Kit,1.0,__export__.p1,2.0,,,,,,
""",
    "mrp.workcenter.csv": """
id,name,active,time_efficiency,time_start,time_stop,default_capacity,costs_hour,resource_calendar_id
__export__.w1,Bench,TRUE,80.0,10.0,5.0,1.0,36.0,Early shift
__export__.w2,Booth,TRUE,100.0,0.0,0.0,4.0,20.0,Standard 40 hours/week
__export__.w3,Old bench,FALSE,100.0,0.0,0.0,1.0,20.0,
""",
    "resource.calendar.attendance.csv": """
calendar_id,dayofweek,hour_from,hour_to
Early shift,Monday,6.0,14.5
Early shift,Tuesday,6.0,14.5
""",
    "sale.order.line.csv": """
id,order_id,product_id,product_uom_qty,qty_delivered,state,order_id/commitment_date,order_id/date_order,order_id/partner_id
__export__.l1,S00007,[LAMP] Desk lamp,40.0,15.0,Sales Order,2027-01-20 10:00:00,2027-01-02 09:12:44,Ada
__export__.l2,,Gift set,3.0,0.0,Sales Order,,,
__export__.l3,S00008,[LAMP] Desk lamp,5.0,0.0,Quotation,,2027-01-03 09:12:44,Bob
__export__.l4,S00009,[LAMP] Desk lamp,6.0,0.0,Sales Order,,2027-01-05 09:12:44,Bob
""",
    "stock.quant.csv": """
product_id,location_id,quantity
[LAMP] Desk lamp,WH/Stock,4.0
[LAMP] Desk lamp,WH/Stock/Shelf 1,6.0
[LAMP] Desk lamp,Partners/Customers,100.0
[LAC] Lacquer,WH/Stock,2.25
""",
    "stock.warehouse.orderpoint.csv": """
id,product_id,route_id,product_min_qty,product_max_qty
__export__.op1,Shade,Manufacture,30.0,50.0
""",
    "product.supplierinfo.csv": """
product_tmpl_id,partner_id,delay,min_qty,price
[LAC] Lacquer,Paint Ltd,7,5.0,8.0
[LAC] Lacquer,Paint Ltd,7,50.0,7.0
""",
    "purchase.order.line.csv": """
id,order_id,product_id,product_qty,qty_received,date_planned,state
__export__.pl1,P00003,[LAC] Lacquer,10.0,4.0,2027-01-06 12:00:00,Purchase Order
__export__.pl2,P00004,[LAC] Lacquer,10.0,0.0,2027-01-06 12:00:00,RFQ
""",
    "mrp.production.csv": """
name,product_id,product_qty,qty_produced,state,date_finished
WH/MO/00001,Shade,20.0,5.0,In Progress,2027-01-02 12:00:00
WH/MO/00002,Shade,20.0,0.0,Confirmed,2027-01-08 12:00:00
""",
}

DYNAMICS = {
    "Released products V2.csv": """
ITEMNUMBER,DEFAULTORDERTYPE,SEARCHNAME,INVENTORYUNITSYMBOL,UNITCOST,UNITCOSTQUANTITY,SALESPRICE,PURCHASEPRICE,\
PURCHASEPRICEQUANTITY,PRIMARYVENDORACCOUNTNUMBER,SHELFLIFEPERIODDAYS
D0001,Production,Desk lamp,ea,400.000000,10.000000,89.000000,0.000000,1.000000,,0
D0002,Production,Shade,ea,5.500000,1.000000,0.000000,0.000000,1.000000,,0
M0003,Purch,Lacquer,kg,0.000000,1.000000,0.000000,80.000000,10.000000,V-100,365
""",
    "Bill of materials versions V3.csv": """
MANUFACTUREDITEMNUMBER,BOMID,ISACTIVE,ISAPPROVED
D0001,B1,Yes,Yes
D0001,B9,No,Yes
D0002,B2,Yes,Yes
""",
    "Bill of materials lines V3.csv": """
BOMID,LINENUMBER,ITEMNUMBER,QUANTITY,QUANTITYDENOMINATOR,ROUTEOPERATIONNUMBER,VARIABLESCRAPPERCENTAGE,\
CONSUMPTIONTYPE,VALIDFROMDATE,VALIDTODATE
B1,1,D0002,1.000000,1.000000,0,0.000000,Variable,1900-01-01,2154-12-31
B1,2,M0003,0.250000,1.000000,20,5.000000,Variable,1900-01-01,2027-06-30
B1,3,M0003,1.000000,1.000000,20,0.000000,Constant,1900-01-01,2154-12-31
B2,1,M0003,1.500000,10.000000,0,0.000000,Variable,1900-01-01,2154-12-31
B9,1,M0003,7.000000,1.000000,0,0.000000,Variable,1900-01-01,2154-12-31
""",
    "Route versions V2.csv": """
ITEMNUMBER,ROUTEID,ISACTIVE,ISAPPROVED
D0001,R1,Yes,Yes
D0002,R2,Yes,Yes
""",
    "Route operations V2.csv": """
ROUTEID,OPERATIONNUMBER,OPERATIONID,OPERATIONPRIORITY,SCRAPPERCENTAGE
R1,10,Assemble,Primary,2.000000
R1,20,Lacquer,Primary,0.000000
R1,20,ByHand,Secondary1,0.000000
R2,10,Press,Primary,0.000000
""",
    "Route operation properties V2.csv": """
OPERATIONID,ROUTECODE,ROUTEID,ITEMCODE,SETUPTIME,PROCESSTIME,PROCESSQUANTITY,QUEUETIMEAFTER,TRANSITTIME,\
OPERATIONSTIMETOHOURCONVERSIONFACTOR,COSTINGOPERATIONRESOURCEID
Assemble,All,,All,0.000000,9.000000,1.000000,0.000000,0.000000,1.000000,BENCH
Assemble,Route,R1,All,0.250000,0.200000,1.000000,0.500000,0.500000,1.000000,BENCH
Lacquer,All,,All,0.000000,7.500000,100.000000,0.000000,0.000000,1.000000,BOOTH
Press,All,,All,0.000000,6.000000,1.000000,0.000000,0.000000,0.010000,BENCH
""",
    "Operations resources.csv": """
RESOURCEID,RESOURCENAME,OPERATIONSRESOURCETYPE,EFFICIENCYPERCENTAGE
BENCH,Bench,Machine,80.000000
BOOTH,Paint booth,Machine,0.000000
SPARE,Spare bench,Machine,100.000000
""",
    "Sales order lines V2.csv": """
SALESORDERNUMBER,LINECREATIONSEQUENCENUMBER,ITEMNUMBER,ORDEREDSALESQUANTITY,REQUESTEDSHIPPINGDATE,\
CONFIRMEDSHIPPINGDATE,SALESPRICE,SALESPRICEQUANTITY,SALESORDERLINESTATUS
000007,1,D0001,25.000000,2027-01-20,1900-01-01,85.000000,1.000000,Backorder
000007,2,D0001,5.000000,2027-01-20,2027-01-27,0.000000,1.000000,Backorder
000008,1,D0001,5.000000,2027-01-20,1900-01-01,85.000000,1.000000,Invoiced
""",
    "Demand forecast entries.csv": """
ITEMNUMBER,FORECASTSTARTDATE,FORECASTEDQUANTITY,FORECASTMODELID
D0001,2027-02-01,70.000000,Base
""",
    "Purchase order lines V2.csv": """
PURCHASEORDERNUMBER,LINENUMBER,ITEMNUMBER,ORDEREDPURCHASEQUANTITY,REQUESTEDDELIVERYDATE,CONFIRMEDDELIVERYDATE,\
PURCHASEORDERLINESTATUS
P01,1,M0003,10.000000,2027-01-06,1900-01-01,Backorder
""",
    "Production order headers.csv": """
PRODUCTIONORDERNUMBER,ITEMNUMBER,REMAININGREPORTASFINISHEDQUANTITY,SCHEDULEDENDDATE,PRODUCTIONORDERSTATUS
W01,D0002,15.000000,2027-01-02,StartedUp
W02,D0002,15.000000,2027-01-09,Scheduled
""",
    "On-hand.csv": """
ITEMNUMBER,QUANTITY
D0001,4.000000
D0001,6.000000
""",
}


def exports(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text.lstrip("\n"), encoding="utf-8")
    return folder


def imported(folder: Path, profile: str) -> Plant:
    instance = folder.parent / "instance"
    done = CliRunner().invoke(cli, ["import", "tables", str(folder), str(instance), "--profile", profile])
    assert done.exit_code == 0, done.exception
    return read_or_raise(instance)


@pytest.fixture(scope="module")
def odoo(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    return imported(exports(tmp_path_factory.mktemp("odoo") / "exports", ODOO), "odoo")


@pytest.fixture(scope="module")
def dynamics(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    return imported(exports(tmp_path_factory.mktemp("dynamics") / "exports", DYNAMICS), "dynamics")


def dates(plant: Plant, minute: int) -> str:
    """Day whose end a minute is."""
    return Clock(plant.start, plant.timezone).local(minute - 1).date().isoformat()


def test_odoo_products_and_their_kinds(odoo: Plant) -> None:
    assert {(item.item, item.kind.value, item.precision, float(item.unit_value)) for item in odoo.items} == {
        ("LAMP", "finished", 0, 40),
        ("Shade", "intermediate", 0, 5.5),
        ("LAC", "raw", 3, 7),
        ("Gift set", "finished", 0, 45),
    }
    assert {item.item: item.safety_stock for item in odoo.items if item.safety_stock} == {"Shade": 30}


def test_odoo_bills_operations_and_work_centers(odoo: Plant) -> None:
    assert {(row.item, row.component, float(row.quantity / row.per_quantity), row.operation)
            for row in odoo.bill_of_materials} == {
        ("LAMP", "Shade", 1, ""),
        ("LAMP", "LAC", 0.25, "Lacquer"),
        ("Shade", "LAC", 0.15, ""),
        ("Gift set", "LAMP", 2, ""),
    }  # fmt: skip
    assert {(row.item, row.operation, row.sequence, float(row.run_minutes), float(row.per_quantity))
            for row in odoo.operations} == {
        ("LAMP", "Assemble", 10, 12, 1),
        ("LAMP", "Lacquer", 20, 4.5, 4),
        ("Shade", "Press", 1, 1, 1),
        ("Gift set", "no operation", 100, 0, 1),
    }  # fmt: skip
    modes = {(row.item, row.operation): (row.resource, row.setup_minutes) for row in odoo.operation_resources}
    assert modes["LAMP", "Assemble"] == ("Bench", 15)
    assert modes["Gift set", "no operation"] == ("no work center", 0)
    resources = {row.resource: (row.calendar, float(row.efficiency)) for row in odoo.resources}
    assert resources == {
        "Bench": ("Early shift", 0.8),
        "Booth": ("standard", 1),
        "no work center": ("always", 1),
    }
    early = [row for row in odoo.calendars if row.calendar == "Early shift"]
    assert [(row.weekday, row.from_minute, row.to_minute) for row in early] == [(0, 360, 870), (1, 360, 870)]


def test_odoo_orders_stock_and_supply(odoo: Plant) -> None:
    assert {
        (row.order, row.item, row.quantity, dates(odoo, row.due), row.customer) for row in odoo.orders
    } == {
        ("S00007 __export__.l1", "LAMP", 25, "2027-01-20", "Ada"),
        ("S00007 __export__.l2", "Gift set", 3, "2027-01-20", "Ada"),
        ("S00009 __export__.l4", "LAMP", 6, "2027-01-05", "Bob"),
    }
    assert {(row.item, row.quantity) for row in odoo.stock} == {("LAMP", 10), ("LAC", 2250)}
    assert {(row.supplier, row.from_quantity, float(row.price), row.min_order, row.lead_time_days)
            for row in odoo.suppliers} == {
        ("Paint Ltd", 5000, 8, 5000, 7), ("Paint Ltd", 50000, 7, 5000, 7),
    }  # fmt: skip
    assert {(row.kind, row.item, row.quantity, dates(odoo, row.due)) for row in odoo.receipts} == {
        (ReceiptKind.PURCHASE, "LAC", 6000, "2027-01-06"),
        (ReceiptKind.PRODUCTION, "Shade", 15, "2027-01-04"),
    }


ODOO_RECORDS = """<odoo><data>
<record id="so1" model="sale.order"><field name="state">sale</field><field name="partner_id" ref="base.ada"/>
<field name="date_order" eval="(DateTime.today() + relativedelta(days=16)).strftime('%Y-%m-%d')"/></record>
<record id="so2" model="sale.order"><field name="state">draft</field></record>
<record id="l1" model="sale.order.line"><field name="order_id" ref="so1"/>
<field name="product_id" ref="VARIANT"/><field name="product_uom_qty">25</field></record>
<record id="l2" model="sale.order.line"><field name="order_id" ref="so2"/>
<field name="product_id" ref="VARIANT"/><field name="product_uom_qty">5</field></record>
<record id="v1" model="product.supplierinfo"><field name="product_tmpl_id" ref="TEMPLATE"/>
<field name="partner_id" ref="base.paint"/><field name="delay">9</field><field name="min_qty">0</field>
<field name="price">7.5</field></record>
<record id="po1" model="purchase.order"><field name="state">purchase</field>
<field name="order_line" model="purchase.order.line" eval="[(0, 0, {'product_id': ref('VARIANT'),
'product_qty': 6.0, 'date_planned': DateTime.today() + relativedelta(days=3)})]"/></record>
</data></odoo>"""


def test_odoo_orders_vendors_and_purchases_as_records_and_a_component_that_is_not_listed(
    tmp_path: Path,
) -> None:
    products = (
        "id,name,product_variant_ids/id\n__export__.t1,Lamp,__export__.p1\n__export__.t2,Foil,__export__.p2\n"
    )
    bills = (
        "id,product_tmpl_id,bom_line_ids/product_id/id,bom_line_ids/product_qty,operation_ids/id,operation_ids/name,"
        "operation_ids/workcenter_id,operation_ids/time_cycle_manual\n"
        "b1,Lamp,__export__.p2,2,o1,Assemble,Bench,12\n,,mrp.screw,20,,,,\n"
    )
    records = ODOO_RECORDS.replace("TEMPLATE", "__export__.t2").replace("VARIANT", "__export__.p1", 2)
    files = {
        "product.template.csv": products, "mrp.bom.csv": bills, "mrp.workcenter.csv": "name\nBench\n",
        "data.xml": records.replace("VARIANT", "__export__.p2"),
    }  # fmt: skip
    plant = imported(exports(tmp_path / "exports", files), "odoo")
    assert [
        (row.order, row.item, row.quantity, dates(plant, row.due), row.customer) for row in plant.orders
    ] == [("so1 l1", "Lamp", 25, "2027-01-20", "base.ada")]
    assert {(row.supplier, row.item, row.lead_time_days) for row in plant.suppliers} == {
        ("base.paint", "Foil", 9), ("any supplier", "mrp.screw", 7),
    }  # fmt: skip
    assert [(row.item, row.quantity, dates(plant, row.due)) for row in plant.receipts] == [
        ("Foil", 6, "2027-01-07")
    ]
    assert {(row.component, row.quantity) for row in plant.bill_of_materials} == {
        ("Foil", 2),
        ("mrp.screw", 20),
    }


ODOO_DATA = """<odoo>
<record id="p_table" model="product.product"><field name="name">Table</field>
<field name="produce_delay">2</field>
<field name="uom_id" ref="uom.product_uom_unit"/></record>
<record id="p_top" model="product.product"><field name="name">Top</field></record>
<record id="p_leg" model="product.product"><field name="name">Leg</field></record>
<record id="b1" model="mrp.bom"><field name="product_tmpl_id" ref="p_table_product_template"/></record>
<record id="b1a" model="mrp.bom.line"><field name="bom_id" ref="b1"/><field name="product_id" ref="p_top"/>
<field name="product_qty">1</field></record>
<record id="b1b" model="mrp.bom.line"><field name="bom_id" ref="b1"/><field name="product_id" ref="p_leg"/>
<field name="product_qty">4</field></record>
<record id="b2" model="mrp.bom"><field name="product_tmpl_id" ref="p_top_product_template"/>
<field name="bom_line_ids" eval="[Command.create({'product_id': ref('p_leg'), 'product_qty': 1})]"/></record>
<record id="w1" model="mrp.workcenter"><field name="name">Saw</field></record>
<record id="o1" model="mrp.routing.workcenter"><field name="name">cut</field><field name="bom_id" ref="b2"/>
<field name="workcenter_id" ref="w1"/><field name="time_cycle_manual">6</field></record>
<record id="b9" model="mrp.bom"><field name="product_tmpl_id" ref="other.desk_product_template"/></record>
<record id="b9a" model="mrp.bom.line"><field name="bom_id" ref="b9"/>
<field name="product_id" ref="other.top"/><field name="product_qty">1</field></record>
<record id="v" model="res.partner"><field name="name">Timber Ltd</field></record>
<record id="s1" model="product.supplierinfo"><field name="product_tmpl_id" ref="p_leg_product_template"/>
<field name="name" ref="v"/><field name="delay">4</field><field name="min_qty">0</field>
<field name="price">10</field></record>
<record id="i1" model="stock.inventory.line"><field name="product_id" ref="p_leg"/>
<field name="location_id" ref="stock.stock_location_stock"/><field name="product_qty">7</field></record>
</odoo>"""
ODOO_LINES = "id,order_id,product_id,product_uom_qty,order_id/commitment_date\nl1,S1,Table,3,2027-01-20\n"


def test_odoo_products_and_bills_as_records(tmp_path: Path) -> None:
    files = {"data.xml": ODOO_DATA, "sale.order.line.csv": ODOO_LINES}
    plant = imported(exports(tmp_path / "exports", files), "odoo")
    assert {(row.item, row.component, row.quantity) for row in plant.bill_of_materials} == {
        ("Table", "Top", 1), ("Table", "Leg", 4), ("Top", "Leg", 1),
    }  # fmt: skip
    assert {(row.item, row.operation, row.fixed_minutes, row.run_minutes) for row in plant.operations} == {
        ("Table", "no operation", 2880, 0), ("Top", "cut", 0, 6),
    }  # fmt: skip
    assert {(row.item, row.resource) for row in plant.operation_resources} == {
        ("Table", "no work center"), ("Top", "Saw"),
    }  # fmt: skip
    assert [(row.supplier, row.item, row.lead_time_days) for row in plant.suppliers] == [
        ("Timber Ltd", "Leg", 4)
    ]
    assert [(row.item, row.quantity) for row in plant.stock] == [("Leg", 7)]
    # A table is worth five legs, and sold for more: else it would not pay to buy them.
    assert {row.item: (row.unit_value, row.price) for row in plant.items} == {
        "Table": (50, 75), "Top": (10, None), "Leg": (10, None),
    }  # fmt: skip


def test_odoo_records_without_demand_are_told_to_have_none(tmp_path: Path) -> None:
    folder = exports(tmp_path / "exports", {"data.xml": ODOO_DATA})
    found = import_tables(folder, PROFILES / "odoo.toml", {"start": "2027-01-04"})
    assert found.plant.orders == ()
    assert "nothing is demanded: a plan can only keep safety stock" in found.report.text()


def test_odoo_orders_that_we_created_keep_their_keys(tmp_path: Path) -> None:
    folder = exports(tmp_path / "exports", ODOO)
    (folder / "mrp.production.csv").write_text(
        "id,name,product_id,product_qty,qty_produced,state,date_finished\n"
        "capacityplan.mo_4c0145-L00166,WH/MO/00007,Shade,20,5,In Progress,2027-01-06 12:00:00\n"
        "__export__.mo8,WH/MO/00008,Shade,20,5,In Progress,2027-01-06 12:00:00\n"
    )
    lines = folder / "purchase.order.line.csv"
    lines.write_text(lines.read_text().replace("__export__.pl1", "capacityplan.pol_4c0145-PO00002"))
    assert {row.order for row in imported(folder, "odoo").receipts} == {
        "4c0145-L00166", "WH/MO/00008", "4c0145-PO00002",
    }  # fmt: skip


def test_odoo_with_what_it_needs_only(tmp_path: Path) -> None:
    needed = ("product.template.csv", "mrp.bom.csv", "mrp.workcenter.csv", "sale.order.line.csv")
    plant = imported(exports(tmp_path / "exports", {name: ODOO[name] for name in needed}), "odoo")
    assert plant.stock == plant.suppliers == plant.receipts == ()
    assert {row.calendar for row in plant.resources} == {"standard", "always"}


def test_odoo_looks_for_records_only_in_files_that_hold_them(tmp_path: Path) -> None:
    line = """<odoo><record id="l1" model="sale.order.line"><field name="order_id" ref="so1"/>
<field name="product_id">[LAMP] Desk lamp</field><field name="product_uom_qty">25</field>
<field name="order_id/commitment_date">2027-01-20</field></record></odoo>"""
    needed = ("product.template.csv", "mrp.bom.csv", "mrp.workcenter.csv")
    files = {name: ODOO[name] for name in needed}
    folder = exports(tmp_path / "exports", {**files, "lines.xml": line})
    assert [(row.order, row.quantity) for row in imported(folder, "odoo").orders] == [("so1 l1", 25)]
    # A folder of that name is no file: it is said, and not passed over.
    (folder / "old.xml").mkdir()
    with pytest.raises(DataError) as caught:
        import_tables(folder, PROFILES / "odoo.toml", {"start": "2027-01-04"})
    assert {(found.code, found.file) for found in caught.value.findings} == {("unreadable_file", "old.xml")}


def test_odoo_buys_a_component_that_was_not_exported(tmp_path: Path) -> None:
    folder = exports(tmp_path / "exports", ODOO)
    path = folder / "mrp.bom.csv"
    path.write_text(path.read_text().replace("__export__.p3,0.25", "__export__.p9,0.25"))
    plant = imported(folder, "odoo")
    assert ("LAMP", "__export__.p9") in {(row.item, row.component) for row in plant.bill_of_materials}
    assert ("any supplier", "__export__.p9") in {(row.supplier, row.item) for row in plant.suppliers}


def test_dynamics_products_bills_and_routes(dynamics: Plant) -> None:
    assert {(item.item, item.kind.value, float(item.unit_value), item.shelf_life_days)
            for item in dynamics.items} == {
        ("D0001", "finished", 40, None), ("D0002", "intermediate", 5.5, None), ("M0003", "raw", 8, 365),
    }  # fmt: skip
    assert {(row.item, row.component, float(row.quantity / row.per_quantity), row.operation,
             float(row.scrap_fraction), row.valid_to is None) for row in dynamics.bill_of_materials} == {
        ("D0001", "D0002", 1, "", 0, True),
        ("D0001", "M0003", 0.25, "20 Lacquer", 0.05, False),
        ("D0002", "M0003", 0.15, "", 0, True),
    }  # fmt: skip
    assert {(row.item, row.operation, row.sequence, float(row.run_minutes), float(row.per_quantity),
             float(row.yield_fraction), row.min_wait_minutes) for row in dynamics.operations} == {
        ("D0001", "10 Assemble", 10, 12, 1, 0.98, 60),
        ("D0001", "20 Lacquer", 20, 450, 100, 1, 0),
        ("D0002", "10 Press", 10, 3.6, 1, 1, 0),
    }  # fmt: skip
    modes = {
        (row.item, row.operation): (row.resource, row.setup_minutes) for row in dynamics.operation_resources
    }
    assert modes["D0001", "10 Assemble"] == ("BENCH", 15)
    assert {(row.resource, float(row.efficiency)) for row in dynamics.resources} == {
        ("BENCH", 0.8),
        ("BOOTH", 1),
    }


def test_dynamics_demand_stock_and_supply(dynamics: Plant) -> None:
    assert {(row.order, row.quantity, dates(dynamics, row.due), row.price and float(row.price))
            for row in dynamics.orders} == {
        ("000007 1", 25, "2027-01-20", 85.0), ("000007 2", 5, "2027-01-27", None),
    }  # fmt: skip
    assert [int(quantity) for quantity in dynamics.projections.quantity] == [70]
    assert {(row.item, row.quantity) for row in dynamics.stock} == {("D0001", 10)}
    assert {(row.supplier, row.item, row.lead_time_days) for row in dynamics.suppliers} == {
        ("V-100", "M0003", 14)
    }
    assert {(row.kind, row.item, row.quantity, dates(dynamics, row.due)) for row in dynamics.receipts} == {
        (ReceiptKind.PURCHASE, "M0003", 10000, "2027-01-06"),
        (ReceiptKind.PRODUCTION, "D0002", 15, "2027-01-04"),
    }


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_profile_says_what_it_assumes(path: Path) -> None:
    profile = read_profile(path, {})
    assert profile.title
    assert profile.assumptions
