"""Marketing's tables of the instance format: promotions, launches, prices, events, history, signatures."""

from __future__ import annotations

from capacityplan.domain import plant as domain
from capacityplan.exchange.contracts import Column, Kind, Table

_ID, _TEXT, _QTY, _NUM, _MONEY = Kind.ID, Kind.TEXT, Kind.QUANTITY, Kind.NUMBER, Kind.MONEY
_INT, _DATE, _BEGIN, _END = Kind.INT, Kind.DATE, Kind.BEGIN, Kind.END

_ITEM = Column("item", _ID, "the item", required=True, refs="items.item")
_SEGMENT = Column(
    "segment", _ID, "segment, with all that belong to it; empty: all", refs="customers.customer"
)
_STATUS = Column("status", Kind.CHOICE, "approved ones count; of the proposed the plan chooses",
                 choices=("approved", "proposed"))  # fmt: skip

PROMOTIONS = Table(
    "promotions", domain.Promotion, "promotions on projections", key=("promotion",),
    columns=(
        Column("promotion", _ID, "name of the promotion", required=True),
        _ITEM,
        Column("from", _BEGIN, "begins", field="start", required=True),
        Column("to", _END, "ends", field="end", required=True),
        Column("uplift_fraction", _NUM, "share by which demand rises", required=True, low=0),
        _SEGMENT,
        Column("cost", _MONEY, "cost of the promotion, charged where the plan chooses it", low=0),
        Column("dip_fraction", _NUM, "share by which demand falls afterwards", low=0, high=1),
        Column("dip_days", _INT, "days of the dip", low=0),
        _STATUS,
        Column("cannibalises", _ID, "item that loses what the promotion wins", refs="items.item"),
        Column("cannibal_fraction", _NUM, "share of the uplift that the other item loses", low=0, high=1),
        Column("min_uplift", _NUM, "smallest share worth doing (proposed); empty: all or nothing", low=0),
    ),
)  # fmt: skip

LAUNCHES = Table(
    "launches", domain.Launch, "first days of sales; proposed rows of one launch are options",
    key=("launch", "date", "segment"),
    columns=(
        Column("launch", _ID, "name of the launch", required=True),
        _ITEM,
        Column("date", _DATE, "first day of sales", required=True),
        _SEGMENT,
        Column("gate", _DATE, "day from which the item is ready to be sold"),
        Column("ramp_days", _INT, "days over which demand rises to its full height", low=0, high=3660),
        Column("like_item", _ID, "item whose projections it sells like, besides its own", refs="items.item"),
        Column("like_fraction", _NUM, "share of the like item's projections", low=0),
        Column("cost", _MONEY, "cost of the launch, charged where the plan chooses it", low=0),
        _STATUS,
    ),
)  # fmt: skip

LIFE_CYCLE = Table(
    "life_cycle", domain.LifePhase, "phases of items' lives", key=("item", "date"),
    columns=(
        _ITEM,
        Column("date", _DATE, "first day of the phase", required=True),
        Column("phase", Kind.CHOICE, "what it is called", required=True,
               choices=("introduction", "growth", "maturity", "decline", "service")),
        Column("factor", _NUM, "what projections are multiplied by until the next phase", low=0),
        Column("safety_stock", Kind.QUANTITY, "stock wanted until the next phase; empty: the item's own",
               low=0),
    ),
)  # fmt: skip

MARKET = Table(
    "market", domain.Market, "what a market bought of all suppliers ([demand](demand.md))",
    key=("family", "segment", "from"),
    columns=(
        Column("family", _TEXT, "family of items it is the market of; empty: all"),
        _SEGMENT,
        Column("from", _DATE, "first day", field="start", required=True),
        Column("to", _DATE, "last day", field="end", required=True),
        Column("sales", _MONEY, "what was bought in these days, in money", required=True, above=0),
    ),
)  # fmt: skip

PRICES = Table(
    "prices", domain.Price, "sales prices over time", key=("item", "segment", "from"),
    columns=(
        _ITEM,
        Column("from", _BEGIN, "counts from here to the next row", field="start", required=True),
        Column("price", _MONEY, "price per unit", required=True, low=0),
        _SEGMENT,
        Column("elasticity", _NUM, "relative change of demand by relative change of the item's price"),
    ),
)  # fmt: skip

MARKET_EVENTS = Table(
    "market_events", domain.MarketEvent, "what others may do to demand", key=("event", "item"),
    columns=(
        Column("event", _ID, "name of the event", required=True),
        Column("from", _BEGIN, "begins", field="start", required=True),
        Column("to", _END, "ends", field="end", required=True),
        Column("effect_fraction", _NUM, "share by which demand rises or falls, at least -1", required=True),
        Column("item", _ID, "the item; empty: all", refs="items.item"),
        Column("family", _TEXT, "product family; empty: all"),
        _SEGMENT,
        Column("probability", _NUM, "how likely it is", low=0, high=1),
    ),
)  # fmt: skip

SIGNALS = Table(
    "signals", domain.Signal, "short-lived corrections (demand sensing)", key=("signal",), numbered="signal",
    columns=(
        Column("signal", _ID, "name of the row; empty: numbered"),
        _ITEM,
        Column("from", _DATE, "first day", field="start", required=True),
        Column("to", _DATE, "last day", field="end", required=True),
        Column("quantity", _QTY, "quantity over all its days, more or less than projected", required=True),
        _SEGMENT,
        Column("expires", _DATE, "last day of planning on which it counts; empty: always"),
        Column("author", _TEXT, "who saw it"),
        Column("dated", _TEXT, "when it was seen"),
    ),
)  # fmt: skip

PLANNING_BILLS = Table(
    "planning_bills", domain.PlanningShare, "options' shares of planning items",
    key=("item", "option", "valid_from"),
    columns=(
        Column("item", _ID, "planning item: projected, never made", required=True, refs="items.item"),
        Column("option", _ID, "item that is made", required=True, refs="items.item"),
        Column("fraction", _NUM, "share of the planning item's demand", required=True, low=0, high=1),
        Column("valid_from", _DATE, "first day at which the row counts"),
        Column("valid_to", _DATE, "last day at which the row counts"),
    ),
)  # fmt: skip

HISTORY = Table(
    "history", domain.History, "what was sold, and what was projected for it",
    key=("item", "segment", "stream", "from"),
    columns=(
        _ITEM,
        Column("from", _DATE, "first day", field="start", required=True),
        Column("to", _DATE, "last day", field="end", required=True),
        Column("quantity", _QTY, "quantity over all its days", required=True, low=0),
        _SEGMENT,
        Column("stream", _TEXT, "who had projected it; empty: what was sold"),
    ),
)  # fmt: skip

SIGNATURES = Table(
    "signatures", domain.Signature, "who agreed to a cycle's consensus", key=("cycle", "author"),
    columns=(
        Column("cycle", _TEXT, "planning cycle", required=True),
        Column("author", _TEXT, "who signed", required=True),
        Column("signed", _BEGIN, "when", required=True),
        Column("demand_hash", _TEXT, "hash of the consensus that was signed", required=True),
        Column("comment", _TEXT, "words for people"),
    ),
)  # fmt: skip

MARKETING_TABLES = (
    LAUNCHES, LIFE_CYCLE, MARKET, PRICES, MARKET_EVENTS, SIGNALS, PLANNING_BILLS, HISTORY, SIGNATURES,
)  # fmt: skip
