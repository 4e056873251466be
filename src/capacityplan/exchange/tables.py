"""The tables of the instance format, column by column."""

from __future__ import annotations

from capacityplan.domain import plant as domain
from capacityplan.exchange.contracts import Column, Kind, Table
from capacityplan.exchange.replanning import ACTUALS, COMPLAINTS, LOCKS, PREVIOUS_RUNS
from capacityplan.exchange.tables_budgets import BUDGETS, FUNDS, SPENT, TARGETS
from capacityplan.exchange.tables_marketing import MARKETING_TABLES, PROMOTIONS
from capacityplan.exchange.tables_people import LEARNING, SKILLS

_ID, _TEXT, _QTY, _NUM, _MONEY = Kind.ID, Kind.TEXT, Kind.QUANTITY, Kind.NUMBER, Kind.MONEY
_MIN, _INT, _DATE, _BEGIN, _END = Kind.MINUTES, Kind.INT, Kind.DATE, Kind.BEGIN, Kind.END

_ITEM = Column("item", _ID, "the item", required=True, refs="items.item")
_VALID = (
    Column("valid_from", _BEGIN, "first day (moment) at which the row counts"),
    Column("valid_to", _END, "last day at which the row counts"),
)

ITEMS = Table(
    "items", domain.Item, "what is bought, made, stocked or sold", needed=True, key=("item",),
    columns=(
        Column("item", _ID, "name of the item", required=True),
        Column("kind", Kind.CHOICE, "what the item is to the plant", required=True, enum=domain.ItemKind),
        Column("description", _TEXT, "words for people"),
        Column("unit", _TEXT, "unit in which quantities of the item are written"),
        Column("precision", _INT, "decimals a quantity of the item may have", low=0, high=9),
        Column("family", _TEXT, "product family"),
        Column("brand", _TEXT, "brand"),
        Column("unit_value", _MONEY, "value of one unit, base of the cost rates", low=0),
        Column("holding_cost_per_day", _MONEY, "per unit and day; empty: the yearly rate / 365", low=0),
        Column("price", _MONEY, "sales price per unit, base of late and lost rates", low=0),
        Column("min_lot", _QTY, "smallest lot started", low=0),
        Column("lot_multiple", _QTY, "lots are multiples of this; 0: any", low=0),
        Column("max_lot", _QTY, "largest lot started; 0: any", low=0),
        Column("safety_stock", _QTY, "stock wanted in hand at every bucket end", low=0),
        Column("max_stock", _QTY, "stock above it is charged as overstock", low=0),
        Column("storage", _ID, "storage area whose capacity the item takes", refs="storages.storage"),
        Column("shelf_life_days", _INT, "days from completion or arrival to expiry", above=0),
        Column("min_remaining_life_days", _INT, "days of life left that customers ask for", low=0),
        Column("setup_group", _TEXT, "state a resource is set up for; empty: the item itself"),
        Column("attributes", _TEXT, "free marks, separated by semicolons"),
        Column("phase_in", _BEGIN, "no lot starts before"),
        Column("phase_out", _BEGIN, "no lot starts at or after"),
        Column("salvage_value", _MONEY, "worth of a unit left at the end of the horizon", low=0),
        Column("escape_cost", _MONEY, "per unit that a customer complains of or sends back", low=0),
        Column("positioning", _TEXT, "make to stock or to order, for reports"),
        Column("positioning_weight", _NUM,
               "multiplies late and lost rates of all the item's demand, stated by orders or not", above=0),
    ),
)  # fmt: skip

BILL = Table(
    "bill_of_materials", domain.BomLine, "what an item is made of",
    key=("item", "version", "operation", "component", "valid_from"),
    columns=(
        _ITEM,
        Column("component", _ID, "item consumed", required=True, refs="items.item"),
        Column("quantity", _NUM, "units of the component for every per_quantity units of the item",
               required=True, above=0),
        Column("version", _TEXT, "production version; empty: all"),
        Column("operation", _TEXT, "operation that consumes it, none of rework; empty: the first"),
        Column("per_quantity", _NUM, "units of the item that quantity is for", above=0),
        Column("scrap_fraction", _NUM, "share of the component lost in use", low=0, below=1),
        *_VALID,
        Column("alternative", _TEXT, "group of lines of an operation of which a lot takes a mix"),
        Column("share", _NUM, "most of the group's requirement that the line may have", above=0, high=1),
        Column("by_product", Kind.BOOL, "whether it comes out of the item's last operation instead"),
    ),
)  # fmt: skip

