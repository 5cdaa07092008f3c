"""Build the images of a deploy. Unchanged ones are recalled, the others are built at the same time."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from pywrangler.dataclass import dataclass
from pywrangler.engine.address import cli_environment
from pywrangler.engine.client import Engine
from pywrangler.engine.records import ImageFacts
from pywrangler.errors import BuildError, PywranglerError
from pywrangler.image_names import built_repository, built_tag
from pywrangler.images.build_args import Builder, build_args, builder_environment, lacking
from pywrangler.images.build_log import BuildLog
from pywrangler.images.cache import recall_image, remember_image
from pywrangler.images.docker_cli import (
    BuildInterruption,
    check_named_docker,
    find_builder,
    run_docker,
)
from pywrangler.images.foreign import HINT
from pywrangler.images.inputs import BuildInputs, read_inputs
from pywrangler.images.inspect import check_platform
from pywrangler.images.records import (
    BuildProgress,
    BuildRequest,
    BuildSettings,
    BuiltImage,
    SilentBuild,
)

MAX_PATH_CHARACTERS = 4096


def build_all(
    requests: Sequence[BuildRequest],
    engine: Engine,
    settings: BuildSettings,
    progress: BuildProgress | None = None,
    interruption: BuildInterruption | None = None,
) -> dict[str, BuiltImage]:
    """The image of every request, by name.

    Requests with the same Dockerfile, context and arguments share one build. If one build fails, the others
    are ended; if the program is interrupted, all are. Raises BuildError (a build failed, or is for another
    platform; a Dockerfile or a context is missing) and MissingError (no Docker CLI, or not the one that was
    named; no buildx, no engine), and `asyncio.CancelledError` after an interruption by another thread.
    """
    check_named_docker(settings)
    batch = _Batch(engine, settings, progress or SilentBuild(), interruption or BuildInterruption())
    jobs = [_prepare(group, engine, settings) for group in group_requests(requests)]
    images: dict[str, BuiltImage] = {}
    for job in jobs:
        if job.recalled:
            images |= batch.reuse(job, job.recalled)
    if changed := [job for job in jobs if job.recalled is None]:
        images |= batch.build(changed)
    return {request.name: images[request.name] for request in requests}


def group_requests(requests: Sequence[BuildRequest]) -> list[tuple[BuildRequest, ...]]:
    """Requests in groups that one build can serve, in the order of their first members."""
    groups: dict[tuple[object, ...], list[BuildRequest]] = {}
    for request in requests:
        groups.setdefault(request.recipe, []).append(request)
    return [tuple(group) for group in groups.values()]


def find_built(request: BuildRequest, engine: Engine, settings: BuildSettings) -> ImageFacts | None:
    """The existing image that equals what the request would build; None if only the builder can decide.

    Raises BuildError, as `build_all` does.
    """
    job = _prepare((request,), engine, settings)
    return job.recalled


@dataclass(frozen=True)
class _Job:
    """One build for all requests of a group; `recalled` is the image if nothing has to be built."""

    requests: tuple[BuildRequest, ...]
    inputs: BuildInputs
    recalled: ImageFacts | None
    began: float

    def tags(self, image_id: str) -> dict[str, str]:
        """The image's name for each application."""
        return {
            request.name: request.tag or built_tag(request.name, image_id, request.owner)
            for request in self.requests
        }

    def built(self, image: ImageFacts, *, was_cached: bool) -> dict[str, BuiltImage]:
        """The image for each of the applications."""
        seconds = time.monotonic() - self.began
        return {
            name: BuiltImage(image.id, tag, was_cached, seconds, image.size_bytes)
            for name, tag in self.tags(image.id).items()
        }


def _prepare(group: tuple[BuildRequest, ...], engine: Engine, settings: BuildSettings) -> _Job:
    began = time.monotonic()
    first = group[0]
    _check_files(first)
    inputs = read_inputs(first, engine, settings)
    _check_stages(first, inputs)
    recalled = None if first.asks_builder else recall_image(inputs, engine, settings.cache_directory)
    return _Job(group, inputs, recalled, began)


def _check_stages(request: BuildRequest, inputs: BuildInputs) -> None:
    """Raise BuildError for programs of another platform. The image itself claims to be for ours, so the
    Dockerfile is checked.
    """
    if inputs.foreign_stage is None:
        return
    stage = inputs.foreign_stage
    raise BuildError(
        f"{request.dockerfile}:{stage.line}:{stage.column}: {stage.message(request.name)}.",
        hint=HINT,
        code="image-platform",
    )


def _check_files(request: BuildRequest) -> None:
    if not request.dockerfile.is_file():
        raise BuildError(
            f"The Dockerfile of {request.name} does not exist: {request.dockerfile}.",
            # Only an image of the configuration is built without a name of the user's.
            hint="Name it with `--file FILE`, or write the file."
            if request.tag
            else "Correct `image` of the container in the configuration, or write the file.",
            code="image-dockerfile",
        )
    if not request.context.is_dir():
        raise BuildError(
            f"The build context of {request.name} is not a directory: {request.context}.",
            hint="Correct `image_build_context` of the container in the configuration.",
            code="image-context",
        )
    if target := path_in_place_of_link(request.dockerfile):
        raise BuildError(
            f"The Dockerfile of {request.name} holds nothing but the path `{target}`: {request.dockerfile}.",
            hint="It was probably a link, which a checkout or an archive without links wrote as text."
            f" Make the link again: `ln -sf {target} {request.dockerfile}`.",
            code="image-dockerfile-link",
        )


