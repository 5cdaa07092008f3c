"""Installs programs that tests and measurements use beside the engine, if they are absent.

    python3 -m scripts.programs docker-registry

What they are for is skipped, or says what is missing, where they cannot be installed: that is not a failure.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from scripts.machine import SetupError, has, install_packages, say, this_os

PACKAGES = {
    "docker-registry": ["docker-registry"],  # in the role of Amazon ECR in tests
    "chromium": ["chromium"],  # what Browser Rendering starts in a test
    "zsh": ["zsh"],  # reads its completions in a test, as the next one
    "fish": ["fish"],
    "wrk": ["wrk"],  # loads servers in measurements
    "gcc": ["gcc", "libc6-dev"],  # compiles the server that is measured
}


def main(programs: Sequence[str]) -> int:
    """Install what is absent of `programs`, which `PACKAGES` names; returns the exit status, always 0."""
    absent = [program for program in programs if not has(program)]
    if not absent:
        return 0
    if this_os().get("ID") not in ("debian", "ubuntu"):
        say(f"{', '.join(absent)}: not installed, and this is neither Debian nor Ubuntu. Install it by hand.")
        return 0
    try:
        install_packages([package for program in absent for package in PACKAGES[program]])
    except (SetupError, OSError) as error:
        say(f"{', '.join(absent)} could not be installed: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
