"""Snapshots of containers, as images of the engine."""
