"""The logs of the platform: one per Worker, and its own, which Python's `logging` writes to."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import TextIO

from aiohttp.http_exceptions import HttpProcessingError

from pywrangler.local.daemon.directories import Directories
from pywrangler.local.rest.operations import LogLine
from pywrangler.local.workerd.logs import LogBook
from pywrangler.sensitive import without_credentials


class LogBooks:
    """All logs; each is opened at first use."""

    def __init__(self, directories: Directories) -> None:
        self._directories = directories
        self.platform = LogBook(directories.log, makes_directory=False)
        self._of_workers: dict[str, LogBook] = {}

    def of(self, worker: str) -> LogBook:
        """The Worker's log."""
        if worker not in self._of_workers:
            self._of_workers[worker] = LogBook(self._directories.worker_log(worker))
        return self._of_workers[worker]

    def forget(self, worker: str) -> None:
        """End the reading of followers. The caller removes the file."""
        if book := self._of_workers.pop(worker, None):
            book.close()

    def close(self) -> None:
        """Send all followers home."""
        for book in (self.platform, *self._of_workers.values()):
            book.close()

    async def read(self, worker: str | None, tail: int, follow: bool) -> AsyncIterator[LogLine]:
        """The last lines, and with `follow` new ones until the log is closed."""
        book = self.platform if worker is None else self.of(worker)
        async for line in book.read(tail, follow=follow):
            yield LogLine(line.time, worker, line.stream, line.text)


def is_of_platform(record: logging.LogRecord) -> bool:
    """Whether a record says something about the platform. aiohttp (3.14) logs a traceback for each malformed
    request, such as one with a line that is too long, and answers it.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


class LogBookHandler(logging.Handler):
    """Writes records of Python's `logging` into a log book, except those about malformed requests."""

    def __init__(self, book: LogBook) -> None:
        super().__init__()
        self.addFilter(is_of_platform)
        self._book = book

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            text = without_credentials(self.format(record))
            self._book.add("platform", f"{record.levelname.lower()}: {text}")
        except Exception:
            self.handleError(record)


class StandardErrorHandler(logging.StreamHandler[TextIO]):
    """Writes the same records to standard error."""

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(is_of_platform)

    def format(self, record: logging.LogRecord) -> str:
        """A record as a line, or lines."""
        return f"{record.levelname.lower()}: {without_credentials(super().format(record))}"
