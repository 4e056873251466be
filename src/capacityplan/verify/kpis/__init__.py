"""Key figures of a plan, recomputed from its events and its ledger; no solver, no report."""

from capacityplan.verify.kpis.money import Account, accounts, cash_flow
from capacityplan.verify.kpis.quality import QualityCost, quality_costs
from capacityplan.verify.kpis.service import CustomerService, customer_service
from capacityplan.verify.kpis.times import ResourceTimes, resource_times

__all__ = [
    "Account", "CustomerService", "QualityCost", "ResourceTimes", "accounts", "cash_flow", "customer_service",
    "quality_costs", "resource_times",
]  # fmt: skip
