"""From a request to the command line of its build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pywrangler.dataclass import dataclass
from pywrangler.images.records import PLATFORM, BuildRequest


@dataclass(frozen=True)
class Builder:
    """What builds: buildx with BuildKit, Podman's own command, or Docker's command without BuildKit, which
    lets the engine build (Podman has no BuildKit for buildx).
    """

    kind: Literal["buildx", "podman", "engine"]
    name: str | None = None
    """The buildx builder to use; None leaves the choice to buildx."""


def read_builder(
    buildx: str | None, version: str, environment: Mapping[str, str], *, is_podman_engine: bool = False
) -> Builder | None:
    """The builder behind a command whose `buildx version` printed `buildx` (None if it has no such command)
    and whose `--version` printed `version`; None if nothing builds.

    The builder `default` is BuildKit inside the engine itself: it sees the engine's images, and its results
    are in the engine without a copy. Neither holds for a `docker-container` builder, even if it is the
    current one. With BUILDX_BUILDER the user has chosen a builder on purpose.
    """
    said = f"{buildx or ''} {version}".lower()
    if "buildah" in said or "podman" in said:
        return Builder("podman")
    if is_podman_engine and not environment.get("BUILDX_BUILDER"):
        return Builder("engine")
    if buildx is None:
        return None
    return Builder("buildx", None if environment.get("BUILDX_BUILDER") else "default")


def build_args(
    request: BuildRequest,
    tags: Sequence[str],
    builder: Builder,
    *,
    is_piped: bool = False,
    engine_url: str = "",
) -> list[str]:
    """Arguments of the CLI that build `request` as `tags`, in the engine at `engine_url`.

    With `is_piped` the CLI reads the Dockerfile from its standard input.

    It adds no label of ours: that would give another id to an image with unchanged layers, and replace its
    instances.
    """
    return [
        *_command(builder, engine_url),
        *("--platform", PLATFORM),
        # An attestation would make the result an index, which older engines cannot load.
        *(["--load", "--provenance=false", "--progress=plain"] if builder.kind == "buildx" else []),
        *_repeated("--tag", tags),
        *_repeated("--build-arg", [f"{name}={value}" for name, value in request.build_vars.items()]),
        *(["--target", request.target] if request.target else []),
        *_repeated("--secret", request.secrets),
        *_repeated("--cache-from", request.cache_from),
        *_repeated("--cache-to", request.cache_to),
        *(["--no-cache"] if request.no_cache else []),
        *((["--pull=always"] if builder.kind == "podman" else ["--pull"]) if request.pull else []),
        *("--file", "-" if is_piped else str(request.dockerfile)),
        str(request.context),
    ]


def _command(builder: Builder, engine_url: str) -> list[str]:
    match builder.kind:
        case "buildx":
            return ["buildx", "build", *(["--builder", builder.name] if builder.name else [])]
        case "podman":
            # It does not read DOCKER_HOST, and builds elsewhere otherwise.
            return ["--remote", "--url", engine_url, "build"]
        case "engine":
            return ["build"]


def builder_environment(environment: Mapping[str, str], builder: Builder) -> dict[str, str]:
    """The variables with which the command builds."""
    return {**environment, **({"DOCKER_BUILDKIT": "0"} if builder.kind == "engine" else {})}


def lacking(request: BuildRequest, builder: Builder) -> str | None:
    """What the builder cannot do for a request, in words that follow "cannot"; None if nothing."""
    if builder.kind != "engine":
        return None
    if request.secrets:
        return "pass secrets to a build"
    return "keep caches elsewhere (`--cache-to`)" if request.cache_to else None


def _repeated(option: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (option, value)]
