"""The limits that one input may not exceed: a second of processor time, and memory."""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from tests.fuzz.records import Read
from tests.support.runs.quickness import slowness_now

LONGEST_SECONDS = 1.0
MOST_BYTES = 200 * 1024 * 1024


class LimitExceededError(Exception):
    """An input took too long, or too much memory."""


class Limited:
    """A reader that fails with an input that exceeds the limits. Use it in a main thread, inside of
    `counting_time`.
    """

    def __init__(
        self, read: Read, longest_seconds: float | None = None, most_bytes: int = MOST_BYTES
    ) -> None:
        self._read = read
        # The limit is one of a usual machine.
        self._longest = longest_seconds or LONGEST_SECONDS * slowness_now()
        self._most_bytes = most_bytes
        self.count = 0
        """How many inputs it got."""

    def __call__(self, data: bytes) -> None:
        self.count += 1
        before = most_bytes_used()
        # Python's expressions look for signals, too, so even one that takes exponential time ends here.
        signal.setitimer(signal.ITIMER_VIRTUAL, self._longest)
        try:
            self._read(data)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if (grown := most_bytes_used() - before) > self._most_bytes:
            raise LimitExceededError(f"it took {grown >> 20} MiB of memory")


def try_inputs(
    read: Limited, inputs: Iterable[bytes], *, is_enough: Callable[[int], bool] = lambda _: False
) -> str | None:
    """Read inputs until `is_enough`, which gets their number; the first fault with its input, or None."""
    with counting_time():
        for number, data in enumerate(inputs):
            if is_enough(number):
                break
            try:
                read(data)
            except Exception as error:
                return f"{error!r} with {len(data)} bytes: {data[:2000]!r}"
    return None


@contextmanager
def counting_time() -> Iterator[None]:
    """While this is open, a timer that ends becomes an error in the reader."""

    def complain(_number: int, frame: FrameType | None) -> None:
        where = f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else "?"
        raise LimitExceededError(f"it took more than the allowed processor time, at {where}")

    before = signal.signal(signal.SIGVTALRM, complain)
    try:
        yield
    finally:
        signal.signal(signal.SIGVTALRM, before)


def most_bytes_used() -> int:
    """The most memory that this process had so far."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
