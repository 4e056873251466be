"""The rule tool."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="tool",
    statement="A tool is never used more often at a time than there are pieces of it.",
    equation=(
        "at every minute: number of open runs with the tool <= capacity; tail: sum of minutes <= "
        "capacity-minutes"
    ),
    fields="OperationResource.tool; Resource.capacity, calendar",
    given=("run_time",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
)
