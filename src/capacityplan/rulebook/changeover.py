"""The rule changeover."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="changeover",
    statement=(
        "Before a run its resource is set up, for as long as the mode and the changeover from the "
        "group before ask."
    ),
    equation=(
        "working(setup_start, start) >= setup_minutes + changeover(group before, group); "
        "setup_in_breaks: start - setup_start; a pair that the matrix lacks is an error, an unknown "
        "state is free, the same group is free unless listed"
    ),
    fields=(
        "OperationResource.setup_minutes; Changeover.minutes; Item.setup_group; "
        "Resource.changeover_matrix, initial_setup_group, setup_in_breaks"
    ),
    given=("capacity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="The bound takes the cheapest predecessor, within and outside of families of groups.",
    sources="Allahverdi et al., A survey of scheduling problems with setup times or costs, 2008",
)
