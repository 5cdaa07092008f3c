"""One request of workerd and the refusals it may get."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from pywrangler.engine.calls import EngineRefusedError
from pywrangler.local.gateway.docker_api.names import ContainerName, parse_container_name
from pywrangler.local.gateway.docker_api.routing import DockerRoute
from pywrangler.local.gateway.docker_api.wire import RequestHead, Streams, answer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Exchange:
    """One request, understood, and the connection it came on."""

    route: DockerRoute
    head: RequestHead
    streams: Streams

    @property
    def name(self) -> ContainerName:
        """The container's name taken apart. Raises EngineRefusedError for one that workerd would not give."""
        name = parse_container_name(self.route.container or "")
        if name is None:
            raise EngineRefusedError(f"No such container: {self.route.container}", 404)
        return name

    @property
    def query(self) -> Mapping[str, str]:
        """The query's parameters."""
        return self.route.query


def not_offered(head: RequestHead) -> bytes:
    """The answer to a request that is in no table: by name, and noted in the platform's log."""
    path = head.target.partition("?")[0]
    log.warning("the Worker's runtime asked for %s %s, which is not offered", head.method, path)
    return refuse(501, f"{head.method} {path} is not offered by pywrangler")


def missing(name: ContainerName) -> bytes:
    """The answer about a container that is not there."""
    return refuse(404, f"No such container: {name.container}")


def refuse(status: int, message: str) -> bytes:
    """An error as the engine writes it."""
    return answer(status, {"message": message})
