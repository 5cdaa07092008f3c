"""What the command line costs before it does anything."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.project_set_up import Project
from benchmarks.timing import median_seconds, run

RUNS = 15


def measure(project: Project) -> dict[str, float]:
    """Seconds of the quickest commands, and their ratio to an empty Python program."""
    pywrangler = str(Path(sys.executable).with_name("pywrangler"))

    def seconds(*argv: str) -> float:
        return median_seconds(lambda: run(argv, environment=project.environment, cwd=project.directory), RUNS)

    nothing = seconds(sys.executable, "-c", "pass")
    version = seconds(pywrangler, "--version")
    listing = seconds(pywrangler, "containers", "list", "--json")
    return {
        "python -c pass, s": nothing,
        "pywrangler --version, s": version,
        "pywrangler --version / python -c pass": version / nothing,
        "containers list --json, s": listing,
        "containers list --json / python -c pass": listing / nothing,
    }
