"""Instances: their records, places, limits, states and rollouts. No I/O; everything is told the time."""
