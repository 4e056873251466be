"""Tables, charts and files of a plan."""
