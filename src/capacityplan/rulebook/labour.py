"""The rule labour."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="labour",
    statement="A pool of labour is never asked for more people than are there.",
    equation=(
        "at every minute: sum of labour_units of open runs + analysts of inspections <= capacity; "
        "occupied are the working minutes of setup_start..end (setup_in_breaks: all of the setup); "
        "tail: sum of units x minutes <= capacity-minutes"
    ),
    fields=(
        "OperationResource.labour, labour_units; Inspection.labour, analysts; Resource.capacity, calendar"
    ),
    given=("run_time",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    sources="Blazewicz et al., Scheduling subject to resource constraints, 1983",
)
