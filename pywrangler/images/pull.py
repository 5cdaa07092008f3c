"""An existing image: from the engine's store, else pulled from its registry."""

from __future__ import annotations

import time
from collections.abc import Callable

from pywrangler.engine.client import Engine
from pywrangler.engine.logins import RegistryLogin
from pywrangler.engine.records import ImageFacts, PullStep
from pywrangler.images.inspect import check_platform
from pywrangler.images.records import PLATFORM, BuildProgress, BuiltImage, SilentBuild
from pywrangler.images.reference import DOCKER_HUB, parse_reference
from pywrangler.wording import progress_of_bytes

LogIn = Callable[[str], RegistryLogin | None]
"""From a registry's domain to a login for it."""


def ensure_present(
    name: str,
    reference: str,
    engine: Engine,
    progress: BuildProgress | None = None,
    log_in: LogIn = lambda _: None,
    *,
    asks_again: bool = False,
    shown: str | None = None,
) -> BuiltImage:
    """The image that the application `name` uses, pulled when it is not in the engine's store, and with
    `asks_again` also when it is.

    `log_in` gives the login for a registry, or None; `shown` is the name for messages, if it is another one.
    Raises BuildError if the image cannot be pulled or is not for linux/amd64, and UsageError if the name is
    invalid.
    """
    registry = parse_reference(reference).normal.registry or DOCKER_HUB
    report = progress or SilentBuild()
    began = time.monotonic()
    report.started(name)
    image = None if asks_again else engine.image(reference)
    is_here = image is not None
    if image is None:
        image = _pull(name, reference, engine, report, log_in(registry), shown or reference)
    check_platform(image, shown or reference)
    built = BuiltImage(image.id, shown or reference, is_here, time.monotonic() - began, image.size_bytes)
    report.finished(name, built)
    return built


def _pull(
    name: str,
    reference: str,
    engine: Engine,
    report: BuildProgress,
    login: RegistryLogin | None,
    shown: str,
) -> ImageFacts:
    layers: dict[str, PullStep] = {}

    def advanced(step: PullStep) -> None:
        if step.layer is None or step.total_bytes is None:
            text = f"{step.layer}: {step.text}" if step.layer else step.text
            report.step(name, text.replace(reference, shown))
            return
        layers[step.layer] = step
        done = sum(layer.done_bytes or 0 for layer in layers.values())
        total = sum(layer.total_bytes or 0 for layer in layers.values())
        report.step(name, f"pulling {shown}: {progress_of_bytes(done, total)}")

    return engine.pull(reference, PLATFORM, advanced, login=login)
