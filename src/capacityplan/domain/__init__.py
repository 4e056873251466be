"""Plant and plan: frozen, exact, no solver."""
