"""CapacityPlan: production schedules from sales projections, each with a certificate."""

__version__ = "0.1.0"
