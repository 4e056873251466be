"""The rule shelf_life."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="shelf_life",
    statement=(
        "Nothing is consumed or shipped that has expired or, for a delivery, expires too soon; first "
        "expired first out."
    ),
    equation=(
        "expiry = completion + 1440 shelf_life_days (stock: expires); consumption at m takes expiry >"
        " m; delivery takes expiry >= m + 1440 min_remaining_life_days and > m; tail: m = start of "
        "the bucket; what expires leaves stock"
    ),
    fields="Item.shelf_life_days, min_remaining_life_days; Stock.expires",
    given=("material_balance",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound limits expiry to what could have expired.",
    sources="Nahmias, Perishable Inventory Systems, 2011",
)
