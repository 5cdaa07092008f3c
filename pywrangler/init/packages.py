"""Installs the npm packages of a new project."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from pywrangler.errors import MissingError
from pywrangler.toolchain.npm import find_npm, npm_environment

INSTALL_ARGS = ("install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error")


def install_packages(folder: Path, environment: Mapping[str, str]) -> None:
    """Run `npm install` in `folder`. Raises MissingError where there is no npm or it fails; npm's own words
    are the detail.
    """
    done = subprocess.run(
        [*find_npm(environment), *INSTALL_ARGS],
        cwd=folder,
        env=npm_environment(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise MissingError(
            f"The project is written, and its npm packages could not be installed in {folder}.",
            hint="Run `npm install` there before the first `pywrangler deploy`.",
            detail=done.stdout.strip() or None,
            code="npm-install",
        )
