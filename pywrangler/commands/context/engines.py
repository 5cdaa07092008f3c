"""The Docker Engine that a run builds with, and whether the local platform uses the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.errors import MissingError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.config.records import Configuration
    from pywrangler.images.records import BuildSettings
    from pywrangler.images.store import Engine


def engine_connector(run: Invocation, configuration: Configuration | None = None) -> Callable[[], Engine]:
    """Connects to the engine when first needed; the configuration may name its socket."""

    def connect() -> Engine:
        from pywrangler.images.store import connect_engine

        environment = run.environment
        if configuration is not None and configuration.container_engine:
            environment = {"WRANGLER_DOCKER_HOST": configuration.container_engine, **environment}
        return connect_engine(environment)

    return connect


def build_settings(run: Invocation, docker: str | None) -> BuildSettings:
    """The settings of image builds: the engine and the CLI."""
    from pywrangler.images.records import BuildSettings
    from pywrangler.toolchain import cache_directory

    return BuildSettings(run.environment, cache_directory(run.environment), docker)


def check_same_engine(client: Client, engine: Engine) -> None:
    """Raise `MissingError` when the platform runs containers on another engine than the one that builds."""
    from pywrangler.cloudflare import local

    theirs, ours = local.status(client)["engine"]["address"], engine.address.url
    if theirs != ours:
        raise MissingError(
            f"The local platform runs containers on the Docker Engine at {theirs}, and images are built on"
            f" the one at {ours} ({engine.address.origin}).",
            hint="Restart the platform, so that it uses the same: pywrangler local stop",
            code="another-engine",
        )
