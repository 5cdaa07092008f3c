"""Container names as workerd makes them: `workerd-<uniqueKey>-<Durable Object id>`, with `-proxy` for its
network sidecar.

Source: workerd 2026-11-17, observed; `uniqueKey` is the Durable Object namespace's id here. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"workerd-(?P<namespace>.+)-(?P<object>[0-9a-f]{64})(?P<proxy>-proxy)?")


APPLICATION_IMAGE_PREFIX = "application-of/"
"""The prefix of the image in a Worker's configuration for workerd. It means the image that the application
has at the time of the start. A start with another image is one for which the Worker chose the image (`start({
image })`).
"""


@dataclass(frozen=True)
class ContainerName:
    """A parsed container name."""

    namespace_id: str
    durable_object_id: str
    is_proxy: bool = False
    """Whether this is the network sidecar, which exists only in the gateway's responses."""

    @property
    def container(self) -> str:
        """The name of the container itself, also for its sidecar."""
        return f"workerd-{self.namespace_id}-{self.durable_object_id}"


def parse_container_name(text: str) -> ContainerName | None:
    """The parsed `text`, or None for a name that workerd would not use."""
    found = _NAME.fullmatch(text)
    return found and ContainerName(found["namespace"], found["object"], found["proxy"] is not None)
