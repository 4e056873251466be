"""Simulated nights: a plant whose world deviates from the plan, replanned every night by the product."""
