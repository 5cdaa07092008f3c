"""One project, and what many of them have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.differential.projects.steps import BUSYBOX, Place, Step, nothing, serve, tag, write


@dataclass(frozen=True)
class Project:
    """A project, what changes, and whether the builder makes another image then."""

    name: str
    dockerfile: str
    change: Step
    is_other: bool = True
    """Another image; else the same. A build that fails then counts as another."""
    files: Mapping[str, str] = field(default_factory=dict)
    prepare: Step = nothing
    path: str = "Dockerfile"
    """Where the Dockerfile stands, seen from the context."""
    context: str = "."
    build_vars: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    secrets: tuple[str, ...] = ()

    def write(self, place: Place) -> None:
        """Make the project."""
        for name, content in {self.path: self.dockerfile, **self.files}.items():
            write(name, content)(place)
        place.build_vars |= self.build_vars
        self.prepare(place)


ONE_SUM = f"sha256:{hashlib.sha256(b'one' + bytes([10])).hexdigest()}"
COPY_ALL = f"FROM {BUSYBOX}\nCOPY . /app/\n"
COPY_PAGE = f"FROM {BUSYBOX}\nCOPY page /page\n"
PAGE = {"page": "one\n"}
TREE = {"page": "one\n", "src/main.py": "one\n", "src/deep/a.log": "one\n", "docs/a.md": "one\n"}
BIND = f"FROM {BUSYBOX}\nRUN --mount=type=bind,target=/ctx cat /ctx/page > /copied\n"


def ignored(name: str, rules: str, changed: str, *, is_other: bool, **more: str) -> Project:
    """A project that copies what its ignore file lets in."""
    files = {**TREE, ".dockerignore": rules, **{key.replace("_dot_", "."): more[key] for key in more}}
    if changed not in files:
        files[changed] = "one\n"
    return Project(name, COPY_ALL, write(changed), is_other, files)


def moved(name: str, *dockerfile: str) -> Project:
    """A project that reads an image whose name is moved to another."""
    prepare = tag("base:1", BUSYBOX)
    return Project(name, "\n".join([*dockerfile, ""]), tag("base:1"), files=PAGE, prepare=prepare)


def served(name: str, *dockerfile: str) -> Project:
    """A project that reads a page of which the server has another then."""
    return Project(name, "\n".join([*dockerfile, ""]), serve("/page"), prepare=serve("/page", "one\n"))
