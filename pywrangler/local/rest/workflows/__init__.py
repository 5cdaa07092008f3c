"""Workflows over the API."""
