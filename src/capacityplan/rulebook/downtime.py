"""The rule downtime."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="downtime",
    statement=(
        "Flexible maintenance is placed: once within its time, or at least after so many hours of work."
    ),
    equation=(
        "end - start = minutes within flexible_from..flexible_to, exactly once (at most once where "
        "that reaches beyond H); every_run_hours: run minutes between placements <= 60 "
        "every_run_hours; tail: run minutes up to the end of t <= 60 every_run_hours (placements "
        "begun by then + 1)"
    ),
    fields="Downtime.flexible_from, flexible_to, minutes, every_run_hours",
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.RELAXED,
    remark="In a bucket of the tail the order of work and maintenance is open.",
    sources=(
        "Ma, Chu and Zuo, A survey of scheduling with deterministic machine availability constraints, 2010"
    ),
)
