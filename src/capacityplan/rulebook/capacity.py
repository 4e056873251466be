"""The rule capacity."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="capacity",
    statement="No resource does more at a time than it can.",
    equation=(
        "unary: setup_start..end of two runs (batches) do not overlap; capacity c: at every working "
        "minute at most c are open; tail bucket: loads + batches + changeovers + minutes of runs to "
        "the minute <= working minutes + bucket overtime"
    ),
    fields="Resource.capacity, calendar, setup_in_breaks; Downtime; CalendarRow.capacity",
    given=("plan_integrity", "run_time"),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound counts load cumulatively, so that work may straddle borders.",
    sources="Pochet and Wolsey, Production Planning by MIP, 2006",
)
