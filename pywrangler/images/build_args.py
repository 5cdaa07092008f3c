"""From a request to the command line of its build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pywrangler.images.records import PLATFORM, BuildRequest


@dataclass(frozen=True)
class Builder:
    """The kind of builder. Podman's `docker` accepts most of the same arguments."""

    kind: Literal["buildx", "buildah"]
    name: str | None = None
    """The buildx builder to use; None leaves the choice to buildx."""


def read_builder(version_output: str, environment: Mapping[str, str]) -> Builder:
    """The builder behind a Docker CLI whose `docker buildx version` printed `version_output`.

    The builder `default` is BuildKit inside the engine itself: it sees the engine's images, and its results
    are in the engine without a copy. Neither holds for a `docker-container` builder, even if it is the
    current one. With BUILDX_BUILDER the user has chosen a builder on purpose.
    """
    if "buildah" in version_output.lower() or "podman" in version_output.lower():
        return Builder("buildah")
    return Builder("buildx", None if environment.get("BUILDX_BUILDER") else "default")


def build_args(
    request: BuildRequest, tags: Sequence[str], builder: Builder, *, is_piped: bool = False
) -> list[str]:
    """Arguments of the Docker CLI that build `request` as `tags`.

    With `is_piped` the CLI reads the Dockerfile from its standard input.

    It adds no label of ours: that would give another id to an image with unchanged layers, and replace its
    instances.
    """
    is_buildx = builder.kind == "buildx"
    return [
        "buildx",
        "build",
        *(["--builder", builder.name] if builder.name else []),
        *("--platform", PLATFORM),
        "--load",
        # An attestation would make the result an index, which older engines cannot load. Podman rejects
        # the flag.
        *(["--provenance=false", "--progress=plain"] if is_buildx else []),
        *_repeated("--tag", tags),
        *_repeated("--build-arg", [f"{name}={value}" for name, value in request.build_vars.items()]),
        *(["--target", request.target] if request.target else []),
        *_repeated("--secret", request.secrets),
        *_repeated("--cache-from", request.cache_from),
        *_repeated("--cache-to", request.cache_to),
        *(["--no-cache"] if request.no_cache else []),
        *(["--pull"] if request.pull else []),
        *("--file", "-" if is_piped else str(request.dockerfile)),
        str(request.context),
    ]


def _repeated(option: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (option, value)]
