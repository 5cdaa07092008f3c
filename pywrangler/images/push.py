"""Push an image of the engine's store to a registry. If it breaks off, try again with new credentials."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pywrangler.dataclass import dataclass
from pywrangler.engine.client import Engine
from pywrangler.engine.logins import RegistryLogin
from pywrangler.engine.records import ImageFacts, PullStep
from pywrangler.errors import BuildError
from pywrangler.images.inspect import check_platform
from pywrangler.images.reference import Reference
from pywrangler.wording import progress_of_bytes

ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class PushedImage:
    """An image that the registry has."""

    reference: str
    """With its tag."""
    digest: str
    """`sha256:...`, as the registry counts it."""
    size_bytes: int

    @property
    def pinned(self) -> str:
        """The reference with the digest instead of the tag."""
        return f"{self.reference.rpartition(':')[0]}@{self.digest}"


def find_pushable(engine: Engine, reference: str) -> ImageFacts:
    """The image of the engine's store; raises BuildError if it does not exist or is not for linux/amd64."""
    image = engine.image(reference)
    if image is None:
        raise BuildError(
            f"The Docker Engine has no image `{reference}`.",
            hint="Build it first, with `pywrangler containers build` or `docker build`.",
            code="image-missing",
        )
    check_platform(image, reference)
    return image


def logins(first: RegistryLogin, fresh: Callable[[], RegistryLogin]) -> Callable[[], RegistryLogin]:
    """Logins for the attempts of one push: first the one that is known, then new ones."""
    waiting = [first]
    return lambda: waiting.pop() if waiting else fresh()


@contextmanager
def named(engine: Engine, image: ImageFacts, to: Reference) -> Iterator[None]:
    """Give the image the name that a push needs. A name that it did not have before is removed afterwards."""
    name = str(to)
    had_name = name in image.tags
    engine.tag(image.id, name)
    try:
        yield
    finally:
        if not had_name:
            engine.remove_image(name)


def push_named(
    engine: Engine,
    image: ImageFacts,
    to: Reference,
    log_in: Callable[[], RegistryLogin],
    step: Callable[[str], None],
) -> PushedImage:
    """Push `image`, which is `named` `to` (with a tag); `step` gets the progress.

    Every attempt asks `log_in` for credentials, because those of the managed registry expire after minutes.
    Layers that reached the registry in one attempt are not sent again. Raises BuildError.
    """
    digest = _push_patiently(engine, str(to), log_in, step)
    return PushedImage(str(to), digest, image.size_bytes)


def _push_patiently(
    engine: Engine, name: str, log_in: Callable[[], RegistryLogin], step: Callable[[str], None]
) -> str:
    pause = FIRST_PAUSE_SECONDS
    for attempt in range(1, ATTEMPTS + 1):
        login = log_in()
        try:
            return engine.push(name, login, _Amounts(step))
        except BuildError as error:
            if attempt == ATTEMPTS:
                error.hint = (
                    f"The push was tried {ATTEMPTS} times. Run the command again: it sends what is missing."
                )
                raise
            step(f"attempt {attempt} failed, trying again: {error.message}")
            time.sleep(pause)
            pause *= 2
    raise AssertionError("the last attempt returns or raises")


class _Amounts:
    """Adds up the progress of all layers into one line."""

    def __init__(self, step: Callable[[str], None]) -> None:
        self._step = step
        self._layers: dict[str, PullStep] = {}

    def __call__(self, event: PullStep) -> None:
        if event.layer is None or event.total_bytes is None:
            return
        self._layers[event.layer] = event
        done = sum(layer.done_bytes or 0 for layer in self._layers.values())
        total = sum(layer.total_bytes or 0 for layer in self._layers.values())
        self._step(progress_of_bytes(done, total))
