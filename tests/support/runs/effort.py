"""How much a test tries: all of it in CI, a part while one works."""

from __future__ import annotations

import os

IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")
"""Read when the module is imported: tests get an environment without `CI`."""


def examples(count: int) -> int:
    """How many random inputs a property is tried with: `count` in CI, else a tenth of it."""
    return count if IN_CI else count // 10
