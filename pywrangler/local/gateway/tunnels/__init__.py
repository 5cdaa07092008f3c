"""Connections between `workerd` and ports of containers: parsed and relayed."""
