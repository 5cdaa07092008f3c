"""The parts of a deploy that differ between the local platform and Cloudflare."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pywrangler.cli.invocation import Invocation
from pywrangler.console import Progress
from pywrangler.deploy.apply import Applied
from pywrangler.deploy.bring_up import Outcome, bring_up_all, explain_failure
from pywrangler.errors import NotReadyError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.config.records import Configuration, Container
    from pywrangler.engine.client import Engine
    from pywrangler.images.records import BuildSettings


class BringUpProof:
    """Starts one instance of every container class on the local platform."""

    def __init__(self, client: Client, progress: Progress) -> None:
        self._client = client
        self._progress = progress

    def wait(self, configuration: Configuration, applied: Applied) -> list[NotReadyError]:  # noqa: ARG002
        """What did not come up."""
        from pywrangler.cloudflare.local import NotBroughtUp

        tasks = {c.name: self._progress.task(f"Instance of {c.name}") for c in configuration.containers}
        failures: list[NotReadyError] = []

        def finished(container: Container, outcome: Outcome) -> None:
            if isinstance(outcome, NotBroughtUp):
                tasks[container.name].failed()
                failures.append(explain_failure(container, outcome))
                return
            ports = ", ".join(str(port) for port in outcome.ports)
            answers = f"answers on port {ports}" if ports else outcome.state
            tasks[container.name].done(f"{answers} after {outcome.seconds:.1f} s")

        bring_up_all(self._client, configuration.name, configuration.containers, finished)
        return failures


def connect_engine(run: Invocation, configuration: Configuration) -> Callable[[], Engine]:
    """Connects to the engine when first needed; the configuration may name its socket."""

    def connect() -> Engine:
        from pywrangler.engine import client
        from pywrangler.engine.address import find_engine

        environment = run.environment
        if configuration.container_engine:
            environment = {"WRANGLER_DOCKER_HOST": configuration.container_engine, **environment}
        return client.connect(find_engine(environment))

    return connect


def build_settings(run: Invocation, docker: str | None) -> BuildSettings:
    """Where and with which CLI images are built."""
    from pywrangler.images.records import BuildSettings
    from pywrangler.toolchain import cache_folder

    return BuildSettings(run.environment, cache_folder(run.environment), docker)
