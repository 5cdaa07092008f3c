"""Exports of the platform's state, and their import."""
