"""Cloudflare's `workers-py` installs a command of the same name as ours.

In one environment the later installation overwrites the earlier one's command, so a warning says it in time.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

WARNING = (
    "The package workers-py is installed in the same environment, and its command is named pywrangler, too. "
    "Use `pwr` for this one, or install each in a separate environment."
)


def is_namesake_installed(search_path: Iterable[str]) -> bool:
    """Whether `workers-py` is installed on `search_path` (`sys.path`); looks at names of directories only."""
    directories = (Path(entry) for entry in search_path if "packages" in Path(entry).name)
    return any(any(directory.glob("workers_py-*.dist-info")) for directory in directories)