OPERATIONS = Table(
    "operations", domain.Operation, "steps of the routings", needed=True,
    key=("item", "version", "operation"),
    columns=(
        _ITEM,
        Column("operation", _TEXT, "name of the step, one per item and version", required=True),
        Column("sequence", _INT, "order of the step in the routing", required=True, low=0),
        Column("version", _TEXT, "production version; empty: all the item's"),
        Column("run_minutes", _NUM, "minutes for every per_quantity units", low=0),
        Column("per_quantity", _NUM, "units that run_minutes are for", above=0),
        Column("fixed_minutes", _MIN, "minutes of every run, whatever its quantity", low=0),
        Column("batch_size", _QTY, "units processed together in fixed_minutes; 0: no batches", low=0),
        Column("min_batch", _QTY, "smallest batch", low=0),
        Column("yield_fraction", _NUM, "share of the quantity that comes out good", above=0, high=1),
        Column("min_wait_minutes", _MIN, "least time to the next operation", low=0),
        Column("max_wait_minutes", _MIN, "most time to the next operation", low=0),
        Column("pausable", Kind.BOOL, "whether a run may pause outside working time"),
        Column("artwork_approved_on", _BEGIN, "no run before (approval of the artwork)"),
        Column("overlap_quantity", _QTY,
               "transfer batch: units that pass on to the next operation at a time; 0: the whole lot", low=0),
    ),
)  # fmt: skip

MODES = Table(
    "operation_resources", domain.OperationResource, "on which resources an operation can run",
    needed=True, key=("item", "version", "operation", "resource"),
    columns=(
        _ITEM,
        Column("operation", _TEXT, "operation of the item", required=True),
        Column("resource", _ID, "resource it can run on", required=True, refs="resources.resource"),
        Column("version", _TEXT, "production version; empty: all"),
        Column("setup_minutes", _MIN, "minutes of setup for every run", low=0),
        Column("setup_cost", _MONEY, "cost of a setup beside its minutes", low=0),
        Column("run_minutes", _NUM, "minutes for per_quantity units here; empty: the operation's", low=0),
        Column("cost_per_hour", _MONEY, "cost of running here; empty: the resource's", low=0),
        Column("preference", _INT, "lower is preferred"),
        Column("labour", _ID, "labour pool that attends it", refs="resources.resource"),
        Column("labour_units", _INT, "people of the pool needed", above=0),
        Column("tool", _ID, "tool it needs one of", refs="resources.resource"),
        Column("skill", _TEXT, "skill that its people have; without labour: labour_units people of any"),
    ),
)  # fmt: skip

POOLS = Table(
    "operation_pools", domain.OperationPool, "further pools of labour and tools that a mode occupies",
    key=("item", "version", "operation", "resource", "pool"),
    columns=(
        _ITEM,
        Column("operation", _TEXT, "operation of the item", required=True),
        Column("resource", _ID, "resource it runs on", required=True, refs="resources.resource"),
        Column("pool", _ID, "labour or tool that it occupies beside those in operation_resources",
               required=True, refs="resources.resource"),
        Column("version", _TEXT, "production version, as in operation_resources; empty: all"),
        Column("units", _INT, "people or tools needed", above=0),
    ),
)  # fmt: skip

