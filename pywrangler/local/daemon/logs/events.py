"""The events that `pywrangler tail` shows: one for each request, alarm or other call that a Worker has
handled.

They come from inside `workerd`, which sends each to the platform's own Worker there (a tail worker, see
scripts/control.js) while a client follows. Otherwise it sends nothing, because that costs time in each
request.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import ExitStack
from typing import Any

from pywrangler.local.workerd.followers import Followers

Event = Mapping[str, Any]
"""A handled call as workerd describes it to a tail worker; Wrangler prints this form."""


class Events:
    """The followers of each Worker. Used from one event loop."""

    def __init__(self) -> None:
        self._followers: defaultdict[str, Followers[Event]] = defaultdict(Followers)

    def is_followed(self, worker: str) -> bool:
        """Whether the Worker has followers."""
        return worker in self._followers and not self._followers[worker].is_empty

    def tell(self, worker: str, events: Iterable[Event]) -> None:
        """Send events to all followers of the Worker."""
        for event in events:
            self._followers[worker].tell(event)

    def follow(self, worker: str) -> AsyncIterator[Event]:
        """Events from this moment on, until the Worker is removed or the platform ends."""
        stack = ExitStack()
        follower = stack.enter_context(self._followers[worker].join())

        async def read() -> AsyncIterator[Event]:
            with stack:
                async for event in follower.read():
                    yield event

        return read()

    def forget(self, worker: str) -> None:
        """End the reading of the Worker's followers."""
        if followers := self._followers.pop(worker, None):
            followers.dismiss()

    def close(self) -> None:
        """Send all followers home."""
        for followers in self._followers.values():
            followers.dismiss()
