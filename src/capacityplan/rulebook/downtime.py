"""The rule downtime."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="downtime",
    statement=(
        "Flexible maintenance is placed: once within its time, or whenever so many hours were run; "
        "a machine is cleaned before a campaign of one setup group runs too long."
    ),
    equation=(
        "end - start = minutes within flexible_from..flexible_to, exactly once (at most once where "
        "that reaches beyond H); every_run_hours: run minutes from one placement to the next <= 60 "
        "every_run_hours, the first stretch with 60 min(run_hours_before, every_run_hours); tail: c_t <= 60 "
        "every_run_hours, c_t = max(c_{t-1}, 0) + run minutes in t - 60 every_run_hours x "
        "(placements begun in t), c before the tail = run minutes since the last placement; "
        "campaign_max_hours, cleaning_minutes, campaign_hours_before: the same for a cleaning, with "
        "changeovers to another setup group counted as placements"
    ),
    fields=(
        "Downtime.flexible_from, flexible_to, minutes, every_run_hours, run_hours_before; "
        "Resource.campaign_max_hours, cleaning_minutes, campaign_hours_before, changeover_matrix, "
        "initial_setup_group; Item.setup_group"
    ),
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.RELAXED,
    remark="In a bucket of the tail the order of work and maintenance is open.",
    sources=(
        "Ma, Chu and Zuo, A survey of scheduling with deterministic machine availability constraints, 2010"
    ),
)
