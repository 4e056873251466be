"""The rule frozen_zone."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="frozen_zone",
    statement="Nothing new is set up or started in the frozen zone, unless a run lock names it.",
    equation=(
        "setup_start >= 60 frozen_hours, but for orders in progress and locked runs; tail: end(B) > "
        "60 frozen_hours"
    ),
    fields="Fences.frozen_hours; Lock",
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    sources="APICS Dictionary (time fence)",
)
