"""The certified relaxation: rows whose optimum is a proven lower bound."""
