"""The gateway's record of one container, from its creation to its removal."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from pywrangler.local.gateway.tunnels.conversation import Conversation

FIRST_CALL_SECONDS = 0.3
"""Within this time after the start its Durable Object asks for a port, if it uses one."""

PORT_SECONDS = 20.0
"""How long `@cloudflare/containers` 0.3 waits for a container's ports."""


@dataclass
class TrackedContainer:
    """The container of an instance while the gateway has it."""

    instance_id: str
    application_id: str
    name: str
    id: str
    last_activity: float
    """Seconds since the epoch."""
    exited: asyncio.Future[int] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    removed: asyncio.Event = field(default_factory=asyncio.Event)
    inspected: dict[str, Any] | None = None
    """The engine's description while it runs. Dropped at its end, because a connection to a dead address
    takes seconds to fail.
    """
    conversations: set[Conversation] = field(default_factory=set)
    """What is open to its ports."""
    is_giving_way: bool = False
    """Whether another container of the name is to follow."""
    entering: int = 0
    """Connections to its ports that are being made."""
    running_since: float | None = None
    """On the event loop's clock."""
    open_ports: set[int] = field(default_factory=set)
    """Ports with a successful connection before."""
    refused_ports: set[int] = field(default_factory=set)
    """Ports on which nothing listened at the latest attempt."""

    @property
    def is_running(self) -> bool:
        """Whether its process was started and has not been seen to end."""
        return self.running_since is not None and not self.exited.done()

    @property
    def is_answering(self) -> bool:
        """Whether it still has to respond to a request."""
        return self.entering > 0 or any(each.is_open for each in self.conversations)

    @property
    def is_beginning(self) -> bool:
        """Whether it is being started, or was started a moment ago and not yet asked anything."""
        if self.exited.done() or self.entering or self.open_ports or self.refused_ports:
            return False
        return self.running_since is None or self.seconds_until_age(FIRST_CALL_SECONDS) > 0

    def is_coming_up(self, ignored_port: int) -> bool:
        """Whether its Durable Object waits for it: for a limited time, until the first port that it asks for
        is open. `ignored_port` is one that is asked for without the hope that anything listens.
        """
        if self.exited.done() or self.open_ports:
            return False
        is_asked = bool(self.entering or self.refused_ports - {ignored_port})
        return self.is_beginning or (is_asked and self.seconds_until_age(PORT_SECONDS) > 0)

    def seconds_until_age(self, age_seconds: float) -> float:
        """The seconds that remain until its start is that long ago."""
        if self.running_since is None:
            return 0.0
        return max(0.0, self.running_since + age_seconds - asyncio.get_running_loop().time())
