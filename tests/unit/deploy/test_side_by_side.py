"""Calls at the same time: all results, or the first failure at once."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from pywrangler.deploy.side_by_side import begin, run_side_by_side


def test_all_run_at_once_and_each_is_reported() -> None:
    meeting = threading.Barrier(3)
    told: list[str] = []
    calls = {name: lambda name=name: (meeting.wait(10), name * 2)[1] for name in "abc"}
    results = run_side_by_side(calls, lambda name, result: told.append(name + result))
    assert results == {"a": "aa", "b": "bb", "c": "cc"}
    assert sorted(told) == ["aaa", "bbb", "ccc"]


def test_a_failure_does_not_wait_for_the_others() -> None:
    hangs = threading.Event()

    def fail() -> None:
        raise LookupError("no")

    with pytest.raises(LookupError):
        run_side_by_side({"hangs": lambda: hangs.wait(60), "fails": fail})
    hangs.set()


def test_ctrl_c_does_not_wait_for_other_threads() -> None:
    hangs = threading.Event()
    threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        run_side_by_side({"hangs": lambda: hangs.wait(60)})
    hangs.set()


def test_no_more_run_at_once_than_may() -> None:
    meeting = threading.Barrier(2)
    lock, running, most = threading.Lock(), 0, 0

    def call() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        meeting.wait(10)
        with lock:
            running -= 1

    assert len(run_side_by_side({str(number): call for number in range(6)}, at_once=2)) == 6
    assert most == 2


def test_nothing_is_done_at_once() -> None:
    assert run_side_by_side({}) == {}


def test_a_call_that_was_begun_goes_on_until_its_result_is_wanted() -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def call() -> str:
        begun.set()
        assert goes_on.wait(60)
        return "done"

    wait = begin(call)
    assert begun.wait(60)
    goes_on.set()
    assert wait() == "done"


def test_what_it_raises_is_raised_where_its_result_is_wanted() -> None:
    def call() -> None:
        raise ValueError("no")

    wait = begin(call)
    with pytest.raises(ValueError, match="no"):
        wait()