RESOURCES = Table(
    "resources", domain.Resource, "machines, pools of labour and tools, labs, subcontractors, docks",
    needed=True, key=("resource",),
    columns=(
        Column("resource", _ID, "name of the resource", required=True),
        Column("kind", Kind.CHOICE, "what it is", required=True, enum=domain.ResourceKind),
        Column("description", _TEXT, "words for people"),
        Column("group", _TEXT, "work center it belongs to"),
        Column("capacity", _INT, "identical units (people, slots, tools)", above=0),
        Column("calendar", _ID, "when it works", refs="calendars.calendar"),
        Column("efficiency", _NUM, "speed relative to the stated minutes", above=0),
        Column("cost_per_hour", _MONEY, "cost of an hour of work", low=0),
        Column("overtime_calendar", _ID, "when overtime can be opened", refs="calendars.calendar"),
        Column("overtime_cost_per_hour", _MONEY, "cost of an hour of overtime opened", low=0),
        Column("max_overtime_hours_per_week", _NUM, "most overtime in an ISO week", low=0),
        Column("changeover_matrix", _TEXT, "matrix of its changeovers", refs="changeovers.matrix"),
        Column("initial_setup_group", _TEXT, "group it is set up for at the start; empty: unknown"),
        Column("setup_in_breaks", Kind.BOOL, "whether setups go on outside working time"),
        Column("energy_kw", _NUM, "power a machine draws while it runs or is set up", low=0),
        Column("campaign_max_hours", _NUM, "most hours run for a setup group before a cleaning", above=0),
        Column("cleaning_minutes", _MIN, "minutes of that cleaning", low=0),
        Column("campaign_hours_before", _NUM, "hours run in the campaign under way at the start", low=0),
    ),
)  # fmt: skip

CALENDARS = Table(
    "calendars", domain.CalendarRow, "working, overtime and closed time by weekday or date", needed=True,
    key=("calendar", "weekday", "date", "from", "to", "kind", "valid_from"),
    columns=(
        Column("calendar", _ID, "name of the calendar", required=True),
        Column("weekday", Kind.WEEKDAY, "day of the week (or give a date)", default=None, low=0, high=6),
        Column("date", _DATE, "one date; its rows replace the weekday's", default=None),
        Column("from", Kind.CLOCK, "begins", field="from_minute", required=True, low=0, high=1440),
        Column("to", Kind.CLOCK, "ends; not after from: on the next day", field="to_minute", required=True,
               low=0, high=1440),
        Column("capacity", _INT, "units at work; empty: the resource's capacity", low=0),
        Column("kind", Kind.CHOICE, "what the row opens or closes", enum=domain.CalendarKind),
        Column("valid_from", _DATE, "first date at which the row counts"),
        Column("valid_to", _DATE, "last date at which the row counts"),
    ),
)  # fmt: skip

TARIFFS = Table(
    "tariffs", domain.Tariff, "prices of energy by time of use ([key figures](key_figures.md))",
    key=("calendar",),
    columns=(
        Column("calendar", _ID, "the price counts while it is open; of several the dearest counts",
               required=True, refs="calendars.calendar"),
        Column("cost_per_kwh", _MONEY, "price of a kWh; at all other times: energy_cost_per_kwh", low=0,
               required=True),
    ),
)  # fmt: skip

DOWNTIME = Table(
    "downtime", domain.Downtime, "time a resource is not available, fixed or to be placed",
    key=("downtime",), numbered="downtime",
    columns=(
        Column("downtime", _ID, "name of the row; empty: numbered"),
        Column("resource", _ID, "resource that stands", required=True, refs="resources.resource"),
        Column("from", _BEGIN, "begins (fixed downtime)", field="start"),
        Column("to", _END, "ends (fixed downtime)", field="end"),
        Column("reason", _TEXT, "words for people"),
        Column("flexible_from", _BEGIN, "earliest begin (downtime that the plan places)"),
        Column("flexible_to", _END, "latest end (downtime that the plan places)"),
        Column("minutes", _MIN, "length (downtime that the plan places)", low=0),
        Column("every_run_hours", _NUM, "placed so often that no more hours are run in between", above=0),
        Column("run_hours_before", _NUM, "hours run since the last one when the plan starts; more than "
               "every_run_hours: it is overdue, and comes first", low=0),
    ),
)  # fmt: skip

CHANGEOVERS = Table(
    "changeovers", domain.Changeover, "minutes and cost from one setup group to another",
    key=("matrix", "from_group", "to_group"),
    columns=(
        Column("matrix", _TEXT, "name of the matrix", required=True),
        Column("from_group", _TEXT, "setup group before", required=True),
        Column("to_group", _TEXT, "setup group after", required=True),
        Column("minutes", _MIN, "minutes of the changeover", required=True, low=0),
        Column("cost", _MONEY, "cost of the changeover besides the time", low=0),
    ),
)  # fmt: skip

