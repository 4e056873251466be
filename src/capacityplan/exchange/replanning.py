"""The tables of replanning and of what happened, column by column."""

from __future__ import annotations

from capacityplan.domain import plant as domain
from capacityplan.exchange.contracts import Column, Kind, Table

PREVIOUS_RUNS = Table(
    "previous_runs", domain.PreviousRun,
    "where the previous plan has every operation, what changes are charged against",
    columns=(
        Column("lot", Kind.ID, "lot of the previous plan", required=True),
        Column("operation", Kind.TEXT, "operation of the lot", required=True),
        Column("item", Kind.ID, "the item", required=True, refs="items.item"),
        Column("resource", Kind.ID, "resource it was planned on", required=True),
        Column("quantity", Kind.QUANTITY, "quantity of the run", required=True, low=0),
        Column("from", Kind.BEGIN, "earliest planned start", field="start", required=True),
        Column("to", Kind.BEGIN, "latest planned start (the same where it was planned to the minute)",
               field="until", required=True),
    ),
)  # fmt: skip

ACTUALS = Table(
    "actuals", domain.Actual, "what has really happened since the plan was made (`capacityplan advance`)",
    columns=(
        Column("kind", Kind.CHOICE, "what happened", required=True, enum=domain.ActualKind),
        Column("object", Kind.TEXT, "lot, order, purchase, stock lot, demand; count: the item; maintenance: "
               "the downtime", required=True),
        Column("item", Kind.ID, "the item", required=True, refs="items.item"),
        Column("operation", Kind.TEXT, "operation of a run, row of an inspection"),
        Column("resource", Kind.ID, "where it ran; supplier of a receipt"),
        Column("quantity", Kind.QUANTITY, "good, received, accepted, delivered or counted quantity", low=0),
        Column("rejected", Kind.QUANTITY, "bad quantity", low=0),
        Column("from", Kind.BEGIN, "when a run began", field="start"),
        Column("at", Kind.BEGIN, "when it ended or happened; expected: when it is due now", required=True),
        Column("minutes", Kind.MINUTES, "working minutes a run took; 0: not recorded", low=0),
        Column("finished", Kind.BOOL, "whether the operation is done"),
    ),
)  # fmt: skip

COMPLAINTS = Table(
    "complaints", domain.Complaint, "what customers complained of and sent back ([variance](variance.md))",
    key=("complaint",), numbered="complaint",
    columns=(
        Column("complaint", Kind.ID, "name of the row; empty: numbered"),
        Column("kind", Kind.CHOICE, "a complaint, or goods sent back", required=True,
               enum=domain.ComplaintKind),
        Column("date", Kind.DATE, "day on which it came in", field="day", required=True),
        Column("item", Kind.ID, "the item", required=True, refs="items.item"),
        Column("quantity", Kind.QUANTITY, "quantity complained of or sent back", low=0),
        Column("customer", Kind.ID, "whose it is", refs="customers.customer"),
        Column("lot", Kind.TEXT, "lot it is from"),
        Column("reason", Kind.TEXT, "what is wrong, for people"),
        Column("cost", Kind.MONEY, "what it cost in fact; empty: quantity x escape_cost of the item and "
               "complaint_cost of the customer", low=0),
    ),
)  # fmt: skip

LOCKS = Table(
    "locks", domain.Lock, "what the planner holds fast", key=("lock",), numbered="lock",
    columns=(
        Column("lock", Kind.ID, "name of the row; empty: numbered"),
        Column("kind", Kind.CHOICE, "what is held", required=True, enum=domain.LockKind),
        Column("object", Kind.TEXT, "lot/operation (run), resource, item or order", required=True),
        Column("resource", Kind.ID, "resource of a run", refs="resources.resource"),
        Column("from", Kind.BEGIN, "begins", field="start"),
        Column("to", Kind.END, "ends", field="end"),
        Column("reason", Kind.TEXT, "why"),
        Column("author", Kind.TEXT, "who"),
        Column("expires", Kind.END, "last day on which the lock counts"),
    ),
)  # fmt: skip
