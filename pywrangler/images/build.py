"""Build the images of a deploy: what did not change is recalled, the rest is built side by side."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from pywrangler.engine.address import cli_environment
from pywrangler.engine.client import Engine
from pywrangler.engine.records import ImageFacts
from pywrangler.errors import BuildError
from pywrangler.images.build_args import Builder, build_args
from pywrangler.images.build_log import BuildLog
from pywrangler.images.cache import read_inputs, recall_image, remember_image
from pywrangler.images.docker_cli import check_named_docker, find_builder, run_docker
from pywrangler.images.inspect import check_platform
from pywrangler.images.records import (
    BuildProgress,
    BuildRequest,
    BuildSettings,
    BuiltImage,
    SilentProgress,
)
from pywrangler.images.reference import built_tag


def build_all(
    requests: Sequence[BuildRequest],
    engine: Engine,
    settings: BuildSettings,
    progress: BuildProgress | None = None,
) -> dict[str, BuiltImage]:
    """The image of every request, by name.

    Requests with the same Dockerfile, context and arguments share one build. When one build fails the
    others are ended, and so are all when the program is interrupted. Raises BuildError (a build failed,
    or is for another platform; a Dockerfile or a context is missing) and MissingError (no Docker CLI, or not
    the one that was named; no buildx, no engine).
    """
    check_named_docker(settings)
    batch = _Batch(engine, settings, progress or SilentProgress())
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


@dataclass(frozen=True)
class _Job:
    """One build for all requests of a group; `recalled` is the image when nothing has to be built."""

    requests: tuple[BuildRequest, ...]
    key: str
    recalled: ImageFacts | None
    began: float

    @property
    def tags(self) -> dict[str, str]:
        """The image's name for each application."""
        return {request.name: request.tag or built_tag(request.name, self.key) for request in self.requests}

    def built(self, image: ImageFacts, *, was_cached: bool) -> dict[str, BuiltImage]:
        """The image as each of the applications gets it."""
        seconds = time.monotonic() - self.began
        return {
            name: BuiltImage(image.id, tag, was_cached, seconds, image.size_bytes)
            for name, tag in self.tags.items()
        }


def _prepare(group: tuple[BuildRequest, ...], engine: Engine, settings: BuildSettings) -> _Job:
    began = time.monotonic()
    first = group[0]
    _check_files(first)
    key = read_inputs(first, engine, settings.cache_folder).key
    recalled = None if first.no_cache else recall_image(key, engine, settings.cache_folder)
    return _Job(group, key, recalled, began)


def _check_files(request: BuildRequest) -> None:
    if not request.dockerfile.is_file():
        raise BuildError(
            f"The Dockerfile of {request.name} does not exist: {request.dockerfile}.",
            hint="Correct `image` of the container in the configuration, or write the file.",
            code="image-dockerfile",
        )
    if not request.context.is_dir():
        raise BuildError(
            f"The build context of {request.name} is not a folder: {request.context}.",
            hint="Correct `image_build_context` of the container in the configuration.",
            code="image-context",
        )


@dataclass(frozen=True)
class _Batch:
    """The builds of one call."""

    engine: Engine
    settings: BuildSettings
    progress: BuildProgress

    def reuse(self, job: _Job, image: ImageFacts) -> dict[str, BuiltImage]:
        """The recalled image, under every name it is to have."""
        for name, tag in job.tags.items():
            self.progress.started(name)
            if tag not in image.tags:
                self.engine.tag(image.id, tag)
        return self._finish(job, image, was_cached=True)

    def build(self, jobs: Sequence[_Job]) -> dict[str, BuiltImage]:
        """Build all at once."""
        environment = cli_environment(self.settings.environment, self.engine.address)
        builder = find_builder(self.settings.docker_command, environment)
        try:
            finished = asyncio.run(self._build_side_by_side(jobs, builder, environment))
        except* BuildError as failures:
            raise _first(failures) from None
        return {name: image for images in finished for name, image in images.items()}

    async def _build_side_by_side(
        self, jobs: Sequence[_Job], builder: Builder, environment: dict[str, str]
    ) -> list[dict[str, BuiltImage]]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._build_one(job, builder, environment)) for job in jobs]
        return [task.result() for task in tasks]

    async def _build_one(
        self, job: _Job, builder: Builder, environment: dict[str, str]
    ) -> dict[str, BuiltImage]:
        names, tags = list(job.tags), list(job.tags.values())
        log = BuildLog()

        def read(line: str) -> None:
            if text := log.add(line):
                for name in names:
                    self.progress.step(name, text)

        for name in names:
            self.progress.started(name)
        command = [self.settings.docker_command, *build_args(job.requests[0], tags, builder)]
        status = await run_docker(command, environment, read)
        if status:
            raise _build_failed(job.requests[0], log, status)
        image = self.engine.image(tags[0])
        if image is None:
            raise BuildError(
                f"{names[0]} was built, and the engine does not have the image.", code="image-build"
            )
        check_platform(image, tags[0])
        remember_image(job.key, image.id, self.settings.cache_folder)
        return self._finish(job, image, was_cached=False)

    def _finish(self, job: _Job, image: ImageFacts, *, was_cached: bool) -> dict[str, BuiltImage]:
        images = job.built(image, was_cached=was_cached)
        for name, built in images.items():
            self.progress.finished(name, built)
        return images


def _build_failed(request: BuildRequest, log: BuildLog, status: int) -> BuildError:
    reason = log.reason or f"docker buildx ended with status {status}"
    return BuildError(
        f"The image of {request.name} could not be built from {request.dockerfile}: {reason}",
        detail=log.failure or None,
        code="image-build",
    )


def _first(failures: BaseExceptionGroup[BuildError]) -> BuildError:
    found = failures.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
