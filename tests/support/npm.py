"""npm packages that only some tests use, installed into the cache when the first one needs them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from pywrangler.toolchain import cache_directory
from pywrangler.toolchain.npm import CI_ARGS, find_npm, npm_environment

FILES = ("package.json", "package-lock.json")


def installed_packages(project: Path, name: str) -> Path:
    """The `node_modules` with the packages of `project`, a directory that has `FILES`."""
    recipe = b"".join((project / file).read_bytes() for file in FILES)
    directory = cache_directory(os.environ) / "tests" / f"{name}-{hashlib.sha256(recipe).hexdigest()[:12]}"
    directory.parent.mkdir(parents=True, exist_ok=True)
    with directory.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "node_modules").exists():
            _install(project, directory)
    return directory / "node_modules"


def _install(project: Path, directory: Path) -> None:
    staging = directory.with_suffix(".installing")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    for name in FILES:
        shutil.copy(project / name, staging)
    # Not `ci`: it wants every package that the lock could name, and those for other systems may not exist.
    command = (*find_npm(os.environ), "install", *CI_ARGS[1:])
    environment = npm_environment(os.environ)
    done = subprocess.run(command, cwd=staging, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"npm install: {done.stderr}"
    shutil.rmtree(directory, ignore_errors=True)
    staging.rename(directory)
