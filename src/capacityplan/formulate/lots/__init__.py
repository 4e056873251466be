"""Bucket-level rule families of the search model."""
