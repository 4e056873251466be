"""One card per rule: what a valid plan satisfies, in words and symbols."""
