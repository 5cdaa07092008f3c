"""The project that is measured, deployed on a platform of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.timing import run

SOURCE = Path(__file__).parent / "project"
WORKER_PORT = 18787


@dataclass(frozen=True)
class Project:
    """A copy of the measured project, and how to run pywrangler on it."""

    directory: Path
    environment: dict[str, str]

    def pywrangler(self, *words: str) -> str:
        """Standard output of a pywrangler command that succeeds."""
        return run(["pywrangler", *words], environment=self.environment, cwd=self.directory)

    def deploy(self) -> dict[str, Any]:
        """Deploy; returns what `deploy --json` says."""
        result: dict[str, Any] = json.loads(self.pywrangler("deploy", "--json"))
        return result

    def change_worker(self, text: str) -> None:
        """Make the next deploy upload other code."""
        code = (SOURCE / "src" / "index.ts").read_text()
        (self.directory / "src" / "index.ts").write_text(code.replace('"destroyed"', f'"destroyed {text}"'))

    def change_image(self, text: str) -> None:
        """Make the next deploy build an image that differs in one small layer."""
        (self.directory / "revision.txt").write_text(text)


@contextmanager
def measured_project() -> Iterator[Project]:
    """A fresh copy with its server compiled and its packages installed; its platform stops at the end."""
    with tempfile.TemporaryDirectory(prefix="pwbench-") as directory:
        copy = Path(directory, "project")
        shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("node_modules", "server"))
        run(["gcc", "-O2", "-static", "-o", str(copy / "server"), str(copy / "server.c")])
        run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=copy)
        project = Project(copy, measured_environment(Path(directory)))
        project.change_image("first")
        try:
            yield project
        finally:
            subprocess.run(
                ["pywrangler", "local", "stop"],
                env=project.environment,
                cwd=copy,
                capture_output=True,
                check=False,
            )


def measured_environment(directory: Path) -> dict[str, str]:
    """The environment of pywrangler with a platform in `directory`."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("CLOUDFLARE_", "WRANGLER_", "PYWRANGLER_"))
    }
    binaries = Path(os.sys.executable).parent  # type: ignore[attr-defined]
    return {
        **kept,
        "PATH": f"{binaries}:{kept['PATH']}",
        "PYWRANGLER_HOME": f"{directory}/home",
        "PYWRANGLER_WORKER_PORT": str(WORKER_PORT),
        "PYWRANGLER_TARGET": "local",
    }
