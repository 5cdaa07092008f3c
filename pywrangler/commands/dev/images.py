"""The images of a project's containers, built while the Worker continues to run and to change."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from pywrangler.dataclass import dataclass
from pywrangler.errors import PywranglerError

if TYPE_CHECKING:
    from pywrangler.config.records import Configuration, Container
    from pywrangler.deploy.deployment import DeployImages
    from pywrangler.deploy.images.builds import Builds


@dataclass(frozen=True)
class Built:
    """The result of a job: references by application name, or why there are none."""

    number: int
    references: Mapping[str, str] = field(default_factory=dict)
    error: PywranglerError | None = None
    bug: Exception | None = None
    seconds: float = 0.0


def units_of(configuration: Configuration) -> tuple[Container, ...]:
    """What images are built for: see `image_units`."""
    from pywrangler.deploy.images.units import image_units

    return image_units(configuration.name, configuration.containers)


class KnownImages:
    """Images for a deploy that builds none: those that are known."""

    def __init__(self, references: Mapping[str, str]) -> None:
        self._references = references

    def plan(self, containers: Sequence[Container]) -> Mapping[str, str]:
        return self.publish(containers)

    def check_account(self, containers: Sequence[Container]) -> None:
        """Nothing: the local platform has containers."""

    def prepare(self, containers: Sequence[Container]) -> None:
        pass

    def publish(self, containers: Sequence[Container]) -> Mapping[str, str]:
        return {container.name: self._references[container.name] for container in containers}

    def resolve(self, reference: str) -> str:
        return reference


class ImageJobs:
    """Builds in a thread, one job at a time: a new one takes over what a running one was about."""

    def __init__(self, finished: Callable[[Built], None]) -> None:
        self._finished = finished
        self._number = 0
        self._threads: list[threading.Thread] = []
        self._running: tuple[threading.Thread, Builds, dict[str, Container]] | None = None

    @property
    def is_running(self) -> bool:
        """Whether a job is under way whose result was not taken yet."""
        return self._running is not None

    def begin(self, containers: Sequence[Container], make: Callable[[], tuple[Builds, DeployImages]]) -> None:
        """Build the images of these, and of those that the running job is about."""
        wanted = {container.name: container for container in containers}
        if self._running is not None:
            wanted = self._running[2] | wanted
            self._running[1].interruption.interrupt()
        self._number += 1
        builds, images = make()
        thread = threading.Thread(
            target=self._run, args=(self._number, images, list(wanted.values())), daemon=True
        )
        self._running = thread, builds, wanted
        self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        thread.start()

    def take(self, built: Built) -> bool:
        """Whether this is the newest job's result, which then counts as taken."""
        if built.number != self._number:
            return False
        self._running = None
        return True

    def close(self) -> None:
        """End the running job with its processes."""
        if self._running is not None:
            self._running[1].interruption.interrupt()
            self._running = None
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def _run(self, number: int, images: DeployImages, containers: list[Container]) -> None:
        begin = time.monotonic()
        try:
            images.prepare(containers)
            references = images.publish(containers)
            self._finished(Built(number, references, seconds=time.monotonic() - begin))
        except asyncio.CancelledError:
            return
        except PywranglerError as error:
            self._finished(Built(number, error=error))
        except Exception as error:  # shown as a bug by the thread that waits
            self._finished(Built(number, bug=error))


STOP_SECONDS = 8.0
"""How long a build may take to end; longer than the builder's own limit."""
