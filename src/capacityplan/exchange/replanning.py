"""The tables of replanning, column by column."""

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
