"""Small projects that tests deploy: a Worker, a Dockerfile, a configuration, all as users write them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
NODE_MODULES = EXAMPLES / "node_modules"

WORKER = """\
import { Container, getContainer } from "@cloudflare/containers";

export class Box extends Container {
  defaultPort = 8080;
  sleepAfter = "5m";
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/worker") return new Response("worker 1");
    return getContainer(env.BOX, url.searchParams.get("name") ?? undefined).fetch(request);
  },
};
"""

DOCKERFILE = """\
FROM busybox:1.35
RUN mkdir /www && echo "box 1" > /www/index.html
CMD ["sh", "-c", "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait"]
"""


@dataclass(frozen=True)
class Project:
    """A project's directory and its Worker's name."""

    directory: Path
    name: str

    @property
    def application(self) -> str:
        """The name of the application of the class `Box`."""
        return f"{self.name}-box"

    def write(self, path: str, text: str) -> None:
        """Write one of the project's files."""
        file = self.directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def configure(self, **fields: Any) -> None:
        """Set fields of the configuration."""
        file = self.directory / "wrangler.jsonc"
        self.write(file.name, json.dumps({**json.loads(file.read_text()), **fields}, indent=2))

    def replace(self, path: str, old: str, new: str) -> None:
        """Change one of the project's files."""
        text = (self.directory / path).read_text()
        assert old in text, f"{old!r} is not in {path}"
        self.write(path, text.replace(old, new))


def make_project(
    directory: Path,
    *,
    worker: str = WORKER,
    dockerfile: str | None = DOCKERFILE,
    config: Mapping[str, Any] | None = None,
    container: Mapping[str, Any] | None = None,
) -> Project:
    """Write a project with one container class `Box`.

    `config` and `container` replace fields of the configuration and of its only container. The Worker's name
    is unique, because images of all projects share one engine.
    """
    name = f"t-{os.urandom(3).hex()}"
    box = {"class_name": "Box", "image": "./Dockerfile", "max_instances": 2, **(container or {})}
    fields = {
        "name": name,
        "main": "src/index.js",
        "compatibility_date": "2026-11-01",
        "containers": [box],
        "durable_objects": {"bindings": [{"name": "BOX", "class_name": "Box"}]},
        "migrations": [{"tag": "v1", "new_sqlite_classes": ["Box"]}],
        **(config or {}),
    }
    project = Project(directory, str(fields["name"]))
    project.write("wrangler.jsonc", json.dumps(fields, indent=2))
    project.write("src/index.js", worker)
    if dockerfile is not None:
        project.write("Dockerfile", dockerfile)
    (directory / "node_modules").symlink_to(NODE_MODULES)
    return project


def copy_example(example: str, directory: Path) -> Project:
    """A copy of an example that a test may change, with the example's npm packages."""
    shutil.copytree(EXAMPLES / example, directory, ignore=shutil.ignore_patterns("node_modules", ".wrangler"))
    (directory / "node_modules").symlink_to(NODE_MODULES)
    return Project(directory, example)
