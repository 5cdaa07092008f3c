"""Environments of the configuration that commands name without reading all of it."""

from __future__ import annotations

from pathlib import Path

from pywrangler.cli.invocation import Invocation
from pywrangler.errors import UsageError


def check_environment(run: Invocation, file: Path) -> None:
    """Raise `UsageError` for an environment that is not among those of the configuration `file`. One without
    any says nothing about names, as with Wrangler (4.164).
    """
    from pywrangler.config import environment_names

    names = environment_names(file)
    if names and run.environment_name and run.environment_name not in names:
        raise UsageError(
            f"{file} has no environment `{run.environment_name}`.", hint=f"It has {', '.join(names)}."
        )
