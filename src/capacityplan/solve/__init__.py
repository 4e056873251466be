"""Search: lots in buckets, schedules to the minute, and the plan they make."""
