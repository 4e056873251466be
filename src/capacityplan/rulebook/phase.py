"""The rule phase."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="phase",
    statement="Lots of an item start from its phase-in on and before its phase-out.",
    equation=(
        "phase_in <= first start < phase_out, but for orders in progress; tail: possible in some minute of B"
    ),
    fields="Item.phase_in, phase_out",
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
)
