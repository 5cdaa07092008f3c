"""All inputs that decide the result of a build, as far as this machine can see them.

If an input is not visible or not understood, `unseen` names it, and the builder decides. If nothing changed,
the builder needs less than a second.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pywrangler.dataclass import dataclass
from pywrangler.engine.client import Engine
from pywrangler.errors import BuildError
from pywrangler.images.context import hash_context
from pywrangler.images.dockerfile import parse_dockerfile
from pywrangler.images.foreign import ForeignStage, locate
from pywrangler.images.ignore_file import find_ignore_rules, follow_within_directory
from pywrangler.images.patterns import UnclearError
from pywrangler.images.records import PLATFORM, BuildRequest, BuildSettings
from pywrangler.images.sources import Image, Sources, read_sources

BUILDER_VARIABLES = ("BUILDX_", "BUILDKIT_", "EXPERIMENTAL_BUILDKIT_")
HARMLESS = frozenset(
    (
        "BUILDX_CONFIG",
        "BUILDX_GIT_CHECK_DIRTY",
        "BUILDX_METADATA_PROVENANCE",
        "BUILDX_METADATA_WARNINGS",
        "BUILDX_NO_DEFAULT_ATTESTATIONS",
        "BUILDX_NO_DEFAULT_LOAD",
        "BUILDKIT_COLORS",
        "BUILDKIT_PROGRESS",
        "BUILDKIT_TTY_LOG_LINES",
    )
)
"""Variables of the builder that do not change an image, in the way this program calls it."""


@dataclass(frozen=True)
class BuildInputs:
    """The inputs of a build."""

    key: str
    """A hash of all visible inputs, in hexadecimal."""
    unseen: str | None
    """An input that is not in the key; None if the key is complete."""
    has_tags: bool = False
    """Whether it reads an image by a tag, which a registry may have moved."""
    piped: bytes | None = None
    """The Dockerfile, if the builder cannot find it by itself because it is a link that leads out of its
    directory.
    """
    foreign_stage: ForeignStage | None = None


def read_inputs(request: BuildRequest, engine: Engine, settings: BuildSettings) -> BuildInputs:
    """The current inputs of a build. Raises BuildError when the Dockerfile cannot be read."""
    try:
        dockerfile = request.dockerfile.read_bytes()
    except OSError as error:
        raise BuildError(
            f"The Dockerfile {request.dockerfile} cannot be read: {error.strerror}.", code="image-dockerfile"
        ) from error
    piped = None if _is_found(request.dockerfile) else dockerfile
    sources: Sources | None = None
    seen: list[object] = []
    try:
        sources = read_sources(
            parse_dockerfile(dockerfile),
            request.build_vars,
            target=request.target,
            platform=PLATFORM,
            builder_platform=engine.version().platform,
        )
        seen = [
            dockerfile.hex(),
            _see_context(request, settings, is_piped=piped is not None),
            sorted(request.build_vars.items()),
            (request.target, request.secrets, PLATFORM, engine.address.url, settings.named_docker),
            _see_environment(settings.environment),
            sorted(_see_images(sources, engine)),
        ]
        unseen = _beside(request.dockerfile) or _missing_secret(request.secrets, settings.environment)
    except UnclearError as error:
        unseen = str(error)
    except OSError as error:
        unseen = f"{error.filename}: {error.strerror}"
    return BuildInputs(
        hashlib.sha256(json.dumps(seen).encode()).hexdigest(),
        unseen,
        has_tags=any("@sha256:" not in image.reference for image in sources.images) if sources else False,
        piped=piped,
        foreign_stage=locate(dockerfile, *sources.foreign_stage)
        if sources and sources.foreign_stage
        else None,
    )


def _is_found(dockerfile: Path) -> bool:
    try:
        follow_within_directory(dockerfile)
    except UnclearError:
        return False
    return True


def _see_context(request: BuildRequest, settings: BuildSettings, *, is_piped: bool) -> list[str]:
    rules = find_ignore_rules(request.dockerfile, request.context, is_piped=is_piped)
    digest = hash_context(request.context, rules.matcher, settings.cache_directory / "contexts")
    return [digest, *(text.hex() for text in rules.texts)]


def _see_images(sources: Sources, engine: Engine) -> Iterator[tuple[str, str, str]]:
    """Name, platform and id of every image that the build reads. Raises UnclearError for an image that only a
    registry has, and for one with `ONBUILD` instructions.
    """
    if sources.has_addresses:
        raise UnclearError("an address")
    for image in sources.images:
        yield image.reference, image.platform, _image_id(image, engine)


def _image_id(image: Image, engine: Engine) -> str:
    try:
        found = engine.image(image.reference)
    except BuildError as error:  # no image has such a name
        raise UnclearError(f"the image {image.reference}") from error
    if found is None or found.platform != image.platform or found.triggers:
        raise UnclearError(f"the image {image.reference}")
    return found.id


def _see_environment(environment: Mapping[str, str]) -> list[object]:
    """The builder's inputs from variables and the settings of the Docker CLI. Raises UnclearError for a
    builder that is not the engine's own, and for settings that change images in other ways.
    """
    for name, value in environment.items():
        is_default = name == "BUILDX_BUILDER" and value == "default"
        if value and name.startswith(BUILDER_VARIABLES) and name not in HARMLESS and not is_default:
            raise UnclearError(f"the variable {name}")
    return [environment.get("SOURCE_DATE_EPOCH"), _proxies(environment)]


def _missing_secret(secrets: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """Check for a secret that the builder cannot read, so that the builder reports it. The value of a secret
    is not an input.
    """
    for secret in secrets:
        fields = dict(_secret_fields(secret))
        name, file, variable = (
            fields.get("id", ""),
            fields.get("src") or fields.get("source"),
            fields.get("env"),
        )
        if variable is None and file is None:
            variable, file = (name, None) if name in environment else (None, name)
        is_there = Path(file).is_file() if file else variable in environment
        if not is_there:
            return f"the secret {name}"
    return None


def _secret_fields(secret: str) -> Iterator[tuple[str, str]]:
    for part in next(csv.reader([secret]), []):
        name, _, value = part.partition("=")
        yield name.strip().lower(), value


def _proxies(environment: Mapping[str, str]) -> object:
    """The proxies that the Docker CLI passes to builds, as arguments."""
    directory = environment.get("DOCKER_CONFIG") or Path(environment.get("HOME", ""), ".docker")
    try:
        return json.loads(Path(directory, "config.json").read_bytes()).get("proxies")
    except (OSError, ValueError, AttributeError):
        return None


def _beside(dockerfile: Path) -> str | None:
    """A file that newer builders read too."""
    policy = dockerfile.with_name(f"{dockerfile.name}.rego")
    return f"the policy {policy}" if policy.exists() else None
