"""The unattended run: import, replan, verify, publish."""