def path_in_place_of_link(dockerfile: Path) -> str | None:
    """The path of a file that a Dockerfile consists of, as Git writes a link without `core.symlinks`."""
    try:
        text = dockerfile.read_text()[:MAX_PATH_CHARACTERS].strip()
        is_path = len(text.split()) == 1 and "/" in text
        return text if is_path and (dockerfile.parent / text).is_file() else None
    except (OSError, ValueError):
        return None


@dataclass(frozen=True)
class _Batch:
    """The builds of one call."""

    engine: Engine
    settings: BuildSettings
    progress: BuildProgress
    interruption: BuildInterruption

    def reuse(self, job: _Job, image: ImageFacts) -> dict[str, BuiltImage]:
        """The recalled image, under all of its names."""
        for request in job.requests:
            self.progress.started(request.name)
        return self._finish(job, image, was_cached=True)

    def build(self, jobs: Sequence[_Job]) -> dict[str, BuiltImage]:
        """Build all at once."""
        import asyncio

        environment = cli_environment(self.settings.environment, self.engine.address)
        docker = self.settings.docker_command
        builder = find_builder(docker, environment, is_podman_engine=self.engine.is_podman)
        for job in jobs:
            if missing := lacking(job.requests[0], builder):
                raise BuildError(
                    f"`{docker}` with Podman as its engine cannot {missing}.",
                    hint="Build with Podman's own command: set WRANGLER_DOCKER_BIN=podman.",
                    code="image-build",
                )
        environment = builder_environment(environment, builder)
        try:
            building = self._build_side_by_side(jobs, builder, environment)
            finished = asyncio.run(self.interruption.around(building))
        except ExceptionGroup as failures:
            # Not `except*`: Python before 3.11.4 wraps what is raised there into a group again.
            raise _first(failures) from None
        return {name: image for images in finished for name, image in images.items()}

    async def _build_side_by_side(
        self, jobs: Sequence[_Job], builder: Builder, environment: dict[str, str]
    ) -> list[dict[str, BuiltImage]]:
        import asyncio

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._build_one(job, builder, environment)) for job in jobs]
        return [task.result() for task in tasks]

    async def _build_one(
        self, job: _Job, builder: Builder, environment: dict[str, str]
    ) -> dict[str, BuiltImage]:
        request, names = job.requests[0], [request.name for request in job.requests]
        log = BuildLog()

        def read(line: str) -> None:
            if text := log.add(line):
                for name in names:
                    self.progress.step(name, text)

        for name in names:
            self.progress.started(name)
        # The image's own name contains its id, which is unknown before the build.
        tag = f"{built_repository(request.name)}:build-{secrets.token_hex(8)}"
        piped = job.inputs.piped
        words = build_args(
            request, [tag], builder, is_piped=piped is not None, engine_url=self.engine.address.url
        )
        status = await run_docker([self.settings.docker_command, *words], environment, read, piped)
        if status:
            raise _build_failed(request, log, status, self.settings.docker_command)
        image = self.engine.image(tag)
        if image is None:
            raise BuildError(
                f"{names[0]} was built, but the engine does not have the image.", code="image-build"
            )
        built = self._finish(job, image, was_cached=False)
        self.engine.remove_image(tag)
        check_platform(image, built[request.name].tag)
        self._remember(job, image, builder)
        return built

    def _remember(self, job: _Job, image: ImageFacts, builder: Builder) -> None:
        """Remember the image if its inputs are certain, because they did not change during the build."""
        now = read_inputs(job.requests[0], self.engine, self.settings)
        is_sure = now.unseen is None and now.key == job.inputs.key and builder.kind == "buildx"
        if is_sure and not (now.has_tags and self.engine.asks_registries()):
            remember_image(now, image.id, self.settings.cache_directory)

    def _finish(self, job: _Job, image: ImageFacts, *, was_cached: bool) -> dict[str, BuiltImage]:
        images = job.built(image, was_cached=was_cached)
        for name, built in images.items():
            if not was_cached or built.tag not in image.tags:
                self.engine.tag(image.id, built.tag)
            self.progress.finished(name, built)
        return images


def _build_failed(request: BuildRequest, log: BuildLog, status: int, docker: str) -> BuildError:
    how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
    reason = log.reason or f"`{docker} build` {how}"
    return BuildError(
        f"The image of {request.name} could not be built from {request.dockerfile}: {reason}",
        detail=log.failure or None,
        code="image-build",
    )


def _first(failures: ExceptionGroup[Exception]) -> Exception:
    """The first failure, of those with words if there are any."""
    told = failures.subgroup(PywranglerError)
    found = (told or failures).exceptions[0]
    return _first(found) if isinstance(found, ExceptionGroup) else found
