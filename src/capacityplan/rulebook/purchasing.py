"""The rule purchasing."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="purchasing",
    statement="Purchases keep to what the supplier offers.",
    equation=(
        "offer valid at order_by >= 0; tier = largest from_quantity <= quantity; quantity >= "
        "min_order, multiple of order_multiple; arrives >= order_by + 1440 lead_time_days, on a day "
        "open in the supplier's calendar"
    ),
    fields="SupplierOffer",
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound convexifies price tiers.",
)
