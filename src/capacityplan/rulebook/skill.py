"""The rule skill."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="skill",
    statement=(
        "Work that asks for a skill is done while enough people who have it are at work: of the labour it "
        "names, or, where it names none, of any labour in regular time not on work that names it."
    ),
    equation=(
        "for labour L and skill S at every minute: sum of units of open runs and inspections with both <= "
        "people of L if S is valid, else 0; for each set of skills K: sum of labour_units of open runs "
        "without labour that ask for one of K <= sum over L of min(people of L not on work that names L, "
        "people of L in regular time if L has one of K, else 0); tail: the same with minutes of buckets"
    ),
    fields=(
        "OperationResource.labour, labour_units, skill; Inspection.labour, analysts, skill; "
        "Skill.resource, skill, valid_from, valid_to; Resource.capacity, calendar"
    ),
    given=("run_time", "labour"),
    window=Relation.EXACT,
    tail=Relation.EXACT,
)
