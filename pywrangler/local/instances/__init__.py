"""Instances: their records, places, limits, states and rollouts. No I/O; the caller passes the time."""
