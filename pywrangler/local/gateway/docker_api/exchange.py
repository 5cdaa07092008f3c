"""One request of workerd, and the refusals that it may get."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from pywrangler.engine.failures import EngineRefusedError
from pywrangler.local.gateway.docker_api.names import ContainerName, parse_container_name
from pywrangler.local.gateway.docker_api.routing import DockerRoute
from pywrangler.local.gateway.docker_api.wire import RequestHead, Streams, respond

log = logging.getLogger(__name__)

LONGEST_PATH = 200
"""Characters of an unknown path that are repeated."""


@dataclass(frozen=True)
class Exchange:
    """One parsed request, and its connection."""

    route: DockerRoute
    head: RequestHead
    streams: Streams

    @property
    def name(self) -> ContainerName:
        """The parsed container name. Raises EngineRefusedError for a name that workerd would not use."""
        name = parse_container_name(self.route.container or "")
        if name is None:
            raise EngineRefusedError(f"No such container: {self.route.container}", 404)
        return name

    @property
    def query(self) -> Mapping[str, str]:
        """The query's parameters."""
        return self.route.query


def not_offered(head: RequestHead) -> bytes:
    """The response to an unknown request: it names the request, and the platform's log notes it."""
    path = head.target.partition("?")[0][:LONGEST_PATH]
    log.warning("the Worker's runtime requested %s %s, which is not supported", head.method, path)
    return refuse(501, f"{head.method} {path} is not offered by pywrangler")


def missing(name: ContainerName) -> bytes:
    """The response for a container that does not exist."""
    return refuse(404, f"No such container: {name.container}")


def refuse(status: int, message: str) -> bytes:
    """An error in the engine's form."""
    return respond(status, {"message": message})