INSPECTIONS = Table(
    "inspections", domain.Inspection, "the inspection plan: what is inspected, where, how often",
    key=("inspection",),
    columns=(
        Column("inspection", _ID, "name of the row", required=True),
        Column("stage", Kind.CHOICE, "when it takes place; certificate: after all others", required=True,
               enum=domain.Stage),
        Column("lab", _ID, "lab that does it", required=True, refs="resources.resource"),
        Column("slots", _INT, "units of the lab's capacity it takes", above=0),
        Column("lab_minutes", _MIN, "minutes it takes in the lab", low=0),
        Column("item", _ID, "item inspected", required=True, refs="items.item"),
        Column("operation", _TEXT, "operation after which it takes place (in_process)"),
        Column("supplier", _ID, "supplier it is for (incoming); empty: all", refs="suppliers.supplier"),
        Column("every_lots", _INT, "every how many lots one is inspected", above=0),
        Column("sample_quantity", _QTY, "units taken as a sample", low=0),
        Column("destructive", Kind.BOOL, "whether the sample is lost"),
        Column("wait_minutes", _MIN, "incubation after the test, without the lab", low=0),
        Column("analysts", _INT, "people of the labour pool needed", low=0),
        Column("labour", _ID, "labour pool of the analysts", refs="resources.resource"),
        Column("skill", _TEXT, "skill that the analysts have"),
        Column("reject_fraction", _NUM, "share rejected on average", low=0, below=1),
        Column("rework_operation", _TEXT, "operation that reworks rejects"),
        Column("cost_per_lot", _MONEY, "cost of inspecting a lot", low=0),
        Column("certificate", _TEXT, "certificate that the release needs, in words"),
    ),
)  # fmt: skip

SUPPLIERS = Table(
    "suppliers", domain.SupplierOffer, "offers of suppliers; one row per price break",
    key=("supplier", "item", "from_quantity", "valid_from"),
    columns=(
        Column("supplier", _ID, "name of the supplier", required=True),
        _ITEM,
        Column("lead_time_days", _INT, "days from order to arrival", required=True, low=0),
        Column("price", _MONEY, "per unit, for the whole order line (all-units break)", low=0),
        Column("from_quantity", _QTY, "smallest quantity at this price", low=0),
        Column("min_order", _QTY, "smallest quantity ordered", low=0),
        Column("order_multiple", _QTY, "orders are multiples of this; 0: any", low=0),
        Column("order_cost", _MONEY, "cost of placing an order", low=0),
        Column("capacity_per_week", _QTY, "most that arrives in an ISO week", low=0),
        Column("calendar", _ID, "days on which arrivals are possible", refs="calendars.calendar"),
        *_VALID,
        Column("quality_rating", _NUM, "share of good deliveries, for reports", low=0, high=1),
    ),
)  # fmt: skip

STOCK = Table(
    "stock", domain.Stock, "quantities on hand at the start", key=("lot",), numbered="lot",
    columns=(
        Column("lot", _ID, "name of the stock lot; empty: numbered", field="stock"),
        _ITEM,
        Column("quantity", _QTY, "quantity on hand", required=True, low=0),
        Column("status", Kind.CHOICE, "what may be done with it", enum=domain.StockStatus),
        Column("expires", _END, "last day of its life; empty: start + shelf life"),
        Column("available", _BEGIN, "when stock in inspection is released, empty: after its inspection; "
               "of tested stock: when its certificate can be written"),
    ),
)  # fmt: skip

RECEIPTS = Table(
    "receipts", domain.Receipt, "open purchase orders and production orders in progress", key=("order",),
    columns=(
        Column("order", _ID, "name of the order", required=True),
        Column("kind", Kind.CHOICE, "where it comes from", required=True, enum=domain.ReceiptKind),
        _ITEM,
        Column("quantity", _QTY, "open quantity", required=True, above=0),
        Column("due", _END, "when it arrives or is completed", required=True),
        Column("status", _TEXT, "words for people"),
        Column("version", _TEXT, "production version"),
        Column("operation", _TEXT, "operation it is at (production); empty: completed at due"),
        Column("done_quantity", _QTY, "quantity done at that operation", low=0),
        Column("resource", _ID, "resource it stands on", refs="resources.resource"),
        Column("firm", Kind.BOOL, "whether it is certain"),
    ),
)  # fmt: skip

