"""The rule overtime."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="overtime",
    statement="Overtime is opened where it is offered, once, and no more of it than the week allows.",
    equation=(
        "opened intervals lie in the overtime calendar and do not overlap; bucket minutes + opened "
        "minutes in the bucket <= minutes offered; per ISO week: opened minutes + bucket minutes "
        "prorated by days <= 60 max_overtime_hours_per_week"
    ),
    fields="Resource.overtime_calendar, max_overtime_hours_per_week",
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound may leave the weekly limit out.",
)
