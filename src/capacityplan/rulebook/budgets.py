"""The rule budgets."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="budgets",
    statement="No more is spent of a budget without an overrun cost than is granted of limit and reserve.",
    equation=(
        "spent + sum of amounts of its categories in its period (by days of the bucket) <= granted limit + "
        "granted reserve; "
        "what of it is dated before the reserve is released <= granted limit. Of a fund, what is spent "
        "already, then limits, then released reserves are granted, each by rising priority"
    ),
    fields=(
        "Budget.category, start, end, limit, reserve, reserve_rule, reserve_from, spent, overrun_cost, "
        "priority, fund; Fund.amount; "
        "the ledger"
    ),
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark=(
        "A budget with an overrun cost is a row of the ledger (budget_overrun). The search plans purchases, "
        "orders, overtime and inspections within it; the bound leaves budgets out."
    ),
)
