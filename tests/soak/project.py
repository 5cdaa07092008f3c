"""The project that is deployed, on a platform of its own."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pywrangler.local.protocol import Status
from tests.faults.leftovers import processes_of, sockets_below
from tests.support.command import Cli, Result
from tests.support.containers import containers_of, remove_images
from tests.support.platform import NO_KEYRING
from tests.support.ports import free_port
from tests.support.projects import NODE_MODULES

HERE = Path(__file__).parent
FOREIGN = ("CLOUDFLARE_", "WRANGLER_", "PYWRANGLER_")
KEPT = {"PYWRANGLER_WORKERD", "PYWRANGLER_ESBUILD", "PYWRANGLER_CACHE"}
COMMAND_SECONDS = 300
MOST_INSTANCES = 25


@dataclass
class Soaked:
    """The project, and its platform in the directory `home`."""

    directory: Path
    home: Path
    name: str
    revision: int = 0
    """Of the image."""
    version: int = 0
    """Of the Worker."""

    @property
    def cli(self) -> Cli:
        """The command, in the project's directory."""
        return Cli(self.directory)

    @property
    def application(self) -> str:
        """The name of the application of the class `Box`."""
        return f"{self.name}-box"

    @property
    def status(self) -> Status | None:
        """What the platform says about itself; None if it does not run."""
        return Status.read(self.home)

    def change(self, *, with_image: bool) -> None:
        """Write the next version of the project."""
        self.version += 1
        self.revision += with_image
        fields = {
            "name": self.name,
            "main": "worker.js",
            "compatibility_date": "2026-11-01",
            "vars": {"VERSION": str(self.version)},
            "containers": [{"class_name": "Box", "image": "./Dockerfile", "max_instances": MOST_INSTANCES}],
            "durable_objects": {
                "bindings": [{"name": each.upper(), "class_name": each} for each in ("Box", "Room")]
            },
            "migrations": [{"tag": "v1", "new_sqlite_classes": ["Box", "Room"]}],
        }
        (self.directory / "wrangler.jsonc").write_text(json.dumps(fields, indent=2))
        (self.directory / ".dockerignore").write_text("*\n!revision\n")
        (self.directory / "revision").write_text(f"{self.revision}\n")

    def run(self, *words: str) -> Result:
        """Run a command to its end; nothing of its output stays in the project's directory."""
        running = self.cli.start(*words)
        try:
            return running.wait(COMMAND_SECONDS)
        finally:
            for file in (running.stdout_file, running.stderr_file):
                file.unlink(missing_ok=True)

    def leftovers(self, account_id: str) -> list[str]:
        """What is left of a platform that was stopped, in words."""
        found = [f"process {pid}: {words}" for pid, words in processes_of(self.home)]
        found += [f"socket {path}" for path in sockets_below(self.home)]
        found += [f"container {each['Name']}" for each in containers_of(account_id)]
        return found


@contextmanager
def soaked_project() -> Iterator[Soaked]:
    """The project in a directory that is thrown away. Nothing of it stays, on the engine neither."""
    for name in [name for name in os.environ if name.startswith(FOREIGN) and name not in KEPT]:
        del os.environ[name]
    with TemporaryDirectory(prefix="pw-soak-", dir="/tmp", ignore_cleanup_errors=True) as made:
        directory, temporary = Path(made, "project"), Path(made, "tmp")
        for each in (directory, temporary):
            each.mkdir()
        for file in ("worker.js", "Dockerfile"):
            shutil.copy(HERE / file, directory / file)
        (directory / "node_modules").symlink_to(NODE_MODULES)
        project = Soaked(directory, Path(made, "home"), f"soak-{os.urandom(3).hex()}")
        os.environ |= {
            "PYWRANGLER_HOME": str(project.home),
            "PYWRANGLER_TARGET": "local",
            "PYWRANGLER_WORKER_PORT": str(free_port()),
            "PYTHON_KEYRING_BACKEND": NO_KEYRING,
            "TMPDIR": str(temporary),
            "NO_COLOR": "1",
        }
        project.change(with_image=True)
        try:
            yield project
        finally:
            project.run("local", "stop")
            remove_images(f"pywrangler.local/{project.name}-*")
