"""The rule lab_capacity."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="lab_capacity",
    statement="A lab never has more inspections at a time than slots.",
    equation=(
        "at every minute: sum of slots <= capacity; tail: sum of slots x lab_minutes <= capacity-minutes"
    ),
    fields="Inspection.slots, lab_minutes; Resource.capacity, calendar",
    given=("inspection",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
)
