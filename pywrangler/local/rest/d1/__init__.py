"""D1: databases and queries."""
