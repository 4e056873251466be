"""The rule run_time."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="run_time",
    statement="A run takes exactly the working minutes that its quantity asks for.",
    equation=(
        "working(start, end) = fixed + ceil(q_k run / (per_quantity 10^precision efficiency)); start "
        "and end - 1 are working minutes; not pausable: all of start..end is; batch: fixed minutes; "
        "tail: sum of load = setup + run minutes (batch: 0)"
    ),
    fields=(
        "Operation.run_minutes, fixed_minutes, per_quantity, pausable; OperationResource.run_minutes;"
        " Resource.efficiency, calendar; LearningStep.run_time_factor"
    ),
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
)
