"""Models for the solvers."""
