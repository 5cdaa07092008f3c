"""Connections between `workerd` and ports of containers, followed and carried."""
