"""`python -m pywrangler.local.daemon`: the platform's process. Started by `pywrangler.local.client`.

If it cannot start, it writes the reason to standard error as one line of JSON, which the client shows.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine

from pywrangler.errors import PywranglerError
from pywrangler.local.protocol import (
    ALREADY_RUNNING_STATUS,
    CLEAN_UP_ARGUMENT,
    FOREGROUND_ARGUMENT,
    IMPORT_ARGUMENT,
    home_directory,
)


def main() -> int:
    """Run until asked to stop, or clean up; the exit status."""
    # For everything that this process and its runtimes write, also in a directory that others may enter.
    os.umask(0o077)
    if CLEAN_UP_ARGUMENT in sys.argv[1:]:
        return _report(_clean_up)
    if IMPORT_ARGUMENT in sys.argv[1:]:
        return _report(_import)
    from pywrangler.local.daemon.server import Server

    is_watched = FOREGROUND_ARGUMENT in sys.argv[1:]
    try:
        server = Server(home_directory(os.environ), os.environ, is_watched=is_watched)
        if not server.take_lock():
            if is_watched:
                sys.stderr.write("Error: The local platform runs already.\n")
            return ALREADY_RUNNING_STATUS
        _run(server.run())
        return 0
    except PywranglerError as error:
        sys.stderr.write(_in_words(error) if is_watched else json.dumps(error.as_json()) + "\n")
        return error.exit_status


def _in_words(error: PywranglerError) -> str:
    """An error for the log of a service manager."""
    parts = (f"Error: {error.message}", error.detail, error.hint)
    return "\n".join(part for part in parts if part) + "\n"


def _report(work: Callable[[], object | None]) -> int:
    """Do something while no platform runs, and write the result to standard output as one line of JSON."""
    try:
        found = work()
    except PywranglerError as error:
        sys.stderr.write(json.dumps(error.as_json()) + "\n")
        return error.exit_status
    if found is None:
        return ALREADY_RUNNING_STATUS
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


def _clean_up() -> object | None:
    """End what a killed platform left; what it was."""
    from pywrangler.local.daemon.cleanup.clean_up import clean_up

    return clean_up(home_directory(os.environ), os.environ)


def _import() -> object | None:
    """Import the file of the last argument; what it was."""
    from pywrangler.local.daemon.moving.importing import import_state, wish_of

    return import_state(home_directory(os.environ), wish_of(sys.argv[-1], sys.stdin.read()))


def _run(main_task: Coroutine[object, object, None]) -> None:
    """Run on uvloop if it is installed, because the relays of all instances go through this loop."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main_task)
    else:
        uvloop.run(main_task)


if __name__ == "__main__":
    sys.exit(main())
