"""`dev` in the main thread of a test, while a script in another thread changes files and waits for lines."""

from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from pywrangler.commands.context.surroundings import Surroundings
from pywrangler.commands.dev import session
from pywrangler.commands.running.app import run
from tests.support.cli import Outcome
from tests.support.http import request
from tests.support.projects import Project
from tests.support.waiting import eventually

SECONDS = 20


@dataclass(frozen=True)
class Dev(Project):
    """A `dev` that runs, as its script sees it."""

    stdout: io.StringIO
    stderr: io.StringIO
    press: Callable[[str], None]

    def shows(self, text: str, times: int = 1) -> str:
        """Wait until this is printed so many times; the newest line with it."""
        shown = self.stdout.getvalue
        eventually(lambda: shown().count(text) >= times, timeout_seconds=SECONDS, what=f"`{text}`")
        return next(line for line in reversed(shown().splitlines()) if text in line)

    def url(self) -> str:
        """Where the Worker answers."""
        return self.shows("answers at").partition("answers at ")[2].split()[0]

    def answers(self, text: str) -> None:
        """Wait for a response with this text."""
        url = self.url()
        eventually(lambda: text in _ask(url), timeout_seconds=SECONDS, what=f"the response `{text}`")


def _ask(url: str) -> str:
    try:
        return request(url).text
    except OSError:
        return ""


class _Inbox(SimpleQueue):  # type: ignore[type-arg]
    """What `dev` waits for. `ENDED` in it ends `dev` while it waits, and not in the middle of something."""

    ENDED = object()
    end: Callable[[], None]

    def get(self, *arguments: Any, **options: Any) -> Any:
        found = super().get(*arguments, **options)
        if found is self.ENDED:
            self.end()
        return found


def develop(directory: Path, script: Callable[[Dev], None], *options: str, end: str = "q") -> Outcome:
    """Run `dev` while the script runs, then end it by the key `end`, or without one by Ctrl-C."""
    stdout, stderr = io.StringIO(), io.StringIO()
    inbox = _Inbox()
    failures: list[BaseException] = []

    @contextmanager
    def reading_keys(_: object, pressed: Callable[[str], None]) -> Iterator[bool]:
        inbox.end = lambda: pressed(end) if end else os.kill(os.getpid(), signal.SIGINT)
        thread = threading.Thread(target=follow, args=[pressed])
        thread.start()
        try:
            yield True
        finally:
            thread.join()

    def follow(pressed: Callable[[str], None]) -> None:
        try:
            script(Dev(directory, "web", stdout, stderr, pressed))
        except BaseException as error:  # raised again in the test's thread
            failures.append(error)
        inbox.put(inbox.ENDED)

    surroundings = Surroundings(
        environment={**os.environ, "NO_COLOR": "1"},
        directory=directory,
        stdin=io.StringIO(),
        stdout=stdout,
        stderr=stderr,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "reading_keys", reading_keys)
        patch.setattr(session, "SimpleQueue", lambda: inbox)
        status = run(["dev", *options], surroundings)
    shown = stdout.getvalue()
    for failure in failures:
        raise AssertionError(f"{failure}\n--- stdout\n{shown}\n--- stderr\n{stderr.getvalue()}") from failure
    return Outcome(status, shown, stderr.getvalue())
