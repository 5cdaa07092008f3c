"""A deployed project on a platform of its own, which a fault then breaks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pywrangler.local.protocol import Status
from tests.faults.ledger import STORES, Ledger
from tests.faults.records import Kind, Stage
from tests.support.command import Cli, Result
from tests.support.http import Answer, request
from tests.support.platform import Platform
from tests.support.projects import Project
from tests.support.waiting import eventually

WORKER = (Path(__file__).parent / "worker.js").read_text()
DOCKERFILE = """\
FROM busybox:1.35
COPY revision /www/revision
CMD ["sh", "-c", "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait"]
"""
SECRET = "a secret of the scene"
BUGS = ("Traceback (most recent call last)", "bug in pywrangler")
ANSWER_SECONDS = 60


def configuration(name: str, kind: Kind, version: int) -> dict[str, Any]:
    """The project's `wrangler.jsonc`."""
    has_container = kind is Kind.CONTAINER
    classes = ["Notes", *(["Box"] if has_container else [])]
    fields: dict[str, Any] = {
        "name": name,
        "main": "src/index.js",
        "compatibility_date": "2026-11-01",
        "vars": {"VERSION": str(version)},
        "durable_objects": {"bindings": [{"name": each.upper(), "class_name": each} for each in classes]},
        "migrations": [{"tag": "v1", "new_sqlite_classes": classes}],
        "kv_namespaces": [{"binding": "KV"}],
        "r2_buckets": [{"binding": "R2", "bucket_name": f"{name}-bucket"}],
        "d1_databases": [{"binding": "D1", "database_name": f"{name}-base", "database_id": "scene"}],
    }
    if has_container:
        fields["containers"] = [{"class_name": "Box", "image": "./Dockerfile", "max_instances": 3}]
    return fields


@dataclass
class Scene:
    """The project, its platform, and what was answered so far."""

    DISK_SIZE = "1g"

    directory: Path
    kind: Kind
    environment: Mapping[str, str]
    """What the platform of this scene needs: programs and a port."""
    version: int = 0
    """Of the code and of the image that the project's files have now."""
    ledger: Ledger = field(default_factory=Ledger)
    accounts: set[str] = field(default_factory=set)
    has_secret: bool = False
    """It was deployed, and has its secret."""
    is_ruined: bool = False
    """It cannot be used for another row."""

    def __post_init__(self) -> None:
        self.temporary.mkdir(parents=True)
        self.disk.mkdir()
        if has_small_disks():
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={self.DISK_SIZE}", "f", self.disk], check=True
            )
        self.project = Project(self.directory / "project", f"f-{os.urandom(3).hex()}")
        self.project.write("src/index.js", WORKER)
        self.project.write("Dockerfile", DOCKERFILE)
        self.change()

    @property
    def disk(self) -> Path:
        """Where the platform's directory is: a small disk in memory, if this user may mount one."""
        return self.directory / "disk"

    @property
    def home(self) -> Path:
        """The platform's directory."""
        return self.disk / "home"

    @property
    def temporary(self) -> Path:
        """The directory for temporary files of all programs."""
        return self.directory / "tmp"

    @property
    def cli(self) -> Cli:
        """The command, in the project's directory."""
        own = {
            "PYWRANGLER_HOME": str(self.home),
            "PYWRANGLER_TARGET": "local",
            "TMPDIR": str(self.temporary),
            "NO_COLOR": "1",
        }
        return Cli(self.project.directory, {**self.environment, **own})

    @property
    def platform(self) -> Platform:
        """The scene's platform, seen from outside."""
        return Platform(self.home)

    def change(self) -> None:
        """Change code and image, so that the next deploy has something to do."""
        self.version += 1
        fields = configuration(self.project.name, self.kind, self.version)
        self.project.write("wrangler.jsonc", json.dumps(fields, indent=2))
        self.project.write("revision", str(self.version))

    def reach(self, stage: Stage) -> None:
        """Bring the scene to a stage. Raises AssertionError if that fails."""
        if stage is Stage.EMPTY:
            self.cli.run("local", "stop").check()
            return
        if self.has_secret:
            self.cli.run("local", "start").check()
        else:
            self.cli.run("deploy").check()
            self.cli.run("secret", "put", "SECRET", stdin=SECRET).check()
            self.has_secret = True
        self.note()
        for store in STORES:
            eventually(lambda store=store: self.write(store), what=f"an answer of {store}")  # type: ignore[misc]
        if self.kind is Kind.CONTAINER:
            eventually(lambda: self.ask("/box/revision").status == 200, what="the container")
        if stage is Stage.STOPPED:
            self.cli.run("local", "stop").check()

    def note(self) -> None:
        """Remember the account, to find afterwards what belongs to it."""
        if status := Status.read(self.home):
            self.accounts.add(status.account_id)

    def ask(self, path: str, *, timeout_seconds: float = ANSWER_SECONDS) -> Answer:
        """One request to the Worker, which the platform serves. Raises OSError, as when nothing listens."""
        url = self.platform.worker_url(self.project.name)
        return request(f"{url}{path}", timeout_seconds=timeout_seconds)

    def write(self, store: str) -> bool:
        """Write the next number to a store, and note it if that was answered. Whether it was."""
        number = self.ledger.next()
        try:
            answer = self.ask(f"/write?to={store}&number={number}")
        except (OSError, AssertionError):
            return False
        if answer.status == 200:
            self.ledger.note(store, number)
        return answer.status == 200


def has_small_disks() -> bool:
    """Whether this user may mount disks."""
    return sys.platform == "linux" and os.geteuid() == 0


def complaints_about(result: Result, allowed: frozenset[int] | None = frozenset({0})) -> list[str]:
    """What is wrong with how a command ended: its status, unless `allowed` is None, and a traceback."""
    found = (
        [] if allowed is None or result.status in allowed else [f"the status is {result.status}: {result}"]
    )
    output = result.stdout + result.stderr
    return found + [f"it says {bug!r}: {result}" for bug in BUGS if bug in output]
