"""The rule validation_gate."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="validation_gate",
    statement="No lot of an item is used before the validation of its first lot is released.",
    equation=(
        "first lot to complete (then id) is subject to the row of stage validation; release of every "
        "lot >= release of it"
    ),
    fields="Inspection.stage",
    given=("quality_hold",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound leaves it out.",
    sources="ICH Q7, section 12 (process validation)",
)
