"""Logs of Workers, containers and the platform: captured, kept, followed."""
