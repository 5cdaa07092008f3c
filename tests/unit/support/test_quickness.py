"""What takes the square of its input is never quick, and what was slow once is tried again."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.support.runs.quickness import quickly, slowness_now


def spend(seconds: float) -> None:
    """Use so much processor time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_what_is_slow_each_time_fails() -> None:
    with pytest.raises(AssertionError, match=r"not quick: it took 0\.\d+ s of at most .* then"):
        quickly(lambda: spend(0.001 * 50 * slowness_now()), seconds=0.001)


def test_what_is_slow_once_is_tried_again() -> None:
    seconds: Iterator[float] = iter([0.2, 0.0])
    quickly(lambda: spend(next(seconds)), seconds=0.001)
    assert next(seconds, None) is None
