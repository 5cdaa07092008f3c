"""Installs the npm packages of a new project."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from pywrangler.errors import MissingError
from pywrangler.toolchain.npm import (
    CAUTION_SETTINGS,
    PLAIN_ARGS,
    find_npm,
    npm_environment,
    npm_settings,
    reason_of,
)

INSTALL_ARGS = ("install", "--prefer-offline", *PLAIN_ARGS)


def install_packages(directory: Path, environment: Mapping[str, str]) -> None:
    """Run `npm install` in `directory`. Raises MissingError if there is no npm or it fails; npm's own words
    are the detail.
    """
    npm = find_npm(environment)
    with npm_settings(environment, npm, CAUTION_SETTINGS) as settings:
        done = subprocess.run(
            [*npm, *INSTALL_ARGS, *settings],
            cwd=directory,
            env=npm_environment(environment, CAUTION_SETTINGS),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
            errors="replace",
        )
    if done.returncode:
        raise MissingError(
            f"The project is written, and npm could not install its packages in `{directory}`:"
            f" {reason_of(done.stdout)}.",
            hint="Run `npm install` there before the first `pywrangler deploy`.",
            detail=done.stdout.strip() or None,
            code="npm-install",
        )