ORDERS = Table(
    "orders", domain.Order, "customer orders", key=("order",),
    columns=(
        Column("order", _ID, "name of the order line", required=True),
        _ITEM,
        Column("quantity", _QTY, "quantity ordered", required=True, above=0),
        Column("due", _END, "when it must be with the customer", required=True),
        Column("customer", _ID, "customer or segment", refs="customers.customer"),
        Column("priority", _INT, "1 is most important"),
        Column("price", _MONEY, "per unit; empty: the item's", low=0),
        Column("late_cost_per_day", _MONEY, "per unit and day late; empty: the customer's", low=0),
        Column("lost_cost", _MONEY, "per unit not delivered; empty: the customer's", low=0),
        Column("min_shipment", _QTY, "smallest partial delivery", low=0),
        Column("ship_from", _ID, "dock it leaves from", refs="resources.resource"),
        Column("quality_class", _TEXT, "class that the customer asks for, kept for who ships it"),
    ),
)  # fmt: skip

PROJECTIONS = Table(
    "projections", None, "marketing's sales projections, due evenly over their days",
    columns=(
        _ITEM,
        Column("from", _DATE, "first day", field="start", required=True),
        Column("to", _DATE, "last day", field="end", required=True),
        Column("quantity", _QTY, "quantity over all its days", required=True, low=0),
        Column("stream", _TEXT, "who projects (marketing, sales, ...)", default="", aliases=("source",)),
        Column("segment", _ID, "customer or segment", default="", refs="customers.customer"),
        Column("certainty", Kind.CHOICE, "how certain", default="",
               choices=("firm", "make", "material", "forecast")),
        Column("low", _QTY, "low end of the range", default=None, low=0),
        Column("high", _QTY, "high end of the range", default=None, low=0),
        Column("probability", _NUM, "probability; multiplied into the weight", default=1, low=0, high=1),
        Column("weight", _NUM, "weight in the consensus", default=1, low=0, high=1000),
        Column("author", _TEXT, "who wrote the row", default=""),
        Column("dated", _TEXT, "when it was written", default=""),
    ),
)  # fmt: skip

CUSTOMERS = Table(
    "customers", domain.Customer, "customers and segments", key=("customer",),
    columns=(
        Column("customer", _ID, "name of the customer or segment", required=True, aliases=("segment",)),
        Column("parent", _ID, "group it inherits from", refs="customers.customer"),
        Column("priority", _INT, "1 is most important; empty: the parent's"),
        Column("late_cost_per_day", _MONEY, "per unit and day late; empty: the parent's", low=0),
        Column("lost_cost", _MONEY, "per unit not delivered; empty: the parent's", low=0),
        Column("service_target", _NUM, "share on time that is aimed at, for reports", low=0, high=1),
        Column("complaint_cost", _MONEY, "per complaint or return of it; empty: the parent's", low=0),
        Column("transit_days", _INT, "days from shipping to arrival", low=0),
        Column("ship_calendar", _ID, "days on which it is shipped to", refs="calendars.calendar"),
        Column("backward_days", _INT, "days before its orders in which they consume projections; empty: the "
               "parent's", low=0),
        Column("forward_days", _INT, "days after its orders in which they consume projections; empty: the "
               "parent's", low=0),
    ),
)  # fmt: skip

STORAGES = Table(
    "storages", domain.Storage, "storage areas", key=("storage",),
    columns=(
        Column("storage", _ID, "name of the area", required=True),
        Column("capacity", _NUM, "units it holds", required=True, low=0),
        Column("unit", _TEXT, "unit of the capacity, for people"),
        Column("cost_per_unit_day", _MONEY, "price of a unit's place for a day", low=0),
    ),
)  # fmt: skip

