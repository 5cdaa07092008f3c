"""Calls of the REST API to the runtime that holds the messages of queues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Messages(Protocol):
    """The messages of queues, which live in a runtime and not in the store."""

    async def refresh(self) -> None:
        """Take over what the store says of queues and consumers now; messages stay."""

    async def purge(self, queue_id: str) -> None:
        """Remove all messages of a queue."""

    async def send(self, queue: str, messages: Sequence[Mapping[str, Any]]) -> None:
        """Send messages to the queue of this name, all or none: `body` as bytes, `content_type`, and
        `delay_seconds` where it has one. Raises `PywranglerError` with the reason.
        """
