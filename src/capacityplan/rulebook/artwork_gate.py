"""The rule artwork_gate."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="artwork_gate",
    statement="Nothing is run before its artwork is approved.",
    equation="start >= artwork_approved_on; tail: end(B) > artwork_approved_on",
    fields="Operation.artwork_approved_on",
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
)