TABLES: tuple[Table, ...] = (
    ITEMS, BILL, OPERATIONS, MODES, POOLS, RESOURCES, SKILLS, LEARNING, CALENDARS, TARIFFS, DOWNTIME,
    CHANGEOVERS, INSPECTIONS, SUPPLIERS, STOCK, RECEIPTS, ORDERS, PROJECTIONS, CUSTOMERS, PROMOTIONS,
    STORAGES, LOCKS, *MARKETING_TABLES, PREVIOUS_RUNS, ACTUALS, COMPLAINTS, FUNDS, BUDGETS, SPENT, TARGETS,
)  # fmt: skip
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}

UNSUPPORTED_TABLES = ("scenarios",)
"""Tables of the format that this version cannot plan with; they must stay empty."""

_SECTIONS: tuple[tuple[str, type, tuple[Column, ...]], ...] = (
    ("horizon", domain.Horizon, (
        Column("daily", _INT, "number of daily buckets", low=1, high=1000),
        Column("weekly", _INT, "number of weekly buckets after them", low=0, high=520),
        Column("monthly", _INT, "number of monthly buckets after them", low=0, high=120),
        Column("schedule_days", _INT, "days planned to the minute, at most daily", low=0, high=1000),
        Column("lots_within_buckets", Kind.BOOL,
               "whether each operation of a lot planned in buckets ends in the bucket in which it begins"),
    )),
    ("fences", domain.Fences, (
        Column("frozen_hours", _INT, "nothing new starts within these hours", low=0),
        Column("slushy_days", _INT, "days in which changes cost change_cost_slushy", low=0),
        Column("demand_fence_days", _INT, "days in which only orders count", low=0),
    )),
    ("costs", domain.Costs, (
        Column("holding_rate_per_year", _NUM, "share of the unit value per year", low=0),
        Column("late_rate_per_day", _NUM, "share of the price per unit and day late", low=0),
        Column("lost_rate", _NUM, "share of the price per unit lost", low=0),
        Column("safety_stock_rate_per_day", _NUM, "share of the unit value per missing unit and day", low=0),
        Column("overstock_rate_per_day", _NUM, "share of the unit value per surplus unit and day", low=0),
        Column("lateness", Kind.CHOICE, "lateness counted at bucket ends or to the minute",
               enum=domain.Lateness),
        Column("makespan_cost_per_minute", _MONEY, "charged on the last completion", low=0),
        Column("energy_cost_per_kwh", _MONEY, "tariff of the energy that machines draw", low=0),
        Column("change_cost_frozen", _MONEY, "per operation changed within frozen_hours", low=0),
        Column("change_cost_slushy", _MONEY, "per operation changed within slushy_days", low=0),
        Column("change_cost_open", _MONEY, "per operation changed later", low=0),
        Column("change_tolerance_minutes", _MIN, "minutes a start may move before it is a change", low=0),
    )),
    ("consumption", domain.Consumption, (
        Column("backward_days", _INT, "days before an order in which it consumes projections", low=0),
        Column("forward_days", _INT, "days after an order in which it consumes projections", low=0),
    )),
    ("marketing", domain.Marketing, (
        Column("choice_budget", _MONEY, "most that the proposals chosen by a plan may cost; empty: no limit",
               low=0),
    )),
    ("solve", domain.SolveDefaults, (
        Column("time_limit_seconds", _INT, "time to plan", above=0),
        Column("gap", _NUM, "gap at which planning stops", low=0),
        Column("seed", _INT, "seed of the search", low=0),
        Column("workers", _INT, "parallel workers", above=0),
        Column("min_saving", _NUM, "share of its cost that yesterday's plan must be beaten by, else it stays",
               low=0, high=1),
    )),
)  # fmt: skip

HEAD = Table(
    "plant", None, "the plant itself", needed=True,
    columns=(
        Column("format", _TEXT, "version of the instance format", required=True),
        Column("name", _TEXT, "name of the plant", required=True),
        Column("start", _TEXT, "local date-time from which is planned", required=True),
        Column("timezone", _TEXT, "IANA time zone", required=True),
        Column("currency", _TEXT, "ISO 4217 code of the currency", required=True),
    ),
)  # fmt: skip
SECTIONS: tuple[Table, ...] = tuple(
    Table(name, row, f"section [{name}] of plant.toml", columns) for name, row, columns in _SECTIONS
)
