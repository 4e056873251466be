"""Cross-checks: what no single cell shows. Small functions in one list, all run, none stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from capacityplan.errors import Finding
from capacityplan.exchange.consistency.actuals import check_actuals, check_complaints
from capacityplan.exchange.consistency.bills import (
    check_alternatives,
    check_by_products,
    check_rework,
    check_shares,
)
from capacityplan.exchange.consistency.demand import (
    check_customer_parents,
    check_orders,
    check_phase_out,
    check_projection_rows,
    check_quality_classes,
    check_sources,
    check_unused_items,
    check_values_of_items,
)
from capacityplan.exchange.consistency.learning import check_learning, check_stretches
from capacityplan.exchange.consistency.marketing import (
    check_history,
    check_launches,
    check_market,
    check_market_events,
    check_planning_bills,
    check_prices,
    check_promotions,
    check_weights,
)
from capacityplan.exchange.consistency.money import check_budgets, check_funds, check_spending
from capacityplan.exchange.consistency.process import (
    check_batches,
    check_bill_cycles,
    check_certificates,
    check_changeovers,
    check_inspections,
    check_operations_have_resources,
    check_overlaps,
    check_receipts,
    check_sequences,
    check_waits,
)
from capacityplan.exchange.consistency.references import (
    check_ids,
    check_kinds,
    check_locks,
    check_operation_names,
    check_projection_ids,
    check_roles,
    check_versions,
)
from capacityplan.exchange.consistency.resources import (
    check_calendar_rows,
    check_calendars,
    check_campaigns,
    check_downtime,
    check_further_pools,
    check_pools,
    check_resources,
)
from capacityplan.exchange.consistency.skills import (
    check_shared_people,
    check_skill_rows,
    check_skills_of_inspections,
    check_skills_of_modes,
    check_skills_within_buckets,
)
from capacityplan.exchange.consistency.supply import (
    check_lot_sizes,
    check_price_tiers,
    check_salvage,
    check_stock_levels,
)
from capacityplan.exchange.consistency.values import (
    check_dates,
    check_duplicates,
    check_plant,
    check_ranges,
    check_settings,
    check_texts,
)
from capacityplan.exchange.draft import Draft

Check = Callable[[Draft], Iterator[Finding]]

CELL_CHECKS: tuple[Check, ...] = (
    check_plant, check_settings, check_ranges, check_texts, check_dates, check_duplicates,
    check_calendar_rows, check_ids, check_projection_ids, check_operation_names, check_versions, check_shares,
)  # fmt: skip
"""What a row shows by itself or by the names it uses."""

RELATION_CHECKS: tuple[Check, ...] = (
    check_kinds, check_roles, check_locks,
    check_resources, check_calendars, check_downtime, check_campaigns, check_pools,
    check_further_pools,
    check_skill_rows, check_skills_of_modes, check_skills_of_inspections, check_skills_within_buckets,
    check_shared_people, check_learning, check_stretches,
    check_bill_cycles, check_alternatives, check_by_products, check_rework, check_sequences,
    check_operations_have_resources, check_changeovers, check_batches, check_waits,
    check_overlaps, check_inspections, check_certificates, check_receipts, check_actuals, check_complaints,
    check_lot_sizes, check_stock_levels, check_price_tiers, check_salvage,
    check_sources, check_phase_out, check_orders, check_projection_rows, check_customer_parents,
    check_quality_classes,
    check_promotions, check_launches, check_prices, check_market_events, check_planning_bills,
    check_history, check_market, check_weights, check_budgets, check_funds, check_spending,
    check_values_of_items, check_unused_items,
)  # fmt: skip
"""What rows show together; rows with a fault of their own are left out."""


def check(draft: Draft) -> list[Finding]:
    """Run every cross-check on a draft."""
    findings = [finding for run in CELL_CHECKS for finding in run(draft)]
    draft.settle()
    return findings + [finding for run in RELATION_CHECKS for finding in run(draft)]
