"""Key figures of a plan, recomputed from its events and its ledger; no solver, no report."""

from capacityplan.verify.kpis.capability import Capability, capabilities
from capacityplan.verify.kpis.judged import Nearness, nearest, nearness
from capacityplan.verify.kpis.money import Account, accounts, cash_flow
from capacityplan.verify.kpis.outcomes import Feedback, LotOutcome, feedback, lot_outcomes, together
from capacityplan.verify.kpis.period import PeriodFigure, period_figures
from capacityplan.verify.kpis.quality import QualityCost, quality_costs
from capacityplan.verify.kpis.service import CustomerService, customer_service, promises_kept
from capacityplan.verify.kpis.times import ResourceTimes, resource_times
from capacityplan.verify.kpis.variance import BudgetVariance, Comparison, Variance, compared

__all__ = [
    "Account", "BudgetVariance", "Capability", "Comparison", "CustomerService", "Feedback", "LotOutcome",
    "Nearness", "PeriodFigure", "QualityCost", "ResourceTimes", "Variance", "accounts", "capabilities",
    "cash_flow", "compared", "customer_service", "feedback", "lot_outcomes", "nearest", "nearness",
    "period_figures", "promises_kept", "quality_costs", "resource_times", "together",
]  # fmt: skip
