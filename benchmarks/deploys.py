"""What a deploy costs: with nothing changed, and pywrangler's own share of one that builds."""

from __future__ import annotations

from benchmarks.project_set_up import Project
from benchmarks.timing import median_seconds, seconds_of

OTHERS = ("images", "bring-up")
"""Phases in which Docker works, not pywrangler."""


def measure(project: Project) -> dict[str, float]:
    """Seconds of both deploys, and the share of the second that is neither build nor bring-up."""
    project.deploy()
    unchanged = median_seconds(lambda: project.pywrangler("deploy"), 5)
    project.change_image("second")
    phases: dict[str, float] = {}
    building = seconds_of(lambda: phases.update(project.deploy()["seconds"]))
    own = building - sum(phases.get(phase, 0.0) for phase in OTHERS)
    return {
        "deploy with nothing changed, s": unchanged,
        "deploy that builds, s": building,
        "pywrangler's own part of it, s": own,
        "own part / deploy that builds": own / building,
    }
