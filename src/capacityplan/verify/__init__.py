"""The independent checker: rules, ledger, certificate. Knows no solver."""
