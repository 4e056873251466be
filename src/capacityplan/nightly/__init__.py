"""The unattended run: import, validate, replan, verify, export, publish, notify."""
