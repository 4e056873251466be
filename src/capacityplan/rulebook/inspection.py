"""The rule inspection."""

from capacityplan.rulebook.card import Card, Relation

CARD = Card(
    id="inspection",
    statement=(
        "What is due for inspection is inspected, in the right lab, long enough, and not before it is there; "
        "what needs a certificate gets one, after all its other inspections."
    ),
    equation=(
        "every_lots = n: objects by completion, then id; numbers 1, n+1, 2n+1 are subject; "
        "working(start, end) of the lab = lab_minutes; start >= completion, of a certificate: >= release by "
        "all other inspections, rework included; released at end + wait_minutes; tail: bucket >= bucket of "
        "that, end(released) - start(bucket) >= lab_minutes + wait_minutes"
    ),
    fields="Inspection.stage, lab, lab_minutes, wait_minutes, every_lots; Stock.status, available",
    given=("plan_integrity",),
    window=Relation.EXACT,
    tail=Relation.EXACT,
    remark="Stock and scheduled receipts may stay on hold uninspected.",
    sources="SAP QM (inspection lot, dynamic modification)",
)
