"""Calls of the REST API to the runtime that holds the messages of queues."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Pull:
    """The queue that a client pulls from, with the settings of its consumer."""

    queue_id: str
    max_retries: int
    dead_letter_queue: str | None
    """The name of a queue."""


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

    async def pull(self, pull: Pull, limit: int, visible_ms: int) -> Mapping[str, Any]:
        """Lease messages to a client for a time: `messages` in the form of the API, `backlog_count` and
        other metrics.
        """

    async def settle(
        self, pull: Pull, acks: Sequence[Mapping[str, Any]], retries: Sequence[Mapping[str, Any]]
    ) -> Collection[str]:
        """Remove messages that were pulled, and return others to the queue; each has its `lease_id`, and a
        retry its `delay` in seconds. The result are the leases that had ended before.
        """
