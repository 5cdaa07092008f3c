"""Plain records: the request for a build, its result, and the receiver of its progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Protocol

from pywrangler.dataclass import dataclass

PLATFORM = "linux/amd64"
"""The only platform that Cloudflare runs containers on."""


@dataclass(frozen=True)
class BuildRequest:
    """An image to build for the application `name`."""

    name: str
    dockerfile: Path
    context: Path
    build_vars: Mapping[str, str] = field(default_factory=dict)
    tag: str | None = None
    """A name for the image; without one, it is named after the application and its id."""
    owner: str = ""
    """The local platform that the image is built for, which its name contains. Empty for other targets."""
    target: str | None = None
    """The stage of the Dockerfile to build; the last one without."""
    secrets: tuple[str, ...] = ()
    """As `--secret` takes them: `id=NAME,src=FILE` or `id=NAME,env=VARIABLE`, never a value."""
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    no_cache: bool = False
    """Whether every step is carried out again."""
    pull: bool = False
    """Whether the registries are asked for newer base images."""

    @property
    def asks_builder(self) -> bool:
        """Whether it explicitly asks to build, fetch or store something."""
        return self.no_cache or self.pull or bool(self.cache_from or self.cache_to)

    @property
    def recipe(self) -> tuple[object, ...]:
        """The common part of two requests that one build can serve."""
        variables = tuple(sorted(self.build_vars.items()))
        extras = (self.target, self.secrets, self.cache_from, self.cache_to, self.no_cache, self.pull)
        return (self.dockerfile.resolve(), self.context.resolve(), variables, extras)


@dataclass(frozen=True)
class BuildWishes:
    """The user's options for all builds of one deploy."""

    no_cache: bool = False
    """Whether every step is carried out again."""
    pull: bool = False
    """Whether the registries are asked for newer base images, and for newer images."""
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    """As `docker buildx build` takes them; `{name}` stands for the container's name, because two builds that
    write one cache would replace each other's.
    """

    def for_container(self, name: str) -> BuildWishes:
        """The options of the build for the container `name`."""
        caches = (tuple(each.replace("{name}", name) for each in c) for c in (self.cache_from, self.cache_to))
        return BuildWishes(self.no_cache, self.pull, *caches)


@dataclass(frozen=True)
class BuiltImage:
    """An image in the engine's store, ready to run."""

    image_id: str
    """`sha256:...`, as the engine names it."""
    tag: str
    was_cached: bool
    """Whether the builder was not asked, because no input had changed."""
    seconds: float
    size_bytes: int


class BuildProgress(Protocol):
    """Gets the progress of builds and pulls; `name` is the application. Called from one thread."""

    def started(self, name: str) -> None:
        """The build or the pull of this image begins."""

    def step(self, name: str, text: str) -> None:
        """A step begins, such as `[2/3] RUN make`, or one wrote a line."""

    def finished(self, name: str, image: BuiltImage) -> None:
        """The image is ready."""


class SilentBuild:
    """Reports nothing."""

    def started(self, name: str) -> None:
        """Report nothing."""

    def step(self, name: str, text: str) -> None:
        """Report nothing."""

    def finished(self, name: str, image: BuiltImage) -> None:
        """Report nothing."""


@dataclass(frozen=True)
class BuildSettings:
    """The environment of builds: the Docker CLI with its variables, and the directory of the caches."""

    environment: Mapping[str, str] = field(repr=False)
    cache_directory: Path
    docker: str | None = None
    """The Docker CLI, from `--path-to-docker`; without it `WRANGLER_DOCKER_BIN`, else `docker`."""

    @property
    def named_docker(self) -> str | None:
        """The Docker CLI that the user named, if any."""
        return self.docker or self.environment.get("WRANGLER_DOCKER_BIN") or None

    @property
    def docker_command(self) -> str:
        """The Docker CLI to run: a name to find on PATH, or a path."""
        return self.named_docker or "docker"
