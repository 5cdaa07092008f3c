"""Servers that take inputs over HTTP."""
