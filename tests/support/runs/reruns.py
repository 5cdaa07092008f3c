"""Second chances (`--reruns`) for tests that race against a real engine or a real `workerd`, and a limit to
them.

A plain test has no one to race against: where it fails, it fails. The others are counted, and a run with many
second chances fails, because it hides something.
"""

from __future__ import annotations

import pytest

MOST_RERUNS = 3
"""In one run."""
MARKS = ("docker", "workerd")

_COUNTED = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.stash[_COUNTED] = []
    config.pluginmanager.register(_Counter(config.stash[_COUNTED]))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Move the second chance from the whole run to the tests that may have one.

    Runs last: other hooks may add marks. A mark of "no reruns" on each plain test would do the same and take
    minutes: under xdist, pytest-rerunfailures asks the main process about every test that has a number of
    reruns, and the answer takes 40 ms (Nagle's algorithm).
    """
    reruns, delay = config.option.reruns, config.option.reruns_delay
    config.option.reruns = None
    if reruns is None:
        return
    for item in items:
        if any(item.get_closest_marker(mark) for mark in MARKS):
            item.add_marker(pytest.mark.flaky(reruns=reruns, reruns_delay=delay or 0))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run with too many. With xdist the main process sees the reports of all, so its word counts."""
    if len(session.config.stash[_COUNTED]) > MOST_RERUNS and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print how many there were, and which."""
    if not (counted := config.stash[_COUNTED]):
        return
    terminalreporter.section(f"{len(counted)} reruns, of which a run may have {MOST_RERUNS}")
    for test in sorted(set(counted)):
        terminalreporter.line(f"{counted.count(test)} of {test}")
    if len(counted) > MOST_RERUNS:
        terminalreporter.line("The run fails: too many tests passed only by a second chance.", red=True)


class _Counter:
    """Collects what had a second chance. A plugin of its own: a report comes without the configuration."""

    def __init__(self, counted: list[str]) -> None:
        self._counted = counted

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # pytest-rerunfailures reports every attempt that is followed by another one so.
        if str(report.outcome) == "rerun":
            self._counted.append(report.nodeid)
