"""The rule demand_fulfilment."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="demand_fulfilment",
    statement=(
        "Deliveries are of the right item, on their way as long as it takes, not too early, not too "
        "small, not too many."
    ),
    equation=(
        "delivered + lost <= quantity; arrive = ship + transit; bucket of arrival >= bucket of the "
        "due instant; quantity >= min_shipment unless it completes the demand"
    ),
    fields="Order; Customer.transit_days",
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound leaves smallest shipments out.",
)
