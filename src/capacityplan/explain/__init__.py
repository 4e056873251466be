"""Causes in plant language."""
