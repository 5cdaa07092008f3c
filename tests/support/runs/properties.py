"""Settings of properties that are tried with random inputs."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

on_any_machine = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For small inputs: a busy machine is no reason to fail."""
