"""Workflows: what the API says of them."""
