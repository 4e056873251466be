"""The rule dock."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="dock",
    statement="A dock serves no more customers in a day than it can.",
    equation=(
        "per dock and day: number of customers shipped to <= capacity, 0 on a day without working "
        "time; tail bucket: <= capacity x open days"
    ),
    fields="Order.ship_from; Resource.capacity, calendar",
    given=("demand_fulfilment",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound leaves docks out.",
)
