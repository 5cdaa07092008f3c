"""Installs Debian's docker-registry, which stands for Amazon ECR in tests; without it they are skipped.

python3 -m scripts.registry
"""

from __future__ import annotations

import sys

from scripts.machine import SetupError, has, install_packages, say, this_os

PROGRAM = "docker-registry"


def main() -> int:
    """Install it where it is absent and apt has it; returns the exit status, which is 0 all the same."""
    if has(PROGRAM):
        return 0
    if this_os().get("ID") not in ("debian", "ubuntu"):
        say(f"{PROGRAM} is not installed: tests that need it are skipped.")
        return 0
    try:
        install_packages([PROGRAM])
    except (SetupError, OSError) as error:
        say(f"{PROGRAM} could not be installed, tests that need it are skipped: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
