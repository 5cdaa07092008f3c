"""Comparisons with the real builder that take minutes: `make differential`. The unit tests have what came of
them.
"""
