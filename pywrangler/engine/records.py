"""Plain records of images, containers and the engine itself, made from the engine's JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from pywrangler.dataclass import dataclass


@dataclass(frozen=True)
class EngineVersion:
    """The engine that answers at an address."""

    version: str
    api_version: str
    system: str
    """`linux`, or `windows` for an engine that runs Windows containers."""
    architecture: str

    @property
    def platform(self) -> str:
        """Such as `linux/amd64`."""
        return f"{self.system}/{self.architecture}"


@dataclass(frozen=True)
class ImageFacts:
    """An image in the engine's store."""

    id: str
    """`sha256:...`"""
    system: str
    architecture: str
    """As Go names it: `amd64`, `arm64`."""
    size_bytes: int
    layers: int
    tags: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    """`name@sha256:...` for every registry the image was pulled from or pushed to."""
    exposed_ports: tuple[str, ...] = ()
    """As the image declares them: `8080/tcp`."""
    labels: Mapping[str, str] = field(default_factory=dict)
    triggers: tuple[str, ...] = ()
    """Instructions (`ONBUILD`) that a build on this image carries out."""

    @property
    def platform(self) -> str:
        """Such as `linux/amd64`."""
        return f"{self.system}/{self.architecture}"

    @classmethod
    def from_json(cls, inspected: Mapping[str, Any]) -> ImageFacts:
        """From the response to `GET /images/{name}/json`."""
        configuration = inspected.get("Config") or {}
        return cls(
            id=inspected["Id"],
            system=inspected["Os"],
            architecture=inspected["Architecture"],
            size_bytes=inspected["Size"],
            layers=len((inspected.get("RootFS") or {}).get("Layers") or ()),
            tags=tuple(inspected.get("RepoTags") or ()),
            digests=tuple(inspected.get("RepoDigests") or ()),
            exposed_ports=tuple(configuration.get("ExposedPorts") or ()),
            labels=configuration.get("Labels") or {},
            triggers=tuple(configuration.get("OnBuild") or ()),
        )


@dataclass(frozen=True)
class ContainerSummary:
    """A container as a list shows it."""

    id: str
    name: str
    state: str
    """`created`, `running`, `exited`, ..."""
    image_id: str
    labels: Mapping[str, str]

    @classmethod
    def from_json(cls, listed: Mapping[str, Any]) -> ContainerSummary:
        """From an entry of the response to `GET /containers/json`."""
        return cls(
            id=listed["Id"],
            name=(listed.get("Names") or [""])[0].removeprefix("/"),
            state=listed["State"],
            image_id=listed["ImageID"],
            labels=listed.get("Labels") or {},
        )


@dataclass(frozen=True)
class NetworkSummary:
    """A network as a list shows it."""

    id: str
    name: str
    labels: Mapping[str, str]

    @classmethod
    def from_json(cls, listed: Mapping[str, Any]) -> NetworkSummary:
        """From an entry of the response to `GET /networks`."""
        return cls(id=listed["Id"], name=listed["Name"], labels=listed.get("Labels") or {})


@dataclass(frozen=True)
class TaggedImage:
    """One name of an image in the engine's store."""

    tag: str
    """`repository:tag`, or `repository@sha256:...` where the name has a digest only."""
    image_id: str
    size_bytes: int = 0
    created_at: float = 0.0
    """In seconds since the epoch."""


@dataclass(frozen=True)
class LabelledImage:
    """An image with a label of a platform: of a snapshot, or what is left of taking one."""

    id: str
    tags: tuple[str, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True)
class PullStep:
    """One line of a pull's progress. `layer` is None if the line is about the whole image."""

    layer: str | None
    text: str
    done_bytes: int | None = None
    total_bytes: int | None = None

    @classmethod
    def from_json(cls, event: Mapping[str, Any]) -> PullStep:
        """From one line of the response to `POST /images/create`."""
        detail = event.get("progressDetail") or {}
        return cls(event.get("id"), event.get("status", ""), detail.get("current"), detail.get("total"))


def is_podman(version: Mapping[str, Any]) -> bool:
    """Whether an engine is Podman, which serves Docker's interface; `version` is its `GET /version`."""
    parts = version.get("Components") or ()
    return any("podman" in str(part.get("Name")).lower() for part in parts)
