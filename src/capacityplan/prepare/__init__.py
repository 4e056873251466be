"""Plant to arrays for the models (pure functions)."""
