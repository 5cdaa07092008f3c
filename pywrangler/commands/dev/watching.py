"""Watches directories, each for itself, and reports the paths that change."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

STEP_MS = 30
"""How often the system's reports are looked at: a burst of changes ends when one step brings none."""
LONGEST_BURST_MS = 400
POLL_MS = 500
"""How often files are compared where the system reports no changes."""


class Watcher:
    """Reports changes from a thread. `watch` may be called again, also for the same directories."""

    def __init__(self, report: Callable[[set[Path]], None], complain: Callable[[str], None]) -> None:
        self._report = report
        self._complain = complain
        self._watched: dict[str, tuple[int, int]] = {}
        self._stop = threading.Event()
        self._is_polling = bool(os.environ.get("WATCHFILES_FORCE_POLLING"))

    def is_watching(self, directories: Iterable[str]) -> bool:
        """Whether these directories, and not former ones of their names, are watched."""
        return self._watched == _identities(directories)

    def watch(self, directories: Iterable[str]) -> None:
        """Watch these in place of the former ones. Returns when it does."""
        wanted = _identities(directories)
        watch = self._open(sorted(wanted))
        former, self._stop, self._watched = self._stop, threading.Event(), wanted
        former.set()
        threading.Thread(target=self._run, args=(watch, self._stop), daemon=True).start()

    def close(self) -> None:
        """Watch nothing any more."""
        self._stop.set()

    def _open(self, directories: list[str]):  # type: ignore[no-untyped-def]
        from watchfiles._rust_notify import RustNotify

        def opened(*, polls: bool):  # type: ignore[no-untyped-def]
            return RustNotify(directories, False, polls, POLL_MS, False, True)

        try:
            return opened(polls=self._is_polling)
        except FileNotFoundError:
            return self._open([directory for directory in directories if Path(directory).is_dir()])
        except OSError as error:  # the system's limit of watches
            if self._is_polling:
                raise
            self._is_polling = True
            self._complain(
                f"The system cannot watch {len(directories)} directories ({error}). They are compared twice a"
                " second instead. Leave out more in `.dockerignore`, or raise `fs.inotify.max_user_watches`."
            )
            return opened(polls=True)

    def _run(self, watch, stop: threading.Event) -> None:  # type: ignore[no-untyped-def]
        with watch:
            while not stop.is_set():
                found = watch.watch(LONGEST_BURST_MS, STEP_MS, 60_000, stop)
                if isinstance(found, set):
                    self._report({Path(path) for _, path in found})


def _identities(directories: Iterable[str]) -> dict[str, tuple[int, int]]:
    found = {}
    for directory in directories:
        try:
            status = os.stat(directory)  # noqa: PTH116 - thousands of directories
        except OSError:
            continue
        found[directory] = (status.st_dev, status.st_ino)
    return found
