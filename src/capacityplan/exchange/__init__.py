"""Files in and out: instances, plans, other systems."""
