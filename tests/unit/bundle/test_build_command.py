"""The command that makes the Worker's files: where and with what it runs, and how its failure is reported."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from pywrangler.config.records import BuildCommand
from pywrangler.deploy.bundle.build_command import held_signals, run_build_command
from pywrangler.errors import BuildError


def run(directory: Path, command: str, cwd: str | None = None) -> list[str]:
    """The lines that it wrote."""
    lines: list[str] = []
    run_build_command(BuildCommand(command, cwd), directory, {**os.environ, "OWN": "mine"}, lines.append)
    return lines


def test_the_shell_runs_it_and_both_of_its_streams_are_shown(tmp_path: Path) -> None:
    assert run(tmp_path, "echo one && (echo two >&2) && echo three | tr e E") == ["one", "two", "thrEE"]


def test_it_knows_the_environment_and_what_it_is_run_for(tmp_path: Path) -> None:
    assert run(tmp_path, "echo $OWN $WRANGLER_COMMAND") == ["mine deploy"]


def test_it_runs_where_pywrangler_does_or_in_a_directory_seen_from_there(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    assert run(tmp_path, "pwd -P") == [str(tmp_path.resolve())]
    assert run(tmp_path, "pwd -P", cwd="web") == [str(tmp_path.resolve() / "web")]
    with pytest.raises(BuildError, match=r"cannot be run in .*nowhere: No such file"):
        run(tmp_path, "true", cwd="nowhere")


def test_a_failure_has_the_exit_status_and_the_last_lines(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"`seq 40; exit 7` failed with exit status 7") as raised:
        run(tmp_path, "seq 40; exit 7")
    assert raised.value.detail is not None
    assert raised.value.detail.splitlines() == [str(number) for number in range(16, 41)]


def test_a_signal_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="ended by signal 9"):
        run(tmp_path, "kill -9 $$")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_the_process_is_known(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    former = {each: signal.signal(each, interrupt) for each in (signal.SIGINT, signal.SIGTERM)}
    steps = []

    def act() -> None:
        with held_signals():
            signal.raise_signal(number)
            steps.append("went on")

    try:
        with pytest.raises(KeyboardInterrupt):
            act()
        assert steps == ["went on"]
        assert signal.getsignal(number) is interrupt
    finally:
        for each, handler in former.items():
            signal.signal(each, handler)


def test_an_ignored_signal_stays_ignored() -> None:
    former = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with held_signals():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, former)
