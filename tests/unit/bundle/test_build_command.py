"""The command that makes the Worker's files: where and with what it runs, and how its failure is reported."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pywrangler.config.records import BuildCommand
from pywrangler.deploy.bundle.build_command import run_build_command
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
