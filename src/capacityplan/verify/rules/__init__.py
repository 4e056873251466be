"""One module per rule: the violations of a plan, from plain data."""
