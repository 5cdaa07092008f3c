"""The parts of a deploy that differ between the local platform and Cloudflare."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pywrangler.cli.invocation import Invocation

if TYPE_CHECKING:
    from pywrangler.config.records import Configuration
    from pywrangler.images.records import BuildSettings
    from pywrangler.images.store import Engine


def engine_connector(run: Invocation, configuration: Configuration) -> Callable[[], Engine]:
    """Connects to the engine when first needed; the configuration may name its socket."""

    def connect() -> Engine:
        from pywrangler.images.store import connect_engine

        environment = run.environment
        if configuration.container_engine:
            environment = {"WRANGLER_DOCKER_HOST": configuration.container_engine, **environment}
        return connect_engine(environment)

    return connect


def build_settings(run: Invocation, docker: str | None) -> BuildSettings:
    """Where and with which CLI images are built."""
    from pywrangler.images.records import BuildSettings
    from pywrangler.toolchain import cache_folder

    return BuildSettings(run.environment, cache_folder(run.environment), docker)
