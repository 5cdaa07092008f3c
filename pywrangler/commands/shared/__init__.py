"""Pieces that several commands have in common."""
