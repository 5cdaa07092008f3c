"""Clients that ask one address again and again, each time over a new connection, and keep count."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType

from tests.support.http import request


@dataclass
class Hammer:
    """`with Hammer(url) as hammer: ...` asks from `clients` threads until the block ends.

    Afterwards `answers` counts (status, body) pairs and `failures` holds what did not even get a response.
    """

    url: str
    clients: int = 4
    answers: dict[tuple[int, str], int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    longest_seconds: float = 0.0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on, daemon=True) for _ in range(self.clients)]

    @property
    def total(self) -> int:
        """How many requests have been answered."""
        return sum(self.answers.values())

    def bodies(self) -> set[str]:
        """The different bodies of all answers."""
        return {body for _, body in self.answers}

    def statuses(self) -> set[int]:
        """The different statuses of all answers."""
        return {status for status, _ in self.answers}

    def __enter__(self) -> Hammer:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join(timeout=60)

    def _ask_on(self) -> None:
        while not self._enough.is_set():
            begin = time.monotonic()
            try:
                answer = request(self.url)
            except (OSError, http.client.HTTPException) as error:
                with self._lock:
                    self.failures.append(repr(error))
            else:
                with self._lock:
                    key = (answer.status, answer.text)
                    self.answers[key] = self.answers.get(key, 0) + 1
                    self.longest_seconds = max(self.longest_seconds, time.monotonic() - begin)
