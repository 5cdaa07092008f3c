"""Durable Object classes: declared, migrated, bound, and joined to containers; how all that fits together."""
