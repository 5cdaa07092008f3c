"""Steps that make and change a project on the disk.

Texts are templates: `@IMAGE@` begins the names of images that the project makes, `@SITE@` is the address of a
server on this machine, `@ROOT@` the directory that contains the whole project.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

BUSYBOX, OTHER_BASE = "busybox:1.35", "python:3.11-slim"


@dataclass
class Place:
    """A project on the disk, and what else its build reads."""

    root: Path
    image: str
    """What the names of its images begin with."""
    site: str
    pages: dict[str, bytes]
    """What the server answers with, by path."""
    build_vars: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def filled(self, text: str) -> str:
        """A template with its values."""
        for name, value in (("@IMAGE@", self.image), ("@SITE@", self.site), ("@ROOT@", str(self.root))):
            text = text.replace(name, value)
        return text

    def path(self, name: str) -> Path:
        """A path of the project: in its context, or beside it after `../`."""
        return self.root / "app" / name


Step = Callable[[Place], None]


def write(name: str, content: str | bytes = "two\n") -> Step:
    """Write a file, also over an existing one."""

    def step(place: Place) -> None:
        path = place.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else place.filled(content).encode())

    return step


def replace(name: str, old: str, new: str) -> Step:
    """Replace a text within a file."""

    def step(place: Place) -> None:
        text = place.path(name).read_bytes().decode()
        assert old in text, f"{old} is not in {name}"
        place.path(name).write_bytes(place.filled(text.replace(old, new)).encode())

    return step


def remove(name: str) -> Step:
    """Remove a file, a link or a directory."""

    def step(place: Place) -> None:
        path = place.path(name)
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    return step


def rename(name: str, new: str) -> Step:
    """Rename a file or a directory."""
    return lambda place: place.path(name).replace(place.path(new)) and None


def directory(name: str) -> Step:
    """Make an empty directory."""
    return lambda place: place.path(name).mkdir(parents=True)


def link(name: str, target: str) -> Step:
    """Make a symbolic link, or lead it elsewhere."""

    def step(place: Place) -> None:
        path = place.path(name)
        if os.path.lexists(path):
            remove(name)(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(place.filled(target))

    return step


def mode(name: str, bits: int) -> Step:
    """Change permissions."""
    return lambda place: place.path(name).chmod(bits)


def times(name: str) -> Step:
    """Change the time of the last change, and nothing else."""
    return lambda place: os.utime(place.path(name), (1_000_000_000, 1_000_000_000))


def same_size_and_time(name: str, content: str) -> Step:
    """Change the content, and neither size nor time."""

    def step(place: Place) -> None:
        path = place.path(name)
        before = path.stat()
        assert len(content) == before.st_size
        path.write_text(content)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    return step


def attribute(name: str, value: bytes) -> Step:
    """Set an extended attribute."""
    return lambda place: os.setxattr(place.path(name), "user.pywrangler", value)


def serve(path: str, content: str = "two\n") -> Step:
    """Let the server answer with a text."""
    return lambda place: place.pages.update({path: content.encode()})


def variable(name: str, value: str = "two") -> Step:
    """Set a build argument, as `image_vars` does."""
    return lambda place: place.build_vars.update({name: value})


def environment(name: str, value: str) -> Step:
    """Set a variable that the Docker CLI sees."""
    return lambda place: place.environment.update({name: place.filled(value)})


def tag(name: str, target: str = OTHER_BASE) -> Step:
    """Name an image, or move the name to another."""
    return lambda place: docker("tag", place.filled(target), f"{place.image}-{name}")


def untag(name: str) -> Step:
    """Take the name away."""
    return lambda place: docker("rmi", f"{place.image}-{name}")


def base(name: str, dockerfile: str, target: str | None = None) -> Step:
    """Make an image from a Dockerfile without files, and name it."""
    words = ["buildx", "build", "--builder", "default", "--load", "--provenance=false", "-"]
    stage = ["--target", target] if target else []
    return lambda place: docker(
        *words, *stage, "--tag", f"{place.image}-{name}", written=place.filled(dockerfile)
    )


def steps(*several: Step) -> Step:
    """One after the other."""

    def step(place: Place) -> None:
        for each in several:
            each(place)

    return step


def nothing(place: Place) -> None:
    """Change nothing."""


def docker(*words: str, written: str = "") -> None:
    """Run the Docker CLI; what it says is shown where it fails."""
    done = subprocess.run(["docker", *words], input=written, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
