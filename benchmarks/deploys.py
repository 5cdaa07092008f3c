"""What a deploy here costs: with nothing changed, with a changed Worker, and one that builds, without its
build.
"""

from __future__ import annotations

import statistics

from benchmarks.project_set_up import Project
from benchmarks.timing import median_seconds, seconds_of

BUILD = "images"
"""The phase in which Docker works, and not pywrangler."""
RUNS = 5


def measure(project: Project) -> dict[str, float]:
    """Seconds: medians of several deploys."""
    project.deploy()
    unchanged = median_seconds(lambda: project.pywrangler("deploy"), RUNS)
    revisions = iter(range(100))

    def with_changed_worker() -> None:
        project.change_worker(str(next(revisions)))
        project.pywrangler("deploy")

    changed = median_seconds(with_changed_worker, RUNS)
    builds = [_with_changed_image(project, str(next(revisions))) for _ in range(RUNS)]
    return {
        "deploy with nothing changed, s": unchanged,
        "deploy with a changed Worker, s": changed,
        "deploy with a changed image, s": statistics.median(whole for whole, _ in builds),
        "the same without its build, s": statistics.median(whole - build for whole, build in builds),
    }


def _with_changed_image(project: Project, revision: str) -> tuple[float, float]:
    """Seconds of the deploy, and of the build in it."""
    project.change_image(revision)
    phases: dict[str, float] = {}
    whole = seconds_of(lambda: phases.update(project.deploy()["seconds"]))
    return whole, phases.get(BUILD, 0.0)
