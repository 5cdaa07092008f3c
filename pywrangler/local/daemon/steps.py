"""The steps of a start, the platform's and each Worker's: each has a deadline and a line in the log, so that
a hanging step is visible.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import logging
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from pywrangler.errors import ExitStatus, PywranglerError
from pywrangler.local.workerd.failures import WorkerdStartError

log = logging.getLogger(__name__)

TOTAL_SECONDS = 50.0
"""Less than the command line waits."""
LEAST_SECONDS = 1.0


def limit_seconds(wanted: float, passed: float, total: float = TOTAL_SECONDS) -> float:
    """The time for a step that begins this long after the first one."""
    return max(min(wanted, total - passed), LEAST_SECONDS)


def late_error(what: str, seconds: float) -> PywranglerError:
    """The error for a step that is not over in time."""
    return PywranglerError(
        f"The local platform did not start: {what} took more than {seconds:.0f} s.",
        hint="Run the command again. `start.log` and `platform.log` in the platform's directory say more.",
        code="platform-start",
    )


def give_up(error: PywranglerError) -> None:
    """End the process, whatever it hangs in: a system call, a lock, a loop."""
    log.error("%s", error.message)
    faulthandler.dump_traceback(sys.stderr, all_threads=True)
    sys.stderr.write(json.dumps(error.as_json()) + "\n")
    sys.stderr.flush()
    os._exit(ExitStatus.FAILURE)


@asynccontextmanager
async def worker_step(worker: str, what: str, seconds: float) -> AsyncIterator[None]:
    """A step of the start of a Worker; `what` completes "... took 2 s". Raises `WorkerdStartError` if it is
    not over in time.
    """
    begin, deadline = time.monotonic(), asyncio.timeout(seconds)
    try:
        async with deadline:
            yield
    except Exception as error:
        if not deadline.expired():
            log.warning("Worker %s: %s failed after %.2f s", worker, what, time.monotonic() - begin)
            raise
        log.warning("Worker %s: %s took more than %.0f s", worker, what, seconds)
        raise WorkerdStartError(
            f"The Worker `{worker}` did not start: {what} took more than {seconds:.0f} s."
        ) from error
    log.info("Worker %s: %s took %.2f s", worker, what, time.monotonic() - begin)


class Steps:
    """Runs one step after the other. `late` is called from another thread when one takes too long."""

    def __init__(
        self,
        late: Callable[[PywranglerError], None] = give_up,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._late = late
        self._clock = clock
        self._began = clock()

    @contextmanager
    def step(self, what: str, seconds: float) -> Iterator[None]:
        """A step that has to be over after this many seconds; `what` completes "... took 2 s"."""
        begin = self._clock()
        limit = limit_seconds(seconds, begin - self._began)
        timer = threading.Timer(limit, lambda: self._late(late_error(what, limit)))
        timer.daemon = True
        timer.start()
        try:
            yield
        except BaseException:
            log.warning("start: %s failed after %.2f s", what, self._clock() - begin)
            raise
        finally:
            timer.cancel()
        log.info("start: %s took %.2f s", what, self._clock() - begin)
