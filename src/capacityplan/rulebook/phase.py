"""The rule phase."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="phase",
    statement=(
        "Lots of an item start from its phase-in on and before its phase-out, and while the run times of "
        "their version hold."
    ),
    equation=(
        "phase_in <= first start < phase_out, begin of the version's stretch <= first start < its end, "
        "but for orders in progress; tail: possible in some minute of B"
    ),
    fields="Item.phase_in, phase_out; LearningStep.date, launch_day; Launch.date, status",
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
)
