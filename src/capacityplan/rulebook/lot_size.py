"""The rule lot_size."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="lot_size",
    statement="A lot is at least the minimum, at most the maximum, and a multiple of the lot multiple.",
    equation=(
        "min_lot <= q <= max_lot (if given); q = n lot_multiple (if given); orders in progress are exempt"
    ),
    fields="Item.min_lot, max_lot, lot_multiple",
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound has lots as counts, integer where it pays.",
    sources="APICS Dictionary (lot-size modifiers)",
)
