"""Follows what the platform reports: the Worker's log and calls, and the output of containers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pywrangler.commands.dev.events import (
    DevEvent,
    container_event,
    is_repeated_exception,
    log_event,
    request_event,
)
from pywrangler.commands.tail.events import describe_call, is_inner_call
from pywrangler.errors import ApiError, PywranglerError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

NOT_FOUND = 404
MOST_LINES = 1000
"""Of the Worker's log, lines that it wrote before it was followed."""
AGAIN_SECONDS = 0.5
"""The pause before a stream that broke is opened again."""


class Streams:
    """Follows in separate threads, each until `close`. `show` gets the events."""

    def __init__(self, show: Callable[[DevEvent], None], *, shows_all: bool) -> None:
        self._show = show
        self._shows_all = shows_all
        self._followed: set[str] = set()
        self._is_closed = False
        self._begun = time.time()

    def follow_worker(self, client: Client, worker: str) -> None:
        """Follow a Worker's log and its calls, unless that is done already."""
        from pywrangler.cloudflare import local

        newest = self._begun

        def log() -> Iterator[DevEvent]:
            nonlocal newest
            seen = newest
            for line in local.log_lines(client, worker=worker, follow=True, tail=MOST_LINES):
                entry = json.loads(line)
                event = log_event(entry, worker)
                if event.time <= seen:
                    continue
                newest = max(newest, event.time)
                if not is_repeated_exception(entry):
                    yield event

        def calls() -> Iterator[DevEvent]:
            for event in local.worker_events(client, worker):
                if self._shows_all or not is_inner_call(event):
                    yield request_event(event, describe_call(event), worker)

        self._follow(f"log {worker}", log)
        self._follow(f"calls {worker}", calls)

    def follow_application(self, client: Client, application: dict[str, Any]) -> None:
        """Follow what the application's containers write, from now on."""
        from pywrangler.cloudflare.products.container_logs import container_log_lines

        newest = self._begun

        def lines() -> Iterator[DevEvent]:
            nonlocal newest
            seen = newest
            found = container_log_lines(
                client, application["id"], instance=None, since=seen, tail=None, follow=True
            )
            for line in found:
                event = container_event(json.loads(line), application["name"])
                if event.time > seen:
                    newest = max(newest, event.time)
                    yield event

        self._follow(f"application {application['id']}", lines)

    def close(self) -> None:
        """Show nothing any more. The threads end with the process."""
        self._is_closed = True

    def _is_open(self) -> bool:
        return not self._is_closed

    def _follow(self, key: str, events: Callable[[], Iterator[DevEvent]]) -> None:
        if key in self._followed:
            return
        self._followed.add(key)

        def run() -> None:
            while self._is_open():
                try:
                    for event in events():
                        if not self._is_open():
                            return
                        self._show(event)
                except PywranglerError as error:
                    if isinstance(error, ApiError) and error.status == NOT_FOUND:
                        self._followed.discard(key)
                        return
                time.sleep(AGAIN_SECONDS)

        threading.Thread(target=run, name=key, daemon=True).start()
