"""Several calls at the same time, given up at once where one fails or Ctrl-C is pressed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from queue import Queue
from typing import TypeVar

T = TypeVar("T")


def begin(call: Callable[[], T]) -> Callable[[], T]:
    """Begin a call in another thread. What is returned waits for its result, or raises what it raised.

    Without that wait the thread ends with the process.
    """
    ended: Queue[tuple[T, None] | tuple[None, Exception]] = Queue()

    def run() -> None:
        try:
            ended.put((call(), None))
        except Exception as error:  # handed to the thread that waits
            ended.put((None, error))

    def wait() -> T:
        result, error = ended.get()
        if error is not None:
            raise error
        return result  # type: ignore[return-value]

    threading.Thread(target=run, daemon=True).start()
    return wait


def run_side_by_side(
    calls: Mapping[str, Callable[[], T]],
    finished: Callable[[str, T], None] = lambda _name, _result: None,
    *,
    at_once: int | None = None,
) -> dict[str, T]:
    """The results by name; `finished` gets each as it comes, in the thread that waits. `at_once` is how
    many run at the same time, if not all at once.

    Raises what the first call that fails raises. It does not wait for the others then: their threads end
    with the process.
    """
    ended: Queue[tuple[str, T | Exception]] = Queue()
    waiting = deque(calls.items())

    def run() -> None:
        while True:
            try:
                name, call = waiting.popleft()
            except IndexError:
                return
            try:
                ended.put((name, call()))
            except Exception as error:  # handed to the thread that waits
                waiting.clear()
                ended.put((name, error))

    for _ in range(min(at_once or len(calls), len(calls))):
        threading.Thread(target=run, daemon=True).start()
    results: dict[str, T] = {}
    while len(results) < len(calls):
        name, result = ended.get()
        if isinstance(result, Exception):
            raise result
        finished(name, result)
        results[name] = result
    return results
